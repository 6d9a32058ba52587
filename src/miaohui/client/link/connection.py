"""The app's link to the relay: moves bytes and timers for ``wire.machine``, and comes back by itself."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from miaohui.client.link.address import normal, proxy_of, reason_of, tls_context
from miaohui.client.link.clocksync import ClockSync
from miaohui.client.snapshots import LinkState, LinkView
from miaohui.promise.constants import MEASURE_MS
from miaohui.runtime.clock import Clock
from miaohui.runtime.lane import BulkLane
from miaohui.runtime.tasks import Tasks
from miaohui.wire.codec import Down, encode
from miaohui.wire.frame import Frame
from miaohui.wire.limits import DOWN_FRAME_BYTES, PING_MS
from miaohui.wire.link import Hello, Pong, Welcome
from miaohui.wire.machine import (
    HURRIED,
    SLEPT,
    WELCOME_MS,
    ClientEnd,
    LinkEnded,
    LinkPhase,
    Transmit,
)

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

log = logging.getLogger(__name__)
OPEN_S = 8.0
CLOSE_S = 0.2
ACK_S = 0.03
NEXT_ADDRESS_S = 0.25  # RFC 8305: so long the first of two addresses is tried alone
NOBODY_THERE = frozenset({"dead", "timeout", SLEPT})


class Hears(Protocol):
    """Whoever stands behind the link."""

    def hello(self) -> Hello: ...

    def link_changed(self, view: LinkView) -> None: ...

    def welcomed(self, welcome: Welcome) -> None: ...

    def heard(self, frame: Down) -> None: ...

    def chunk(self, data: bytes) -> None: ...

    def lost(self, reason: str) -> None: ...

    def acks(self) -> Mapping[str, int]: ...

    def measuring(self) -> bool: ...


Dial = Callable[[str], Awaitable["ClientConnection"]]
"""Makes a WebSocket to a normalised address."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a relay said to hello, and how long that took."""

    welcome: Welcome
    rtt_ms: int


def _stays(error: Exception) -> Exception:
    """A redirect is an answer of no relay's: the token is for who was named, and for nobody else."""
    return error


async def dial(url: str) -> "ClientConnection":
    """A WebSocket to a normalised address. Compression would cost 40 KB a connection."""
    from websockets.asyncio.client import connect

    context = await asyncio.to_thread(tls_context, url)
    dialling = connect(
        url,
        ssl=context,
        compression=None,
        max_size=DOWN_FRAME_BYTES,
        ping_interval=None,
        open_timeout=OPEN_S,
        close_timeout=CLOSE_S,
        proxy=proxy_of(url),
        happy_eyeballs_delay=NEXT_ADDRESS_S,
    )
    dialling.process_redirect = _stays  # type: ignore[assignment, method-assign]
    return await dialling


async def greet(
    socket: "ClientConnection", hello: Hello, clock: Clock, sync: ClockSync, machine: ClientEnd
) -> Greeting:
    """Says hello and reads the welcome; LinkEnded where it is another answer."""
    from websockets.exceptions import ConnectionClosed

    sent = clock.mono()
    machine.opened(hello, sent)
    # Who is turned away at the door hears goodbye before a word of his own: it is to be read, for
    # it names the time to come again.
    try:
        async with asyncio.timeout(WELCOME_MS / 1000):
            for effect in machine.take():
                if isinstance(effect, Transmit):
                    with contextlib.suppress(ConnectionClosed):
                        await socket.send(effect.data, text=True)
            data = await socket.recv(decode=False)
    except TimeoutError:
        raise LinkEnded("timeout") from None
    received = clock.mono()
    welcome = machine.receive(data, received)
    assert isinstance(welcome, Welcome)
    sync.begin(welcome.run)
    sync.add(sent, welcome.mono, welcome.mono, received)
    return Greeting(welcome, received - sent)


async def hang_up(socket: "ClientConnection", *, heard: bool) -> None:
    """A goodbye where it may be ``heard``; in any case an end: behind bytes that nobody takes, a
    goodbye would wait for ever, and the next link with it."""
    try:
        if heard:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await socket.close()
    finally:
        socket.transport.abort()  # also where the app ends in the middle of the goodbye


async def ask_relay(address: str, hello: Hello, clock: Clock, dial: Dial) -> Greeting:
    """A relay's welcome, on a link that ends with it; LinkEnded where it is another answer."""
    machine = ClientEnd(lambda: 0.0)
    machine.use(address)
    machine.begin(clock.mono())
    socket = await dial(address)
    try:
        return await greet(socket, hello, clock, ClockSync(), machine)
    finally:
        await hang_up(socket, heard=True)


class RelayLink:
    """Runs until cancelled. ``use`` names the relay; "" means none. ``dial``: makes its sockets."""

    def __init__(
        self,
        hears: Hears,
        clock: Clock,
        draw: Callable[[], float],
        *,
        dial: Dial = dial,
        machine: ClientEnd | None = None,
    ) -> None:
        self.sync = ClockSync()
        self.view = LinkView(LinkState.NONE)
        self._hears = hears
        self._clock = clock
        self._dial = dial
        self._machine = ClientEnd(draw) if machine is None else machine
        self._practice = False  # as the relay at this address said last
        self._turn = asyncio.Event()
        self._end: asyncio.Future[str] | None = None
        self._socket: ClientConnection | None = None
        self._queue: deque[bytes] = deque()
        self._chunks: deque[bytes] = deque()
        self.lane: BulkLane | None = None  # of the pictures that go up; one a link
        self._filled = asyncio.Event()
        self._ack: asyncio.TimerHandle | None = None

    # --- for the rest of the client ----------------------------------------------------------
    def use(self, url: str, *, known: bool = False) -> None:
        """From now on there; the same address again means: try at once. ``known``: a relay was met
        there before."""
        self._machine.use(url, known=known)
        self._practice = False
        self.hurry()

    def hurry(self) -> None:
        """Ends whatever is waited for; a link that stands is made anew, and is none from now on:
        what is asked next goes over the new one."""
        self._turn.set()
        self._finish(HURRIED)
        if self.live:
            self._say(self._connecting())
            self._hears.lost(HURRIED)

    def knock(self) -> None:
        """The machine woke, or has a network again: tried at once where the link is away; one
        that stands must prove that it still does."""
        if self.view.state is LinkState.LIVE:
            self._ping()
        elif self.view.state in (LinkState.OFFLINE, LinkState.CONNECTING):
            self.hurry()

    @property
    def live(self) -> bool:
        return self.view.state is LinkState.LIVE

    def send(self, frame: Frame) -> None:
        """Puts a frame on the link; without one it is dropped (commands live in the outbox)."""
        if self._socket is not None:
            self._queue.append(encode(frame))
            self._filled.set()

    def send_chunk(self, data: bytes) -> None:
        """A piece of a picture, for which the lane has room; every text that waits goes before."""
        if self._socket is not None:
            self._chunks.append(data)
            self._filled.set()

    def ack_soon(self) -> None:
        """Something new was stored: the relay hears of it at once, but not for every item."""
        if self._ack is None and self._socket is not None:
            self._ack = asyncio.get_running_loop().call_later(ACK_S, self._ping)

    def ack_now(self) -> None:
        """What is sent after this, the relay reads knowing what is stored here."""
        if self._socket is not None:
            self._ping()

    def drop(self, ms: int = 0) -> None:
        """Breaks the link as a bad network would; with ``ms``, stays away for so long."""
        self._machine.stay_away(ms)
        if self._socket is not None:
            self._socket.transport.abort()

    # --- the loop ----------------------------------------------------------------------------
    async def run(self) -> None:
        machine = self._machine
        while True:
            self._turn.clear()
            machine.begin(self._clock.mono())
            url = machine.url
            if machine.phase is LinkPhase.IDLE:
                self._say(LinkView(LinkState.NONE))
                await self._turn.wait()
                continue
            reason = await self._try(url)
            if self._turn.is_set() or not machine.url:
                self._say(self._connecting())
            elif machine.phase is LinkPhase.ENDED:
                self._say(LinkView(LinkState.REFUSED, url, reason=reason))
                await self._turn.wait()
            else:
                self._say(self._offline(url, reason, machine.wait_ms))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(machine.wait_ms / 1000):
                        await self._turn.wait()

    def _connecting(self) -> LinkView:
        return LinkView(LinkState.CONNECTING, self._machine.url, practice=self._practice)

    def _offline(self, url: str, reason: str, wait: int | None = None) -> LinkView:
        return LinkView(
            LinkState.OFFLINE, url, reason=reason, retry_in_ms=wait, practice=self._practice
        )

    async def _try(self, url: str) -> str:
        """One link from dialling to its end; why it ended."""
        if self.view.state in (LinkState.NONE, LinkState.REFUSED) or self.view.url != url:
            self._say(LinkView(LinkState.CONNECTING, url, practice=self._practice))
        self._end = asyncio.get_running_loop().create_future()
        parts = Tasks()
        parts.start(self._guard(lambda: self._link(url, parts)), "link")
        reason = ""
        try:
            reason = await self._end
        finally:
            self._end = None
            socket, self._socket = self._socket, None
            try:
                if self.lane is not None:
                    self.lane.close()
                    self.lane = None
                await self._drop_parts(parts)
                if reason:
                    self._machine.end(
                        HURRIED if self._turn.is_set() else reason, self._clock.mono()
                    )
                if reason == SLEPT:
                    self.sync.forget()
                if reason and self.live:
                    # Said before the goodbye, which takes its time.
                    self._say(self._offline(url, reason))
                    self._hears.lost(reason)
            finally:  # also where the app ends while the parts do
                if socket is not None:
                    await hang_up(socket, heard=reason not in NOBODY_THERE)
        return reason

    def _finish(self, reason: str) -> None:
        if self._end is not None and not self._end.done():
            self._end.set_result(reason)

    async def _guard(self, part: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """A part that ends, ends the link."""
        reason = "dead"
        try:
            await part()
        except LinkEnded as ended:
            reason = ended.reason
        except Exception as error:
            reason = reason_of(error)
            log.debug("link ended: %s", type(error).__name__)
        self._finish(reason)

    async def _drop_parts(self, parts: Tasks) -> None:
        """Nothing is heard of this link any more, and nothing said on it."""
        self._queue.clear()
        self._chunks.clear()
        if self._ack is not None:
            self._ack.cancel()
            self._ack = None
        await parts.close()

    async def _link(self, url: str, parts: Tasks) -> None:
        machine, clock = self._machine, self._clock
        socket = self._socket = await self._dial(normal(url))
        greeting = await greet(socket, self._hears.hello(), clock, self.sync, machine)
        if self._turn.is_set():
            return  # it was said as somebody who has left since
        self._filled.clear()
        self.lane = BulkLane(clock)
        parts.start(self._guard(lambda: self._write(socket)), "link writer")
        parts.start(self._guard(self._beat), "link beat")
        welcome = greeting.welcome
        self._practice = welcome.practice
        self._say(
            LinkView(
                LinkState.LIVE,
                url,
                relay=welcome.relay,
                practice=welcome.practice,
                rtt_ms=greeting.rtt_ms,
                clock_error_ms=self.sync.error_ms(machine.heard_at),
                review_after_ms=welcome.review_after_ms,
            )
        )
        self._hears.welcomed(welcome)
        self._ping()
        async for data in socket:
            if self._turn.is_set():
                return
            if isinstance(data, bytes):
                machine.binary(clock.mono())
                self._hears.chunk(data)
                continue
            frame = machine.receive(data.encode(), clock.mono())
            if isinstance(frame, Pong):
                self.sync.add(frame.t1, frame.t2, frame.t3, machine.heard_at)
                self._measured(machine.heard_at)
            self._hears.heard(frame)
        raise LinkEnded("dead")

    def _measured(self, now: int) -> None:
        rtt, error = self.sync.rtt_ms, self.sync.error_ms(now)
        old = self.view.rtt_ms
        # Said only when a person would see the difference.
        if rtt is not None and (old is None or abs(rtt - old) > max(5, old // 5)):
            self._say(replace(self.view, rtt_ms=rtt, clock_error_ms=error))

    async def _write(self, socket: "ClientConnection") -> None:
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._queue or self._chunks:
                if self._queue:
                    await socket.send(self._queue.popleft(), text=True)
                else:
                    await socket.send(self._chunks.popleft())

    async def _beat(self) -> None:
        machine, clock = self._machine, self._clock
        while True:
            # A stall that a wait is judged by must not fall between two heartbeats.
            every = MEASURE_MS if self._hears.measuring() else PING_MS
            await asyncio.sleep(machine.sleep_ms(clock.mono(), clock.utc_ms(), every) / 1000)
            if machine.tick(clock.mono(), clock.utc_ms()):
                self._ping()

    def _ping(self) -> None:
        if self._ack is not None:
            self._ack.cancel()
            self._ack = None
        self._machine.ping(self._hears.acks(), self._clock.mono())
        for effect in self._machine.take():
            if isinstance(effect, Transmit) and self._socket is not None:
                self._queue.append(effect.data)
                self._filled.set()

    def _say(self, view: LinkView) -> None:
        if view != self.view:
            self.view = view
            self._hears.link_changed(view)
