"""The host's commands about one shop: shown, set, counted; a mistake is a sentence and changes nothing."""

import json
from pathlib import Path

import pytest
from tests.relay.host.test_admin import prepared, run


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_shop_is_set_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepared(tmp_path)
    capsys.readouterr()
    terms = tmp_path / "terms.json"
    step = {"kept_below": 80, "min_turns": 3, "refund_percent": 30}
    written = {"give_back": True, "last_question": False, "refunds": [step]}
    terms.write_text(json.dumps(written), encoding="utf-8")
    words = ("--name", "晚风", "--open-hours", "10:00-02:00", "--invoice", "找掌柜")
    days = ("--day", "2099-02-06=closed", "--day", "2099-02-14=10:00-24:00")
    assert run(tmp_path, "shop", "set", "wan", *words, *days, "--terms", str(terms)) == 0
    assert lines(capsys)[0]["shop"] == "wan"
    assert run(tmp_path, "shop", "show", "wan") == 0
    (told,) = lines(capsys)
    assert (told["name"], told["open_hours"], told["invoice"]) == ("晚风", "10:00-02:00", "找掌柜")
    assert told["terms"] == written
    closed, short = told["special_days"]  # type: ignore[misc]
    assert (closed["day"], closed.get("hours", "")) == ("2099-02-06", "")
    assert short == {"day": "2099-02-14", "hours": "10:00-24:00"}
    assert run(tmp_path, "shop", "set", "wan", "--no-days") == 0
    capsys.readouterr()
    assert run(tmp_path, "shop", "show", "wan") == 0
    assert lines(capsys)[0]["special_days"] == []


@pytest.mark.parametrize(
    "words",
    [
        ("show", "nowhere"),
        ("set", "wan"),
        ("set", "wan", "--day", "2099-02-30=closed"),
        ("set", "wan", "--day", "2099-02-06=late"),
        ("set", "wan", "--about", "心理治疗"),
        ("figures", "wan", "--days", "31"),
        ("money", "wan", "yesterday", "today"),
        ("money", "wan", "2026-12-02", "2026-12-01"),
    ],
)
def test_a_mistake_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    prepared(tmp_path)
    capsys.readouterr()
    assert run(tmp_path, "shop", *words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1


def test_an_empty_shop_has_empty_books(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepared(tmp_path)
    capsys.readouterr()
    assert run(tmp_path, "shop", "money", "wan", "2026-12-01", "2026-12-31") == 0
    assert lines(capsys) == [{"earned_fen": 0, "sessions": 0, "held_fen": 0}]
    assert run(tmp_path, "shop", "figures", "wan") == 0
    told = lines(capsys)
    assert [each["name"] for each in told[2:]] == ["云朵", "阿白"]
    assert run(tmp_path, "shop", "reviews", "wan") == 0
    assert lines(capsys) == []
