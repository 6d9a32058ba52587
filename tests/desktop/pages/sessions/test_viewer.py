"""One picture by itself."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget

from miaohui.desktop.pages.sessions.viewer import TALL, PictureViewer
from miaohui.desktop.strings import chat as words
from miaohui.desktop.widgets.screenarea import area_of
from miaohui.pictures.decoder import Pixels


class Answers:
    """What a viewer asked for."""

    def __init__(self) -> None:
        self.box = (0, 0)
        self.made: Callable[[Pixels | None], None]
        self.failed: Callable[[], None]

    def __call__(
        self,
        owner: QObject,
        width: int,
        height: int,
        made: Callable[[Pixels | None], None],
        failed: Callable[[], None],
    ) -> None:
        self.box, self.made, self.failed = (width, height), made, failed


def test_it_shows_what_was_made_and_says_what_was_not(qapp: QApplication) -> None:
    host, answers = QWidget(), Answers()
    viewer = PictureViewer(host, answers)
    assert answers.box[1] == TALL
    assert viewer.said == words.picture_comes()
    answers.made(None)
    assert viewer.said == words.picture_not_here()
    answers.failed()
    assert viewer.said == words.unshowable()
    answers.made(Pixels(300, 2000, b"\xff\x00\x00\xff" * 600_000))
    assert (viewer.pixmap.width(), viewer.pixmap.height()) == (300, 2000)
    assert viewer.height() <= area_of(viewer).height()
    viewer.close()
