"""WebSocket conformance: the relay's own socket layer with an echo behind it, against RFC 6455."""

import asyncio
import contextlib
import logging
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from tests.torture.cases import BAD, NOT_UTF8, TOO_LARGE, Case, every
from tests.torture.outcome import Outcome
from tests.torture.rawsocket import CLOSE, GONE, Raw, closing

from miaohui.relay.net import socket as layer
from miaohui.relay.net.admission import LinkRefusal

ABOUT = "the relay's socket against RFC 6455 (chapters 1 to 7 and 10 of the usual suites)"
PLANTED = "a socket that does not look at UTF-8"
COUNT = 10_000  # all there are
SHORT = 10_000
CHAPTERS = {
    "1": "framing",
    "2": "pings and pongs",
    "3": "reserved bits",
    "4": "reserved opcodes",
    "5": "fragments",
    "6": "UTF-8",
    "7": "closing",
    "10": "parts and limits",
}
SETTLE_S = 0.05
PATIENCE_S = 2.0
ENOUGH = 2  # violations by which a planted fault has been caught
FAILING = frozenset((BAD, NOT_UTF8, TOO_LARGE))


class Echo:
    """Ears that say what they hear."""

    socket: layer.Socket

    def opened(self, socket: layer.Socket) -> None:
        self.socket = socket

    def text(self, data: bytes) -> None:
        self.socket.send(data)

    def binary(self, data: bytes) -> None:
        self.socket.send_binary(data)

    def overspent(self, what: LinkRefusal) -> None:
        return

    def too_large(self) -> None:
        return

    def closed(self) -> None:
        return


async def send(raw: Raw, pieces: tuple[bytes, ...], chop: int) -> None:
    for piece in pieces:
        step = chop or len(piece)
        for at in range(0, len(piece), step):
            raw.send(piece[at : at + step])
            if chop:
                await raw.writer.drain()
                await asyncio.sleep(0)


async def heard(raw: Raw, case: Case) -> tuple[list[tuple[int, bytes]], int]:
    """What came back, and the code of the close (1006 without one)."""
    got: list[tuple[int, bytes]] = []
    pieces = case.sends[:-1] if case.slow else case.sends
    # Where the server has had enough, it is gone before everything was sent.
    with contextlib.suppress(ConnectionError):
        await send(raw, pieces, case.chop)
    if case.close is None:
        while len(got) < len(case.hears):
            got.append(await raw.next())
            if got[-1][0] in (GONE, CLOSE):
                break
        raw.send(closing(1000))
    while True:
        opcode, payload = await raw.next()
        if opcode == GONE:
            return got, 1006
        if opcode == CLOSE:
            code: int = struct.unpack(">H", payload[:2])[0] if len(payload) > 1 else 1005
            return got, code
        got.append((opcode, payload))


async def judge(port: int, case: Case) -> str:
    """What is wrong; "" where nothing is."""
    raw = await Raw.connect(port)
    try:
        async with asyncio.timeout(PATIENCE_S):
            got, code = await heard(raw, case)
    except TimeoutError:
        return "nothing came"
    finally:
        raw.close()
    if case.close in FAILING and tuple(got) == case.hears[: len(got)]:
        # A link that must fail may fail before what came earlier was answered.
        got = list(case.hears)
    if tuple(got) != case.hears:
        return f"said {[(opcode, payload[:20]) for opcode, payload in got]}"
    wanted = 1000 if case.close is None else case.close
    if case.number == "7.1.2" and code == BAD:
        return ""  # a second close frame in one breath with the first: nothing forbids to mind it
    return "" if code == wanted else f"closed with {code}, not {wanted}"


async def every_case(outcome: Outcome, count: int, most: int) -> None:
    server = await layer.listen(Echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    for case in every()[:count]:
        if outcome.violations >= most:
            break
        chapter = case.number.partition(".")[0]
        wrong = await judge(port, case)
        outcome.check(
            f"{chapter} {CHAPTERS[chapter]}",
            holds=not wrong,
            example=f"{case.number} {case.about}: {wrong}",
        )
    server.close()
    await asyncio.sleep(SETTLE_S)


@contextmanager
def careless() -> Iterator[None]:
    with mock.patch.object(layer, "_is_utf8", return_value=True):
        yield


def run(seed: int, count: int, *, planted: bool) -> Outcome:
    del seed
    outcome = Outcome()
    # A peer's mistakes are no news.
    logging.getLogger("picows").setLevel(logging.CRITICAL)
    if planted:
        with careless():
            asyncio.run(every_case(outcome, count, ENOUGH))
    else:
        asyncio.run(every_case(outcome, count, count))
    return outcome
