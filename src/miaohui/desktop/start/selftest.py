"""`miaohui self-test`: what this app finds on this machine, as one JSON object.

A packager asks it of what was built, and a person whose app misbehaves can send it along: Qt, the
input method, the time of a report's first picture, a child's library path; with ``--type`` a field
opens, and what is typed into it until Enter is told.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

__all__ = ["main"]

WAIT_S: Final = 60


def main(arguments: Sequence[str]) -> int:
    from miaohui.runtime.arguments import ASKED_WRONGLY, Parser

    parser = Parser(prog="miaohui self-test")
    parser.add_argument("--type", action="store_true", dest="typing")
    try:
        typing = parser.parse_args(list(arguments)).typing
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ASKED_WRONGLY
    found: dict[str, object] = {"library_path": _child_library_path(), "fonts": _font_folder()}
    found.update(_first_picture())
    found.update(_qt(typing=typing))
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return 0


def _child_library_path() -> str:
    """LD_LIBRARY_PATH as a program that we start sees it."""
    if os.name != "posix":
        return ""
    asked = ["/bin/sh", "-c", 'printf %s "$LD_LIBRARY_PATH"']
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout


def _font_folder() -> str:
    from miaohui.runtime.frozen import keep_font_list

    keep_font_list()
    return os.environ.get("MPLCONFIGDIR", "")


def _first_picture() -> dict[str, float]:
    """A picture of a report, from nothing loaded to its SVG: its time, and its work, which a busy
    machine does not make longer."""
    from miaohui.runtime.clock import stamp_ns, thread_cpu_ns

    begun, worked = stamp_ns(), thread_cpu_ns()
    from miaohui.checks.report.drawing import PictureCanvas, picture

    def draw(canvas: PictureCanvas) -> None:
        (axes,) = canvas.axes()
        axes.plot([0, 1, 2], [0, 10, 3])
        axes.set_title(canvas.say("十秒 ten seconds"))

    picture("selftest", (7.0, 3.0), "", draw)
    return {
        "first_picture_ms": round((stamp_ns() - begun) / 1e6, 1),
        "first_picture_work_ms": round((thread_cpu_ns() - worked) / 1e6, 1),
    }


def _qt(*, typing: bool) -> dict[str, object]:
    from PySide6.QtCore import QLibraryInfo, QTimer, qVersion
    from PySide6.QtWidgets import QApplication, QLineEdit

    from miaohui.desktop.system import input_method

    input_method.prepare()
    app = QApplication(["miaohui"])
    found: dict[str, object] = {
        "qt": qVersion(),
        "platform": app.platformName(),
        "input_method": input_method.in_use().value,
        "plugins": QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath),
        "python": sys.version.split()[0],
    }
    if typing:
        field = QLineEdit()
        field.setWindowTitle("miaohui self-test")
        field.returnPressed.connect(app.quit)
        field.show()
        field.activateWindow()
        field.setFocus()
        QTimer.singleShot(WAIT_S * 1000, app.quit)
        app.exec()
        found["typed"] = field.text()
    return found
