"""Memory goes back to the system where the system has a way."""

import platform

from miaohui.runtime.memory import give_back, share_heap


def test_it_is_given_back_where_the_c_library_can() -> None:
    assert share_heap() is give_back() is (platform.libc_ver()[0] == "glibc")
