"""The one link to the relay: connects, says hello, keeps the beat, comes back by itself."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from miaohui.client.link.address import is_loopback, normal, reason_of, tls_context
from miaohui.client.link.backoff import Backoff
from miaohui.client.link.clocksync import ClockSync
from miaohui.client.snapshots import LinkState, LinkView
from miaohui.promise.constants import FELT_SLACK_MS
from miaohui.runtime.clock import Clock
from miaohui.runtime.tasks import Tasks
from miaohui.wire.codec import Down, FrameError, Ok, decode_down, encode
from miaohui.wire.errors import Code
from miaohui.wire.frame import Frame
from miaohui.wire.limits import DEAD_LINK_MS, PING_MS
from miaohui.wire.link import Failed, Goodbye, Hello, Ping, Pong, Welcome
from miaohui.wire.media import MediaProgress

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

log = logging.getLogger(__name__)
FRAME_BYTES = 256 * 1024
OPEN_S = 8.0
ASKED_MS = 60_000  # no relay keeps anybody out longer
CLOSE_S = 0.2
HELLO_S = 5.0
TICK_MS = 500
SLEPT_MS = 3_000
SILENT_MS = PING_MS + DEAD_LINK_MS - 300  # with the timers' own lateness, 4 s
# What a relay says unasked still comes over a link whose way there is cut. Only what answers us, or
# the bulk behind which an answer may stand, shows that both ways are open.
ANSWERS = Pong | Ok | Failed | MediaProgress
ACK_S = 0.03
# A person must act: trying again by itself would only hammer on a shut door.
FINAL = frozenset({"insecure", "address", "tls", "not_a_relay", "protocol", "replaced", "banned"})
GOODBYES = {
    Code.REPLACED: "replaced",
    Code.BANNED: "banned",
    Code.PROTOCOL: "protocol",
    Code.TOKEN_REVOKED: "token_revoked",
}


class Hears(Protocol):
    """Whoever stands behind the link."""

    def hello(self) -> Hello: ...

    def link_changed(self, view: LinkView) -> None: ...

    def welcomed(self, welcome: Welcome) -> None: ...

    def heard(self, frame: Down) -> None: ...

    def chunk(self, data: bytes) -> None: ...

    def lost(self, reason: str) -> None: ...

    def acks(self) -> dict[str, int]: ...

    def measuring(self) -> bool: ...


class LinkEnded(Exception):
    """The link ended, and why."""

    def __init__(self, reason: str, retry_ms: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_ms = retry_ms


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a relay said to hello, and how long that took."""

    welcome: Welcome
    rtt_ms: int


async def dial(url: str) -> "ClientConnection":
    """A WebSocket to a normalised address. Compression would cost 40 KB a connection."""
    from urllib.parse import urlsplit

    from websockets.asyncio.client import connect

    context = await asyncio.to_thread(tls_context, url)
    host = urlsplit(url).hostname or ""
    return await connect(
        url,
        ssl=context,
        compression=None,
        max_size=FRAME_BYTES,
        ping_interval=None,
        open_timeout=OPEN_S,
        close_timeout=CLOSE_S,
        proxy=None if is_loopback(host) else True,
    )


async def greet(
    socket: "ClientConnection", hello: Hello, clock: Clock, sync: ClockSync
) -> Greeting:
    """Says hello and reads the welcome; LinkEnded where it is another answer."""
    from websockets.exceptions import ConnectionClosed

    sent = clock.mono()
    # Who is turned away at the door hears goodbye before a word of his own: it is to be read, for
    # it names the time to come again.
    with contextlib.suppress(ConnectionClosed):
        await socket.send(encode(hello), text=True)
    try:
        async with asyncio.timeout(HELLO_S):
            data = await socket.recv(decode=False)
    except TimeoutError:
        raise LinkEnded("timeout") from None
    received = clock.mono()
    try:
        frame = decode_down(data)
    except FrameError:
        raise LinkEnded("not_a_relay") from None
    if isinstance(frame, Goodbye | Failed):
        raise LinkEnded(GOODBYES.get(frame.code, str(frame.code)), frame.retry_ms)
    if not isinstance(frame, Welcome):
        raise LinkEnded("not_a_relay")
    sync.begin(frame.run)
    sync.add(sent, frame.mono, frame.mono, received)
    return Greeting(frame, received - sent)


class Connection:
    """Runs until cancelled. ``use`` names the relay; "" means none."""

    def __init__(self, hears: Hears, clock: Clock, draw: Callable[[], float]) -> None:
        self.sync = ClockSync()
        self.view = LinkView(LinkState.NONE)
        self._hears = hears
        self._clock = clock
        self._backoff = Backoff(draw)
        self._url = ""
        self._practice = False  # as the relay at this address said last
        self._turn = asyncio.Event()
        self._end: asyncio.Future[str] | None = None
        self._socket: ClientConnection | None = None
        self._queue: deque[bytes] = deque()
        self._filled = asyncio.Event()
        self._heard_at = 0
        self._pinged_at = 0
        self._ack: asyncio.TimerHandle | None = None
        self._was_live = False
        self._asked_ms = 0  # not before then, said the relay

    # --- for the rest of the client ----------------------------------------------------------
    def use(self, url: str) -> None:
        """From now on there; the same address again means: try at once."""
        self._url, self._practice = url, False
        self._was_live = False
        self.hurry()

    def hurry(self) -> None:
        """Ends whatever is waited for; a link that stands is made anew."""
        self._turn.set()
        self._finish("hurried")

    @property
    def live(self) -> bool:
        return self.view.state is LinkState.LIVE

    def send(self, frame: Frame) -> None:
        """Puts a frame on the link; without one it is dropped (commands live in the outbox)."""
        if self._socket is not None:
            self._queue.append(encode(frame))
            self._filled.set()

    async def send_chunk(self, data: bytes) -> bool:
        """A piece of a picture, as soon as no text waits; False without a link."""
        socket = self._socket
        if socket is None:
            return False
        from websockets.exceptions import ConnectionClosed

        try:
            await socket.send(data)
        except ConnectionClosed:
            return False
        return True

    def ack_soon(self) -> None:
        """Something new was stored: the relay hears of it at once, but not for every item."""
        if self._ack is None and self._socket is not None:
            self._ack = asyncio.get_running_loop().call_later(ACK_S, self._ping)

    def ack_now(self) -> None:
        """What is sent after this, the relay reads knowing what is stored here."""
        if self._socket is not None:
            self._ping()

    # --- the loop ----------------------------------------------------------------------------
    async def run(self) -> None:
        while True:
            self._turn.clear()
            if not self._url:
                self._say(LinkView(LinkState.NONE))
                await self._turn.wait()
                continue
            reason = await self._try(self._url)
            if self._turn.is_set() or not self._url:
                self._say(LinkView(LinkState.CONNECTING, self._url, practice=self._practice))
                continue
            if reason in FINAL and not (self._was_live and reason in ("tls", "not_a_relay")):
                self._say(LinkView(LinkState.REFUSED, self._url, reason=reason))
                await self._turn.wait()
                continue
            wait = 0 if reason == "slept" else self._wait_ms()
            self._say(self._offline(self._url, reason, wait))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait / 1000):
                    await self._turn.wait()

    def _offline(self, url: str, reason: str, wait: int | None = None) -> LinkView:
        return LinkView(
            LinkState.OFFLINE, url, reason=reason, retry_in_ms=wait, practice=self._practice
        )

    def _wait_ms(self) -> int:
        """By lot; where the relay named a time, then, and by lot only a little."""
        asked, self._asked_ms = self._asked_ms, 0
        return asked + self._backoff.jitter_ms() if asked else self._backoff.next_ms()

    async def _try(self, url: str) -> str:
        """One link from dialling to its end; why it ended."""
        if self.view.state in (LinkState.NONE, LinkState.REFUSED) or self.view.url != url:
            self._say(LinkView(LinkState.CONNECTING, url, practice=self._practice))
        self._end = asyncio.get_running_loop().create_future()
        parts = Tasks()
        parts.start(self._guard(lambda: self._link(url, parts)), "link")
        born, reason = self._clock.mono(), ""
        try:
            reason = await self._end
        finally:
            self._end = None
            socket, self._socket = self._socket, None
            await self._drop(parts)
            if reason and self.live:
                # Said before the goodbye, for which a dead link takes its time.
                self._backoff.held(self._clock.mono() - born)
                self._was_live = True
                self._say(self._offline(url, reason))
                self._hears.lost(reason)
            if socket is not None:
                with contextlib.suppress(OSError):
                    await socket.close()
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
            self._asked_ms = min(ended.retry_ms, ASKED_MS)
        except FrameError:
            reason = "not_a_relay"
        except Exception as error:
            reason = reason_of(error)
            log.debug("link ended: %s", type(error).__name__)
        self._finish(reason)

    async def _drop(self, parts: Tasks) -> None:
        """Nothing is heard of this link any more, and nothing said on it."""
        self._queue.clear()
        if self._ack is not None:
            self._ack.cancel()
            self._ack = None
        await parts.close()

    async def _link(self, url: str, parts: Tasks) -> None:
        socket = self._socket = await dial(normal(url))
        greeting = await greet(socket, self._hears.hello(), self._clock, self.sync)
        self._heard_at = self._clock.mono()
        self._filled.clear()
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
                clock_error_ms=self.sync.error_ms(self._heard_at),
                review_after_ms=welcome.review_after_ms,
            )
        )
        self._hears.welcomed(welcome)
        self._ping()
        async for data in socket:
            if isinstance(data, bytes):
                self._heard_at = self._clock.mono()
                self._hears.chunk(data)
            else:
                self._hear(decode_down(data.encode()))
        raise LinkEnded("dead")

    def _hear(self, frame: Down) -> None:
        if isinstance(frame, ANSWERS):
            self._heard_at = self._clock.mono()
        if isinstance(frame, Pong):
            self.sync.add(frame.t1, frame.t2, frame.t3, self._heard_at)
            self._measured()
        elif isinstance(frame, Goodbye):
            raise LinkEnded(GOODBYES.get(frame.code, str(frame.code)), frame.retry_ms)
        self._hears.heard(frame)

    def _measured(self) -> None:
        rtt, error = self.sync.rtt_ms, self.sync.error_ms(self._heard_at)
        old = self.view.rtt_ms
        # Said only when a person would see the difference.
        if rtt is not None and (old is None or abs(rtt - old) > max(5, old // 5)):
            self._say(replace(self.view, rtt_ms=rtt, clock_error_ms=error))

    async def _write(self, socket: "ClientConnection") -> None:
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._queue:
                await socket.send(self._queue.popleft(), text=True)

    async def _beat(self) -> None:
        """Notices a silent link and a machine that slept (its timers are late, or the wall clock
        ran on without the monotonic one)."""
        while True:
            mono, wall = self._clock.mono(), self._clock.utc_ms()
            # A stall that a wait is judged by must not fall between two heartbeats.
            every = FELT_SLACK_MS if self._hears.measuring() else PING_MS
            due = min(self._pinged_at + every, self._heard_at + SILENT_MS + 1) - mono
            await asyncio.sleep(min(TICK_MS, max(10, due)) / 1000)
            now = self._clock.mono()
            passed = max(now - mono, self._clock.utc_ms() - wall)
            if passed > TICK_MS + SLEPT_MS:
                self.sync.forget()
                raise LinkEnded("slept")
            if now - self._heard_at > SILENT_MS:
                raise LinkEnded("dead")
            if now - self._pinged_at >= every:
                self._ping()

    def _ping(self) -> None:
        if self._ack is not None:
            self._ack.cancel()
            self._ack = None
        self._pinged_at = self._clock.mono()
        self.send(Ping(t1=self._pinged_at, acks=self._hears.acks()))

    def _say(self, view: LinkView) -> None:
        if view != self.view:
            self.view = view
            self._hears.link_changed(view)
