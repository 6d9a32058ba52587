"""The stylesheet: all share the root's sheet until the look changes, and a new one reaches everybody."""

from collections.abc import Iterator

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from miaohui.client.settings import Settings
from miaohui.desktop.look.look import Look
from miaohui.desktop.look.stylesheet import FEW, Stylesheet
from miaohui.desktop.loop.scheduler import Scheduler
from miaohui.desktop.widgets.card import card, held
from miaohui.desktop.widgets.label import label


def test_sections_follow_the_look_by_turns_and_late_comers_are_dressed(
    qapp: QApplication,
) -> None:
    settings = Settings(None)
    settings.set(appearance="light")
    look = Look(settings.values)
    root = QWidget()
    column = QVBoxLayout(root)
    sections = []
    for _ in range(3):
        frame, inside = card()
        for number in range(FEW):
            inside.addWidget(label(str(number)))
        column.addWidget(frame)
        sections.append(frame)
    own = label("its own")
    own.setStyleSheet("color: red")
    holder = held(own)
    column.addWidget(holder)
    stylesheet = Stylesheet(root, look)
    stylesheet.wear(root)
    root.show()
    assert root.styleSheet() == look.sheet()
    assert {one.styleSheet() for one in (*sections, holder)} == {""}
    late, _inside = card()
    column.addWidget(late)
    late.show()
    assert late.styleSheet() == ""
    words = label("late")
    _inside.addWidget(words)
    words.ensurePolished()
    assert words.palette().windowText().color() == look.color("ink")

    before = look.sheet()
    settings.set(appearance="dark")
    look.follow(settings.values)
    assert look.sheet() != before
    assert not root.updatesEnabled()
    while {one.styleSheet() for one in (*sections, holder, late)} != {look.sheet()}:
        qapp.processEvents()
    while not root.updatesEnabled():
        qapp.processEvents()
    assert own.styleSheet() == "color: red"
    assert words.palette().windowText().color() == look.color("ink")

    settings.set(appearance="light")
    look.follow(settings.values)
    while not (stylesheet.is_settled and root.updatesEnabled()):
        qapp.processEvents()
    assert {one.styleSheet() for one in (*sections, holder, late)} == {""}
    assert words.palette().windowText().color() == look.color("ink")
    root.close()


def test_a_container_shows_the_ground_through_in_every_look(qapp: QApplication) -> None:
    settings = Settings(None)
    settings.set(appearance="light")
    look = Look(settings.values)
    root = QWidget()
    root.setObjectName("paper")
    column = QVBoxLayout(root)
    stylesheet = Stylesheet(root, look)
    pages = QStackedWidget()
    pages.addWidget(QWidget())
    column.addWidget(pages)
    window = QMainWindow()
    window.setCentralWidget(root)
    window.resize(200, 200)
    window.show()
    pages.ensurePolished()  # before anybody knows that it is a container
    stylesheet.wear(root)
    for appearance in ("light", "dark"):
        settings.set(appearance=appearance)
        look.follow(settings.values)
        while not (stylesheet.is_settled and root.updatesEnabled()):
            qapp.processEvents()
        assert window.grab().toImage().pixelColor(100, 100) == look.color("paper")
    window.close()


class Shy(QFrame):
    """Hides another when it is dressed anew, as an area does with a bar that it needs no more."""

    def __init__(self) -> None:
        super().__init__()
        self.other: QWidget | None = None

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self.other is not None:
            self.other.hide()


def test_who_is_hidden_meanwhile_keeps_nobody_in_the_dark(qapp: QApplication) -> None:
    settings = Settings(None)
    settings.set(appearance="light")
    look = Look(settings.values)
    root = QWidget()
    column = QVBoxLayout(root)
    shy, hidden, last = Shy(), card()[0], card()[0]
    for one in (shy, hidden, last):
        column.addWidget(one)
    stylesheet = Stylesheet(root, look)
    stylesheet.wear(root)
    root.show()
    shy.other = hidden
    settings.set(appearance="dark")
    look.follow(settings.values)
    while not (stylesheet.is_settled and root.updatesEnabled()):
        qapp.processEvents()
    assert not hidden.isVisible()
    assert {one.styleSheet() for one in (shy, hidden, last)} == {look.sheet()}
    root.close()


def test_a_look_that_is_the_same_dresses_nobody(qapp: QApplication) -> None:
    settings = Settings(None)
    look = Look(settings.values)
    root = QWidget()
    stylesheet = Stylesheet(root, look)
    stylesheet.wear(root)
    settings.set(calm=True)
    look.follow(settings.values)
    assert root.updatesEnabled()


def test_a_page_that_comes_meanwhile_leaves_nothing_unpainted(qapp: QApplication) -> None:
    settings = Settings(None)
    settings.set(appearance="light")
    look, scheduler = Look(settings.values), Scheduler()
    root = QWidget()
    column = QVBoxLayout(root)
    hidden, shown = (card()[0] for _ in range(2))
    for one in (hidden, shown):
        column.addWidget(one)
    hidden.hide()
    stylesheet = Stylesheet(root, look, scheduler)
    stylesheet.wear(root)
    root.show()
    settings.set(appearance="dark")
    look.follow(settings.values)

    def come() -> Iterator[None]:
        hidden.show()
        yield

    scheduler.begin(come())  # as another language's page does, when those on screen are dressed
    while scheduler.is_busy:
        qapp.processEvents()
    assert stylesheet.is_settled
    assert root.updatesEnabled()
    root.close()
