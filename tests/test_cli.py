"""The command line's own promises: exit statuses, one sentence, and nothing imported early."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from miaohui import __version__
from miaohui.cli import COMMANDS, Subcommand, dispatch, main
from miaohui.runtime import systemlibraries


def start(*arguments: str, code: str | None = None) -> subprocess.CompletedProcess[str]:
    how = ["-m", "miaohui"] if code is None else ["-c", code]
    return subprocess.run(
        [sys.executable, *how, *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """The name of a fresh, importable and still unwritten module in tmp_path."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return f"scratch_{request.node.name}"


def written(tmp_path: Path, name: str, body: str) -> Subcommand:
    text = f"def main(arguments):\n    {body}\n"
    (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    return Subcommand(name, "main", "试", "try")


def test_module_tells_its_version() -> None:
    done = start("--version")
    assert (done.returncode, done.stdout) == (0, f"miaohui {__version__}\n")


@pytest.mark.parametrize(("language", "word"), [("zh_CN.UTF-8", "用法"), ("en_GB.UTF-8", "usage")])
def test_help_speaks_the_readers_language(
    language: str, word: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", language)
    assert main(["--help"]) == 0
    assert capsys.readouterr().out.startswith(word)


def test_an_unknown_command_is_one_sentence_and_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["frobnicate"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "frobnicate" in said.err


def test_help_imports_neither_the_window_nor_the_relay() -> None:
    code = (
        "import sys, miaohui.cli as c; c.main(['--help']);"
        "sys.exit(any(m.partition('.')[0] in ('PySide6', 'picows', 'asyncio') for m in sys.modules))"
    )
    assert start(code=code).returncode == 0


def test_every_command_is_told_in_both_languages() -> None:
    for command in COMMANDS.values():
        assert command.chinese
        assert command.english.isascii()


def test_arguments_arrive_and_the_status_comes_back(tmp_path: Path, scratch: str) -> None:
    command = written(tmp_path, scratch, "return len(arguments)")
    assert dispatch(command, ["a", "b", "c"]) == 3


def test_a_missing_package_is_one_sentence_and_2(
    tmp_path: Path, scratch: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = written(tmp_path, scratch, "import no_such_package.inside")
    assert dispatch(command, []) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "no_such_package" in said


def test_a_module_of_ours_that_is_missing_is_a_fault_not_a_sentence(
    tmp_path: Path, scratch: str
) -> None:
    command = written(tmp_path, scratch, "import miaohui.no_such_module")
    with pytest.raises(ModuleNotFoundError):
        dispatch(command, [])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("raise KeyboardInterrupt", 130),
        ("raise SystemExit", 0),
        ("raise SystemExit(3)", 3),
        ("raise SystemExit('not so')", 2),
    ],
)
def test_an_early_end_becomes_a_status(tmp_path: Path, body: str, status: int) -> None:
    # In a process of its own: a parametrised name would be cached by import.
    written(tmp_path, "early", body)
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from miaohui.cli import Subcommand, dispatch\n"
        "sys.exit(dispatch(Subcommand('early', 'main', '', ''), []))"
    )
    done = start(code=code)
    assert done.returncode == status
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no broken pipes of this kind")
def test_a_reader_that_leaves_is_no_traceback(tmp_path: Path) -> None:
    written(tmp_path, "chatty", "print('x' * 1_000_000); return 0")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from miaohui.cli import Subcommand, dispatch\n"
        "sys.exit(dispatch(Subcommand('chatty', 'main', '', ''), []))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (141, b"")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is a display")
@pytest.mark.parametrize("command", [[], ["desk"]])
def test_a_window_without_a_display_is_one_sentence(command: list[str], tmp_path: Path) -> None:
    shown = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    env = {name: value for name, value in os.environ.items() if name not in shown}
    done = subprocess.run(
        [sys.executable, "-m", "miaohui", *command, "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env=env,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("miaohui")
    assert done.stderr.count("\n") == 1


def test_a_missing_system_library_is_a_package_to_install(
    tmp_path: Path, scratch: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = "libEGL.so.1: cannot open shared object file: No such file or directory"
    command = written(tmp_path, scratch, f"raise ImportError({told!r})")
    assert dispatch(command, []) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "libegl1" in said
    other = written(tmp_path, f"{scratch}_2", "raise ImportError('cannot import name')")
    with pytest.raises(ImportError):
        dispatch(other, [])


def test_what_x11_lacks_is_told_by_name() -> None:
    assert systemlibraries.first_missing(("libc.so.6", "libnosuch.so.9")) == "libnosuch.so.9"
    chinese, english = systemlibraries.sentence("libxcb-cursor.so.0")
    assert "libxcb-cursor0" in chinese
    assert "libxcb-cursor0" in english
    assert "libnosuch" in systemlibraries.sentence("libnosuch.so.9")[1]
