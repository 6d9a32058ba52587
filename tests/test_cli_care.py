"""`care` through its front door: a line of output for each of input, and one sentence."""

import json
from pathlib import Path

import pytest

from miaohui import resources
from miaohui.cli_care import main

TEXT = "今天过得怎么样\n\n我不想活了\r\n我朋友说她想自杀\n活着没意思"


def test_each_line_has_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lines.txt"
    file.write_bytes(TEXT.encode())
    assert main(["check", str(file), "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == {"line": 1, "rules": "crisis/2", "strength": None, "why": []}
    assert [row["line"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["strength"] for row in rows] == [None, None, "now", "someone", "hopeless"]
    assert all(list(row) == ["line", "rules", "strength", "why"] for row in rows)
    assert all(bool(row["why"]) is (row["strength"] is not None) for row in rows)


@pytest.mark.parametrize(("lang", "word"), [("zh_CN", "眼前的危险"), ("en", "danger now")])
def test_words_in_both_languages(
    lang: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lines.txt"
    file.write_text("我不想活了\n你好\n", encoding="utf-8")
    assert main(["check", str(file), "--lang", lang]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert word in first
    assert word not in second


def test_a_hosts_own_rules_are_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours = resources.path("care", "crisis-2.toml").read_text(encoding="utf-8")
    own = tmp_path / "rules.toml"
    own.write_text(ours.replace('"crisis/2"', '"crisis/host"'), encoding="utf-8")
    file = tmp_path / "lines.txt"
    file.write_text("想死\n", encoding="utf-8")
    assert main(["check", str(file), "--json", "--rules", str(own)]) == 0
    assert json.loads(capsys.readouterr().out)["rules"] == "crisis/host"


@pytest.mark.parametrize("lang", ["zh_CN", "en"])
@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
@pytest.mark.parametrize("command", ["check", "lines"])
def test_bad_input_is_one_sentence_and_2(
    command: str,
    content: bytes | None,
    lang: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "lines.txt"
    if content is not None:
        file.write_bytes(content)
    assert main([command, str(file), "--lang", lang]) == 2
    told = capsys.readouterr()
    assert not told.out
    assert len(told.err.splitlines()) == 1


@pytest.mark.parametrize("argv", [[], ["check"], ["check", "a", "b"], ["look"]])
def test_asked_wrongly_is_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_bad_rules_are_one_sentence_and_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, own = tmp_path / "lines.txt", tmp_path / "rules.toml"
    file.write_text("你好\n", encoding="utf-8")
    own.write_text("version = 1\n", encoding="utf-8")
    assert main(["check", str(file), "--rules", str(own)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_lines_that_hold_and_lines_that_are_overdue(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = resources.path("care", "lines-1.toml")
    assert main(["lines", str(ours), "--lang", "zh_CN"]) == 0
    assert capsys.readouterr().out.count("有效") == 4
    old = tmp_path / "old.toml"
    text = ours.read_text(encoding="utf-8")
    for before, after in (("2027-11-30", "2020-11-30"), ("2026-11-30", "2019-11-30")):
        text = text.replace(before, after)
    old.write_text(text, encoding="utf-8")
    assert main(["lines", str(old), "--lang", "en"]) == 1
    assert "overdue" in capsys.readouterr().out
