"""What is loaded ahead exists, and is loaded by turns of the loop."""

import sys

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from miaohui.desktop.ahead import MODULES, Ahead


def test_all_of_it_is_loaded_once_the_loop_turns(qapp: QApplication) -> None:
    parent = QObject()
    ahead = Ahead(parent)
    ahead.start()
    while not ahead.done:
        qapp.processEvents()
    assert all(f"miaohui.desktop.{name}" in sys.modules for name in MODULES)
