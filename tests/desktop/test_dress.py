"""The dress: sections wear the sheet, containers do not, and a new look reaches all of them."""

from collections.abc import Iterator

from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from miaohui.client.settings import Settings
from miaohui.desktop.dress import FEW, Dress
from miaohui.desktop.look import Look
from miaohui.desktop.turns import Turns
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
    dress = Dress(root, look)
    dress.wear(root)
    root.show()
    assert root.styleSheet() == ""
    assert {one.styleSheet() for one in (*sections, holder)} == {look.sheet()}
    late, _inside = card()
    column.addWidget(late)
    late.show()
    assert late.styleSheet() == look.sheet()

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
    root.close()


def test_a_look_that_is_the_same_dresses_nobody(qapp: QApplication) -> None:
    settings = Settings(None)
    look = Look(settings.values)
    root = QWidget()
    dress = Dress(root, look)
    dress.wear(root)
    settings.set(calm=True)
    look.follow(settings.values)
    assert root.updatesEnabled()


def test_a_page_that_comes_meanwhile_leaves_nothing_unpainted(qapp: QApplication) -> None:
    settings = Settings(None)
    settings.set(appearance="light")
    look, turns = Look(settings.values), Turns()
    root = QWidget()
    column = QVBoxLayout(root)
    hidden, shown = (card()[0] for _ in range(2))
    for one in (hidden, shown):
        column.addWidget(one)
    hidden.hide()
    dress = Dress(root, look, turns)
    dress.wear(root)
    root.show()
    settings.set(appearance="dark")
    look.follow(settings.values)

    def come() -> Iterator[None]:
        hidden.show()
        yield

    turns.begin(come())  # as another language's page does, when those on screen are dressed
    while turns.is_busy:
        qapp.processEvents()
    assert dress.is_settled
    assert root.updatesEnabled()
    root.close()
