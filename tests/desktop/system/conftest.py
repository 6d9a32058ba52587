"""A session bus and a screen of the test's own, so that nothing of the machine's is spoken to."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

# Nothing is started by asking for it: only what a test has started is there.
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:dir={folder}</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"""

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def started() -> Iterator[Start]:
    """Starts programs that end with the test, the last one first."""
    with ExitStack() as stack:

        def start(*command: str, **options: object) -> "subprocess.Popen[bytes]":
            process = subprocess.Popen(command, **options)  # type: ignore[call-overload]

            def end() -> None:
                process.kill()
                process.wait()
                for pipe in (process.stdin, process.stdout, process.stderr):
                    if pipe is not None:
                        pipe.close()

            stack.callback(end)
            return process

        yield start


@pytest.fixture
def session_bus(started: Start, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a private bus."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("no dbus-daemon here")
    folder = tmp_path_factory.mktemp("bus")
    config = folder / "bus.conf"
    config.write_text(BUS.format(folder=folder))
    daemon = started(
        *("dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert daemon.stdout is not None
    return daemon.stdout.readline().decode().strip()


@pytest.fixture
def display(started: Start) -> str:
    """The name of a screen of X."""
    if shutil.which("Xvfb") is None:
        pytest.skip("no Xvfb here")
    seen, tells = os.pipe()
    started(
        *("Xvfb", "-displayfd", str(tells), "-screen", "0", "1280x800x24", "-nolisten", "tcp"),
        pass_fds=(tells,),
        stderr=subprocess.DEVNULL,
    )
    os.close(tells)
    with os.fdopen(seen) as file:
        return f":{file.readline().strip()}"


@pytest.fixture
def desktop_session(session_bus: str, display: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a person who has just sat down at a machine."""
    home, runtime = tmp_path / "home", tmp_path / "run"
    home.mkdir()
    runtime.mkdir(mode=0o700)
    taken = ("QT_", "GTK_", "XMODIFIERS", "WAYLAND_", "IBUS_", "XDG_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(taken)}
    return kept | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_RUNTIME_DIR": str(runtime),
        "DBUS_SESSION_BUS_ADDRESS": session_bus,
        "DISPLAY": display,
        "GSETTINGS_BACKEND": "memory",
        "LC_ALL": "C.UTF-8",
        "NO_AT_BRIDGE": "1",
    }
