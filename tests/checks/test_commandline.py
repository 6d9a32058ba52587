"""Every subcommand ends alike: one sentence and exit 2, whatever was asked wrongly."""

import pytest

from miaohui.checks.cli import COMMANDS, main


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("wrong", [["--no-such-option"], []])
def test_one_sentence(name: str, wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, *wrong]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("miaohui: ")
    assert told.err.count("\n") == 1
