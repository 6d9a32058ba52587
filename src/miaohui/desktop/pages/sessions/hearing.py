"""The player of voice notes: one at a time, with its place, its speed and where it was left."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from miaohui.desktop.chat.waveform import PlayerState, VoiceShown
from miaohui.desktop.system.audio import AudioDevices, AudioStream, NoSound, NoSoundReason
from miaohui.voice.decoder import HeardNote
from miaohui.voice.limits import SPEEDS

__all__ = ["FetchNote", "NoteFeed", "NotePlayer"]

FetchNote = Callable[[str, float, Callable[[HeardNote | None], None], Callable[[], None]], None]
"""Has a note's samples made at a speed; calls one of the two: here they are (None: its bytes are not
here yet), or it cannot be played."""

TICK_MS = 60


class NoteFeed:
    """Samples on their way to a loudspeaker, from a share of the whole on."""

    def __init__(self, note: HeardNote, share: float) -> None:
        self._samples = note.samples
        self._at = min(len(note.samples), int(share * len(note.samples)) // 2 * 2)

    def give(self, frames: int) -> bytes:
        """The next so many, fewer at the end. Called on the device's own thread."""
        start = self._at
        self._at = min(len(self._samples), start + 2 * frames)
        return self._samples[start : self._at]

    @property
    def share(self) -> float:
        return self._at / len(self._samples) if self._samples else 1.0

    @property
    def is_over(self) -> bool:
        return self._at >= len(self._samples)


class NotePlayer(QObject):
    """Signals: ``changed(media)``: it stands otherwise; ``silent(NoSoundReason)``: nothing can be
    heard here; ``not_here``: its bytes have not come yet."""

    changed = Signal(str)
    silent = Signal(object)
    not_here = Signal()

    def __init__(self, fetch: FetchNote, devices: AudioDevices, parent: QObject) -> None:
        super().__init__(parent)
        self._fetch, self.devices = fetch, devices
        self._media = ""
        self._state = PlayerState.RESTING
        self._speed = 1.0
        self._left: dict[str, float] = {}  # where each was left
        self._unplayable: set[str] = set()
        self._asked = 0
        self._feed: NoteFeed | None = None
        self._stream: AudioStream | None = None
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)

    def shown(self, media: str) -> VoiceShown:
        """A note as it stands."""
        if media in self._unplayable:
            return VoiceShown(PlayerState.UNPLAYABLE, 0.0, self._speed)
        share = self._left.get(media, 0.0)
        if media != self._media:
            state = PlayerState.PAUSED if share else PlayerState.RESTING
            return VoiceShown(state, share, self._speed)
        return VoiceShown(self._state, share, self._speed)

    def toggle(self, media: str) -> None:
        """Plays it from where it was left, or pauses it; another one that plays is paused."""
        if media == self._media and self._state in (PlayerState.PLAYING, PlayerState.FETCHING):
            self.pause()
        else:
            self.pause()
            self._begin(media)

    def seek(self, media: str, share: float) -> None:
        """Goes on from there where it plays; otherwise it will begin there."""
        playing = media == self._media and self._state is PlayerState.PLAYING
        if playing:
            self.pause()
        self._left[media] = min(1.0, max(0.0, share))
        if playing:
            self._begin(media)
        self.changed.emit(media)

    def step(self, media: str, seconds: int, ms: int) -> None:
        """So far on or back in a note that lasts ``ms``."""
        self.seek(media, self._left.get(media, 0.0) + seconds * 1000 / max(1, ms))

    def next_speed(self) -> None:
        """The next of SPEEDS, for all notes."""
        self._speed = SPEEDS[(SPEEDS.index(self._speed) + 1) % len(SPEEDS)]
        media = self._media
        if self._state in (PlayerState.PLAYING, PlayerState.FETCHING):
            self.pause()
            self._begin(media)
        self.changed.emit("")

    def pause(self) -> None:
        """Nothing is heard any more; its place is kept."""
        media, feed = self._media, self._feed
        self._close()
        self._asked += 1
        if feed is not None:
            self._left[media] = 0.0 if feed.is_over else feed.share
        if media:
            self._state = PlayerState.PAUSED if self._left.get(media) else PlayerState.RESTING
            self.changed.emit(media)

    def forget(self, media: str) -> None:
        """A note that is no more."""
        if media == self._media:
            self.pause()
            self._media = ""
        self._left.pop(media, None)
        self._unplayable.discard(media)

    # --- its own ways -------------------------------------------------------------------------
    def _begin(self, media: str) -> None:
        self._media, self._state = media, PlayerState.FETCHING
        self._asked += 1
        asked = self._asked

        def made(note: HeardNote | None) -> None:
            if asked != self._asked:
                return
            if note is None:
                self._rest(PlayerState.RESTING)
                self.not_here.emit()
            else:
                self._play(note)

        def failed() -> None:
            self._unplayable.add(media)
            if asked == self._asked:
                self._rest(PlayerState.UNPLAYABLE)
            self.changed.emit(media)

        self.changed.emit(media)
        self._fetch(media, self._speed, made, failed)

    def _play(self, note: HeardNote) -> None:
        share = self._left.get(self._media, 0.0)
        self._feed = NoteFeed(note, 0.0 if share >= 1.0 else share)
        try:
            self._stream = self.devices.play(note.rate, self._feed.give)
        except NoSound as none:
            self._feed = None
            self._rest(PlayerState.RESTING)
            self.silent.emit(NoSoundReason(none.reason))
            return
        self._state = PlayerState.PLAYING
        self._timer.start()
        self.changed.emit(self._media)

    def _rest(self, state: PlayerState) -> None:
        self._state = state
        self.changed.emit(self._media)

    def _tick(self) -> None:
        feed = self._feed
        if feed is None:
            return
        if feed.is_over:
            self.pause()
            return
        self._left[self._media] = feed.share
        self.changed.emit(self._media)

    def _close(self) -> None:
        self._timer.stop()
        stream, self._stream, self._feed = self._stream, None, None
        if stream is not None:
            stream.close()
