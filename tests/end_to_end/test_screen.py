"""The hands of these tests: a gesture that turns Qt's loop takes no step from any task."""

import asyncio
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from tests.end_to_end.screen import on_qt, outside

from miaohui.runtime.tasks import Tasks


def gesture(window: QWidget, due: asyncio.Event) -> Callable[[], None]:
    """The pointer is moved in the moment in which another task's turn comes."""

    def move() -> None:
        due.set()
        QTest.mouseMove(window, QPoint(2, 2))

    return move


def test_a_pointer_moves_and_every_task_goes_on(qapp: QApplication) -> None:
    async def job() -> None:
        window, due, tasks = QWidget(), asyncio.Event(), Tasks()
        window.show()
        other = tasks.start(due.wait(), "other")
        await asyncio.sleep(0)
        await outside(gesture(window, due))
        assert await other
        window.close()
        await tasks.close()

    on_qt(qapp, job())


def test_a_loop_that_is_turned_inside_a_task_is_told(qapp: QApplication) -> None:
    async def job() -> None:
        window, due, tasks = QWidget(), asyncio.Event(), Tasks()
        window.show()
        other = tasks.start(due.wait(), "other")
        await asyncio.sleep(0)
        gesture(window, due)()
        assert await other
        window.close()
        await tasks.close()

    with pytest.raises(AssertionError, match="inside a task"):
        on_qt(qapp, job())


def test_a_gesture_that_fails_says_so(qapp: QApplication) -> None:
    async def job() -> None:
        with pytest.raises(ZeroDivisionError):
            await outside(lambda: print(1 // 0))

    on_qt(qapp, job())
