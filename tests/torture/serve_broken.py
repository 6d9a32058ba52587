"""A relay with its guard down, for a proof that must notice: ``relay``'s own arguments.

Any account may read any order; or, where MIAOHUI_BROKEN names one, an admission as it once was.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from typing import Any, Final

from miaohui.relay.accounts.accounts import Accounts
from miaohui.relay.money import orderbook
from miaohui.relay.net import acceptor, connection, gateway, limits, socket
from miaohui.relay.net.admission import AdmissionLedger, LinkPlace
from miaohui.relay.net.origin import Origin, TrustedProxies
from miaohui.relay.orders import open_limits
from miaohui.relay.ports import Refused
from miaohui.relay.session import media
from miaohui.wire import machine

BROKEN: Final = "MIAOHUI_BROKEN"


def any_order() -> None:
    def anybody(conn: object, order: str, customer: str) -> object:
        del customer
        return orderbook.get(conn, order)  # type: ignore[arg-type]

    orderbook.get_own = anybody  # type: ignore[assignment]


def everybody_half_open() -> None:
    """No caps before hello, nobody paused for, nothing timed."""
    AdmissionLedger._make_room = lambda self, net: None  # type: ignore[method-assign]
    AdmissionLedger.knock = lambda self, net, now: True  # type: ignore[method-assign]
    AdmissionLedger.is_full = lambda self: False  # type: ignore[method-assign]
    socket.HANDSHAKE_S = acceptor.TLS_S = 60.0  # type: ignore[misc]
    acceptor.PAUSE_S = 0.0  # type: ignore[misc]


def one_crowd() -> None:
    """Guests take the places of members, for as long as they like."""
    real = gateway.Gateway.judge

    def judge(self: Any, line: Any, identity: Any) -> bool:
        if not self.ledger.guest(line.place):
            line.goodbye(gateway.Code.TOO_MANY, retry_ms=1000)
            return False
        return real(self, line, identity)

    gateway.Gateway.judge = judge  # type: ignore[method-assign]
    gateway.AcceptLimit.take = lambda self, now: 0  # type: ignore[method-assign]
    gateway.GUEST_LIFE_MS = 10**9  # type: ignore[misc]


def no_budget() -> None:
    """What a link sends is not counted, and what it sends too often passed over."""
    allow = socket.PicowsSocket.allow
    socket.PicowsSocket.allow = lambda self, budget: allow(self, limits.ENDLESS)  # type: ignore[method-assign]
    ping = connection.ClientConnection._ping

    def patient(self: Any, frame: Any, now: int) -> None:
        if self._gateway.ping_rate.take(self._key, now) == 0:
            ping(self, frame, now)

    connection.ClientConnection._ping = patient  # type: ignore[method-assign]


def one_turnstile() -> None:
    """Everybody's turn is counted together, and promised as far ahead as it takes."""
    take = gateway.AcceptLimit.take
    one = gateway.AcceptLimit(80)
    from miaohui.relay.net import accept_limit

    accept_limit.LONGEST_MS = 10**9

    def together(self: object, now: int) -> int:
        del self
        return take(one, now)

    gateway.AcceptLimit.take = together  # type: ignore[method-assign]


def any_header() -> None:
    """Whoever says where they come from is believed, by the first line; /64s are not known."""

    def origin(self: object, peer: str, lines: list[str]) -> Origin:
        del self
        said = lines[0].split(",")[-1].strip() if lines else peer
        return Origin(said, said)

    TrustedProxies.origin = origin  # type: ignore[assignment, method-assign]


def every_probe() -> None:
    """A page of log for each handshake that fails."""
    real = acceptor.Acceptor._connected

    async def loud(self: Any, link: Any, place: LinkPlace) -> asyncio.Transport:
        try:
            return await real(self, link, place)
        except OSError:
            logging.getLogger().handlers[0].filters.clear()
            logging.exception("handshake %s", id(link))
            raise

    acceptor.Acceptor._connected = loud  # type: ignore[method-assign]


def all_pictures() -> None:
    """As many pictures at once as are asked for, each chunk read before there is room."""

    async def stream_all(self: Any, lines: Any) -> None:
        media_id, offset = lines.pictures.popleft()
        path = self._folder / media_id
        raw = media.uuid.UUID(media_id).bytes
        while chunk := await self._on_disk(lambda at=offset: media._piece(path, at)):
            await lines.socket.drained()
            lines.socket.send_binary(media.pack_chunk(raw, offset, chunk))
            offset += len(chunk)

    media.PictureStore._stream_all = stream_all  # type: ignore[method-assign]
    socket.UNREAD_S = 10**6  # type: ignore[misc]


def open_orders() -> None:
    """As many quotes and unanswered orders as an account asks for."""
    open_limits.check_quotes_in = lambda *args: None
    open_limits.check_waiting_in = lambda *args: None


def endless_patience() -> None:
    """A link may send as many unreadable frames as it likes."""
    machine.BAD_FRAMES = 10**9


def locked_names() -> None:
    """Failures count by name alone, whoever they were by, and the right password waits as well."""
    real = Accounts.sign_in

    async def sign_in(self: Any, frame: Any, device: str, address: str) -> Any:
        self._attempts.check(frame.name, self._clock.mono())
        try:
            return await real(self, frame, device, address)
        except Refused:
            self._attempts.failed(frame.name, self._clock.mono())
            raise

    Accounts.sign_in = sign_in  # type: ignore[method-assign]


FAULTS: Final[dict[str, Callable[[], None]]] = {
    each.__name__: each
    for each in (
        any_order,
        everybody_half_open,
        one_crowd,
        no_budget,
        one_turnstile,
        any_header,
        every_probe,
        all_pictures,
        open_orders,
        endless_patience,
        locked_names,
    )
}

if __name__ == "__main__":
    FAULTS[os.environ.get(BROKEN, any_order.__name__)]()
    from miaohui.relay.cli import main

    sys.exit(main(sys.argv[1:]))
