"""Silences: the running time from one message to the next with no ask open, and who broke them."""

from typing import Self

from msgspec import Struct

from miaohui.promise.constants import DEEP_SILENCE_MS, SILENCE_MS
from miaohui.promise.turns import Instant


class Silences(Struct, frozen=True, kw_only=True):
    """How long the longest silence was, and who broke those of 60 s and of 300 s.

    A silence of no length is none. Only silences that a message broke are counted in the four
    counts; the longest may still be going on.
    """

    longest_ms: int | None
    over_60: int
    broken_60_by_responder: int
    over_300: int
    broken_300_by_responder: int


class SilenceTally:
    """The silences of one session so far; all times are running time."""

    __slots__ = (
        "_begun_t",
        "_by_responder_60",
        "_by_responder_300",
        "_last",
        "_longest",
        "_over_60",
        "_over_300",
    )

    def __init__(self) -> None:
        self._last: Instant | None = None
        self._begun_t: int | None = None
        self._longest = 0
        self._over_60 = self._by_responder_60 = 0
        self._over_300 = self._by_responder_300 = 0

    def begin(self, t: int) -> None:
        """Paid time begins at this t; a human message of the same millisecond counts."""
        self._begun_t = t

    def message(self, now: Instant, *, quiet: bool, by_responder: bool) -> None:
        """A human message that stands: `quiet` where no ask was open before it."""
        begun = self._begun_t
        last, self._last = self._last, now
        if last is None or begun is None or last.t < begun or not quiet:
            return
        length = now.running - last.running
        if length > self._longest:
            self._longest = length
        if length >= SILENCE_MS:
            self._over_60 += 1
            self._by_responder_60 += by_responder
        if length >= DEEP_SILENCE_MS:
            self._over_300 += 1
            self._by_responder_300 += by_responder

    def at(self, running: int, *, quiet: bool) -> Silences:
        longest = self._longest
        last, begun = self._last, self._begun_t
        if last is not None and begun is not None and last.t >= begun and quiet:
            longest = max(longest, running - last.running)
        return Silences(
            longest_ms=longest or None,
            over_60=self._over_60,
            broken_60_by_responder=self._by_responder_60,
            over_300=self._over_300,
            broken_300_by_responder=self._by_responder_300,
        )

    def copy(self) -> Self:
        twin = type(self)()
        for name in self.__slots__:
            setattr(twin, name, getattr(self, name))
        return twin
