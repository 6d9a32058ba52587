"""The listener that hears providers' notices: POST of ``/notices/PROVIDER`` on loopback, behind the
proxy that holds the certificate. A notice only makes the next question earlier."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from miaohui.relay.ports import Refused
from miaohui.runtime.tasks import Tasks

HEAD_BYTES: Final = 16 * 1024
BODY_BYTES: Final = 64 * 1024
WHOLE_S: Final = 5.0
AT_ONCE: Final = 64
_REQUEST: Final = re.compile(r"POST /notices/([a-z]{1,16}) HTTP/1\.[01]", re.ASCII)

HearNotice = Callable[[str, Mapping[str, str], bytes], Awaitable[bytes]]
"""(provider, headers, the raw body) → what the provider wants to hear; Refused where it is not to
be believed."""


class NoticeListener:
    """Takes a notice only when it was kept: what was not is sent again by its provider."""

    def __init__(self, tasks: Tasks, hear: HearNotice) -> None:
        self._tasks = tasks
        self._hear = hear
        self._open = 0
        self._server: asyncio.Server | None = None
        self.port = 0

    async def listen(self, host: str, port: int) -> None:
        self._server = await asyncio.start_server(self._accept, host, port, limit=HEAD_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._open >= AT_ONCE:
            writer.transport.abort()
            return
        self._open += 1
        self._tasks.start(self._serve(reader, writer), "notice")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(WHOLE_S):
                status, body = await self._answer(reader)
                head = (
                    f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\n"
                    f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                )
                writer.write(head.encode("ascii") + body)
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            return
        finally:
            self._open -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[str, bytes]:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.LimitOverrunError:
            return "431 Request Header Fields Too Large", b"too long\n"
        line, *rest = head.split("\r\n")
        found = _REQUEST.fullmatch(line)
        if found is None:
            return "404 Not Found", b"not found\n"
        headers = {}
        for each in rest:
            name, colon, value = each.partition(":")
            if colon:
                headers[name.strip().lower()] = value.strip()
        length = headers.get("content-length", "")
        if not length.isascii() or not length.isdigit() or int(length) > BODY_BYTES:
            return "413 Content Too Large", b"too long\n"
        raw = await reader.readexactly(int(length))
        try:
            return "200 OK", await self._hear(found[1], headers, raw)
        except Refused:
            return "401 Unauthorized", b"not believed\n"
        except Exception:
            return "500 Internal Server Error", b"not kept\n"
