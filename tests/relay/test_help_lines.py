"""A host's own lines to call: read at the start, told in the welcome, refused in a sentence."""

from pathlib import Path

import pytest

from miaohui import resources
from miaohui.relay import cli
from miaohui.relay.host.server import Options


def options(tmp_path: Path, text: str) -> Options:
    file = tmp_path / "lines.toml"
    file.write_text(text, encoding="utf-8")
    given = cli._read(["serve", "--data", str(tmp_path / "data"), "--help-lines", str(file)])
    return cli._options(given)


def test_they_stand_in_the_options(tmp_path: Path) -> None:
    ours = resources.path("care", "lines-1.toml").read_text(encoding="utf-8")
    lines = options(tmp_path, ours).help_lines
    assert [each.number for each in lines] == ["12356", "110", "120", "12355"]
    assert lines[0].review == "2027-11-30"


def test_a_bad_file_is_2_and_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lines.toml"
    file.write_text("format = 1", encoding="utf-8")
    for path in (file, tmp_path / "none.toml"):
        argv = ["serve", "--data", str(tmp_path / "data"), "--help-lines", str(path)]
        assert cli.main(argv) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
