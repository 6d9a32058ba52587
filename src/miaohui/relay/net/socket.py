"""One WebSocket, server side: whole messages in, bounded bytes out.

picows parses frames (masks, opcodes, lengths, control frames, close codes) and leaves the rest of
RFC 6455 to its user: fragments, reserved bits, UTF-8 and the closing handshake are kept here. In a
turn of the loop all sockets are read; in the next one everything is done, in the one after that all
are written to: a processor is quickest at more of the same.
"""

import asyncio
import codecs
import logging
import struct
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Protocol

from picows import (
    WSAutoPingStrategy,
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)
from picows.picows import WSProtocol  # type: ignore[attr-defined]

from miaohui.relay.net.acceptor import Acceptor, Tls
from miaohui.relay.net.admission import AdmissionLedger, AdmissionLimits, LinkPlace, LinkRefusal
from miaohui.relay.net.limits import ENDLESS, LinkBudget
from miaohui.relay.net.origin import FORWARDED, Origin, TrustedProxies
from miaohui.wire.limits import TEXT_FRAME_BYTES

log = logging.getLogger(__name__)

TEXT = WSMsgType.TEXT
BINARY = WSMsgType.BINARY
HANDSHAKE_S = 3.0
UNREAD_S = 10.0  # so long nothing of a pile may be read
CHUNK_BYTES = 16 * 1024  # from here on a binary frame is counted by its bytes alone
READ_BYTES = 4 * 1024  # of a link's buffer at first; it grows with what comes
LINGER_S = 0.2  # how long a closing handshake may take
_UTF8 = codecs.getincrementaldecoder("utf-8")
# An adapter, since picows makes a logger of its own for each link of a plain one.
_quiet = logging.LoggerAdapter(logging.getLogger("picows.relay"), {})


class Ears(Protocol):
    """A socket's listener. Called on the loop; must not block."""

    def opened(self, socket: "Socket") -> None: ...

    def text(self, data: bytes) -> None: ...

    def binary(self, data: bytes) -> None: ...

    def overspent(self, what: LinkRefusal) -> None:
        """The peer sent more than its budget, and the socket is to be closed; or it reads too slowly,
        and the socket cuts it behind this."""
        ...

    def too_large(self) -> None:
        """The peer sent a message beyond its budget's; the socket is closed behind this."""
        ...

    def closed(self) -> None: ...


class Socket(Protocol):
    """A WebSocket as the gateway sees it. ``place``: in the ledger, where it has one already."""

    origin: Origin
    place: LinkPlace | None

    def allow(self, budget: LinkBudget) -> None:
        """From now on this much."""
        ...

    def send(self, data: bytes) -> None:
        """Queues a text message; all that is queued in one turn of the loop leaves together."""
        ...

    def send_binary(self, data: bytes) -> None: ...

    async def drained(self) -> None:
        """Returns when the peer has taken enough for more, or is gone."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """Sends what is queued, then the closing handshake, then cuts."""
        ...

    def abort(self) -> None: ...


_short = struct.Struct(">BB").pack
_medium = struct.Struct(">BBH").pack
_long = struct.Struct(">BBQ").pack


def _head(opcode: int, size: int) -> bytes:
    """The header of a whole, unmasked frame."""
    first = 0x80 | opcode
    if size < 126:
        return _short(first, size)
    return _medium(first, 126, size) if size < 65_536 else _long(first, 127, size)


class _Turn:
    """A server's sockets in this turn of the loop: those that heard something, and those with
    something to say. One call of the loop's for all of them."""

    __slots__ = ("_heard", "_loop", "_saying")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._heard: list[PicowsSocket] = []
        self._saying: list[PicowsSocket] = []

    def hears(self, socket: "PicowsSocket") -> None:
        if not self._heard:
            self._loop.call_soon(self._hand_on)
        self._heard.append(socket)

    def says(self, socket: "PicowsSocket") -> None:
        if not self._saying:
            self._loop.call_soon(self._flush)
        self._saying.append(socket)

    def _hand_on(self) -> None:
        sockets, self._heard = self._heard, []
        for socket in sockets:
            socket.hand_on()

    def _flush(self) -> None:
        sockets, self._saying = self._saying, []
        for socket in sockets:
            try:
                socket.flush()
            except Exception:
                log.exception("a write")


class PicowsSocket(WSListener):
    """A Socket over picows.

    What comes is counted before it is decoded: bytes as they are read, frames of every opcode as
    they are found. The counters run down, and only when one is used up is the clock looked at.
    """

    def __init__(
        self, ears: Ears, turn: _Turn, place: LinkPlace | None, budget: LinkBudget
    ) -> None:
        self.origin = Origin()
        self.place = place
        self.bytes_left = 0
        self._frames_left = 0
        self._loop = asyncio.get_running_loop()
        self.allow(budget)
        self._ears = ears
        self._turn = turn
        self._transport: WSTransport | None = None
        self._under: asyncio.Transport | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._queue: list[bytes] = []
        self._texts: list[bytes] = []  # heard, and not handed on yet
        self._parts: list[bytes] = []
        self._parts_size = 0
        self._parts_type: WSMsgType | None = None
        self._words = _UTF8()
        self._room = asyncio.Event()
        self._room.set()

    def allow(self, budget: LinkBudget) -> None:
        self._budget = budget
        self._message_bytes = budget.message_bytes
        self._outgoing_bytes = budget.outgoing_bytes
        self.bytes_left = int(budget.bytes.burst)
        self._frames_left = int(budget.frames.burst)
        self._bytes_at = self._frames_at = self._loop.time()

    def more_bytes(self) -> bool:
        """Whether the bytes that came are within what was earned since the last time."""
        if self._transport is None:
            return False
        rate, now = self._budget.bytes, self._loop.time()
        self.bytes_left += int(min(rate.burst, (now - self._bytes_at) * rate.per_second))
        self._bytes_at = now
        if self.bytes_left < 0:
            if self._budget.shaped and self._under is not None:
                self._under.pause_reading()
                self._loop.call_later(-self.bytes_left / rate.per_second, self._read_on)
            else:
                self._ears.overspent(LinkRefusal.BYTES)
        return self._transport is not None

    def _read_on(self) -> None:
        if self._transport is not None and self._under is not None:
            self._under.resume_reading()

    def _more_frames(self) -> bool:
        rate, now = self._budget.frames, self._loop.time()
        self._frames_left += int(min(rate.burst, (now - self._frames_at) * rate.per_second))
        self._frames_at = now
        if self._frames_left < 0:
            self._ears.overspent(LinkRefusal.FRAMES)
        return self._transport is not None

    # -- from picows -----------------------------------------------------------------------------

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._under = transport.underlying_transport
        self._ears.opened(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if self._transport is None:
            return
        # A picture's pieces are counted by their bytes; there are far more of them than of words.
        if frame.payload_size < CHUNK_BYTES or frame.msg_type is not BINARY:
            self._frames_left -= 1
        if self._frames_left < 0 and not self._more_frames():
            return
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._refuse(1002, "reserved bits")
            return
        kind = frame.msg_type
        if kind is TEXT or kind is BINARY:
            if self._parts_type is not None:
                self._refuse(1002, "a message inside a message")
                return
            if frame.payload_size > self._message_bytes:
                self._too_large()
                return
            if not frame.fin:
                self._parts_type = kind
                self._words.reset()
                self._part(frame)
                return
            data = frame.get_payload_as_bytes()
        elif kind == WSMsgType.CONTINUATION:
            if self._parts_type is None:
                self._refuse(1002, "a continuation of nothing")
                return
            self._part(frame)
            if not frame.fin or self._transport is None or self._parts_type is None:
                return
            data, kind = b"".join(self._parts), self._parts_type
            self._parts, self._parts_size, self._parts_type = [], 0, None
        else:
            self._control(frame)
            return
        if kind is BINARY:
            self.hand_on()
            if self._transport is not None:
                self._ears.binary(data)
            return
        if not _is_utf8(data):
            self._refuse(1007, "not UTF-8")
            return
        if not self._texts:
            self._turn.hears(self)
        self._texts.append(data)

    def _control(self, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.PING:
            self._put(0xA, frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            self._refuse(_answer_to(frame.get_payload_as_bytes()))

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.hand_on()
        self._gone()

    def pause_writing(self) -> None:
        self._room.clear()
        if self._unread is None:
            self._unread = self._loop.call_later(UNREAD_S, self._not_read)

    def resume_writing(self) -> None:
        self._room.set()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _not_read(self) -> None:
        """Nothing more is said to who does not listen, not even why."""
        if self._transport is not None:
            self._ears.overspent(LinkRefusal.UNREAD)
            self.abort()

    def _part(self, frame: WSFrame) -> None:
        self._parts_size += frame.payload_size
        if self._parts_size > self._message_bytes:
            self._too_large()
            return
        data = frame.get_payload_as_bytes()
        if self._parts_type == WSMsgType.TEXT:
            # What no later part can mend ends here, not at the message's end.
            try:
                self._words.decode(data, frame.fin)
            except UnicodeDecodeError:
                self._refuse(1007, "not UTF-8")
                return
        self._parts.append(data)

    def hand_on(self) -> None:
        """Passes on what was heard, up to where the link ends."""
        texts, self._texts = self._texts, []
        try:
            for data in texts:
                if self._transport is None:
                    return
                self._ears.text(data)
        except Exception:
            log.exception("a message")
            self.close(1011)

    def _refuse(self, code: int, reason: str = "") -> None:
        """Closes because of a frame; those before it count."""
        self.hand_on()
        self.close(code, reason)

    def _too_large(self) -> None:
        self.hand_on()
        if self._transport is not None:
            self._ears.too_large()
        if self._transport is not None and not self._transport.is_close_frame_sent:
            self.close(1009, "too_large")

    def _gone(self) -> None:
        if self._transport is None:
            return
        self._transport = None
        self._queue.clear()
        self._texts.clear()
        self._parts.clear()
        self.resume_writing()
        self._ears.closed()

    # -- to the peer -----------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        if self._transport is None:
            return
        queue = self._queue
        if not queue:
            self._turn.says(self)
        size = len(data)
        queue.append(_medium(0x81, 126, size) if 125 < size < 65_536 else _head(0x1, size))
        queue.append(data)

    def send_binary(self, data: bytes) -> None:
        self._put(0x2, data)

    def _put(self, opcode: int, data: bytes) -> None:
        if self._transport is None:
            return
        if not self._queue:
            self._turn.says(self)
        self._queue.append(_head(opcode, len(data)))
        self._queue.append(data)

    def flush(self) -> None:
        """Writes what was said in this turn of the loop."""
        if not self._queue or self._transport is None or self._under is None:
            return
        data = b"".join(self._queue)
        self._queue.clear()
        if self._under.is_closing() or self._transport.is_close_frame_sent:
            return
        if self._under.get_write_buffer_size() + len(data) > self._outgoing_bytes:
            self._not_read()
            return
        self._under.write(data)

    async def drained(self) -> None:
        await self._room.wait()

    def close(self, code: int, reason: str = "") -> None:
        transport = self._transport
        if transport is None:
            return
        self.flush()
        if self._transport is None:
            return
        if not transport.is_close_frame_sent:
            # picows knows codes as an enum and puts whatever integer it is given on the wire.
            named: Any = WSCloseCode(code) if code in _NAMED else code
            transport.send_close(named, reason.encode())
        if self._under is not None and self._under.can_write_eof():
            # Closing at once, with something unread, would tear the close frame out of the peer's
            # hands; so what still comes is read, and passed over.
            try:
                self._under.write_eof()
            except OSError:
                transport.disconnect(False)  # the peer tore it down, and that is not heard yet
        else:
            transport.disconnect()
        self._loop.call_later(LINGER_S, self._cut, transport)
        self._gone()

    @staticmethod
    def _cut(transport: WSTransport) -> None:
        if not transport.is_disconnected:
            transport.disconnect(False)

    def abort(self) -> None:
        transport = self._transport
        if transport is not None:
            transport.disconnect(False)
            self._gone()


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _answer_to(payload: bytes) -> int:
    """The code that answers a close frame: its own, where it is one that may be sent."""
    if not payload:
        return 1000
    code = int.from_bytes(payload[:2], "big")
    return code if code in _SENDABLE or 3000 <= code <= 4999 else 1002


_SENDABLE = frozenset((1000, 1001, 1002, 1003, *range(1007, 1015)))
_NAMED = frozenset(code.value for code in WSCloseCode)


class Listening(Protocol):
    """A door that stands open."""

    @property
    def sockets(self) -> Sequence[Any]: ...

    def close(self) -> None: ...


class Listen(Protocol):
    """Opens a door: ``listen``, or a simulated one."""

    async def __call__(
        self,
        make_ears: Callable[[], Ears],
        host: str,
        port: int,
        *,
        ledger: AdmissionLedger,
        budget: LinkBudget,
        tls: Tls | None = None,
        proxies: TrustedProxies,
    ) -> Listening: ...


class _Metered(WSProtocol):  # type: ignore[misc]
    """picows' protocol behind the count of bytes, and with its place in the ledger."""

    def __init__(self, accept: Callable[["_Metered", WSUpgradeRequest], Any], gone: Any) -> None:
        super().__init__(
            None,
            None,
            False,
            lambda request: accept(self, request),
            _quiet,
            True,
            HANDSHAKE_S,
            False,  # no pings of its own
            20,
            20,
            WSAutoPingStrategy.PING_WHEN_IDLE,
            False,  # it would answer pings before their reserved bits could be looked at
            TEXT_FRAME_BYTES,
            None,
            READ_BYTES,
        )
        self._gone = gone

    def buffer_updated(self, nbytes: int) -> None:
        socket: Any = self.listener
        if socket is not None:
            socket.bytes_left -= nbytes
            if socket.bytes_left < 0 and not socket.more_bytes():
                return  # what comes after the end is passed over unread
        super().buffer_updated(nbytes)

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone()
        if self.transport is not None:  # else TLS never came about
            super().connection_lost(exc)


def upgradable(request: WSUpgradeRequest) -> WSUpgradeResponseWithListener | None:
    """Reads the request as RFC 6455 asks (lists of tokens, any case, over several lines) and puts
    it as picows wants it; an answer where it cannot be upgraded."""
    headers = request.headers
    if headers.get("Sec-WebSocket-Version", "").strip() != "13":
        return WSUpgradeResponseWithListener(
            WSUpgradeResponse.create_error_response(
                HTTPStatus.UPGRADE_REQUIRED,
                b"426 WebSocket 13 only",
                {"Sec-WebSocket-Version": "13", "Upgrade": "websocket"},
            ),
            None,
        )
    for name, wanted in (("Connection", "upgrade"), ("Upgrade", "websocket")):
        tokens = [
            token.strip().lower() for line in headers.getall(name, []) for token in line.split(",")
        ]
        if wanted in tokens:
            headers[name] = wanted
    return None


async def listen(
    make_ears: Callable[[], Ears],
    host: str,
    port: int,
    *,
    ledger: AdmissionLedger | None = None,
    budget: LinkBudget = ENDLESS,
    tls: Tls | None = None,
    proxies: TrustedProxies | None = None,
) -> Acceptor:
    """A listening server; every connection that shakes hands gets its own ears."""
    book = ledger or AdmissionLedger(AdmissionLimits.free())
    believed = proxies or TrustedProxies()

    turn = _Turn()

    def make(place: LinkPlace) -> WSProtocol:
        def accept(protocol: _Metered, request: WSUpgradeRequest) -> Any:
            refused = upgradable(request)
            if refused is not None:
                return refused
            socket = PicowsSocket(make_ears(), turn, place, budget)
            peer = protocol.transport.underlying_transport.get_extra_info("peername")
            address = str(peer[0]) if isinstance(peer, tuple) and peer else "local"
            socket.origin = believed.origin(address, request.headers.getall(FORWARDED, []))
            book.move(place, socket.origin.net)
            return socket

        return _Metered(accept, lambda: book.closed(place))

    acceptor = Acceptor(make, book, tls=tls, proxies=believed)
    await acceptor.listen(host, port)
    return acceptor
