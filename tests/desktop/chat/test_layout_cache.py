"""What is kept of rows seen lately is right, and bounded."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPixmap
from tests.desktop.chat.conversation import row

from miaohui.desktop.chat.layout import Fonts
from miaohui.desktop.chat.layout_cache import LAYOUTS, PIXMAP_BYTES, LayoutCache
from miaohui.desktop.look.theme import message_font, ui_font


@pytest.fixture
def fonts(qapp):
    return Fonts(message_font(), ui_font(), ui_font())


def test_a_layout_is_made_again_only_when_something_changed(fonts):
    shelf = LayoutCache()
    made = shelf.layout(row(1), 400, fonts)
    assert shelf.layout(row(1), 400, fonts) is made
    assert shelf.layout(row(1), 401, fonts) is not made
    changed = shelf.layout(replace(row(1), text="别的"), 401, fonts)
    assert changed.row.text == "别的"


def test_a_pixmap_belongs_to_one_layout(fonts):
    shelf = LayoutCache()
    made = shelf.layout(row(1), 400, fonts)
    shelf.keep(made, QPixmap(10, 10), QRectF(0, 0, 10, 10))
    assert shelf.pixmap(made) is not None
    assert shelf.pixmap(shelf.layout(row(1), 401, fonts)) is None
    shelf.drop_pixmap("m1")
    assert shelf.pixmap(made) is None


def test_both_are_bounded(fonts):
    shelf = LayoutCache()
    layouts = [shelf.layout(row(number), 400, fonts) for number in range(LAYOUTS + 1)]
    assert shelf.layout(row(0), 400, fonts) is not layouts[0]
    side = 256
    fit = PIXMAP_BYTES // (side * side * 4)
    for layout in layouts[1 : fit + 3]:
        shelf.keep(layout, QPixmap(side, side), QRectF(0, 0, side, side))
    kept = [layout for layout in layouts[1:] if shelf.pixmap(layout) is not None]
    assert len(kept) == fit


def test_a_pixmap_pays_from_the_second_painting(fonts):
    shelf = LayoutCache()
    made = shelf.layout(row(1), 400, fonts)
    assert not shelf.painted_before(made)
    assert shelf.painted_before(made)
    assert not shelf.painted_before(shelf.layout(row(1), 401, fonts))


def test_what_was_not_painted_lately_is_swept(fonts):
    shelf = LayoutCache()
    still, gone = (shelf.layout(row(number), 400, fonts) for number in (1, 2))
    for layout in (still, gone):
        shelf.keep(layout, QPixmap(10, 10), QRectF(0, 0, 10, 10))
    assert shelf.sweep()
    shelf.pixmap(still)
    assert shelf.sweep()
    assert (shelf.pixmap(still) is None, shelf.pixmap(gone) is None) == (False, True)
    assert shelf.sweep()
    assert not shelf.sweep()
