"""Conversations for the tests of this folder, and a shown view to hold them."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from miaohui.desktop.chat.model import ChatModel
from miaohui.desktop.chat.row import ChatRow, RowKind
from miaohui.desktop.chat.view import ChatView


def row(number: int, text: str = "", kind: RowKind = RowKind.THEIRS) -> ChatRow:
    return ChatRow(f"m{number}", kind, text or f"第 {number} 条消息", "21:18:06", author="云朵")


def rows(count: int, start: int = 0) -> list[ChatRow]:
    """Rows of several heights, as real messages have."""
    return [row(n, f"第 {n} 条" + "很长的话" * (n % 7) * 5) for n in range(start, start + count)]


def shown(count: int = 0, width: int = 500, height: int = 400) -> ChatView:
    model = ChatModel()
    model.append(*rows(count))
    view = ChatView(model)
    model.setParent(view)
    view.resize(width, height)
    view.show()
    view.activateWindow()
    QTest.qWaitForWindowActive(view)
    QApplication.processEvents()
    return view


def text_point(view: ChatView, row_id: str, offset: int) -> QPoint:
    """A point of the viewport just at that place in a message's text."""
    number = view.chat_model.index_of(row_id)
    assert number is not None
    layout = view.row_layout(number)
    top = view.visualRect(view.chat_model.index(number, 0)).top()
    areas = layout.selection(offset, offset + 1)
    return QPoint(int(areas[0].left()) + 1, int(areas[0].center().y()) + top)


def drag(view: ChatView, start: QPoint, end: QPoint) -> None:
    port = view.viewport()
    left = Qt.MouseButton.LeftButton
    QTest.mousePress(port, left, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(port, (start + end) / 2)
    QTest.mouseMove(port, end)
    QTest.mouseRelease(port, left, Qt.KeyboardModifier.NoModifier, end)
