"""`miaohui check lint` from the front door."""

import json
from pathlib import Path

import pytest
from tests.checks.plans import SMALL

from miaohui import resources
from miaohui.cli import main

PRACTICE = str(resources.path("plans", "practice.toml"))


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return tmp_path / "plan.toml"


def test_the_practice_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "lint", PRACTICE, "--lang", "en"]) == 0
    text = capsys.readouterr().out
    for word in ("SHA-256", "threshold", "needed", "power", "cost", "play money"):
        assert word in text
    assert main(["check", "lint", PRACTICE, "--lang", "zh_CN"]) == 0
    assert "门槛" in capsys.readouterr().out


def test_mistakes_by_line_and_exit_1(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan.write_text(SMALL.replace("sessions = 4", "sessions = 5"), encoding="utf-8")
    assert main(["check", "lint", str(plan), "--lang", "en"]) == 1
    first, count = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{plan}:13: ")
    assert count == "1 mistake."


def test_as_json(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan.write_text(SMALL, encoding="utf-8")
    assert main(["check", "lint", str(plan), "--json", "--price-fen", "900"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["cost_fen"] == 3600
    assert told["turns_a_session"] == 7
    assert "sample" in [each["code"] for each in told["advice"]]
    plan.write_text("x", encoding="utf-8")
    assert main(["check", "lint", str(plan), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["mistakes"][0]["line"] == 1


@pytest.mark.parametrize(
    "arguments", [["/nowhere/plan.toml"], [], [PRACTICE, "--price-fen", "-1"], ["/"]]
)
def test_asked_wrongly(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "lint", *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
