"""The listener of the log: its few paths over HTTP, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.receiptlog.logs import LEAVES, leaf

from miaohui.receiptlog.checkpoint import read_checkpoint
from miaohui.receiptlog.merkle import leaf_hash
from miaohui.receiptlog.note import VerifierKey
from miaohui.receiptlog.proof import read_proof
from miaohui.receiptlog.sums import read_sums
from miaohui.receiptlog.tiles import Tile, unpack_entries
from miaohui.relay.net import log_listener
from miaohui.relay.net.log_listener import LogListener
from miaohui.relay.storage.keys import HeldKey, RelayKey, load_key
from miaohui.relay.storage.receipt_log import append_in
from miaohui.relay.storage.store import Store
from miaohui.runtime.tasks import Tasks


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    found = Store(tmp_path / "relay.db")
    await found.write(
        lambda conn: [append_in(conn, f"s{at}", each) for at, each in enumerate(LEAVES)]
    )
    yield found
    await found.close()


@pytest.fixture
def key(tmp_path: Path) -> RelayKey:
    return load_key(tmp_path / "relay.key")


@pytest.fixture
async def log(store: Store, key: RelayKey) -> AsyncIterator[LogListener]:
    tasks = Tasks()
    found = await LogListener.start(store, tasks, HeldKey(key), None)
    await found.listen("127.0.0.1", 0)
    yield found
    found.close()
    await tasks.close()


def port(log: LogListener) -> int:
    return int(log.url.rpartition(":")[2].partition("/")[0])


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def said(log: LogListener, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port(log))
    writer.write(request)
    try:
        return await reader.read()
    finally:
        await hang_up(writer)


async def get(
    log: LogListener, path: str, method: str = "GET"
) -> tuple[str, dict[str, str], bytes]:
    answer = await said(log, f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("ascii").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    if method != "HEAD":
        assert int(headers["Content-Length"]) == len(body)
    return status.partition(" ")[2], headers, body


async def test_its_files(log: LogListener, key: RelayKey) -> None:
    verifier = VerifierKey(log.origin, bytes.fromhex(key.public_hex))
    assert log.origin.startswith(f"miaohui.invalid/{key.key_id}/")
    status, headers, body = await get(log, "/log/checkpoint")
    assert (status, headers["Content-Type"]) == ("200 OK", "text/plain; charset=utf-8")
    assert headers["Cache-Control"] == "no-cache"
    assert read_checkpoint(body, verifier).size == len(LEAVES)
    status, headers, body = await get(log, "/log/tile/entries/000.p/5")
    assert (status, headers["Content-Type"]) == ("200 OK", "application/octet-stream")
    assert "immutable" in headers["Cache-Control"]
    entries = unpack_entries(body, Tile(None, 0, 5))
    assert entries == [each.data() for each in LEAVES]
    _, _, body = await get(log, "/log/tile/0/000.p/5")
    assert body == b"".join(map(leaf_hash, entries))
    _, headers, body = await get(log, "/log/sums.json")
    assert headers["Content-Type"] == "application/json"
    assert read_sums(body).vkey == verifier.line()
    _, _, body = await get(log, f"/log/proof/{leaf_hash(entries[3]).hex()}")
    assert read_proof(body).check(entries[3], verifier).size == 5
    status, headers, body = await get(log, "/log/checkpoint", "HEAD")
    assert (status, body) == ("200 OK", b"")
    assert int(headers["Content-Length"]) > 0


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/log",
        "/log/",
        "/log/x",
        "/checkpoint",
        "/log/checkpoint/",
        "/log/checkpoint?x=1",
        "/log/tile/0/000",
        "/log/tile/0/000.p/6",
        "/log/tile/entries/001",
        "/log/tile/1/000.p/1",
        "/log/proof/" + "0" * 64,
        "/log/proof/abc",
        "/log/../relay.key",
        "/log/%2e%2e/relay.key",
        "//log/checkpoint",
    ],
)
async def test_no_other_path(log: LogListener, path: str) -> None:
    assert (await get(log, path))[0] == "404 Not Found"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"POST /log/checkpoint HTTP/1.1\r\n\r\n", b"405"),
        (b"DELETE /log/checkpoint HTTP/1.1\r\n\r\n", b"405"),
        (b"GET /log/checkpoint\r\n\r\n", b"400"),
        (b"GET  /log/checkpoint HTTP/1.1\r\n\r\n", b"400"),
        (b"GET http://x/log/checkpoint HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /log/" + b"a" * 600 + b" HTTP/1.1\r\n\r\n", b"400"),
        (b"\xff\xfe\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 4000, b"431"),
    ],
)
async def test_what_is_no_request(log: LogListener, request_: bytes, status: bytes) -> None:
    assert (await said(log, request_)).startswith(b"HTTP/1.1 " + status)
    assert (await get(log, "/log/checkpoint"))[0] == "200 OK"


async def test_a_crowd_is_turned_away(log: LogListener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_listener, "AT_ONCE", 1)
    _, slow = await asyncio.open_connection("127.0.0.1", port(log))
    slow.write(b"GET /log/")
    await slow.drain()
    assert (await get(log, "/log/checkpoint"))[0].startswith("503")
    monkeypatch.setattr(log_listener, "AT_MOST", 1)
    answer = b""
    with suppress(OSError):  # cut, or ended: either way nothing is said
        answer = await said(log, b"GET /log/checkpoint HTTP/1.1\r\n\r\n")
    assert answer == b""
    await hang_up(slow)


async def test_it_grows(log: LogListener, store: Store) -> None:
    more = leaf(100)
    await store.write(lambda conn: append_in(conn, "more", more))
    assert (await get(log, "/log/checkpoint"))[2].split(b"\n")[1] == b"6"
    # A checkpoint of before still finds its tiles.
    assert (await get(log, "/log/tile/0/000.p/5"))[0] == "200 OK"
