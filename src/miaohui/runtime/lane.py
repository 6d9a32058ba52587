"""A lane for the bytes of pictures on one link in one direction: whoever has some waits for room."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Hashable
from typing import Final

from miaohui.runtime.clock import Clock
from miaohui.wire.pacing import Pace

IDLE_MS: Final = 30_000  # a transfer that does not move for so long is given up, or begun again


class LaneClosed(Exception):
    """The link is gone."""


class TransferStalled(Exception):
    """The link stands, and nothing of this transfer moves."""


class BulkLane:
    """A lane; transfers that wait take turns, a chunk each."""

    def __init__(self, clock: Clock) -> None:
        self._pace = Pace()
        self._clock = clock
        self._turn = asyncio.Lock()
        self._moved = asyncio.Event()
        self._closed = False

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[int]:
        """Waits for room; gives the size of the chunk that may go now, and ``sent`` with it."""
        async with self._turn:
            pace = self._pace
            await self.until(lambda: pace.room(self._clock.mono()), lambda: pace.taken)
            yield pace.chunk

    def sent(self, key: Hashable, end: int, size: int) -> None:
        """A chunk set out."""
        self._pace.sent(key, end, size, self._clock.mono())

    def took(self, key: Hashable, upto: int) -> None:
        """The other end has so much of it."""
        self._pace.took(key, upto, self._clock.mono())
        self.stir()

    def forget(self, key: Hashable) -> None:
        """A transfer is over."""
        self._pace.forget(key)
        self.stir()

    def clear(self, key: Hashable) -> bool:
        """Whether nothing of it is under way."""
        return self._pace.clear(key)

    @property
    def taken(self) -> int:
        """Bytes that the other end has acknowledged, of everything."""
        return self._pace.taken

    def close(self) -> None:
        self._closed = True
        self.stir()

    def stir(self) -> None:
        """Whoever waits looks again."""
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def until(self, holds: Callable[[], bool], moves: Callable[[], int]) -> None:
        """Returns once it holds; LaneClosed where the link went, TransferStalled where ``moves``
        stays what it is for IDLE_MS."""
        seen, since = moves(), self._clock.mono()
        while not self._closed:
            if holds():
                return
            now = self._clock.mono()
            if moves() != seen:
                seen, since = moves(), now
            left = since + IDLE_MS - now
            if left <= 0:
                raise TransferStalled
            moved = self._moved
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left / 1000):
                    await moved.wait()
        raise LaneClosed
