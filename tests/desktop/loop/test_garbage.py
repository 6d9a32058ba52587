"""Cycles are collected where the window is."""

import gc
import threading
import weakref

from PySide6.QtCore import QEventLoop, QObject
from PySide6.QtWidgets import QApplication

from miaohui.desktop.loop.garbage import collecting


class Knot:
    """Something that only a cycle holds."""

    def __init__(self) -> None:
        self.itself = self


def knots(count: int) -> None:
    for _ in range(count):
        Knot()


def test_a_cycle_goes_in_the_window_s_thread_and_in_no_other(qapp: QApplication) -> None:
    gone: list[int] = []
    owner = QObject()
    before = gc.isenabled()
    with collecting(owner):
        tied = Knot()
        weakref.finalize(tied, lambda: gone.append(threading.get_ident()))
        del tied
        busy = threading.Thread(target=knots, args=(50_000,))
        busy.start()
        busy.join()
        assert gone == [], "what another thread allocates collects nothing"
        while not gone:
            qapp.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        assert gone == [threading.get_ident()]
    assert gc.isenabled() is before


def test_what_is_left_goes_with_its_end(qapp: QApplication) -> None:
    owner = QObject()
    with collecting(owner):
        tied = Knot()
        watched = weakref.ref(tied)
        del tied
    assert watched() is None
