"""The view with real events: reading stays in place, and signals tell facts."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QStringListModel, Qt
from PySide6.QtGui import QAccessible, QColor, QImage, QPalette
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QListView, QToolTip, QWidget
from tests.desktop.chat.conversation import row, rows, shown

from miaohui.desktop.chat.model import ChatModel
from miaohui.desktop.chat.row import ChatRow, Chip, RowKind, RowPicture, Tone
from miaohui.desktop.chat.view import ChatView
from miaohui.desktop.look import language
from miaohui.desktop.look.theme import dark, light


@pytest.fixture
def view(qapp):
    made = shown(200)
    yield made
    made.close()


def top(view: ChatView, row_id: str) -> int:
    return view.visualRect(view.chat_model.index(view.chat_model.index_of(row_id), 0)).top()


def upper(view: ChatView) -> str:
    """The first row that is seen from its top."""
    return next(
        view.chat_model.row(at).id
        for at in range(view.chat_model.rowCount())
        if view.visualRect(view.chat_model.index(at, 0)).top() >= 0
    )


def test_follows_the_end_while_at_the_end(view):
    view.chat_model.append(row(900))
    bottom = view.visualRect(view.chat_model.index(200, 0)).bottom()
    assert view.follows_end
    assert view.viewport().height() - 20 < bottom <= view.viewport().height()
    assert view.unseen == 0


def test_new_messages_do_not_move_what_is_read(view):
    told = QSignalSpy(view.unseen_changed)
    view.scroll_by(-1500)
    read = upper(view)
    before = top(view, read)
    view.chat_model.append(row(900), row(901), row(902, kind=RowKind.MINE))
    view.chat_model.update(replace(view.chat_model.row(0), text="长" * 500))
    assert top(view, read) == before
    assert view.unseen == 2
    assert told.at(0) == [2]
    button = view.findChild(QWidget, "newer")
    assert button.isVisible()
    assert button.text() == "下方有 2 条新消息"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert view.follows_end
    assert told.at(told.count() - 1) == [0]
    assert not button.isVisible()


def test_a_resize_keeps_the_row_being_read(view):
    view.scroll_by(-1500)
    read = upper(view)
    before = top(view, read)
    for width in (400, 320, 700, 500):
        view.resize(width, 400)
        assert top(view, read) == before
    view.set_message_font(16)
    assert top(view, read) == before


def test_a_resize_at_the_end_stays_at_the_end(view):
    view.resize(300, 250)
    assert view.follows_end
    rect = view.visualRect(view.chat_model.index(199, 0))
    assert rect.bottom() <= view.viewport().height()


def test_every_visible_place_belongs_to_its_row(view):
    view.scroll_by(-700)
    for y in range(0, view.viewport().height(), 7):
        index = view.indexAt(QPoint(50, y))
        assert view.visualRect(index).contains(50, y)


def test_scroll_to_and_hints(view):
    hints = QListView.ScrollHint
    index = view.chat_model.index(50, 0)
    view.scrollTo(index, hints.PositionAtTop)
    assert view.visualRect(index).top() == 0
    view.scrollTo(index, hints.PositionAtBottom)
    assert view.visualRect(index).bottom() + 1 == view.viewport().height()
    view.scrollTo(index, hints.PositionAtCenter)
    assert abs(view.visualRect(index).center().y() - view.viewport().height() // 2) < 3
    before = view.verticalOffset()
    view.scrollTo(index)
    assert view.verticalOffset() == before


def test_the_scroll_bar_leads_and_follows(view):
    bar = view.verticalScrollBar()
    assert bar.value() == bar.maximum() == view.verticalOffset()
    bar.setValue(0)
    assert top(view, "m0") >= 0
    bar.setValue(bar.maximum())
    assert view.follows_end


def test_jump_to_flashes_and_says_whether_it_is_here(view):
    assert not view.jump_to("nowhere")
    assert view.jump_to("m20")
    assert 0 <= top(view, "m20") < view.viewport().height()
    lit = view.grab().toImage()
    view.flash("")
    assert view.grab().toImage() != lit


def test_a_place_is_found_again(view):
    assert view.place() is None  # at the end
    view.jump_to("m20")
    view.scroll_by(17)
    place, before = view.place(), top(view, "m20")
    assert place is not None
    view.jump_to_end()
    assert view.go_back(place)
    assert top(view, "m20") == before
    assert not view.go_back(("nowhere", 0))
    assert top(view, "m20") == before


def test_seen_only_in_an_active_window_at_the_end(qapp):
    view = shown(50)
    other = QWidget()
    try:
        seen = QSignalSpy(view.bottom_seen)
        other.show()
        other.activateWindow()
        QTest.qWaitForWindowActive(other)
        view.chat_model.append(row(900))
        assert seen.count() == 0
        view.activateWindow()
        QTest.qWaitForWindowActive(view)
        assert seen.at(0) == ["m900"]
        view.scroll_by(-500)
        view.chat_model.append(row(901))
        assert seen.count() == 1
        view.jump_to_end()
        assert seen.at(1) == ["m901"]
    finally:
        other.close()
        view.close()


def test_rows_removed_replaced_and_reset(view):
    view.chat_model.replace_all(rows(5))
    assert view.chat_model.rowCount() == 5
    assert view.visualRect(view.chat_model.index(4, 0)).bottom() <= view.viewport().height()
    view.chat_model.replace_all([])
    view.grab()
    assert not view.indexAt(QPoint(10, 10)).isValid()
    view.setModel(ChatModel(view))
    view.chat_model.append(row(1))
    view.grab()
    assert view.indexAt(view.visualRect(view.chat_model.index(0, 0)).center()).row() == 0


def test_a_model_of_another_kind_is_refused(view):
    with pytest.raises(TypeError):
        view.setModel(QStringListModel(view))


@pytest.mark.parametrize("theme", [light(), dark()])
def test_themes_are_painted(view, theme):
    view.set_theme(theme)
    image = view.grab().toImage()
    assert image.pixelColor(3, 3).name().upper() == theme.paper
    area = view.row_layout(199).bubble.translated(0, top(view, "m199"))
    assert image.pixelColor(int(area.left()) + 6, int(area.center().y())).name().upper() == (
        theme.theirs
    )


def test_pictures_come_from_the_provider(view):
    red = QImage(40, 30, QImage.Format.Format_RGB32)
    red.fill(QColor("#FF0000"))
    here: dict[str, QImage] = {}
    view.set_thumbnails(here.get)
    view.chat_model.append(ChatRow("p", RowKind.THEIRS, "", picture=RowPicture("m", 400, 300)))
    area = view.row_layout(200).picture.translated(0, top(view, "p"))
    middle = area.center().toPoint() + QPoint(30, 30)
    assert view.grab().toImage().pixelColor(middle).name() != "#ff0000"
    here["m"] = red
    view.media_ready("m")
    assert view.grab().toImage().pixelColor(middle).name() == "#ff0000"


def test_a_hint_is_shown_as_plain_text(view):
    chip = Chip("7.3 s", Tone.WARN)
    view.chat_model.append(ChatRow("c", RowKind.MINE, "在吗", chip=chip, hint="<b>0.3 s</b>"))
    view.show_hint(200)
    assert QToolTip.text() == "<qt>&lt;b&gt;0.3 s&lt;/b&gt;</qt>"
    QToolTip.hideText()


def test_screen_readers_find_every_row(qapp):
    view = shown()
    try:
        view.chat_model.append(*(row(number) for number in range(100_200)))
        found = QAccessible.queryAccessibleInterface(view)
        assert found.text(QAccessible.Text.Name) == "会话消息"
        assert found.childCount() == 100_200
        for number in (0, 50_000, 100_199):
            child = found.child(number)
            said = child.text(QAccessible.Text.Name)
            assert said == f"云朵：第 {number} 条消息，21:18:06"
        assert found.child(100_199).rect().isValid()
    finally:
        view.close()


def test_the_palette_of_the_system_does_not_show_through(view):
    view.setPalette(QPalette(QColor("#00FF00")))
    assert view.grab().toImage().pixelColor(3, 3).name().upper() == light().paper


def test_the_language_changes_live(view):
    view.chat_model.append(row(900, kind=RowKind.MINE))
    assert "已送达" in [word.text for word in view.row_layout(200).words]
    language.set_language("en")
    try:
        view.retranslate()
        assert "Delivered" in [word.text for word in view.row_layout(200).words]
        assert view.accessibleName() == "Conversation"
    finally:
        language.set_language("zh_CN")
