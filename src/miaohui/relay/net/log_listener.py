"""The listener that serves the log of receipts: GET of a few paths over HTTP/1.1, and nothing else.

It stands beside the socket of the sessions, so that whoever reads the log for hours takes nothing
from who chats. Tiles never change; the checkpoint, the sums and proofs do, so they are not kept.
"""

import asyncio
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from miaohui.promise.succession import key_lines
from miaohui.receiptlog.tiles import Tile, tile_at
from miaohui.relay.net.acceptor import Acceptor
from miaohui.relay.net.admission import AdmissionLedger, AdmissionLimits, LinkPlace
from miaohui.relay.net.origin import TrustedProxies
from miaohui.relay.net.tls import ServerTls
from miaohui.relay.storage.keys import HeldKey
from miaohui.relay.storage.receipt_log import (
    checkpoint_in,
    name_in,
    proof_in,
    sums_in,
    tile_in,
)
from miaohui.relay.storage.store import Store
from miaohui.runtime.tasks import Tasks

HEAD_BYTES: Final = 8 * 1024
HEAD_S: Final = 5.0
ANSWER_S: Final = 30.0
LINGER_S: Final = 1.0
AT_ONCE: Final = 64  # beyond it they are told to come again
AT_MOST: Final = 4 * AT_ONCE  # beyond it they are told nothing
PREFIX: Final = "/log/"
_PROOF: Final = re.compile(r"proof/([0-9a-f]{64})", re.ASCII)
_REQUEST: Final = re.compile(r"([A-Z]{1,16}) (/[!-~]{0,512}) HTTP/1\.[01]", re.ASCII)
_TEXT: Final = "text/plain; charset=utf-8"
_JSON: Final = "application/json"
_BYTES: Final = "application/octet-stream"
_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_FRESH: Final = "no-cache"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: status, kind of content, how long it may be kept, the bytes."""

    status: str
    kind: str = _TEXT
    keep: str = _FRESH
    body: bytes = b""

    def head(self) -> bytes:
        lines = (
            f"HTTP/1.1 {self.status}",
            f"Content-Type: {self.kind}",
            f"Content-Length: {len(self.body)}",
            f"Cache-Control: {self.keep}",
            "X-Content-Type-Options: nosniff",
            "Connection: close",
        )
        return "\r\n".join((*lines, "", "")).encode("ascii")


BAD_REQUEST: Final = Answer("400 Bad Request", body=b"400 bad request\n")
NOT_FOUND: Final = Answer("404 Not Found", body=b"404 not found\n")
ONLY_GET: Final = Answer("405 Method Not Allowed", body=b"405 only GET and HEAD\n")
TOO_LONG: Final = Answer("431 Request Header Fields Too Large", body=b"431 too long\n")
BUSY: Final = Answer("503 Service Unavailable", body=b"503 busy\n")


class _Booked(asyncio.StreamReaderProtocol):
    """A reader's connection, which keeps its place among the half-open ones: it is short."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        met: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None],
        ledger: AdmissionLedger,
        place: LinkPlace,
    ) -> None:
        super().__init__(reader, met)
        self._ledger = ledger
        self._place = place

    def connection_lost(self, exc: Exception | None) -> None:
        self._ledger.closed(self._place)
        super().connection_lost(exc)


class LogListener:
    """The log of one relay, under its name and its key."""

    def __init__(self, store: Store, tasks: Tasks, key: HeldKey, origin: str) -> None:
        self.origin = origin
        self.url = ""
        self._store = store
        self._tasks = tasks
        self._key = key
        self._open = 0
        self._server: Acceptor | None = None

    @classmethod
    async def start(
        cls, store: Store, tasks: Tasks, key: HeldKey, origin: str | None
    ) -> "LogListener":
        """Gives the log its name, where it has none; NameTaken where it has another."""
        # A name that nobody else has, and that no reader takes for an address.
        fallback = f"miaohui.invalid/{key.now.key_id}/{await store.read(_fresh_name)}"
        name = await store.write(lambda conn: name_in(conn, origin, fallback))
        return cls(store, tasks, key, name)

    async def listen(
        self,
        host: str,
        port: int,
        *,
        ledger: AdmissionLedger | None = None,
        tls: ServerTls | None = None,
        proxies: TrustedProxies | None = None,
    ) -> None:
        book = ledger or AdmissionLedger(AdmissionLimits.free())

        def make(place: LinkPlace) -> asyncio.StreamReaderProtocol:
            reader = asyncio.StreamReader(limit=HEAD_BYTES)
            return _Booked(reader, self._accept, book, place)

        self._server = Acceptor(
            make,
            book,
            tls=None if tls is None else tls.current,
            proxies=proxies or TrustedProxies(),
        )
        await self._server.listen(host, port)
        port = self._server.sockets[0].getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        self.url = f"{'http' if tls is None else 'https'}://{shown}:{port}{PREFIX.rstrip('/')}"

    def close(self) -> None:
        """Takes no more requests; those under way belong to ``tasks``."""
        if self._server is not None:
            self._server.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._open >= AT_MOST:
            writer.transport.abort()
            return
        self._open += 1
        self._tasks.start(self._serve(reader, writer), "log request")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(HEAD_S):
                method, answer = await self._heard(reader)
            writer.write(answer.head() if method == "HEAD" else answer.head() + answer.body)
            async with asyncio.timeout(ANSWER_S):
                await writer.drain()
            if answer is TOO_LONG and writer.can_write_eof():
                # Closing with something unread would tear the answer out of the peer's hands.
                writer.write_eof()
                async with asyncio.timeout(LINGER_S):
                    while await reader.read(HEAD_BYTES):
                        pass
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            return  # whoever asked is gone, or too slow
        finally:
            self._open -= 1
            writer.close()

    async def _heard(self, reader: asyncio.StreamReader) -> tuple[str, Answer]:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            return "", TOO_LONG
        line = head.partition(b"\r\n")[0].decode("latin-1")
        found = _REQUEST.fullmatch(line)
        if found is None:
            return "", BAD_REQUEST
        method, path = found[1], found[2]
        if self._open > AT_ONCE:
            return method, BUSY
        if method not in ("GET", "HEAD"):
            return method, ONLY_GET
        if not path.startswith(PREFIX):
            return method, NOT_FOUND
        try:
            return method, await self._answer(path.removeprefix(PREFIX))
        except sqlite3.Error:
            return method, BUSY

    async def _answer(self, path: str) -> Answer:
        key, origin = self._key.now, self.origin
        read = self._store.read
        if path == "checkpoint":
            note = await read(lambda conn: checkpoint_in(conn, origin, key.private))
            return Answer("200 OK", body=note)
        if path == "keys":
            return Answer("200 OK", body=key_lines(key.public_hex, key.steps))
        if path == "sums.json":
            public = bytes.fromhex(key.public_hex)
            return Answer(
                "200 OK", _JSON, body=await read(lambda conn: sums_in(conn, origin, public))
            )
        asked = _PROOF.fullmatch(path)
        if asked is not None:
            own = bytes.fromhex(asked[1])
            proof = await read(lambda conn: proof_in(conn, origin, key.private, own))
            return NOT_FOUND if proof is None else Answer("200 OK", body=proof)
        tile = tile_at(path)
        return NOT_FOUND if tile is None else await self._tile(tile)

    async def _tile(self, tile: Tile) -> Answer:
        data = await self._store.read(lambda conn: tile_in(conn, tile))
        if data is None:
            return NOT_FOUND
        return Answer("200 OK", _BYTES, _FOR_GOOD, data)


def _fresh_name(conn: sqlite3.Connection) -> str:
    """Eight digits that no other log of this key has."""
    (name,) = conn.execute("SELECT lower(hex(randomblob(4)))").fetchone()
    return str(name)
