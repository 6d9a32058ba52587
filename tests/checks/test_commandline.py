"""Every subcommand ends alike: one sentence and exit 2, whatever was asked wrongly."""

import argparse
from pathlib import Path

import pytest

from miaohui.checks.cli import COMMANDS, main
from miaohui.checks.commandline import CheckParser, carry_out
from miaohui.checks.language import Say
from miaohui.checks.record.folder import write_new


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("wrong", [["--no-such-option"], []])
def test_one_sentence(name: str, wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, *wrong]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("miaohui")
    assert told.err.count("\n") == 1


def test_a_file_that_cannot_be_written_is_named_as_it_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = tmp_path / "none" / "evidence.zip"

    def act(_given: argparse.Namespace, _say: Say) -> int:
        write_new(wanted, b"")
        return 0

    assert carry_out(CheckParser("miaohui check it"), ["--lang", "en"], act) == 2
    said = f"miaohui: not possible: {wanted}: No such file or directory\n"
    assert capsys.readouterr().err == said
