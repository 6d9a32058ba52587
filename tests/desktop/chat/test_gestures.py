"""Selecting, copying, clicking and moving, by real mouse and key events."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QSignalSpy, QTest
from tests.desktop.chat.conversation import drag, row, shown, text_point

from miaohui.desktop.chat.menu import MenuEntry, usual_offers
from miaohui.desktop.chat.row import ChatRow, DeliveryMark, Mark, RowKind, RowPicture, RowQuote
from miaohui.desktop.look.theme import light

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def view(qapp):
    made = shown()
    made.resize(600, 500)
    made.chat_model.append(
        ChatRow("a", RowKind.THEIRS, "晚上好呀，今天想聊点什么？", "21:18:06", author="云朵"),
        ChatRow("b", RowKind.MINE, "看 https://a.cn/x 😀 吧", "21:18:31"),
        ChatRow("c", RowKind.THEIRS, "hello world", "21:18:40", author="云朵"),
    )
    made.setFocus()
    yield made
    made.close()


def copied(view) -> str:
    QGuiApplication.clipboard().clear()
    QTest.keyClick(view, Qt.Key.Key_C, CTRL)
    return QGuiApplication.clipboard().text()


def part(view, row_id: str, name: str) -> QPoint:
    number = view.chat_model.index_of(row_id)
    top = view.visualRect(view.chat_model.index(number, 0)).top()
    return getattr(view.row_layout(number), name).center().toPoint() + QPoint(0, top)


def test_drag_within_a_message(view):
    drag(view, text_point(view, "a", 0), text_point(view, "a", 4))
    assert copied(view) == "晚上好呀"


def test_drag_upwards_across_messages(view):
    drag(view, text_point(view, "c", 5), text_point(view, "a", 5))
    assert copied(view) == (
        "云朵 21:18:06\n今天想聊点什么？\n\n我 21:18:31\n看 https://a.cn/x 😀 吧\n\n"
        "云朵 21:18:40\nhello"
    )


def test_dragging_selects_and_does_not_open_links(view):
    opened = QSignalSpy(view.link_activated)
    drag(view, text_point(view, "b", 3), text_point(view, "b", 8))
    assert opened.count() == 0
    assert copied(view) == "ttps:"


def test_shift_click_extends_and_double_click_takes_a_word(view):
    port = view.viewport()
    QTest.mouseDClick(port, LEFT, NONE, text_point(view, "c", 7))
    assert copied(view) == "world"
    QTest.mouseClick(port, LEFT, NONE, text_point(view, "c", 2))
    QTest.mouseClick(port, LEFT, SHIFT, text_point(view, "c", 5))
    assert copied(view) == "llo"


def test_all_and_nothing(view):
    QTest.keyClick(view, Qt.Key.Key_A, CTRL)
    assert copied(view).count("\n\n") == 2
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.gestures.spans() is None


def test_arrows_move_by_message_and_copy_takes_the_current(view):
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_Up)
    assert view.currentIndex().row() == 0
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.currentIndex().row() == 1
    assert copied(view) == "看 https://a.cn/x 😀 吧"


def test_shift_and_arrows_select_by_character_word_and_message(view):
    QTest.mouseClick(view.viewport(), LEFT, NONE, text_point(view, "b", 16))
    QTest.keyClick(view, Qt.Key.Key_Right, SHIFT)
    QTest.keyClick(view, Qt.Key.Key_Right, SHIFT)
    assert copied(view) in (" 😀", "😀 ")
    QTest.mouseClick(view.viewport(), LEFT, NONE, text_point(view, "c", 0))
    QTest.keyClick(view, Qt.Key.Key_Right, SHIFT | CTRL)
    assert copied(view) == "hello"
    QTest.keyClick(view, Qt.Key.Key_Down, SHIFT)
    assert copied(view) == "hello world"
    QTest.mouseClick(view.viewport(), LEFT, NONE, text_point(view, "c", 0))
    QTest.keyClick(view, Qt.Key.Key_Up, SHIFT)
    assert copied(view).startswith("看 https") or "看 https" in copied(view)


def test_links_are_only_told(view):
    opened = QSignalSpy(view.link_activated)
    QTest.mouseClick(view.viewport(), LEFT, NONE, text_point(view, "b", 6))
    assert opened.at(0) == ["https://a.cn/x"]
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert opened.count() == 2


def test_an_upload_has_a_cross(view):
    going, whole = RowPicture("m", 60, 60, 0.4), RowPicture("n", 60, 60, 1.0)
    view.chat_model.append(
        ChatRow("u", RowKind.MINE, "", picture=going, state=DeliveryMark.SENDING),
        ChatRow("w", RowKind.MINE, "", picture=whole, state=DeliveryMark.SENDING),
        ChatRow("t", RowKind.THEIRS, "", picture=going),
    )
    cancelled, shown = QSignalSpy(view.cancel_requested), QSignalSpy(view.picture_activated)
    for row_id in "wt":
        assert view.row_layout(view.chat_model.index_of(row_id)).cancel is None
    QTest.mouseClick(view.viewport(), LEFT, NONE, part(view, "u", "cancel"))
    assert [cancelled.at(at) for at in range(cancelled.count())] == [["u"]]
    assert not shown.count()
    assert usual_offers(view.chat_model.row(view.chat_model.index_of("u"))) is MenuEntry.CANCEL


def test_quote_picture_and_failed_state_are_clicked(view):
    view.chat_model.append(
        ChatRow("q", RowKind.MINE, "好", quote=RowQuote("云朵", "晚上好呀", "a")),
        ChatRow("far", RowKind.MINE, "好", quote=RowQuote("云朵", "很久以前", "gone")),
        ChatRow("f", RowKind.MINE, "没发出", state=DeliveryMark.FAILED),
    )
    far, again = QSignalSpy(view.quote_activated), QSignalSpy(view.resend_requested)
    for row_id in ("q", "far"):
        QTest.mouseClick(view.viewport(), LEFT, NONE, part(view, row_id, "quote"))
    assert [far.at(at) for at in range(far.count())] == [["gone"]]
    QTest.mouseClick(view.viewport(), LEFT, NONE, part(view, "f", "state"))
    assert again.at(0) == ["f"]
    view.chat_model.append(ChatRow("p", RowKind.THEIRS, "", picture=RowPicture("m", 60, 60)))
    looked = QSignalSpy(view.picture_activated)
    QTest.mouseClick(view.viewport(), LEFT, NONE, part(view, "p", "picture"))
    assert looked.at(0) == ["p"]


def test_the_pointer_says_what_it_is_over(view):
    port = view.viewport()
    QTest.mouseMove(port, text_point(view, "a", 2))
    assert port.cursor().shape() == Qt.CursorShape.IBeamCursor
    QTest.mouseMove(port, text_point(view, "b", 6))
    assert port.cursor().shape() == Qt.CursorShape.PointingHandCursor


def test_end_and_pages(view):
    view.chat_model.append(*(row(number) for number in range(100)))
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert view.currentIndex().row() == 0
    assert not view.follows_end
    before = view.verticalOffset()
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    assert view.verticalOffset() > before
    QTest.keyClick(view, Qt.Key.Key_End)
    assert view.follows_end
    assert view.currentIndex().row() == 102


def test_the_menu_offers_what_is_possible_and_tells(view):
    view.chat_model.update(ChatRow("c", RowKind.THEIRS, "", marks=Mark.RECALLED))
    names = {}
    for number in range(3):
        view.open_menu(number, "", QPoint(5, 5))
        menu = view.findChild(type(view._menu))
        names[number] = [action.text() for action in menu.actions() if action.text()]
        menu.close()
    assert names == {
        0: ["复制消息", "引用", "全选"],
        1: ["复制消息", "引用", "编辑", "撤回", "全选"],
        2: ["全选"],
    }
    recalled = QSignalSpy(view.recall_requested)
    view.open_menu(1, "", QPoint(5, 5))
    next(action for action in view._menu.actions() if action.text() == "撤回").trigger()
    view._menu.close()
    assert recalled.at(0) == ["b"]


def test_keys_show_the_focus_ring_and_the_pointer_hides_it(view):
    QTest.keyClick(view, Qt.Key.Key_Home)
    edge = part(view, "a", "bubble")
    edge.setX(int(view.row_layout(0).bubble.left()) - 3)
    assert view.grab().toImage().pixelColor(edge).name().upper() == light().accent
    QTest.mouseClick(view.viewport(), LEFT, NONE, text_point(view, "a", 0))
    assert view.grab().toImage().pixelColor(edge).name().upper() == light().paper


def test_a_row_looks_the_same_from_its_pixmap(view):
    first = view.grab().toImage()
    view.grab()
    assert view.grab().toImage() == first


def test_a_listening_screen_reader_disturbs_nothing(view):
    QAccessible.setActive(True)
    try:
        found = QAccessible.queryAccessibleInterface(view)
        assert found.childCount() == 3
        view.chat_model.append(row(1), row(2), row(3))
        QTest.keyClick(view, Qt.Key.Key_Up)
        assert found.childCount() == 6
        current = view.currentIndex().row()
        assert found.child(current).text(QAccessible.Text.Name).endswith("21:18:06")
    finally:
        QAccessible.setActive(False)
