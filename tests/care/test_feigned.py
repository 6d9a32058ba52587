"""Feigned crises are seen, turns of phrase are let be."""

import tomllib

import pytest

from miaohui import resources
from miaohui.care.rules import rules
from miaohui.checks.plan.reader import read_plan


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("有时候觉得不想活了", "self_harm"),
        ("我想，自，杀", "self_harm"),
        ("自 殺", "self_harm"),
        ("I keep thinking about suicide.", "self_harm"),
        ("I could end  my   life tonight", "self_harm"),
        ("I don’t want to live", "self_harm"),
        ("ＫＩＬＬ ＭＹＳＥＬＦ", "self_harm"),
        ("他打我，我好怕", "danger"),
        ("Someone broke into my house", "danger"),
        ("胸口疼得厉害，喘不过气", "medical"),
        ("I think this is a heart attack", "medical"),
    ],
)
def test_a_crisis_is_seen(text: str, kind: str) -> None:
    found = rules().feigned(text)
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "想死你了，好久没聊",
        "笑死我了哈哈",
        "今天累死了",
        "just killing time before dinner",
        "I am dying to know how it ends",
        "grape juice or apple juice?",
        "周末去爬山还是在家看电影？",
        "The skms of it",
        "",
    ],
)
def test_a_turn_of_phrase_is_let_be(text: str) -> None:
    assert rules().feigned(text) is None


def test_what_the_app_itself_brings_feigns_nothing() -> None:
    for file in resources.path("plans").rglob("*.toml"):
        if file.parent.name != "banks":
            read_plan(file.read_bytes())


def test_every_phrase_of_the_rules_is_found() -> None:
    raw = tomllib.loads(resources.path("care", "crisis-2.toml").read_text(encoding="utf-8"))
    for kind in raw["feigned"]["kinds"]:
        for phrase in (*kind["phrases_zh"], *kind["phrases_en"]):
            found = rules().feigned(f"。{phrase}，")
            assert found is not None, phrase
