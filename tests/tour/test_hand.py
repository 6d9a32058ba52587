"""The hand does only what a person could: it clicks what is there, writes, and gives up in time."""

import asyncio
from collections.abc import Iterator

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget
from tests.tour.deadline import Deadline
from tests.tour.hand import CannotDo, Hand, cut_labels


class Still:
    """A clock that stands."""

    def mono(self) -> int:
        return 0

    def utc_ms(self) -> int:
        return 0


class Room:
    """A small window with something to press, to write into and to scroll to."""

    def __init__(self) -> None:
        self.window = QWidget()
        self.window.resize(300, 200)
        inner = QWidget()
        column = QVBoxLayout(inner)
        self.field = QLineEdit()
        self.field.setPlaceholderText("搜索")
        self.near, self.far = QPushButton("近"), QPushButton("远")
        column.addWidget(self.field)
        column.addWidget(self.near)
        column.addSpacing(600)
        column.addWidget(self.far)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        QVBoxLayout(self.window).addWidget(area)
        self.pressed: list[str] = []
        for one in (self.near, self.far):
            one.clicked.connect(lambda _=False, one=one: self.pressed.append(one.text()))
        self.window.show()
        self.window.activateWindow()
        assert QTest.qWaitForWindowActive(self.window)
        self.hand = Hand(self.window, Deadline(Still(), 60))


@pytest.fixture
def room(qapp: object) -> Iterator[Room]:
    made = Room()
    yield made
    made.window.close()
    made.window.deleteLater()


def test_finds_by_text_placeholder_and_name(room: Room) -> None:
    assert room.hand.find(QPushButton, "近") is room.near
    assert room.hand.find(QLineEdit, "搜索") is room.field
    room.far.setObjectName("far")
    assert room.hand.find(QPushButton, "far") is room.far
    assert room.hand.seek(QPushButton, "无") is None
    with pytest.raises(CannotDo, match="QPushButton '无'"):
        room.hand.find(QPushButton, "无")


def test_scrolls_to_what_it_clicks(room: Room) -> None:
    room.hand.click(room.near)
    room.hand.click(room.far)
    assert room.pressed == ["近", "远"]


def test_clicks_nothing_that_a_person_could_not(room: Room) -> None:
    room.near.setEnabled(False)
    with pytest.raises(CannotDo, match="cannot be used"):
        room.hand.click(room.near)
    room.near.setEnabled(True)
    cover = QWidget(room.window)
    cover.setObjectName("sheet")
    cover.setGeometry(room.window.rect())
    cover.show()
    with pytest.raises(CannotDo, match="covered: QWidget 'sheet'"):
        room.hand.click(room.near)
    cover.hide()
    room.near.hide()
    with pytest.raises(CannotDo, match="not visible"):
        room.hand.click(room.near)
    assert room.pressed == []


def test_writes_both_scripts(room: Room) -> None:
    room.hand.write(room.field, "找 tea 茶")
    assert room.field.text() == "找 tea 茶"
    room.hand.clear(room.field)
    assert room.field.text() == ""


async def test_waits_no_longer_than_there_is_time(room: Room) -> None:
    seen: list[int] = []
    await room.hand.until(lambda: seen.append(1) or len(seen) > 2, "a third look")
    hurried = Hand(room.window, Deadline(Still(), 0))
    with pytest.raises(CannotDo, match="this did not come: rain"):
        await hurried.until(lambda: False, "rain")
    assert asyncio.get_running_loop().is_running()


def test_tells_what_is_cut(qapp: object) -> None:
    window = QWidget()
    whole, cut = QLabel("ok", window), QLabel("这一行太长，放不下", window)
    whole.setGeometry(0, 0, 80, 20)
    cut.setGeometry(0, 30, 40, 20)
    window.show()
    assert list(cut_labels(window)) == ["这一行太长，放不下"]
    window.close()
