"""Links out of messages as they are shown before they are opened: whole, and their host bare."""

import pytest

from miaohui.desktop.system.weblink import shown


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://a.cn/b?c=1", "https://a.cn/b?c=1"),
        (
            "https://zh.wikipedia.org/wiki/中文",
            "https://zh.wikipedia.org/wiki/%E4%B8%AD%E6%96%87",
        ),
        ("https://例子.中国/路", "https://xn--fsqu00a.xn--fiqs8s/%E8%B7%AF"),
        ("https://[::1]:8443/a", "https://[::1]:8443/a"),
        ("http://a.cn", None),
        ("https://bank.example@elsewhere.example/", None),
    ],
)
def test_a_link_is_shown_whole_with_its_host_in_ascii(url: str, address: str | None) -> None:
    assert shown(url) == address
