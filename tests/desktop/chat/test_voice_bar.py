"""The bar of a voice note: what can be pressed, by keys alone, and what is said of it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication

from miaohui.desktop.chat.composer import ComposerBox
from miaohui.desktop.chat.waveform import PlayerState, VoiceShown


@pytest.fixture
def bar(qapp):
    made = ComposerBox()
    made.resize(600, 200)
    made.show()
    made.activateWindow()
    QTest.qWaitForWindowActive(made)
    yield made.voice_bar
    made.close()


def test_a_recording_is_stopped_by_a_key_and_put_away_by_another(bar):
    stopped, dropped = QSignalSpy(bar.stopped), QSignalSpy(bar.dropped)
    bar.begin()
    bar.show_level(3400, 0.5, silent=False)
    assert "3" in bar.time.text()
    assert bar.main.hasFocus()
    QTest.keyClick(bar.main, Qt.Key.Key_Space)
    QTest.keyClick(bar.main, Qt.Key.Key_Escape)
    assert (stopped.count(), dropped.count()) == (1, 1)
    assert not bar.send.isVisible()


def test_a_note_that_waits_is_heard_sought_and_sent_by_keys(bar):
    bar.show_note(7000, (1,) * 64, VoiceShown(PlayerState.PAUSED, 0.5, 1.5))
    assert bar.speed.text() == "1.5×"
    controls = [bar.main, bar.wave, bar.speed, bar.drop, bar.send]
    for control in controls:
        assert control.accessibleName() or control.text()
        assert QApplication.focusWidget() is control
        QTest.keyClick(control, Qt.Key.Key_Tab)
    sought = QSignalSpy(bar.sought)
    QTest.keyClick(bar.wave, Qt.Key.Key_Right)
    assert sought.at(0)[0] == pytest.approx(0.6)
    toggled = QSignalSpy(bar.toggled)
    QTest.keyClick(bar.main, Qt.Key.Key_Space)
    assert toggled.count() == 1
