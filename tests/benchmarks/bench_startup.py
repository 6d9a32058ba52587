"""How long until the window is on the screen, against a bare PySide6 window of the same size.

Both are processes of their own, started in turn; the time runs from the start of the process
until it says that its window was shown and painted once. The first pair warms the disk's cache
and is left out.
"""

import os
import subprocess
import sys
import tempfile
import time
from statistics import median

RUNS = 11
LEAST = 1.15  # what is promised: at most this many times the bare window

BARE = """
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.resize(1280, 800)
window.show()
app.processEvents()
print("shown", flush=True)
"""

OURS = """
import sys
from pathlib import Path
from miaohui.desktop.start.app import show_window
shown = show_window(Path(sys.argv[1]))
print("shown", flush=True)
"""


def shown_after(code: str, folder: str) -> float:
    """Milliseconds from the process's start to its first painted window."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", code, folder], stdout=subprocess.PIPE, env=environment
    ) as child:
        assert child.stdout is not None
        said = child.stdout.readline()
        took = (time.perf_counter() - began) * 1000
        child.stdout.read()
    if said.strip() != b"shown" or child.returncode != 0:
        raise RuntimeError(f"the window did not come up: {said!r}, exit {child.returncode}")
    return took


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        pairs = [(shown_after(BARE, folder), shown_after(OURS, folder)) for _ in range(RUNS + 1)][
            1:
        ]
    bare, ours = (median(times) for times in zip(*pairs, strict=True))
    ratio = ours / bare
    print(f"start-up: bare {bare:.0f} ms, ours {ours:.0f} ms, ratio {ratio:.2f} (at most {LEAST})")
    return 0 if ratio <= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
