"""``python -m tests.tour``: drives the real window through a whole session and leaves pictures.

Exit status: 0 done, 1 a step could not be done (one sentence says which), 2 asked wrongly.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from miaohui.runtime.clock import SystemClock, process_age_ms

if TYPE_CHECKING:
    from tests.tour.options import Options
    from tests.tour.stage import Stage

    from miaohui.desktop.start.app import FirstWindow

__all__ = ["main"]

DONE, NOT_DONE, ASKED_WRONGLY = 0, 1, 2
STEP_S = 300.0  # of one step: the longest takes 15 s on a quiet machine
# Nothing of the person's is touched: their keyring neither.
NO_KEYRING = "keyring.backends.fail.Keyring"


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one sentence."""

    def error(self, message: str) -> NoReturn:
        raise _AskedWrongly(message)


class _AskedWrongly(Exception):
    pass


def main(argv: Sequence[str]) -> int:
    """One tour from the first start to the settings."""
    try:
        options = _options(argv)
        options.out.mkdir(parents=True, exist_ok=True)
        for old in (*options.out.glob("[0-9][0-9]-*.png"), options.out / "tour.json"):
            old.unlink(missing_ok=True)
    except _AskedWrongly as error:
        return _say_no(str(error), ASKED_WRONGLY)
    except OSError as error:
        return _say_no(f"{error.filename}: {error.strerror}", ASKED_WRONGLY)
    if sys.platform.startswith("linux") and not _has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["PYTHON_KEYRING_BACKEND"] = NO_KEYRING
    with tempfile.TemporaryDirectory(prefix="miaohui-tour-", ignore_cleanup_errors=True) as home:
        return _tour(options, Path(home))


def _options(argv: Sequence[str]) -> Options:
    parser = _Parser(prog="dev.py tour", description="A tour of the real window, with pictures.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="for the pictures")
    parser.add_argument("--lang", choices=("zh_CN", "en"), default="zh_CN")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--size", default="1280x800", metavar="WxH", help="of the window")
    parser.add_argument("--scale", type=int, default=100, metavar="PERCENT", help="80 to 250")
    asked = parser.parse_args(list(argv))
    size = re.fullmatch(r"(\d{3,4})x(\d{3,4})", asked.size)
    if size is None or int(size[1]) < 1024 or int(size[2]) < 640:
        raise _AskedWrongly(f"--size {asked.size!r} is no WxH of at least 1024x640")
    if not 80 <= asked.scale <= 250:
        raise _AskedWrongly(f"--scale {asked.scale} is not between 80 and 250")
    from tests.tour.options import Options

    return Options(
        out=asked.out.resolve(),
        lang=asked.lang,
        theme=asked.theme,
        width=int(size[1]),
        height=int(size[2]),
        scale=asked.scale,
    )


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _tour(options: Options, home: Path) -> int:
    from tests.strays import strays

    from miaohui.desktop.start import app

    values = {
        "language": options.lang,
        "appearance": options.theme,
        "scale_percent": options.scale,
        "notifications": False,
    }
    (home / "settings.json").write_text(json.dumps(values), encoding="utf-8")
    opened = app.first_window(home)
    shown_ms = process_age_ms()
    opened.window.resize(options.width, options.height)
    tour = _Tour(options, home, opened, shown_ms)
    try:
        with strays(opened.app) as found:
            app.run(opened, home, tour.walk)
    except KeyboardInterrupt:
        return _say_no("stopped", 130)
    if found and not tour.failure:
        tour.failure = f"shown as a window of its own: {'; '.join(found)}"
    if tour.failure:
        return _say_no(tour.failure, NOT_DONE)
    return DONE


class _Tour:
    """The walk beside the app on its own loop; the window is closed when it ends."""

    def __init__(
        self, options: Options, home: Path, opened: FirstWindow, shown_ms: int | None
    ) -> None:
        self._options, self._home, self._opened = options, home, opened
        self._shown_ms = shown_ms
        self.failure = "the window closed before the tour was over"

    async def walk(self) -> None:
        from tests.tour import steps

        stage = self._stage()
        stage.facts["start"] = {
            "process_to_first_show_ms": self._shown_ms,
            **self._opened.stamps.ms,
        }
        stage.meter.start()
        done = False
        try:
            await steps.walk(stage, _progress)
            self.failure, done = "", True
        except steps.Failed as failed:
            self.failure = str(failed)
        except TimeoutError:
            self.failure = f"{stage.meter.step}: it stood still for {STEP_S:.0f} s"
        except Exception as error:
            # Nobody is at this window to read a notice: the step and the error say it all.
            self.failure = f"{stage.meter.step}: {type(error).__name__}: {error}"
            raise
        finally:
            stage.meter.stop()
            self._tell(stage, done=done)
            self._opened.window.closing.emit()

    def _tell(self, stage: Stage, *, done: bool) -> None:
        from tests.tour import steps

        told = steps.tell(stage, done=done)
        block = told["qt_thread"]["longest_block"]
        longest = f"{block['own_ms']} ms" if block else "under 20 ms"
        _progress(
            f"{len(told['pictures'])} pictures in {told['seconds']} s; "
            f"shown after {self._shown_ms} ms; longest block of the Qt thread {longest}"
        )

    def _stage(self) -> Stage:
        from PySide6.QtCore import Qt
        from PySide6.QtWidgets import QApplication
        from tests.tour.camera import Camera
        from tests.tour.deadline import Deadline
        from tests.tour.hand import Hand
        from tests.tour.meter import Meter
        from tests.tour.stage import Stage, slow_one

        # The system's own file dialog is no window of ours: a tour could not work it.
        QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
        window, clock = self._opened.window, SystemClock()
        deadline = Deadline(clock, STEP_S)
        meter = Meter()
        shop, slow = slow_one(self._options.lang)
        return Stage(
            options=self._options,
            home=self._home,
            window=window,
            bridge=self._opened.bridge,
            hand=Hand(window, deadline),
            camera=Camera(window, self._options.out, meter),
            meter=meter,
            deadline=deadline,
            clock=clock,
            shop=shop,
            slow=slow,
        )


def _progress(line: str) -> None:
    print(line, flush=True)


def _say_no(sentence: str, status: int) -> int:
    print(f"dev.py tour: {sentence}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
