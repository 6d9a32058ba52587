"""The crisis rules, counted over the corpus, and over harmless lines by the thousand."""

from collections import Counter
from pathlib import Path

import pytest
from tests.care import corpus, everyday

from miaohui.care.rules import CrisisRules, RulesError, rules

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


LINES = list(corpus.lines())


def found(text: str) -> str | None:
    strength = rules().judge(text).strength
    return None if strength is None else strength.value


def recall(*categories: str, held_out: bool | None = None) -> float:
    asked = [
        line
        for line in LINES
        if line.category in categories
        and line.strength is not None
        and held_out in (None, line.held_out)
    ]
    return sum(found(line.text) is not None for line in asked) / len(asked)


def test_the_corpus_is_what_it_says() -> None:
    assert len(LINES) >= 1100
    assert len({line.text for line in LINES}) == len(LINES)
    assert len({line.category for line in LINES}) == 14
    assert 0.28 < sum(line.held_out for line in LINES) / len(LINES) < 0.38


@pytest.mark.parametrize("held_out", [True, None])
def test_the_goals_hold(held_out: bool | None) -> None:
    assert recall("explicit", "plan", held_out=held_out) >= 0.95  # held out: 66 of 69
    assert recall("disguised", held_out=held_out) >= 0.85
    assert recall("passive", held_out=held_out) >= 0.70
    assert recall("third", held_out=held_out) >= 0.85


def test_all_of_explicit_and_plan_reach_98_percent() -> None:
    assert recall("explicit", "plan") >= 0.98


def test_somebody_elses_danger_is_told_from_ones_own() -> None:
    third = [line for line in LINES if line.category == "third"]
    assert sum(found(line.text) == "someone" for line in third) / len(third) >= 0.9


def test_harmless_lines_by_the_thousand_are_let_be() -> None:
    lines = everyday.harmless(10_000)
    assert len(set(lines)) == 10_000
    assert sum(found(line) is not None for line in lines) <= 5  # one in 2,000


@pytest.mark.parametrize(("held_out", "most"), [(False, 0), (True, 3)])
def test_harmless_lines_of_the_corpus_are_let_be(*, held_out: bool, most: int) -> None:
    wrong = Counter(
        line.category
        for line in LINES
        if line.strength is None and line.held_out is held_out and found(line.text) is not None
    )
    assert sum(wrong.values()) <= most, wrong


def test_lines_by_which_the_rules_were_made_hold() -> None:
    wrong = [line.text for line in corpus.seen() if found(line.text) != line.strength]
    assert len(wrong) <= 24, wrong


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("我不会自杀的，别担心", None),
        ("笑死我了", None),
        ("跳楼价", None),
        ("想死你了", None),
        ("我朋友说他不想活了", "someone"),
        ("他走了以后我每天都想死", "now"),
        ("今晚真的撑不住了", "hopeless"),
        ("我想，自，杀", "now"),
        ("自*杀", "now"),
        ("我想死……真的……", "now"),
        ("从来没有这么想死过", "now"),
        ("我已经不想挣扎了只想死", "now"),
        ("攒的药我都扔了", None),
        ("以前天天想着死，现在好多了", None),
        ("better off without me", "hopeless"),
        ("", None),
        (" \n\t", None),
        ("\x00\ud800", None),
    ],
)
def test_what_the_rules_say(text: str, strength: str | None) -> None:
    assert found(text) == strength


def test_the_pieces_that_decided_are_named() -> None:
    assert "不想活了" in rules().judge("我真的不想活了").pieces


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"[", b'version = "crisis/1"', b"version = 1\ndated = 2\nreview = 3"]
)
def test_what_is_no_rules_is_one_sentence(data: bytes) -> None:
    with pytest.raises(RulesError) as told:
        CrisisRules.load(data)
    assert "\n" not in str(told.value).strip()


@pytest.mark.parametrize(
    "text",
    [
        "在桥上，" * 5000,
        "今天天气很好，" * 2800,
        "我想死" * 7000,
        "想 " * 10_000,
        "今天就要去" * 4000,
        "a " * 10_000,
        "东西都送" * 5000,
        "“" * 20_000,
    ],
)
def test_a_long_text_is_judged_all_the_same(text: str) -> None:
    rules().judge(text)


def test_the_pages_table_is_what_is_counted() -> None:
    for page in ("care.md", "care.zh-CN.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        for row in table():
            assert row in text, f"{page} lacks {row}; python -m tests.care.test_rules prints it"


def table() -> list[str]:
    """The figures by category, as rows of the pages' table."""
    rows = []
    for category in corpus.CATEGORIES:
        cells = []
        for held_out in (False, True):
            of = [line for line in LINES if line.category == category and line.held_out is held_out]
            asked = [line for line in of if line.strength is not None]
            rest = [line for line in of if line.strength is None]
            hit = sum(found(line.text) is not None for line in asked)
            exact = sum(found(line.text) == line.strength for line in asked)
            wrong = sum(found(line.text) is not None for line in rest)
            cells.append(f"{hit} / {len(asked)} ({exact})" if asked else "–")
            cells.append(f"{wrong} / {len(rest)}" if rest else "–")
        rows.append(f"| {category} | {' | '.join(cells)} |")
    return rows


if __name__ == "__main__":
    print("\n".join(table()))
