"""Writing with keys, input methods, pastes and drops, by real events."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QImage, QInputMethodEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton

from miaohui.client.unsent import WaitingPicture
from miaohui.desktop.chat.composer import LIMIT, ComposerBox, Mode
from miaohui.desktop.chat.row import Chip, Tone
from miaohui.desktop.look.theme import dark

ENTER = Qt.Key.Key_Return
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def composer(qapp):
    made = ComposerBox()
    made.resize(600, made.sizeHint().height())
    made.show()
    made.activateWindow()
    QTest.qWaitForWindowActive(made)
    made.edit.setFocus()
    yield made
    made.close()


def compose(composer: ComposerBox, preedit: str = "", commit: str = "") -> None:
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(composer.edit, event)


def sent(spy: QSignalSpy) -> list[str]:
    return [spy.at(at)[0] for at in range(spy.count())]


def test_enter_sends_and_shift_enter_breaks(composer):
    spy = QSignalSpy(composer.submitted)
    QTest.keyClicks(composer.edit, "one")
    QTest.keyClick(composer.edit, ENTER, SHIFT)
    QTest.keyClicks(composer.edit, "two")
    QTest.keyClick(composer.edit, ENTER)
    assert sent(spy) == ["one\ntwo"]
    assert composer.draft() == ""


def test_nothing_and_blanks_are_not_sent(composer):
    spy = QSignalSpy(composer.submitted)
    QTest.keyClick(composer.edit, ENTER)
    QTest.keyClicks(composer.edit, "   ")
    QTest.keyClick(composer.edit, ENTER)
    assert spy.count() == 0
    assert not composer.findChild(QPushButton, "send").isEnabled()


def test_enter_inside_a_composition_never_sends(composer):
    spy, typing = QSignalSpy(composer.submitted), QSignalSpy(composer.typing)
    compose(composer, commit="你好")
    QApplication.processEvents()
    compose(composer, preedit="jixuliao")
    assert typing.count() >= 2
    QTest.keyClick(composer.edit, ENTER)
    composer.submit()
    assert spy.count() == 0
    compose(composer, commit="继续聊")
    QTest.keyClick(composer.edit, ENTER)
    assert spy.count() == 0
    QApplication.processEvents()
    QTest.keyClick(composer.edit, ENTER)
    assert sent(spy) == ["你好继续聊"]


def test_enter_sends_at_once_when_the_key_that_committed_is_up(composer):
    """However busy the loop is: no timer stands between the two."""
    sent: list[str] = []
    composer.submitted.connect(sent.append)
    compose(composer, commit="你好")
    QTest.keyRelease(composer.edit, Qt.Key.Key_Space)
    QTest.keyPress(composer.edit, Qt.Key.Key_Return)
    assert sent == ["你好"]


def test_clearing_during_a_composition_leaves_no_trace(composer):
    compose(composer, preedit="nihao")
    composer.set_draft("")
    compose(composer)
    assert not composer.edit.composing()
    QTest.keyClicks(composer.edit, "ok")
    spy = QSignalSpy(composer.submitted)
    QTest.keyClick(composer.edit, ENTER)
    assert sent(spy) == ["ok"]


def test_too_long_is_said_and_kept(composer):
    spy = QSignalSpy(composer.submitted)
    composer.set_draft("长" * (LIMIT + 12))
    QTest.keyClick(composer.edit, ENTER)
    assert spy.count() == 0
    assert len(composer.draft()) == LIMIT + 12
    notices = [label.text() for label in composer.findChildren(QLabel) if label.isVisible()]
    assert any("超出 12 字" in text for text in notices)
    composer.set_draft("长" * LIMIT)
    QTest.keyClick(composer.edit, ENTER)
    assert spy.count() == 1


def test_it_grows_to_five_lines(composer):
    heights = []
    for lines in range(1, 8):
        composer.set_draft("\n".join("行" * lines))
        heights.append(composer.edit.height())
    assert heights[0] < heights[1] < heights[4]
    assert heights[4] == heights[5] == heights[6]


def test_quoting_is_closed_by_sending_or_escape(composer):
    closed = QSignalSpy(composer.quote_closed)
    composer.set_quote("云朵", "晚上好")
    assert composer.mode is Mode.QUOTING
    QTest.keyClick(composer.edit, Qt.Key.Key_Escape)
    assert closed.count() == 1
    assert composer.mode is Mode.WRITING
    composer.set_quote("云朵", "晚上好")
    QTest.keyClicks(composer.edit, "hi")
    QTest.keyClick(composer.edit, ENTER)
    assert composer.mode is Mode.WRITING
    assert closed.count() == 1


def test_an_edit_gives_the_draft_back(composer):
    composer.set_draft("没写完的")
    composer.set_editing("旧的一句")
    assert (composer.edit.toPlainText(), composer.draft()) == ("旧的一句", "没写完的")
    assert composer.findChild(QPushButton, "send").text() == "保存"
    QTest.keyClick(composer.edit, Qt.Key.Key_Escape)
    assert composer.edit.toPlainText() == "没写完的"
    composer.set_editing("旧的一句")
    spy = QSignalSpy(composer.submitted)
    QTest.keyClick(composer.edit, ENTER)
    assert sent(spy) == ["旧的一句"]
    assert composer.edit.toPlainText() == "没写完的"


def test_pictures_by_paste_and_drop(composer, tmp_path):
    spy = QSignalSpy(composer.pictures_offered)
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    copied = QMimeData()
    copied.setImageData(image)
    QApplication.clipboard().setMimeData(copied)
    QTest.keyClick(composer.edit, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert QImage.fromData(spy.at(0)[0][0]) == image
    file = tmp_path / "a.png"
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(file))])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        dropped,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    composer.dropEvent(event)
    assert spy.at(1)[0] == [Path(file)]
    assert composer.draft() == ""


def test_pasted_text_is_plain(composer):
    copied = QMimeData()
    copied.setHtml("<b>粗</b>")
    copied.setText("粗")
    QApplication.clipboard().setMimeData(copied)
    QTest.keyClick(composer.edit, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert composer.draft() == "粗"


def test_emoji_by_key(composer):
    button = next(b for b in composer.findChildren(QToolButton) if b.accessibleName() == "表情")
    QTest.keyClick(button, Qt.Key.Key_Space)
    popup = QApplication.activePopupWidget()
    QTest.keyClick(popup, Qt.Key.Key_Right)
    QTest.keyClick(popup, ENTER)
    assert composer.draft() == "😄"


def test_every_control_is_named_and_reachable(composer):
    composer.set_quote("云朵", "晚上好")
    composer.set_draft("x")
    controls = [composer.edit, *composer.findChildren(QToolButton)]
    controls += composer.findChildren(QPushButton)
    controls = [each for each in controls if each.isVisible()]
    for control in controls:
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert control.accessibleName() or control.text()
    reached = set()
    for _ in range(len(controls)):
        reached.add(QApplication.focusWidget())
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert reached == set(controls)


def test_chip_and_theme(composer):
    composer.set_theme(dark())
    composer.set_chip(Chip("还剩 2.7 s", Tone.WARN))
    assert any(label.text() == "还剩 2.7 s" for label in composer.findChildren(QLabel))
    composer.set_chip(None)
    assert composer.grab().toImage().pixelColor(26, 40).name().upper() == dark().card


def test_leaving_a_composition_keeps_its_letters_and_sends_nothing(composer):
    """Neither lost nor taken for written: coming back, they are selected."""
    spy = QSignalSpy(composer.submitted)
    QTest.keyClicks(composer.edit, "ok ")
    compose(composer, preedit="ni hao")
    composer.findChild(QPushButton, "send").setFocus()
    assert composer.draft() == "ok ni hao"
    assert not composer.edit.composing()
    composer.edit.setFocus()
    assert composer.edit.textCursor().selectedText() == "ni hao"
    QTest.keyClick(composer.edit, ENTER)
    assert spy.count() == 0, "the first Enter takes the letters as they are"
    QTest.keyClick(composer.edit, ENTER)
    assert sent(spy) == ["ok ni hao"]


def test_composing_anew_replaces_the_letters_that_were_kept(composer):
    compose(composer, preedit="ni hao")
    composer.findChild(QPushButton, "send").setFocus()
    composer.edit.setFocus()
    compose(composer, preedit="ni hao")
    compose(composer, commit="你好")
    assert composer.draft() == "你好"


def test_another_window_keeps_the_composition_too(composer):
    compose(composer, preedit="ni hao")
    other = QLabel("another window")
    other.show()
    other.activateWindow()
    QTest.qWaitForWindowActive(other)
    assert composer.draft() == "ni hao"
    other.close()


def test_a_click_into_the_same_box_keeps_it(composer):
    compose(composer, preedit="ni hao")
    QTest.mouseClick(composer.edit.viewport(), Qt.MouseButton.LeftButton)
    assert composer.draft() == "ni hao"


def test_where_there_is_text_text_wins(composer):
    """Cells of a table bring a picture of themselves along."""
    spy = QSignalSpy(composer.pictures_offered)
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    copied = QMimeData()
    copied.setImageData(image)
    copied.setText("甲\t乙")
    QApplication.clipboard().setMimeData(copied)
    QTest.keyClick(composer.edit, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert (spy.count(), composer.draft()) == (0, "甲\t乙")


WAITING = WaitingPicture("m1", "image/png", 40, 30, 80)


def test_a_picture_waits_with_a_cross(composer):
    removed, spy = QSignalSpy(composer.picture_removed), QSignalSpy(composer.submitted)
    composer.tray.ready(composer.tray.begin(), WAITING)
    assert composer.tray.isVisible()
    assert composer.findChild(QPushButton, "send").isEnabled()
    cross = composer.tray.findChild(QToolButton, "cross")
    assert cross.accessibleName() == "不发送第 1 张图片"
    QTest.mouseClick(cross, Qt.MouseButton.LeftButton)
    assert removed.at(0) == [WAITING]
    assert not composer.tray.isVisible()
    QTest.keyClick(composer.edit, ENTER)
    assert spy.count() == 0


def test_enter_while_a_picture_is_made_ready_sends_once_it_is(composer):
    spy = QSignalSpy(composer.submitted)
    number = composer.tray.begin()
    QTest.keyClicks(composer.edit, "see")
    QTest.keyClick(composer.edit, ENTER)
    assert (spy.count(), composer.draft()) == (0, "see")
    composer.tray.ready(number, WAITING)
    assert sent(spy) == ["see"]
    assert composer.tray.pictures == ()


def test_a_picture_does_not_go_with_a_correction(composer):
    composer.tray.ready(composer.tray.begin(), WAITING)
    composer.set_editing("旧的一句")
    QTest.keyClick(composer.edit, ENTER)
    assert composer.tray.pictures == (WAITING,)


def test_what_is_not_taken_stays_in_the_box(composer):
    composer.submitted.connect(lambda _text: composer.keep())
    composer.set_draft("别丢")
    QTest.keyClick(composer.edit, ENTER)
    assert composer.draft() == "别丢"
