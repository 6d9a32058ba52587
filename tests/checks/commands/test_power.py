"""`miaohui check power` from the front door."""

import json

import pytest

from miaohui.cli import main

ASKED = ["--p0", ".97", "--p1", ".75", "--turns", "12"]


def test_the_question_of_the_trade(capsys: pytest.CaptureFixture[str]) -> None:
    asked = [
        "--p0",
        ".95",
        "--p1",
        ".85",
        "--alpha",
        ".05",
        "--power",
        ".8",
        "--icc",
        ".05",
        "--turns",
        "12",
    ]
    assert main(["check", "power", *asked, "--lang", "en"]) == 0
    english = capsys.readouterr().out
    assert main(["check", "power", "--p0", "95%", "--p1", "85%", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert f"each target needs {told['sessions']} sessions of 12 turns" in english
    assert told["threshold"] == pytest.approx(0.9)
    assert min(told["power"]) >= 0.8
    assert main(["check", "power", *asked, "--lang", "zh_CN"]) == 0
    assert f"每个对象需要 {told['sessions']} 场会话" in capsys.readouterr().out


def test_what_so_many_sessions_would_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "power", *ASKED, "--sessions", "3", "--lang", "en"]) == 0
    assert "With 3 sessions" in capsys.readouterr().out
    assert main(["check", "power", *ASKED, "--sessions", "3", "--json"]) == 0
    few = json.loads(capsys.readouterr().out)["power_of_sessions"]
    assert max(few) < 0.8


def test_too_near_to_tell(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "power", "--p0", ".9003", "--p1", ".8997", "--lang", "en"]) == 0
    assert "would not tell" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--p0", ".85", "--p1", ".95"],
        ["--p0", "95", "--p1", ".85"],
        [*ASKED, "--threshold", ".99"],
        [*ASKED, "--alpha", "0"],
        [*ASKED, "--power", ".2"],
        [*ASKED, "--icc", ".95"],
        [*ASKED, "--turns", "0"],
        [*ASKED, "--looks", "99"],
        [*ASKED, "--sessions", "0"],
    ],
)
def test_asked_wrongly(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "power", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
