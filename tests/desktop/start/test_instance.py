"""One window a folder: the second start raises it or hands it a link, by real processes as well."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QApplication
from tests.end_to_end.screen import on_qt

from miaohui.desktop.start.instance import Claim, Instance
from miaohui.desktop.system.applink import AppLink

LATER = """
import sys
from pathlib import Path
from miaohui.desktop.start.instance import Instance
from miaohui.desktop.system.applink import parsed
sys.exit(not Instance(Path(sys.argv[1])).tell_first(parsed(sys.argv[2])))
"""


@pytest.fixture
def first(qapp: QApplication, tmp_path: Path) -> Iterator[Instance]:
    instance = Instance(tmp_path)
    assert instance.claim() is Claim.FIRST
    instance.listen()
    yield instance
    instance.release()


def test_a_folder_has_one_window(first: Instance, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert Instance(tmp_path).claim() is Claim.RUNNING
    other = Instance(tmp_path / "other")
    assert other.claim() is Claim.FIRST
    other.release()


def test_a_folder_that_takes_nothing_is_no_running_app(qapp: QApplication) -> None:
    nowhere = Path("/proc/1") if sys.platform.startswith("linux") else Path("Z:/nowhere")
    assert Instance(nowhere).claim() is Claim.CLOSED


@pytest.mark.parametrize("link", [None, AppLink("session", "018f")])
def test_a_later_start_raises_the_first_window(
    qapp: QApplication, first: Instance, tmp_path: Path, link: AppLink | None
) -> None:
    heard: list[AppLink | None] = []
    first.raise_asked.connect(lambda: heard.append(None))
    first.link_asked.connect(heard.append)

    async def job() -> None:
        later = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", LATER, str(tmp_path), "" if link is None else str(link))
        )
        assert await later.wait() == 0

    on_qt(qapp, job())
    assert heard == ([None] if link is None else [None, link])


@pytest.mark.parametrize("said", [b"quit\n", b"miaohui://pay/1\n", b"\xff\xfe\n", b"x" * 5000])
def test_what_is_no_wish_of_ours_is_hung_up_on(
    qapp: QApplication, first: Instance, tmp_path: Path, said: bytes
) -> None:
    heard: list[object] = []
    first.raise_asked.connect(lambda: heard.append(None))
    first.link_asked.connect(heard.append)

    async def job() -> None:
        gone = asyncio.Event()
        socket = QLocalSocket()
        socket.disconnected.connect(gone.set)
        socket.connectToServer(first.name)
        socket.write(said)
        async with asyncio.timeout(20):
            await gone.wait()

    on_qt(qapp, job())
    assert heard == []


def test_one_that_does_not_answer_is_said(qapp: QApplication, tmp_path: Path) -> None:
    silent = Instance(tmp_path)
    assert silent.claim() is Claim.FIRST  # and never listens
    assert not Instance(tmp_path).tell_first(None)
    silent.release()


# --- whole processes -------------------------------------------------------------------------------
def _command(folder: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "miaohui", "--data", str(folder), *more]


def _run(folder: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    command = _command(folder, *more)
    return subprocess.run(command, capture_output=True, text=True, check=False, env=_quietly())


def _quietly() -> dict[str, str]:
    return os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONWARNINGS": "ignore"}


@pytest.mark.skipif(sys.platform.startswith("win"), reason="Windows has no such signal")
def test_two_starts_are_one_window_and_a_signal_closes_it_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with subprocess.Popen(_command(folder), env=_quietly()) as window:
        try:
            # It answers once it lives.
            while not (folder / "app.lock").exists() or _run(folder).returncode != 0:
                assert window.poll() is None
            assert _run(folder, "miaohui://settings").returncode == 0
            wrong = _run(folder, "https://example.org/")
            assert (wrong.returncode, len(wrong.stderr.splitlines())) == (2, 1)
            window.send_signal(signal.SIGTERM)
            assert window.wait(60) == 0
        finally:
            window.kill()
    assert not (folder / "app.lock").exists()


def test_a_file_for_a_folder_is_said(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    said = _run(file)
    assert (said.returncode, len(said.stderr.splitlines())) == (2, 1)
    assert "running" not in said.stderr
    assert "运行" not in said.stderr
