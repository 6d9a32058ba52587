"""One WebSocket, server side: whole messages in, bounded bytes out.

picows parses frames (masks, opcodes, lengths, control frames, close codes) and leaves the rest of
RFC 6455 to its user: fragments, reserved bits, UTF-8 and the closing handshake are kept here. In a
turn of the loop all sockets are read; in the next one everything is done, in the one after that all
are written to: a processor is quickest at more of the same.
"""

import asyncio
import codecs
import logging
import ssl
import struct
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from picows import (
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    ws_create_server,
)

from miaohui.wire.limits import TEXT_FRAME_BYTES

log = logging.getLogger(__name__)

TEXT = WSMsgType.TEXT
BINARY = WSMsgType.BINARY
OUTGOING_BYTES = 1024 * 1024  # a reader that lets more pile up is cut; it resumes by position
HANDSHAKE_S = 3.0
LINGER_S = 0.2  # how long a closing handshake may take
_UTF8 = codecs.getincrementaldecoder("utf-8")


class Ears(Protocol):
    """A socket's listener. Called on the loop; must not block."""

    def opened(self, socket: "Socket") -> None: ...

    def text(self, data: bytes) -> None: ...

    def binary(self, data: bytes) -> None: ...

    def closed(self) -> None: ...


class Socket(Protocol):
    """A WebSocket as the gateway sees it."""

    address: str

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
    """A Socket over picows."""

    def __init__(self, ears: Ears, turn: _Turn, *, behind_proxy: bool) -> None:
        self.address = ""
        self._ears = ears
        self._turn = turn
        self._behind_proxy = behind_proxy
        self._loop = asyncio.get_running_loop()
        self._transport: WSTransport | None = None
        self._under: asyncio.Transport | None = None
        self._queue: list[bytes] = []
        self._texts: list[bytes] = []  # heard, and not handed on yet
        self._parts: list[bytes] = []
        self._parts_size = 0
        self._parts_type: WSMsgType | None = None
        self._words = _UTF8()
        self._room = asyncio.Event()
        self._room.set()

    # -- from picows -----------------------------------------------------------------------------

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._under = transport.underlying_transport
        peer = self._under.get_extra_info("peername")
        self.address = str(peer[0]) if isinstance(peer, tuple) else "local"
        if self._behind_proxy:
            forwarded = transport.request.headers.get("X-Forwarded-For", "")
            # The last one is what our own proxy saw; those before are the client's word.
            self.address = forwarded.rpartition(",")[2].strip()[:64] or self.address
        self._ears.opened(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if self._transport is None:
            return
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._refuse(1002, "reserved bits")
            return
        kind = frame.msg_type
        if kind is TEXT or kind is BINARY:
            if self._parts_type is not None:
                self._refuse(1002, "a message inside a message")
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

    def resume_writing(self) -> None:
        self._room.set()

    def _part(self, frame: WSFrame) -> None:
        self._parts_size += frame.payload_size
        if self._parts_size > TEXT_FRAME_BYTES:
            self._refuse(1009, "too large")
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

    def _gone(self) -> None:
        if self._transport is None:
            return
        self._transport = None
        self._queue.clear()
        self._texts.clear()
        self._parts.clear()
        self._room.set()
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
        if self._under.get_write_buffer_size() + len(data) > OUTGOING_BYTES:
            self.abort()
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
        tls: ssl.SSLContext | None = None,
        behind_proxy: bool = False,
    ) -> Listening: ...


async def listen(
    make_ears: Callable[[], Ears],
    host: str,
    port: int,
    *,
    tls: ssl.SSLContext | None = None,
    behind_proxy: bool = False,
) -> asyncio.Server:
    """A listening server; every connection that shakes hands gets its own ears."""

    turn = _Turn()

    def accept(request: WSUpgradeRequest) -> Any:
        return PicowsSocket(make_ears(), turn, behind_proxy=behind_proxy)

    return await ws_create_server(
        accept,
        host,
        port,
        ssl=tls,
        websocket_handshake_timeout=HANDSHAKE_S,
        # picows would answer pings before their reserved bits could be looked at.
        enable_auto_pong=False,
        max_frame_size=TEXT_FRAME_BYTES,
        logger_name="relay",
        reuse_address=True,
    )
