"""The window's place on the screen: what was left, brought into what there is now."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize

__all__ = ["DESIGNED", "SMALLEST", "fitting", "smallest"]

SMALLEST = QSize(960, 540)  # a screen of 1920 x 1080 at 200 %
DESIGNED = QSize(1280, 800)


def smallest(available: QSize) -> QSize:
    """The least that the window is made; never more than the screen has."""
    return SMALLEST.boundedTo(available)


def fitting(left: QRect, available: QRect) -> QRect:
    """``left`` where it was, as far as the screen goes: no larger, and all of it in sight; an
    empty one is the design's, in the middle."""
    size = DESIGNED if left.isEmpty() else left.size()
    size = size.expandedTo(SMALLEST).boundedTo(available.size())
    if left.isEmpty():
        corner = available.center() - QRect(available.topLeft(), size).center()
        return QRect(available.topLeft() + corner, size)
    x = min(max(left.x(), available.x()), available.right() + 1 - size.width())
    y = min(max(left.y(), available.y()), available.bottom() + 1 - size.height())
    return QRect(x, y, size.width(), size.height())
