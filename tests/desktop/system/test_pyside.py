"""No module's source is kept in memory because PySide looked into it."""

import subprocess
import sys

LOOK = """
import linecache
import PySide6.QtCore
import miaohui.client.port  # before the window, as a program beside it may
import miaohui.desktop.start.app
import miaohui.desktop.bridge, miaohui.client.facade
print(sorted(name for name in linecache.cache if "miaohui" in name))
"""


def test_pyside_reads_the_source_of_no_module_of_ours() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
