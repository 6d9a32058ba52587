"""Every command's words in every encoding: none ends in a traceback, and none is lost silently."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from miaohui.checks.cli import COMMANDS as CHECK_COMMANDS
from miaohui.cli import COMMANDS, main
from miaohui.runtime import terminal

ENCODINGS = ["gbk", "ascii", "cp1252", "utf-8"]
CASES = [
    [],
    *([name] for name in COMMANDS),
    *(["check", name] for name in CHECK_COMMANDS),
    *(["log", name] for name in ("audit", "prove")),
    *(["care", name] for name in ("check", "lines")),
    *(["relay", name] for name in ("serve", "admin", "backup", "restore")),
]
PLAN = "name = '找𱍐村 🙂'\n"


@contextlib.contextmanager
def streams(encoding: str) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """stdout and stderr as a pipe of that encoding has them: strict."""
    out, err = io.BytesIO(), io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        for name, target in (("stdout", out), ("stderr", err)):
            patch.setattr(sys, name, io.TextIOWrapper(target, encoding))
        yield out, err
        for wrapped in (sys.stdout, sys.stderr):
            wrapped.flush()
            wrapped.detach()  # else it closes what it wraps


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("locale", ["zh_CN.GBK", "C"])
def test_help_and_complaints_fit_every_encoding(
    encoding: str, locale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    for case in CASES:
        with streams(encoding) as (out, err):
            assert main([*case, "--help"]) == 0, case
        assert out.getvalue().decode(encoding).strip(), case
        assert not err.getvalue(), case
        with streams(encoding) as (_, err):
            assert main([*case, "--没有🙂"]) == 2, case
        assert err.getvalue().decode(encoding).count("\n") == 1, case


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_cannot_be_encoded_is_an_escape(encoding: str, tmp_path: Path) -> None:
    plan = tmp_path / "计划🙂.toml"
    plan.write_text(PLAN, encoding="utf-8")
    with streams(encoding) as (out, _):
        assert main(["check", "lint", str(plan)]) == 1
    shown = out.getvalue().decode(encoding)
    assert ("🙂" if encoding == "utf-8" else "\\U0001f642") in shown


def test_a_file_name_that_is_no_text_is_a_sentence(tmp_path: Path) -> None:
    with streams("utf-8") as (_, err):
        assert main(["figures", os.fsdecode(bytes(tmp_path) + b"/\xff")]) == 2
    assert b"\\udcff" in err.getvalue()


@pytest.mark.parametrize(
    ("encoding", "found"), [("gbk", True), ("utf-8", True), ("ascii", False), ("cp1252", False)]
)
def test_a_stream_without_chinese_is_spoken_to_in_english(
    encoding: str, monkeypatch: pytest.MonkeyPatch, *, found: bool
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    with streams(encoding):
        assert terminal.is_chinese() is found


def test_a_real_pipe_takes_gbk() -> None:
    env = {**os.environ, "PYTHONIOENCODING": "gbk", "LC_ALL": "zh_CN.GBK"}
    done = subprocess.run(
        [sys.executable, "-m", "miaohui", "--help"], capture_output=True, env=env, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert "用法" in done.stdout.decode("gbk")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["figures"], "缺少 JOURNAL.jsonl"),
        (["verify", "x", "--lang", "fr"], "--lang：没有 'fr'，可选的有："),
        (["check", "power", "--p0", ".9", "--p1", ".8", "--turns", "x"], "'x' 不是整数"),
        (["labels", "a", "b"], "不认识 b"),
        (["labels", "a", "--lang"], "--lang：后面要有一个值"),
        (["labels", "a", "--json=1"], "--json：不带值，却给了 '1'"),
    ],
)
def test_argparse_complains_in_the_readers_language(
    arguments: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


def test_help_is_headed_in_the_readers_language(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert main(["labels", "--help"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("用法：miaohui labels")
    assert "选项：" in said
    assert "usage" not in said
    assert "options" not in said
