"""Silences: the running time from one message to the next with no ask open, and who broke them."""

from typing import Self

from msgspec import Struct

SHORT_MS = 60_000
DEEP_MS = 300_000


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
        "_by_responder_60",
        "_by_responder_300",
        "_last",
        "_longest",
        "_over_60",
        "_over_300",
    )

    def __init__(self) -> None:
        # The last message since paid time began; None before.
        self._last: int | None = None
        self._longest = 0
        self._over_60 = self._by_responder_60 = 0
        self._over_300 = self._by_responder_300 = 0

    def message(self, running: int, *, quiet: bool, counts: bool, by_responder: bool) -> None:
        """A message: `quiet` where no ask was open before it, `counts` from paid time's start on."""
        if self._last is not None and quiet:
            length = running - self._last
            if length > self._longest:
                self._longest = length
            if length >= SHORT_MS:
                self._over_60 += 1
                self._by_responder_60 += by_responder
            if length >= DEEP_MS:
                self._over_300 += 1
                self._by_responder_300 += by_responder
        if counts:
            self._last = running

    def at(self, running: int, *, quiet: bool) -> Silences:
        longest = self._longest
        if self._last is not None and quiet:
            longest = max(longest, running - self._last)
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
