"""A built app tried as a person starts it: its window on a screen, a dead key, its children's
library path, a report's first picture at the second start."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

__all__ = ["Trial", "TrialFailed", "has_screen"]

TOOLS = ("Xvfb", "xdotool")
WINDOW_S = 120
CALLERS_PATH = "/nowhere/of/the/callers"


class TrialFailed(Exception):
    """What was built does not work; the sentence says in what."""


def has_screen() -> bool:
    return all(map(shutil.which, TOOLS))


class Trial:
    """``command``: what starts the app. It runs in a home of its own."""

    def __init__(self, command: Sequence[str], home: Path) -> None:
        self._command = list(command)
        self._home = home
        self._env = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PYTHON")},
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "LD_LIBRARY_PATH": CALLERS_PATH,
            "XDG_RUNTIME_DIR": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
        for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
            self._env.pop(name, None)

    def words(self) -> None:
        """It tells its version, its commands, and its licences."""
        for asked in ("--version", "--help", "licences"):
            done = self._run(asked)
            if done.returncode or not done.stdout.strip():
                raise TrialFailed(f"`miaohui {asked}` ends with {done.returncode}: {done.stderr}")

    def off_screen(self) -> dict[str, Any]:
        """What it tells of itself at its second start."""
        self._self_test("offscreen")
        found = self._self_test("offscreen")
        if os.name == "posix" and found["library_path"] != CALLERS_PATH:
            raise TrialFailed(f"children see LD_LIBRARY_PATH={found['library_path']!r}")
        return found

    def on_screen(self) -> dict[str, Any]:
        """The app's window comes and goes by SIGTERM; ´ and then e are é."""
        with self._screen() as display:
            env = {**self._env, "DISPLAY": display}
            folder = self._home / "data"
            app = subprocess.Popen([*self._command, "--data", str(folder)], env=env)
            try:
                self._find(env, app)
                self._until_it_answers(folder, env)
            finally:
                app.terminate()
                status = app.wait(60)
            if status:
                raise TrialFailed(f"the app ends with {status} when it is told to")
            typing = subprocess.Popen(
                [*self._command, "self-test", "--type"], env=env, stdout=subprocess.PIPE, text=True
            )
            try:
                window = self._find(env, typing)
                for keys in (("dead_acute", "e"), ("Return",)):
                    subprocess.run(
                        ["xdotool", "windowfocus", "--sync", window], env=env, check=True
                    )
                    subprocess.run(["xdotool", "key", *keys], env=env, check=True)
                told, _ = typing.communicate(timeout=WINDOW_S)
            finally:
                typing.kill()
            found: dict[str, Any] = json.loads(told)
            if found["typed"] != "é":
                raise TrialFailed(f"´ and e make {found['typed']!r}")
            return found

    def _until_it_answers(self, folder: Path, env: dict[str, str]) -> None:
        """A second start finds the first, which comes to the front, and ends."""
        end = time.monotonic() + WINDOW_S
        while time.monotonic() < end:
            second = [*self._command, "--data", str(folder)]
            done = subprocess.run(second, env=env, capture_output=True, check=False)
            if done.returncode == 0:
                return
        raise TrialFailed(f"a second start finds no first within {WINDOW_S} s")

    def _run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._command, *arguments],
            env={**self._env, **env},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    def _self_test(self, platform: str) -> dict[str, Any]:
        done = self._run("self-test", QT_QPA_PLATFORM=platform)
        if done.returncode:
            raise TrialFailed(f"`miaohui self-test` ends with {done.returncode}: {done.stderr}")
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    @contextlib.contextmanager
    def _screen(self) -> Iterator[str]:
        """An X server of its own, by the name of its display."""
        read, write = os.pipe()
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        try:
            with os.fdopen(read) as told:
                number = told.readline().strip()
            if not number:
                raise TrialFailed("Xvfb does not start")
            yield f":{number}"
        finally:
            server.terminate()
            server.wait(30)

    def _find(self, env: dict[str, str], app: "subprocess.Popen[Any]") -> str:
        """The number of the app's first visible window."""
        end = time.monotonic() + WINDOW_S
        while time.monotonic() < end:
            if app.poll() is not None:
                raise TrialFailed(f"the app ends with {app.returncode} and shows no window")
            asked = ["xdotool", "search", "--onlyvisible", "--class", "miaohui"]
            done = subprocess.run(asked, env=env, capture_output=True, text=True, check=False)
            if done.stdout.strip():
                return done.stdout.split()[0]
            time.sleep(0.2)  # another process's window: nothing of it can be waited for
        raise TrialFailed(f"no window within {WINDOW_S} s")


@contextlib.contextmanager
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="miaohui-trial-") as folder:
        yield Path(folder)
