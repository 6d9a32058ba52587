"""Several machines in one process on one virtual clock: whatever is next anywhere, happens next.

Every machine has an event loop of its own, so that it can sleep, stop and be killed apart from the
others. Nothing waits for real time, nothing runs in a thread.
"""

import asyncio
import contextvars
import heapq
import math
import random
from asyncio import events
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
EPOCH_MS = 1_787_144_400_000  # 2026-08-19, 21:00 in Beijing
GHOST_TURNS = 400
AT_ONCE = 1000  # a machine that never comes to rest leaves the others their turn


class _Deaf:
    """A selector with nothing to select from: messages come through the world."""

    def select(self, timeout: float | None) -> list[Any]:
        return []

    def close(self) -> None:
        return


class HostLoop(asyncio.BaseEventLoop):
    """One machine's event loop; the world turns it.

    What is due is taken by whole microseconds, in the order in which it was asked for. The turning is
    written anew: asyncio's own spends most of its time on a selector that is not there.
    """

    _ready: deque[asyncio.Handle]

    def __init__(self, host: "Host") -> None:
        super().__init__()
        self.host = host
        self.world = host.world
        self.timers: list[tuple[int, int, asyncio.TimerHandle]] = []
        self.ghost_us: int | None = None
        self._selector = _Deaf()
        self._count = 0
        self._said_at = 0.0

    def now_us(self) -> int:
        return self.world.now - self.host.lag_us if self.ghost_us is None else self.ghost_us

    def time(self) -> float:
        return self.now_us() / 1e6

    def _process_events(self, event_list: list[Any]) -> None:
        return

    def _write_to_self(self) -> None:
        return

    def call_soon(
        self, callback: Any, *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        if self._closed:
            raise RuntimeError("Event loop is closed")
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self,
        delay: float,
        callback: Any,
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Any, *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        if self._closed:
            raise RuntimeError("Event loop is closed")
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        handle._scheduled = True
        self._count += 1
        # A hair below the next microsecond is rounding, not waiting.
        heapq.heappush(self.timers, (math.ceil(when * 1e6 - 1e-3), self._count, handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        return

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Any = None) -> Any:
        """From another thread on a real machine: a little later, never at once, and nothing
        overtakes what was said before it."""
        when = self.time() + self.world.random.choice((0.0, 0.0002, 0.001))
        self._said_at = max(self._said_at, when)
        return self.call_at(self._said_at, callback, *args, context=context)

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> Any:
        """Done at once; heard of a little later."""
        future = self.create_future()
        try:
            value = func(*args)
        except BaseException as error:
            self.call_later(self.world.random.random() * 0.002, _fail, future, error)
        else:
            self.call_later(self.world.random.random() * 0.002, _give, future, value)
        return future

    def next_us(self) -> int | None:
        """When its next timer is due, by the world's clock."""
        timers = self.timers
        while timers:
            if not timers[0][2]._cancelled:
                return timers[0][0] + self.host.lag_us
            heapq.heappop(timers)
        return None

    def turn(self) -> None:
        """Everything that is due now, with what that calls for at once."""
        before = events._get_running_loop()
        events._set_running_loop(self)
        try:
            ready, timers, now = self._ready, self.timers, self.now_us()
            while timers and timers[0][0] <= now:
                handle = heapq.heappop(timers)[2]
                handle._scheduled = False
                ready.append(handle)
            for _ in range(AT_ONCE):
                if not ready:
                    break
                each = ready.popleft()
                if not each._cancelled:
                    each._run()
        finally:
            events._set_running_loop(before)

    def forget(self) -> None:
        """Nothing that was asked for happens any more."""
        self._ready.clear()
        self.timers.clear()
        self.close()


def _give(future: asyncio.Future[Any], value: object) -> None:
    if not future.done():
        future.set_result(value)


def _fail(future: asyncio.Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)


class Host:
    """A machine: its loop, its clocks, its disk's faults. ``lag_us``: how long it was suspended."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.name = name
        self.loop: HostLoop | None = None
        self.life = 0
        self.lag_us = 0
        self.asleep = False
        self.wall_ms = 0
        self.boot_ms = 1_000_000
        self.full = False
        self.fsync_fails = 0
        world.hosts.append(self)

    @property
    def up_us(self) -> int:
        return self.world.now - self.lag_us

    def mono(self) -> int:
        """The program's clock counts sleep; timers of the system's do not."""
        return self.boot_ms + self.world.now // 1000

    def utc_ms(self) -> int:
        return EPOCH_MS + self.world.now // 1000 + self.wall_ms

    @property
    def alive(self) -> bool:
        return self.loop is not None

    def start(self) -> HostLoop:
        self.life += 1
        loop = self.loop = HostLoop(self)
        loop.set_exception_handler(self.world.complained)
        return loop

    def kill(self) -> None:
        """As kill -9: no line of it runs any more that anybody could notice."""
        loop, self.loop = self.loop, None
        self.asleep = False
        if loop is None:
            return
        # What follows happens to a ghost: its stores and sockets are dead. It only lets Python
        # take its coroutines apart in an orderly way.
        loop.set_exception_handler(lambda loop, context: None)
        loop.ghost_us = self.up_us
        for _ in range(GHOST_TURNS):
            tasks = [task for task in asyncio.all_tasks(loop) if not task.done()]
            if not tasks and not loop._ready:
                break
            for task in tasks:
                task.cancel()
            loop.turn()
            loop.ghost_us += 1_000_000
        loop.forget()

    def spawn(self, work: Any, name: str) -> asyncio.Task[Any]:
        assert self.loop is not None
        before = events._get_running_loop()
        events._set_running_loop(self.loop)
        try:
            return self.loop.create_task(work, name=name)
        finally:
            events._set_running_loop(before)


class World:
    """The clock, the machines, and everything that happens between them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = 0
        self.hosts: list[Host] = []
        self.complaints: list[str] = []
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0

    def at(self, when: int, action: Callable[[], None]) -> None:
        """``action`` at a moment in microseconds."""
        self._count += 1
        heapq.heappush(self._events, (max(when, self.now), self._count, action))

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self.at(self.now + round(seconds * 1e6), action)

    def complained(self, loop: Any, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.complaints.append(f"{context.get('message')}: {error!r}")

    def step(self) -> bool:
        """The next thing; False where nothing is left to happen."""
        best = self._events[0][0] if self._events else None
        whose: HostLoop | None = None
        for host in self.hosts:
            loop = host.loop
            if loop is None or host.asleep:
                continue
            when = self.now if loop._ready else loop.next_us()
            if when is not None and (best is None or when < best):
                best, whose = when, loop
        if best is None:
            return False
        if best > self.now:
            self.now = best
        if whose is None:
            heapq.heappop(self._events)[2]()
        else:
            whose.turn()
        return True

    def run(self, until: Callable[[], bool], seconds: float, *, every: float = 0.25) -> bool:
        """Goes on until something holds (looked at now and then) or so long; whether it held."""
        end = self.now + round(seconds * 1e6)
        look = self.now
        while self.now < end:
            if self.now >= look:
                if until():
                    return True
                look = self.now + round(every * 1e6)
            if not self.step():
                break
        return until()

    def close(self) -> None:
        for host in self.hosts:
            host.kill()
        self._events.clear()
