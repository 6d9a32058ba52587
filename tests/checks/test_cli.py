"""`miaohui check`: the dispatcher, from the front door."""

import pytest

from miaohui.checks.cli import COMMANDS
from miaohui.cli import main


def test_help_lists_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--help"]) == 0
    text = capsys.readouterr().out
    assert "lint" in text
    assert "power" in text


@pytest.mark.parametrize("arguments", [["check"], ["check", "lnit"]])
def test_asked_wrongly(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "lint" in told.err
    assert len(told.err.splitlines()) == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_is_there_has_help(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["check", name, "--help"])
    told = capsys.readouterr()
    assert status in (0, 2)
    assert (status == 0) == bool(told.out)
