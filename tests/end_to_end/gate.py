"""A gate on the way between an app and a relay: bytes are let through, held, or cut, in each
direction, and counted."""

import asyncio
import contextlib
from urllib.parse import urlsplit

from miaohui.runtime.tasks import Tasks


class Direction:
    """One way. ``held``: bytes that wait; ``passed``: that went through, over all links."""

    def __init__(self) -> None:
        self.held = 0
        self.passed = 0
        self._open = asyncio.Event()
        self._open.set()
        self._moved = asyncio.Event()

    def hold(self) -> None:
        self._open.clear()

    def let(self) -> None:
        self._open.set()

    async def until_held(self, count: int) -> None:
        while self.held < count:
            self._moved.clear()
            await self._moved.wait()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pipe: asyncio.Queue[bytes] = asyncio.Queue()

        async def take() -> None:
            while data := await reader.read(65_536):
                self.held += len(data)
                self._moved.set()
                pipe.put_nowait(data)
            pipe.put_nowait(b"")

        async def give() -> None:
            while data := await pipe.get():
                await self._open.wait()
                self.held -= len(data)
                self.passed += len(data)
                writer.write(data)
                await writer.drain()

        mine = Tasks()
        tasks = [mine.start(take(), "take"), mine.start(give(), "give")]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if tasks[0].done() and not tasks[1].done() and self._open.is_set():
                await tasks[1]
        finally:
            await mine.close()
            while not pipe.empty():
                self.held -= len(pipe.get_nowait())


class Gate:
    """``url``: where an app reaches the relay through it."""

    def __init__(self, relay_url: str) -> None:
        where = urlsplit(relay_url)
        self._to = (where.hostname, where.port)
        self.up, self.down = Direction(), Direction()
        self._tasks = Tasks()
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.StreamWriter] = set()
        self.url = ""

    async def __aenter__(self) -> "Gate":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await self._tasks.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection(*self._to)
            self._links |= {writer, far_writer}
            ways = [
                self._tasks.start(self.up.carry(reader, far_writer), "up"),
                self._tasks.start(self.down.carry(far_reader, writer), "down"),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for each in ways:
                each.cancel()
            for each in (writer, far_writer):
                self._links.discard(each)
                each.transport.abort()

    def cut(self) -> None:
        """Ends every link that stands."""
        for each in tuple(self._links):
            each.transport.abort()
