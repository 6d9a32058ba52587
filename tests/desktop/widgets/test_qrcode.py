"""A QR code holds what it is told, sharp at every scale, dark on white in every theme."""

import pytest
import segno
from PySide6.QtGui import QColor, QImage, QPixmap
from PySide6.QtWidgets import QApplication

from miaohui.client.settings import Settings
from miaohui.desktop.look.look import Look
from miaohui.desktop.widgets.qrcode import QUIET, QrCode

KEY = "ab" * 32 + " " + "0123456789abcdef"


def look_of(**settings: object) -> Look:
    kept = Settings(None)
    kept.set(**settings)
    return Look(kept.values)


@pytest.mark.parametrize("percent", [80, 100, 125, 150, 200])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_module_is_whole(qapp: QApplication, percent: int, theme: str) -> None:
    code = QrCode(look_of(scale_percent=percent, appearance=theme))
    code.show_text(KEY, "the key")
    code.resize(code.sizeHint())
    picture = QPixmap(code.size())
    code.render(picture)
    image = picture.toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = [list(map(bool, row)) for row in segno.make_qr(KEY, error="m").matrix]
    for row, modules in enumerate(rows):
        for column, dark in enumerate(modules):
            box = code.box_of(row, column)
            colours = {
                QColor(image.pixel(x, y)).lightness() < 128
                for x in range(box.left(), box.right() + 1)
                for y in range(box.top(), box.bottom() + 1)
            }
            assert colours == {dark}
    first = code.box_of(0, 0)
    assert first.width() >= 2
    assert first.left() >= QUIET * first.width()
    assert all(QColor(image.pixel(x, 1)).lightness() == 255 for x in range(image.width()))


def test_it_has_a_name_and_is_away_without_a_text(qapp: QApplication) -> None:
    code = QrCode(look_of())
    assert code.isHidden()
    code.show_text(KEY, "the relay's key")
    assert (code.accessibleName(), code.text, code.isHidden()) == ("the relay's key", KEY, False)
    code.show_text("", "")
    assert code.isHidden()
