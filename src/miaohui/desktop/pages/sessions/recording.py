"""Recording a voice note, hearing it, and sending it: between bar, microphone and client."""

from __future__ import annotations

from enum import Enum
from queue import Empty, SimpleQueue

from PySide6.QtCore import QObject, QTimer, Signal

from miaohui.client.port import Refused
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.chat.composer import ComposerBox
from miaohui.desktop.pages.sessions.hearing import NotePlayer
from miaohui.desktop.strings import conversation as say
from miaohui.desktop.strings import errors
from miaohui.desktop.system.audio import AudioDevices, AudioStream, NoSound
from miaohui.voice.container import NoteRefused
from miaohui.voice.limits import LEAST_MS
from miaohui.voice.writing import NoteWriter, RecordedNote, peaks_of

__all__ = ["OWN", "Recording", "RecordingState"]

OWN = "own"
"""The player's name for the note that waits."""
TICK_MS = 40


class RecordingState(Enum):
    """The progress of a note. Nothing leaves this machine before SENDING."""

    RESTING = "resting"
    RECORDING = "recording"
    WAITING = "waiting"


class Recording(QObject):
    """One note at a time in each conversation; one that waits is there when somebody comes back.

    Signals: ``notice_wanted(words)``; ``sent``: a note has gone out.
    """

    notice_wanted = Signal(str)
    sent = Signal()

    def __init__(
        self, bridge: Bridge, composer: ComposerBox, player: NotePlayer, devices: AudioDevices
    ) -> None:
        super().__init__(composer)
        self._bridge, self._composer, self._bar = bridge, composer, composer.voice_bar
        self._player, self.devices = player, devices
        self._session = ""
        self._state = RecordingState.RESTING
        self._notes: dict[str, RecordedNote] = {}  # by session: not sent yet
        self._writer: NoteWriter | None = None
        self._stream: AudioStream | None = None
        self._came: SimpleQueue[bytes] = SimpleQueue()
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._take)
        composer.voice_wanted.connect(self.begin_note)
        bar = self._bar
        bar.stopped.connect(self.stop)
        bar.dropped.connect(self.drop)
        bar.sent.connect(self._send)
        bar.toggled.connect(lambda: player.toggle(OWN))
        bar.sought.connect(lambda share: player.seek(OWN, share))
        bar.speed_wanted.connect(player.next_speed)
        player.changed.connect(self._player_changed)

    @property
    def state(self) -> RecordingState:
        return self._state

    @property
    def note(self) -> RecordedNote | None:
        """The one that waits here."""
        return self._notes.get(self._session)

    def begin(self, session: str) -> None:
        """Another conversation is on the screen: what is being recorded waits in its own."""
        self.rest()
        self._player.forget(OWN)
        self._session = session
        self._show()

    def rest(self) -> None:
        """Nobody sees the bar: the microphone is off, and what was said waits."""
        if self._state is RecordingState.RECORDING:
            self.stop()

    def begin_note(self) -> None:
        """Records, unless a note waits already or there is nothing to record with."""
        if self._state is not RecordingState.RESTING or not self._session:
            return
        self._player.pause()
        self._came = SimpleQueue()
        try:
            self._stream = self.devices.record(self._came.put)
        except NoSound as none:
            self.notice_wanted.emit(say.no_sound(none.reason))
            return
        self._writer = NoteWriter()
        self._state = RecordingState.RECORDING
        self._bar.begin()
        self._timer.start()

    def stop(self) -> None:
        """Ends it: the note waits to be heard and sent; less than a second is let go, and said."""
        writer = self._closed()
        if writer is None:
            return
        try:
            self._notes[self._session] = writer.finish()
        except NoteRefused:
            self.notice_wanted.emit(say.note_too_short())
        self._show()

    def drop(self) -> None:
        """Neither recorded nor sent."""
        self._closed()
        self._player.forget(OWN)
        self._notes.pop(self._session, None)
        self._show()
        self._composer.setFocus()

    # --- its own ways -------------------------------------------------------------------------
    def _take(self) -> None:
        """Takes in whatever the microphone's thread has put down since."""
        writer, loudness = self._writer, 0.0
        if writer is None:
            return
        while True:
            try:
                loudness = max(loudness, writer.write(self._came.get_nowait()))
            except Empty:
                break
        silent = writer.ms >= LEAST_MS and writer.is_silent
        self._bar.show_level(writer.ms, loudness, silent=silent)
        if writer.is_full:
            self.stop()

    def _closed(self) -> NoteWriter | None:
        """The end of the recording, with whatever still lay there."""
        self._timer.stop()
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()
        writer = self._writer
        while writer is not None and not self._came.empty():
            writer.write(self._came.get_nowait())
        self._writer = None
        return writer

    def _show(self) -> None:
        note = self.note
        self._state = RecordingState.RESTING if note is None else RecordingState.WAITING
        if note is None:
            self._bar.hide()
        else:
            self._bar.show_note(note.ms, peaks_of(note.levels), self._player.shown(OWN))

    def _player_changed(self, media: str) -> None:
        if media in (OWN, "") and self._state is RecordingState.WAITING:
            self._show()

    def _send(self) -> None:
        session, note = self._session, self._notes.pop(self._session, None)
        if note is None:
            return
        self._player.forget(OWN)

        def failed(refused: Refused) -> None:
            self._notes.setdefault(session, note)
            self.notice_wanted.emit(errors.sentence(refused.code, refused.detail))
            if session == self._session and self._state is RecordingState.RESTING:
                self._show()

        self._bridge.run(self, self._bridge.client.send_voice(session, note), failed=failed)
        self._show()
        self._composer.setFocus()
        self.sent.emit()
