"""What is loaded ahead exists, each before what needs it."""

import importlib
import subprocess
import sys

from miaohui.desktop.ahead import MODULES, ahead, up_to


def test_all_of_it_exists() -> None:
    for steps in (ahead(), up_to("check")):
        for _ in steps:
            pass
    assert all(f"miaohui.desktop.{name}" in sys.modules for name in MODULES)


WEIGHTS = """
import sys
from miaohui.desktop.ahead import ahead
for _ in ahead():
    pass
print(sorted({"cryptography", "regex", "miaohui.checks", "miaohui.relay"} & set(sys.modules)))
"""


def test_what_few_people_need_waits_until_it_is_wanted() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WEIGHTS], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_page_needs_what_stands_before_it_and_one_that_is_loaded_nothing() -> None:
    assert len(list(up_to("discover"))) < len(list(up_to("sessions"))) < len(MODULES)
    assert list(up_to("start")) == []
    importlib.import_module("miaohui.desktop.pages.start")
