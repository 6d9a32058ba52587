"""A voice note through the real window and a real relay: recorded, heard, sent, played."""

from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication
from tests.client.world import Person, RelayProcess, person
from tests.end_to_end.screen import Screen, on_qt, screen, signed_up
from tests.end_to_end.test_nothing_lost import bought, messages, talking
from tests.end_to_end.test_window import on_duty
from tests.voice.notes import note, sine
from tests.voice.studio import Studio

from miaohui.desktop.chat.layout import RowPart
from miaohui.desktop.chat.waveform import PlayerState
from miaohui.desktop.pages.sessions.recording import RecordingState
from miaohui.desktop.system.audio import NoSoundReason


def equipped(pane: Any, lacks: NoSoundReason | None = None) -> Studio:
    studio = Studio(lacks)
    pane.player.devices = pane.recording.devices = studio
    return studio


async def recorded(shown: Screen, pane: Any, studio: Studio, seconds: float) -> None:
    pane.composer.voice_wanted.emit()
    assert pane.recording.state is RecordingState.RECORDING
    studio.hear(sine(seconds))
    await shown.until(lambda: max(pane.composer.voice_bar.wave.peaks) > 0)
    await shown.press(pane.composer.voice_bar.main)


def place(pane: Any, part: RowPart) -> QPoint:
    """The middle of a part of the newest message, in the list."""
    view = pane.view
    row = view.chat_model.rowCount() - 1
    voice = view.row_layout(row).voice
    area = {RowPart.VOICE: voice.button, RowPart.WAVE: voice.wave, RowPart.SPEED: voice.speed}
    top = view.visualRect(view.chat_model.index(row, 0)).topLeft()
    return (area[part].center() + QPointF(top)).toPoint()


def test_a_note_is_recorded_heard_and_sent_and_nothing_leaves_before(
    qapp: QApplication, relay: RelayProcess
) -> None:
    async def job() -> None:
        async with person(relay.url) as bo, screen() as shown:
            await on_duty(bo, relay, "bo-voice")
            await signed_up(shown, relay, "anna-voice")
            session, other = await bought(shown, bo), await bought(shown, bo)
            pane = await talking(shown, session)
            studio, bar = equipped(pane), pane.composer.voice_bar
            await recorded(shown, pane, studio, 2.0)
            assert studio.microphone is not None
            assert studio.microphone.closed
            assert pane.recording.state is RecordingState.WAITING
            assert pane.recording.note.ms == 2000
            assert messages(shown, session) == []

            # Heard before it is sent.
            await shown.press(bar.main)
            await shown.until(lambda: studio.loudspeaker is not None)
            assert len(studio.played(500)) == 16_000
            await shown.until(lambda: bar.wave.share == 0.25)
            await shown.press(bar.main)
            assert studio.loudspeaker.closed  # type: ignore[union-attr]

            # A look elsewhere loses nothing.
            await talking(shown, other)
            assert bar.isHidden()
            await talking(shown, session)
            assert pane.recording.note.ms == 2000

            await shown.press(bar.send)
            assert bar.isHidden()
            await shown.until(lambda: bool(theirs(bo, session)) and theirs(bo, session)[0].here)
            assert messages(shown, session)[-1].voice.ms == 2000  # type: ignore[union-attr]
            assert messages(shown, session)[-1].verdict == "open"

    on_qt(qapp, job())


def theirs(who: Person, session: str) -> list[Any]:
    return [one.voice for one in who.client.messages(session) if one.voice is not None]


def test_a_note_that_came_is_played_sought_and_made_quicker(
    qapp: QApplication, relay: RelayProcess
) -> None:
    async def job() -> None:
        async with person(relay.url) as bo, screen() as shown:
            await on_duty(bo, relay, "bo-hear")
            await signed_up(shown, relay, "anna-hear")
            session = await bought(shown, bo)
            pane = await talking(shown, session)
            studio, port = equipped(pane), pane.view.viewport()
            await bo.client.send_voice(session, note(4.0))
            await shown.until(
                lambda: (
                    bool(messages(shown, session))
                    and messages(shown, session)[-1].voice is not None
                    and messages(shown, session)[-1].voice.here
                )  # type: ignore[union-attr]
            )
            voice = messages(shown, session)[-1].voice
            assert voice is not None
            media = voice.media
            left = Qt.MouseButton.LeftButton
            QTest.mouseClick(port, left, pos=place(pane, RowPart.VOICE))
            await shown.until(lambda: pane.player.shown(media).state is PlayerState.PLAYING)
            studio.played(1000)
            await shown.until(lambda: pane.player.shown(media).share == 0.25)

            QTest.mouseClick(port, left, pos=place(pane, RowPart.WAVE))
            await shown.until(lambda: 0.45 < pane.player.shown(media).share < 0.55)
            await shown.until(lambda: pane.player.shown(media).state is PlayerState.PLAYING)
            # Quicker three times, sooner than any of them is made.
            for speed in (1.25, 1.5, 2.0):
                QTest.mouseClick(port, left, pos=place(pane, RowPart.SPEED))
                assert pane.player.shown(media).speed == speed
            await shown.until(lambda: pane.player.shown(media).state is PlayerState.PLAYING)
            # Twice as quick: what is left of two seconds lasts one.
            rest = studio.played(5000)
            assert 0.85 < len(rest) / 2 / studio.rate < 1.1
            await shown.until(lambda: pane.player.shown(media).state is PlayerState.RESTING)

            # By keys alone.
            view = pane.view
            view.setCurrentIndex(view.chat_model.index(view.chat_model.rowCount() - 1, 0))
            view.setFocus()
            QTest.keyClick(view, Qt.Key.Key_Space)
            await shown.until(lambda: pane.player.shown(media).state is PlayerState.PLAYING)
            QTest.keyClick(view, Qt.Key.Key_Space)
            QTest.keyClick(view, Qt.Key.Key_S)
            assert pane.player.shown(media).speed == 1.0
            QTest.keyClick(view, Qt.Key.Key_Right)
            assert pane.player.shown(media).share == 1.0  # five seconds of four
            said = view.chat_model.row(view.chat_model.rowCount() - 1)
            assert said.voice.ms == 4000

    on_qt(qapp, job())


def test_without_a_device_it_is_one_sentence_and_the_rest_works(
    qapp: QApplication, relay: RelayProcess
) -> None:
    async def job() -> None:
        async with person(relay.url) as bo, screen() as shown:
            await on_duty(bo, relay, "bo-mute")
            await signed_up(shown, relay, "anna-mute")
            session = await bought(shown, bo)
            pane = await talking(shown, session)
            told = QSignalSpy(pane.notice_wanted)
            for lacks, words in (
                (NoSoundReason.LIBRARY, "libportaudio2"),
                (NoSoundReason.NO_MICROPHONE, "没有找到麦克风"),
                (NoSoundReason.REFUSED, "打不开"),
            ):
                equipped(pane, lacks)
                pane.composer.voice_wanted.emit()
                assert pane.recording.state is RecordingState.RESTING
                assert words in told.at(told.count() - 1)[0]
            QTest.keyClicks(pane.composer.edit, "typed")
            QTest.keyClick(pane.composer.edit, Qt.Key.Key_Return)
            await shown.until(lambda: bool(messages(shown, session)))

    on_qt(qapp, job())


def test_too_short_silent_and_put_away(qapp: QApplication, relay: RelayProcess) -> None:
    async def job() -> None:
        async with person(relay.url) as bo, screen() as shown:
            await on_duty(bo, relay, "bo-short")
            await signed_up(shown, relay, "anna-short")
            session = await bought(shown, bo)
            pane = await talking(shown, session)
            studio, bar = equipped(pane), pane.composer.voice_bar
            told = QSignalSpy(pane.notice_wanted)
            await recorded(shown, pane, studio, 0.5)
            assert (pane.recording.note, bar.isHidden()) == (None, True)
            assert "不到一秒" in told.at(0)[0]

            pane.composer.voice_wanted.emit()
            studio.hear(bytes(2 * 16_000))
            await shown.until(lambda: not bar.trouble.isHidden())
            QTest.keyClick(bar.main, Qt.Key.Key_Escape)
            assert pane.recording.state is RecordingState.RESTING
            assert bar.isHidden()
            assert studio.microphone is not None
            assert studio.microphone.closed

            # Nobody looks: the microphone is off, and what was said waits.
            pane.composer.voice_wanted.emit()
            studio.hear(sine(1.5))
            shown.routes.go("settings")
            await shown.until(lambda: studio.microphone.closed)  # type: ignore[union-attr]
            await talking(shown, session)
            assert pane.recording.note.ms == 1500
            assert messages(shown, session) == []

    on_qt(qapp, job())
