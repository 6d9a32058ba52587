"""The window's place, on screens smaller and elsewhere than the one it was left on."""

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QApplication

from miaohui.desktop.look.place import fitting, smallest
from miaohui.desktop.look.splash import Splash
from miaohui.desktop.navigation.frame import WindowFrame

SCREEN = QRect(0, 27, 1920, 1053)


@pytest.mark.parametrize(
    ("left", "available", "place"),
    [
        (QRect(), SCREEN, QRect(320, 154, 1280, 800)),
        (QRect(), QRect(0, 0, 960, 540), QRect(0, 0, 960, 540)),
        (QRect(100, 100, 1300, 820), SCREEN, QRect(100, 100, 1300, 820)),
        (QRect(1800, 900, 1300, 820), SCREEN, QRect(620, 260, 1300, 820)),
        (QRect(-900, -50, 1300, 820), SCREEN, QRect(0, 27, 1300, 820)),
        (QRect(0, 0, 4000, 3000), SCREEN, SCREEN),
        (QRect(0, 0, 10, 10), SCREEN, QRect(0, 27, 960, 540)),
        (QRect(2000, 100, 1300, 820), QRect(1920, 0, 1366, 768), QRect(1986, 0, 1300, 768)),
    ],
)
def test_a_window_is_where_it_was_and_wholly_in_sight(
    left: QRect, available: QRect, place: QRect
) -> None:
    assert fitting(left, available) == place


def test_the_least_size_is_no_larger_than_the_screen() -> None:
    assert smallest(QSize(1920, 1080)) == QSize(960, 540)
    assert smallest(QSize(800, 480)) == QSize(800, 480)


def test_a_window_takes_the_place_that_another_left(qapp: QApplication) -> None:
    one, other = (WindowFrame(Splash("light", rail=False)) for _ in range(2))
    assert one.size() == QSize(1280, 800)
    one.take_place((5, 6, 700, 5000, 0))
    other.take_place(one.place())
    assert other.geometry() == one.geometry()
    assert one.geometry().height() < 5000
