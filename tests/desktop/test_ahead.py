"""What is loaded ahead exists, each before what needs it."""

import importlib
import sys

from miaohui.desktop.ahead import MODULES, ahead, up_to


def test_all_of_it_exists() -> None:
    for _ in ahead():
        pass
    assert all(f"miaohui.desktop.{name}" in sys.modules for name in MODULES)


def test_a_page_needs_what_stands_before_it_and_one_that_is_loaded_nothing() -> None:
    assert len(list(up_to("discover"))) < len(list(up_to("sessions"))) < len(MODULES)
    assert list(up_to("start")) == []
    importlib.import_module("miaohui.desktop.pages.start")
