"""The banks that come with the app: usable in a plan as they are."""

from dataclasses import replace

import pytest
from tests.checks.plans import SMALL

from miaohui.checks.plan.paraphrases import banks, languages
from miaohui.checks.plan.reader import read_plan
from miaohui.checks.plan.writer import write_plan


@pytest.mark.parametrize("language", languages())
def test_a_plan_may_hold_them_all(language: str) -> None:
    plan = read_plan(SMALL.encode())
    whole = replace(plan, banks={**plan.banks, **banks(language)})
    assert read_plan(write_plan(whole).encode()).banks == whole.banks
    for texts in banks(language).values():
        assert len(set(texts)) == len(texts) >= 3


def test_both_languages_are_there() -> None:
    assert languages() == ("en", "zh_CN")
    assert banks("tlh") == {}
