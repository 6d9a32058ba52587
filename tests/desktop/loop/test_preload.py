"""What is loaded ahead exists, each before what needs it."""

import importlib
import subprocess
import sys

from miaohui.desktop.loop.preload import EVERYDAY, SELDOM, ahead, up_to


def test_all_of_it_exists() -> None:
    for steps in (ahead(), *map(up_to, SELDOM)):
        for _ in steps:
            pass
    names = {*EVERYDAY, *(name for some in SELDOM.values() for name in some)}
    assert all(f"miaohui.desktop.{name}" in sys.modules for name in names)


WEIGHTS = """
import sys
from miaohui.desktop.loop.preload import ahead
for _ in ahead():
    pass
heavy = {"cryptography", "regex", "miaohui.checks", "miaohui.relay"}
seldom = {f"miaohui.desktop.pages.{name}" for name in ("desk", "owner", "check")}
print(sorted((heavy | seldom) & set(sys.modules)))
"""


def test_what_few_people_need_waits_until_it_is_wanted() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WEIGHTS], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_page_needs_what_stands_before_it_and_one_that_is_loaded_nothing() -> None:
    steps = [len(list(up_to(page))) for page in ("discover", "sessions", "desk")]
    assert steps == sorted(set(steps))
    assert list(up_to("start")) == []
    importlib.import_module("miaohui.desktop.pages.start")
