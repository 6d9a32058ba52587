"""The network between simulated machines: links of two directions, and everything bad in them.

Within one link order holds, as TCP keeps it; what it does not keep is that the other end hears.
A push may be lost alone: it is only a hint, and the relay's memory may go at any time.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

import msgspec
from tests.torture.sim.clockwork import Host, World
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK

from miaohui.relay.net.limits import MEMBER, LinkBudget
from miaohui.relay.net.origin import Origin

KERNEL_BYTES = 128 * 1024
OPEN_S = 8.0


class _Head(msgspec.Struct):
    """What the harness reads of a frame."""

    type: str
    id: str = ""
    result: dict[str, Any] | None = None


_head = msgspec.json.Decoder(_Head)


class Witness(Protocol):
    """Who takes down what really happened."""

    def command_came(self, id: str, life: int) -> None: ...

    def answered(self, id: str, result: dict[str, Any]) -> None: ...


class Ears(Protocol):
    """The relay's end."""

    def opened(self, socket: Any) -> None: ...

    def text(self, data: bytes) -> None: ...

    def binary(self, data: bytes) -> None: ...

    def closed(self) -> None: ...


class Between(Protocol):
    """Who sits in the relay and changes what it hears and says: one frame becomes none or several."""

    def hears(self, link: "Link", data: bytes) -> list[bytes]: ...

    def says(self, link: "Link", data: bytes) -> list[bytes]: ...


class Way:
    """One direction of a link."""

    def __init__(self, net: "Net", give: Callable[[bytes, bool], None]) -> None:
        self.net = net
        self.give = give
        self.silent = False
        self.stalled_until = 0
        self.pending = 0
        self._free_at = 0
        self.count = 0

    def put(self, data: bytes, *, text: bool) -> None:
        """A frame sets out; in a silent direction it is gone, and the sender can't tell."""
        self.count += 1
        if self.silent:
            return
        world = self.net.world
        when = max(self._free_at, self.stalled_until, world.now + self.net.latency_us())
        self._free_at = when
        self.pending += len(data)
        world.at(when, lambda: self._arrive(data, text))

    def _arrive(self, data: bytes, text: bool) -> None:
        self.pending -= len(data)
        if not self.silent:
            self.give(data, text)

    def last(self, action: Callable[[], None]) -> None:
        """After everything that is under way, unless nothing arrives any more."""
        when = max(self._free_at, self.net.world.now + self.net.latency_us())

        def do() -> None:
            if not self.silent:
                action()

        self.net.world.at(when, do)


class Link:
    """A connection between an app and the relay."""

    def __init__(self, net: "Net", app: Host, relay: Host, ears: Ears) -> None:
        self.net = net
        self.app, self.app_life = app, app.life
        self.relay, self.relay_life = relay, relay.life
        self.up = Way(net, self._to_relay)
        self.down = Way(net, self._to_app)
        self.socket = AppSocket(self)
        self.door = Door(self)
        self.ears = ears
        self.frames = 0  # delivered in either direction
        # Nothing that the relay says is acknowledged: its end of the link stands behind that, and
        # comes as late as what is sent again and again.
        self.unacknowledged = False
        net.links.append(self)
        self._on_relay(lambda: ears.opened(self.door))

    # -- ends ------------------------------------------------------------------------------------
    def _on_relay(self, action: Callable[[], None]) -> None:
        if self.relay.loop is not None and self.relay.life == self.relay_life:
            self.relay.loop.call_soon(action)

    def _on_app(self, action: Callable[[], None]) -> None:
        if self.app.loop is not None and self.app.life == self.app_life:
            self.app.loop.call_soon(action)

    def _to_relay(self, data: bytes, text: bool) -> None:
        if self.door.gone:
            return
        if self.net.passing(self, data, up=True):
            return
        head = _head.decode(data) if text else None
        times = 1
        if head is not None and head.id:
            self.net.witness.command_came(head.id, self.relay.life)
            if self.net.doubles(head.type):
                times = 2
        between = self.net.between
        heard = [data] if between is None or not text else between.hears(self, data)
        for each in heard * times:
            self.to_ears(each, text=text)

    def to_ears(self, data: bytes, *, text: bool = True) -> None:
        """The relay hears this."""
        self._on_relay(lambda: self.ears.text(data) if text else self.ears.binary(data))

    def _to_app(self, data: bytes, text: bool) -> None:
        if self.net.passing(self, data, up=False):
            return
        if text:
            head = _head.decode(data)
            if head.type == "feed_push" and self.net.loses_push():
                return
            if head.type == "ok" and head.result is not None:
                self.net.witness.answered(head.id, head.result)
            times = 2 if head.type == "feed_push" and self.net.doubles(head.type) else 1
            between = self.net.between
            for each in ([data] if between is None else between.says(self, data)) * times:
                self.to_socket(each, text=True)
        else:
            self.to_socket(data, text=False)

    def to_socket(self, data: bytes, *, text: bool = True) -> None:
        """The app hears this."""
        self._on_app(lambda: self.socket.got(data, text))

    # -- endings ---------------------------------------------------------------------------------
    def app_closed(self) -> None:
        """The app's end closed; the relay hears after what is under way."""
        self.up.last(self.relay_end)
        self.down.silent = True
        self.net.forget(self)

    def relay_closed(self, *, rude: bool) -> None:
        if not self.unacknowledged:
            self.down.last(lambda: self._on_app(lambda: self.socket.ended(rude=rude)))
        self.up.silent = True
        self.net.forget(self)

    def relay_end(self) -> None:
        if not self.door.gone:
            self.door.gone = True
            self._on_relay(self.ears.closed)

    def reset(self) -> None:
        """Cut in the middle: what is under way is lost, both ends hear of it."""
        self.up.silent = self.down.silent = True
        self._on_app(lambda: self.socket.ended(rude=True))
        self.relay_end()
        self.net.forget(self)

    def mute(self, *, up: bool, down: bool) -> None:
        """Half-open: nothing arrives, nobody hears."""
        self.up.silent = self.up.silent or up
        self.down.silent = self.down.silent or down


class AppSocket:
    """What the client gets from ``dial``: as a websockets connection behaves."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._inbox: deque[tuple[bytes, bool]] = deque()
        self._wake: asyncio.Future[None] | None = None
        self._over: bool | None = None  # rude or not

    def got(self, data: bytes, text: bool) -> None:
        if self._over is None:
            self._inbox.append((data, text))
            self._stir()

    def ended(self, *, rude: bool) -> None:
        if self._over is None:
            self._over = rude
            self._stir()

    def _stir(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    def _closed(self) -> Exception:
        return ConnectionClosedError(None, None) if self._over else ConnectionClosedOK(None, None)

    async def _next(self) -> tuple[bytes, bool]:
        while not self._inbox:
            if self._over is not None:
                raise self._closed()
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake
        return self._inbox.popleft()

    async def send(self, data: bytes, text: bool | None = None) -> None:
        if self._over is not None:
            raise self._closed()
        self._link.up.put(bytes(data), text=bool(text))

    async def recv(self, decode: bool | None = None) -> bytes:
        return (await self._next())[0]

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        while True:
            try:
                data, text = await self._next()
            except ConnectionClosedOK:
                return
            yield data.decode() if text else data

    async def close(self) -> None:
        self.abort()

    @property
    def transport(self) -> "AppSocket":
        """Of which only the end is asked."""
        return self

    def abort(self) -> None:
        if self._over is None:
            self._over = False
            self._link.app_closed()


class Door:
    """The relay's Socket."""

    def __init__(self, link: Link) -> None:
        self.origin = Origin.of("127.0.0.1")
        self.place = None
        self._most = MEMBER.outgoing_bytes
        self.gone = False
        self._link = link

    def allow(self, budget: LinkBudget) -> None:
        self._most = budget.outgoing_bytes

    def send(self, data: bytes) -> None:
        self._put(data, text=True)

    def send_binary(self, data: bytes) -> None:
        self._put(data, text=False)

    def _put(self, data: bytes, *, text: bool) -> None:
        if self.gone:
            return
        if self.buffered() + len(data) > self._most:
            self.abort()
            return
        self._link.down.put(data, text=text)

    def buffered(self) -> int:
        return max(0, self._link.down.pending - KERNEL_BYTES)

    async def drained(self) -> None:
        while self.buffered() and not self.gone:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    def close(self, code: int, reason: str = "") -> None:
        if not self.gone:
            self.gone = True
            self._link.relay_closed(rude=False)
            self._link._on_relay(self._link.ears.closed)

    def abort(self) -> None:
        if not self.gone:
            self.gone = True
            self._link.relay_closed(rude=True)
            self._link._on_relay(self._link.ears.closed)


class Net:
    """All links, the relay's open door, and the weather."""

    def __init__(self, world: World, witness: Witness) -> None:
        self.world = world
        self.witness = witness
        self.links: list[Link] = []
        self.make_ears: Callable[[], Ears] | None = None
        self.relay: Host | None = None
        self.base_us = 20_000
        self.jitter_us = 0
        self.lost_push = 0.0
        self.double = 0.0
        self.dark: set[Host] = set()  # nothing gets out of or into these
        self.dials = 0
        self.gate: Callable[[Link, bytes, bool], bool] | None = None
        self.between: Between | None = None

    def latency_us(self) -> int:
        jitter = self.jitter_us
        return self.base_us + (self.world.random.randrange(jitter) if jitter else 0)

    def loses_push(self) -> bool:
        return self.lost_push > 0 and self.world.random.random() < self.lost_push

    def doubles(self, type: str) -> bool:
        return self.double > 0 and self.world.random.random() < self.double

    def passing(self, link: Link, data: bytes, *, up: bool) -> bool:
        """Before a frame is delivered; True where somebody took it away."""
        link.frames += 1
        return self.gate is not None and self.gate(link, data, up)

    def forget(self, link: Link) -> None:
        if link in self.links:
            self.links.remove(link)

    async def dial(self, app: Host) -> AppSocket:
        self.dials += 1
        await asyncio.sleep(self.latency_us() / 1e6)
        if app in self.dark:
            await asyncio.sleep(OPEN_S)
            raise TimeoutError
        relay = self.relay
        if relay is None or not relay.alive or self.make_ears is None:
            raise ConnectionRefusedError(111, "refused")
        link = Link(self, app, relay, self.make_ears())
        await asyncio.sleep(self.latency_us() / 1e6)
        return link.socket

    def of(self, app: Host) -> list[Link]:
        return [link for link in self.links if link.app is app]

    def killed(self, host: Host, *, silent: bool) -> None:
        """A machine or a process went: links end with a reset, or nobody hears anything."""
        for link in list(self.links):
            if host in (link.app, link.relay):
                if silent:
                    link.mute(up=True, down=True)
                    self.forget(link)
                elif link.app is host:
                    link.up.last(link.relay_end)
                    link.down.silent = True
                    self.forget(link)
                else:
                    link.down.last(
                        lambda link=link: link._on_app(lambda: link.socket.ended(rude=True))
                    )
                    link.up.silent = True
                    self.forget(link)
