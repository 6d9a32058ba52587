"""The camera: numbered pictures on disk, what is open above the window in them."""

from pathlib import Path

from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QMenu, QWidget
from tests.tour.camera import Camera
from tests.tour.meter import Meter


async def test_pictures_are_numbered_and_show_menus(qapp: object, tmp_path: Path) -> None:
    window = QWidget()
    window.setStyleSheet("background: #204060")
    window.resize(200, 120)
    window.show()
    camera = Camera(window, tmp_path, Meter())
    first = await camera.take("first-start")
    menu = QMenu(window)
    menu.setStyleSheet("background: #ffffff; border: 0")
    menu.addAction("x" * 30)
    menu.popup(window.mapToGlobal(QPoint(20, 20)))
    second = await camera.take("menu")
    menu.close()
    window.close()
    assert [one.file for one in camera.shots] == ["01-first-start.png", "02-menu.png"]
    assert (first.width, first.height, second.cut) == (200, 120, ())
    plain, with_menu = (QImage(str(tmp_path / one.file)) for one in camera.shots)
    assert plain.pixelColor(10, 10) == QColor("#204060")
    assert with_menu.pixelColor(10, 10) == QColor("#204060")
    assert plain != with_menu
