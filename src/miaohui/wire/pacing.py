"""The pace of pictures over a link in one direction: how many of their bytes may be under way, so
that words said meanwhile stand behind few of them. Pure: moments in ms of one monotonic clock.

What the other end acknowledges shows how long a chunk was under way, and what of that was a queue:
all beyond the way of a chunk that went alone. The bytes under way grow while there is hardly a
queue and are halved where it takes longer than QUEUE_MS to drain, down to one small chunk.
"""

from collections import deque
from collections.abc import Hashable
from typing import Final

from .limits import MEDIA_CHUNK_BYTES

SMALL_BYTES: Final = MEDIA_CHUNK_BYTES // 2
BEGIN_BYTES: Final = 2 * SMALL_BYTES
MOST_BYTES: Final = 256 * 1024  # with what a socket buffers, far below what ends a link
QUEUE_MS: Final = 200
HARDLY_MS: Final = QUEUE_MS // 2
ALONE_EVERY_MS: Final = 10_000  # then a chunk goes alone again: the way may have changed


class _Flight:
    """A chunk under way. ``number``: of all chunks, from 1."""

    __slots__ = ("alone", "at", "end", "key", "number", "size")

    def __init__(
        self, key: Hashable, end: int, size: int, at: int, number: int, *, alone: bool
    ) -> None:
        self.key, self.end, self.size, self.at = key, end, size, at
        self.number, self.alone = number, alone


class Pace:
    """One direction's pace, over all pictures on the link. ``window``: bytes that may be under way;
    ``flying``: that are; ``taken``: acknowledged so far."""

    __slots__ = (
        "_alone_at",
        "_cut",
        "_number",
        "_quick",
        "_under",
        "_ways",
        "flying",
        "taken",
        "window",
    )

    def __init__(self) -> None:
        self.window = BEGIN_BYTES
        self.flying = 0
        self.taken = 0
        self._under: list[_Flight] = []
        self._ways: deque[int] = deque(maxlen=2)  # of the newest chunks that went alone
        self._alone_at: int | None = None
        self._number = 0
        self._cut = 0  # the newest chunk at the last halving: those before it say nothing new
        self._quick = True

    @property
    def chunk(self) -> int:
        """Bytes of the next chunk."""
        return MEDIA_CHUNK_BYTES if self.window >= 4 * MEDIA_CHUNK_BYTES else SMALL_BYTES

    def room(self, now: int) -> bool:
        """Whether a chunk may go."""
        if not self._under:
            return True
        if self._alone_at is not None and now - self._alone_at >= ALONE_EVERY_MS:
            return False  # those under way first, and then one alone
        return self.flying + self.chunk <= self.window

    def sent(self, key: Hashable, end: int, size: int, now: int) -> None:
        """A chunk of ``key`` that ends at ``end`` set out."""
        self._number += 1
        alone = not self._under
        if alone:
            self._alone_at = now
        self._under.append(_Flight(key, end, size, now, self._number, alone=alone))
        self.flying += size

    def took(self, key: Hashable, upto: int, now: int) -> bool:
        """The other end has ``key`` up to there; whether that is news."""
        here = [each for each in self._under if each.key == key and each.end <= upto]
        for each in here:
            self._land(each)
            self.taken += each.size
            self._judge(each, now - each.at)
        return bool(here)

    def forget(self, key: Hashable) -> None:
        """Nobody acknowledges this one any more."""
        for each in [each for each in self._under if each.key == key]:
            self._land(each)

    def clear(self, key: Hashable) -> bool:
        """Whether nothing of it is under way."""
        return all(each.key != key for each in self._under)

    def _land(self, flight: _Flight) -> None:
        self._under.remove(flight)
        self.flying -= flight.size

    def _judge(self, flight: _Flight, way: int) -> None:
        if flight.alone:
            self._ways.append(way)
        if not self._ways:
            return
        queue = way - min(self._ways)
        if queue > QUEUE_MS:
            if flight.number > self._cut:
                self._cut, self._quick = self._number, False
                self.window = max(SMALL_BYTES, self.window // 2)
        elif queue <= HARDLY_MS:
            self.window = min(MOST_BYTES, self.window + max(1, self._more(flight.size)))

    def _more(self, size: int) -> int:
        if self._quick:
            return size
        if self.window < BEGIN_BYTES:
            return size // 8  # two were too many; now and then it is tried again
        return size * SMALL_BYTES // self.window
