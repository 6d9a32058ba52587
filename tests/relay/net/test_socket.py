"""The socket against RFC 6455, over real TCP with hand-made frames."""

import asyncio
import base64
import json
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from miaohui.relay.host.server import Options, Relay
from miaohui.relay.net.admission import AdmissionLedger, AdmissionLimits, LinkRefusal
from miaohui.relay.net.limits import ENDLESS, LinkBudget, Rate
from miaohui.relay.net.socket import Socket, listen
from miaohui.wire.limits import PROTOCOL

PING = json.dumps({"type": "ping", "t1": 1}).encode()
HELLO = json.dumps({"type": "hello", "protocol": PROTOCOL, "client": "raw", "device": "d"}).encode()


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0) -> bytes:
    """A masked frame."""
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 65_536:
        head = bytes((first, 0x80 | 126)) + struct.pack(">H", size)
    else:
        head = bytes((first, 0x80 | 127)) + struct.pack(">Q", size)
    mask = b"\x01\x02\x03\x04"
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


class Raw:
    """A client that sends whatever it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, *frames: bytes) -> None:
        self.writer.write(b"".join(frames))

    async def next(self) -> tuple[int, bytes]:
        """(opcode, payload) of the next frame; (-1, b"") at the end."""
        async with asyncio.timeout(10):
            try:
                first, second = await self.reader.readexactly(2)
                size = second & 0x7F
                if size == 126:
                    (size,) = struct.unpack(">H", await self.reader.readexactly(2))
                elif size == 127:
                    (size,) = struct.unpack(">Q", await self.reader.readexactly(8))
                return first & 0x0F, await self.reader.readexactly(size)
            except (asyncio.IncompleteReadError, ConnectionResetError):
                return -1, b""

    async def closed(self) -> int:
        """The code with which the relay closes, whatever it says before; 1006 without one."""
        while True:
            opcode, payload = await self.next()
            if opcode == 8:
                code: int = struct.unpack(">H", payload[:2])[0]
                return code
            if opcode == -1:
                return 1006


Script = Callable[[Raw], Awaitable[None]]


@pytest.fixture
def talk(tmp_path: Path) -> Callable[[Script], None]:
    """Runs a script over a fresh connection to a fresh relay."""

    def run(script: Script) -> None:
        async def whole() -> None:
            relay = await Relay.start(Options(data=tmp_path / "relay"))
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
                key = base64.b64encode(os.urandom(16)).decode()
                writer.write(
                    f"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
                )
                await reader.readuntil(b"\r\n\r\n")
                try:
                    await script(Raw(reader, writer))
                finally:
                    writer.close()
            finally:
                await relay.stop()

        asyncio.run(whole())

    return run


def test_a_message_in_pieces_with_a_ping_between_is_one(talk: Callable[..., None]) -> None:
    async def script(raw: Raw) -> None:
        raw.send(
            frame(1, HELLO[:5], fin=False),
            frame(9, b"are you there"),
            frame(0, HELLO[5:9], fin=False),
            frame(0, HELLO[9:]),
        )
        assert await raw.next() == (10, b"are you there")
        opcode, payload = await raw.next()
        assert (opcode, json.loads(payload)["type"]) == (1, "welcome")

    talk(script)


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([frame(1, HELLO, rsv=4)], 1002),
        ([frame(9, b"x", rsv=1)], 1002),
        ([frame(0, b"nothing before")], 1002),
        ([frame(1, b"a", fin=False), frame(1, b"b")], 1002),
        ([frame(3, b"x")], 1002),
        ([frame(9, b"x", fin=False)], 1002),
        ([frame(1, b"\xff\xfe")], 1007),
        ([frame(1, b"\xe4\xb8", fin=False), frame(0, b"\x41")], 1007),
        ([frame(1, b"x" * 65_537)], 1009),
        ([frame(1, b"x" * 6_000, fin=False), frame(0, b"x" * 6_000)], 1009),
        ([frame(8, struct.pack(">H", 1000))], 1000),
        ([frame(8, struct.pack(">H", 3000))], 3000),
        ([frame(8)], 1000),
        ([frame(8, b"\x03")], 1002),
        ([frame(8, struct.pack(">H", 1005))], 1002),
        ([frame(8, struct.pack(">H", 1006))], 1002),
        ([frame(8, struct.pack(">H", 0))], 1002),
        ([frame(8, struct.pack(">H", 5000))], 1002),
        ([frame(1, b"\xf4\x90", fin=False)], 1007),
        ([frame(8, struct.pack(">H", 1000) + b"\xff")], 1007),
        ([frame(2, b"binary before hello")], 1008),
        ([frame(1, PING)], 1008),
    ],
)
def test_what_breaks_the_protocol_is_closed_with_its_code(
    talk: Callable[..., None], frames: list[bytes], code: int
) -> None:
    async def script(raw: Raw) -> None:
        raw.send(*frames)
        assert await raw.closed() == code

    talk(script)


def test_a_text_split_inside_a_character_is_whole_again(talk: Callable[..., None]) -> None:
    async def script(raw: Raw) -> None:
        text = json.dumps({"type": "nobody", "id": "中"}, ensure_ascii=False).encode()
        raw.send(frame(1, HELLO), frame(1, text[:-3], fin=False), frame(0, text[-3:]))
        await raw.next()
        opcode, payload = await raw.next()
        assert opcode == 1
        assert json.loads(payload)["code"] == "bad_frame"

    talk(script)


class Echo:
    """Ears that say what they hear, and end what spends too much."""

    def __init__(self) -> None:
        self.spent: list[LinkRefusal] = []

    def opened(self, socket: Socket) -> None:
        self.socket = socket

    def text(self, data: bytes) -> None:
        self.socket.send(data)

    def binary(self, data: bytes) -> None:
        self.socket.send_binary(data)

    def overspent(self, what: LinkRefusal) -> None:
        self.spent.append(what)
        self.socket.close(1008, "too_many")

    def too_large(self) -> None:
        return

    def closed(self) -> None:
        return


def echoed(script: Callable[[Raw, Echo], Awaitable[None]], budget: LinkBudget = ENDLESS) -> None:
    """Runs a script over a connection to a socket with nothing but an echo behind it."""

    async def whole() -> None:
        ears = Echo()
        ledger = AdmissionLedger(AdmissionLimits.free())
        server = await listen(lambda: ears, "127.0.0.1", 0, ledger=ledger, budget=budget)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(UPGRADE.encode() + b"\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        try:
            await script(Raw(reader, writer), ears)
        finally:
            writer.close()
            server.close()
            await empty(ledger)

    asyncio.run(whole())


async def empty(ledger: AdmissionLedger) -> None:
    """Until no link holds a descriptor any more."""
    async with asyncio.timeout(10):
        while ledger.open:  # noqa: ASYNC110
            await asyncio.sleep(0)


def test_a_reader_that_does_not_read_is_cut() -> None:
    async def script(raw: Raw, ears: Echo) -> None:
        raw.writer.transport.pause_reading()
        raw.writer.transport.set_write_buffer_limits(high=1 << 26)
        for _ in range(200):
            raw.send(frame(1, b"x" * 60_000))
            await asyncio.sleep(0)
        raw.writer.transport.resume_reading()
        assert await raw.closed() == 1006
        assert ears.spent == [LinkRefusal.UNREAD]

    echoed(script)


SMALL = LinkBudget(Rate(10, 0), Rate(1_000, 0), message_bytes=500, outgoing_bytes=10_000)


@pytest.mark.parametrize(
    "one",
    [
        frame(9, b""),
        frame(10, b""),
        frame(0, b"", fin=False),
        frame(1, b"x"),
        frame(2, b"x"),
    ],
    ids=["ping", "pong", "empty fragment", "text", "binary"],
)
def test_frames_of_every_opcode_are_counted(one: bytes) -> None:
    async def script(raw: Raw, ears: Echo) -> None:
        begin = [frame(1, b"", fin=False)] if one[0] & 0x0F == 0 else []
        raw.send(*begin, *[one] * (10 - len(begin)), frame(9, b"last"))
        assert await raw.closed() == 1008
        assert ears.spent == [LinkRefusal.FRAMES]

    echoed(script, SMALL)


def test_bytes_are_counted_before_a_frame_is_whole() -> None:
    async def script(raw: Raw, ears: Echo) -> None:
        raw.send(*[frame(2, b"x" * 400)] * 2, frame(2, b"x" * 400)[:300])
        assert await raw.closed() == 1008
        assert ears.spent == [LinkRefusal.BYTES]

    echoed(script, SMALL)


def test_bytes_of_a_shaped_link_wait_for_their_turn() -> None:
    async def script(raw: Raw, ears: Echo) -> None:
        raw.send(*[frame(2, b"x" * 20_000)] * 30)
        for _ in range(30):
            assert await raw.next() == (2, b"x" * 20_000)
        assert ears.spent == []

    echoed(
        script,
        LinkBudget(
            Rate(10, 0),
            Rate(50_000, 5e6),
            message_bytes=30_000,
            outgoing_bytes=10**6,
            shaped=True,
        ),
    )


def test_within_its_budget_a_link_lives_on_with_what_it_earns() -> None:
    async def script(raw: Raw, ears: Echo) -> None:
        for number in range(50):
            raw.send(frame(9, b"%d" % number))
            assert await raw.next() == (10, b"%d" % number)
        assert ears.spent == []

    earning = LinkBudget(Rate(10, 1e6), Rate(100, 1e6), message_bytes=500, outgoing_bytes=10_000)
    echoed(script, earning)


def test_a_message_that_is_too_large_gets_a_goodbye(talk: Callable[..., None]) -> None:
    async def script(raw: Raw) -> None:
        raw.send(frame(1, b"x" * 8_193))
        opcode, payload = await raw.next()
        assert (opcode, json.loads(payload)["code"]) == (1, "too_large")
        assert await raw.next() == (8, struct.pack(">H", 1009) + b"too_large")

    talk(script)


def test_a_message_beyond_its_budget_is_too_large_whole_and_in_parts() -> None:
    for pieces in ([frame(1, b"x" * 501)], [frame(1, b"x" * 300, fin=False), frame(0, b"x" * 300)]):

        async def script(raw: Raw, ears: Echo, pieces: list[bytes] = pieces) -> None:
            raw.send(*pieces)
            assert await raw.closed() == 1009

        echoed(script, SMALL)


UPGRADE = (
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13"
)


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("Connection: Upgrade", "Connection: keep-alive, Upgrade", 101),
        ("Connection: Upgrade", "connection: KEEP-ALIVE,upgrade", 101),
        ("Connection: Upgrade", "Connection: keep-alive\r\nConnection: Upgrade", 101),
        ("Upgrade: websocket", "Upgrade: h2c, WebSocket", 101),
        ("Connection: Upgrade", "Connection: keep-alive", 400),
        ("Connection: Upgrade", "Connection: upgraded", 400),
        ("Version: 13", "Version: 8", 426),
        ("Version: 13", "Version: 14", 426),
        ("\r\nSec-WebSocket-Version: 13", "", 426),
    ],
)
def test_an_upgrade_is_read_as_lists_of_tokens(old: str, new: str, status: int) -> None:
    async def script() -> None:
        ledger = AdmissionLedger(AdmissionLimits.free())
        server = await listen(Echo, "127.0.0.1", 0, ledger=ledger)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write((UPGRADE.replace(old, new) + "\r\n\r\n").encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert head.split()[1] == str(status)
        assert ("Sec-WebSocket-Version: 13" in head) is (status == 426)
        writer.close()
        server.close()
        await empty(ledger)

    asyncio.run(script())


def test_what_was_said_in_one_breath_is_answered_in_order_up_to_the_mistake(
    talk: Callable[..., None],
) -> None:
    async def script(raw: Raw) -> None:
        raw.send(frame(1, HELLO))
        await raw.next()
        asked = [json.dumps({"type": "nobody", "id": each}).encode() for each in "abc"]
        raw.send(*(frame(1, each) for each in asked), frame(1, b"\xff"), frame(1, asked[0]))
        said = [await raw.next() for _ in range(4)]
        assert [json.loads(data)["id"] for _, data in said[:3]] == ["a", "b", "c"]
        assert said[3] == (8, struct.pack(">H", 1007) + b"not UTF-8")

    talk(script)


def test_what_was_said_before_hanging_up_still_counts(talk: Callable[..., None]) -> None:
    async def script(raw: Raw) -> None:
        raw.send(frame(1, HELLO))
        await raw.next()
        raw.send(
            frame(1, json.dumps({"type": "nobody", "id": "first"}).encode()),
            frame(9, b"between"),
            frame(1, json.dumps({"type": "nobody", "id": "last"}).encode()),
            frame(8, struct.pack(">H", 1000)),
        )
        said = [await raw.next() for _ in range(4)]
        assert [opcode for opcode, _ in said] == [10, 1, 1, 8]
        assert [json.loads(data)["id"] for _, data in said[1:3]] == ["first", "last"]

    talk(script)


class Listener:
    """Ears that keep what they are told of."""

    def __init__(self) -> None:
        self.there: asyncio.Future[Socket] = asyncio.get_running_loop().create_future()
        self.ended = 0

    def opened(self, socket: Socket) -> None:
        self.there.set_result(socket)

    def text(self, data: bytes) -> None:
        return

    def binary(self, data: bytes) -> None:
        return

    def overspent(self, what: LinkRefusal) -> None:
        return

    def too_large(self) -> None:
        return

    def closed(self) -> None:
        self.ended += 1


def test_a_peer_that_went_just_now_may_be_closed() -> None:
    async def script() -> None:
        ears = Listener()
        server = await listen(lambda: ears, "127.0.0.1", 0)
        peer = socket.create_connection(server.sockets[0].getsockname())
        peer.sendall(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        here = await ears.there
        peer.recv(4096)
        peer.close()
        # Its system answers the close frame with a reset, before this end's end is said.
        here.close(1000)
        assert ears.ended == 1
        server.close()

    asyncio.run(script())
