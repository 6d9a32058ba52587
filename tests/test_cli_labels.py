"""`labels` through its front door: a line of output for each of input, and one sentence."""

import json
from pathlib import Path

import pytest

from miaohui.cli_labels import main

TEXT = (
    "今天过得怎么样\n\n加薇❤信聊吧\r\n嗯嗯\n"
    "我懂你现在的感受，换了谁遇到这样的事都会难过，先别急着怪自己。\n"
    "先别急着怪自己呀，换了谁遇到这样的事都会难过呢～我懂你现在的感受哦"
)


def told(file: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    assert main([str(file), "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_each_line_has_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lines.txt"
    file.write_bytes(TEXT.encode())
    rows = told(file, capsys)
    assert [row["line"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[1] == {"line": 2, "rules": "labels/2", "labels": [], "why": []}
    assert [row["labels"] for row in rows] == [
        [], [], ["off_platform"], ["hollow"], [], ["recycled"]
    ]  # fmt: skip
    why = rows[5]["why"]
    assert isinstance(why, list)
    assert why[0]["of"] == 5
    assert rows[2]["why"] == [{"label": "off_platform", "piece": "加薇♥"}]


def test_lines_end_at_line_feeds_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lines.txt"
    file.write_bytes("a\u2028b\x0bc\rd\n\n".encode())
    assert len(told(file, capsys)) == 2
    file.write_bytes(b"")
    assert told(file, capsys) == []


@pytest.mark.parametrize(("lang", "word"), [("zh_CN", "讨要好评"), ("en", "begging for stars")])
def test_words_in_both_languages(
    lang: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lines.txt"
    file.write_text("期待您的五星好评\n", encoding="utf-8")
    assert main([str(file), "--lang", lang]) == 0
    assert word in capsys.readouterr().out


@pytest.mark.parametrize("lang", ["zh_CN", "en"])
@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_bad_input_is_one_sentence_and_2(
    content: bytes | None, lang: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lines.txt"
    if content is not None:
        file.write_bytes(content)
    assert main([str(file), "--lang", lang]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["--lang", "xx", "f"], ["a", "b"]])
def test_asked_wrongly(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1
