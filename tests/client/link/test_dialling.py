"""The way to a relay: past an address that swallows packets, through a proxy, and what a try that
failed is called."""

import asyncio
import contextlib
import datetime
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from miaohui.client.link.address import proxy_of, reason_of
from miaohui.client.link.connection import dial, hang_up
from miaohui.runtime.tasks import Tasks

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


async def quiet(link: ServerConnection) -> None:
    await link.wait_closed()


class TwoAddresses(asyncio.SelectorEventLoop):
    """A resolver that knows two addresses of one name."""

    async def getaddrinfo(self, host: Any, port: Any, **more: Any) -> Any:
        if host == "relay.invalid":
            first = await super().getaddrinfo("127.0.0.2", port, **more)
            return [*first, *await super().getaddrinfo("127.0.0.1", port, **more)]
        return await super().getaddrinfo(host, port, **more)


@contextlib.contextmanager
def swallowing(port: int) -> Iterator[None]:
    """127.0.0.2 takes nobody: its queue of one is full, and what comes is dropped."""
    with contextlib.ExitStack() as open_ones:
        door = open_ones.enter_context(socket.socket())
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.2", port))
        door.listen(0)
        for _ in range(4):
            waiting = open_ones.enter_context(socket.socket())
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                waiting.connect(("127.0.0.2", port))
        yield


def test_an_address_that_swallows_packets_does_not_hold_up_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("no_proxy", "*")

    async def job() -> None:
        async with serve(quiet, "127.0.0.1", 0) as door:
            port = door.sockets[0].getsockname()[1]
            with swallowing(port):
                link = await dial(f"ws://relay.invalid:{port}")
                assert link.remote_address[0] == "127.0.0.1"
                await hang_up(link, heard=True)

    with asyncio.Runner(loop_factory=TwoAddresses) as runner:
        runner.run(job())


def test_the_one_for_everything_is_taken_where_there_is_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("wss", "ws", "socks", "https", "http", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name.upper()}_PROXY", raising=False)
    monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:1080")
    assert proxy_of("wss://relay.example") == "socks5://127.0.0.1:1080"
    assert proxy_of("ws://127.0.0.1:1") is None
    monkeypatch.setenv("all_proxy", "socks://127.0.0.1:1080")
    assert proxy_of("wss://relay.example") == "socks5h://127.0.0.1:1080"
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:3128")
    assert proxy_of("wss://relay.example") == "http://127.0.0.1:3128"
    monkeypatch.setenv("no_proxy", "relay.example")
    assert proxy_of("wss://relay.example") is None


@contextlib.asynccontextmanager
async def socks(to_port: int) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A SOCKS5 proxy that asks for nothing and takes everybody to one port."""
    asked: list[bytes] = []

    async def pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(4096):
                sink.write(data)
                await sink.drain()
        sink.close()

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, methods = await reader.readexactly(2)
        await reader.readexactly(methods)
        writer.write(b"\x05\x00")
        head = await reader.readexactly(5)
        assert head[3] == 3  # a name: looked up behind the proxy
        asked.append(await reader.readexactly(head[4]))
        await reader.readexactly(2)
        there = await asyncio.open_connection("127.0.0.1", to_port)
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        await asyncio.gather(pipe(reader, there[1]), pipe(there[0], writer))

    server = await asyncio.start_server(met, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], asked


def test_a_socks_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("wss", "ws", "socks", "https", "http", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name.upper()}_PROXY", raising=False)

    async def job() -> None:
        async with (
            serve(quiet, "127.0.0.1", 0) as door,
            socks(door.sockets[0].getsockname()[1]) as (port, asked),
        ):
            monkeypatch.setenv("all_proxy", f"socks5h://127.0.0.1:{port}")
            link = await dial("ws://relay.invalid")
            assert asked == [b"relay.invalid"]
            await hang_up(link, heard=True)

    asyncio.run(job())


@pytest.mark.parametrize(
    ("status", "reason"),
    [(407, "proxy_auth"), (429, "busy"), (502, "gateway"), (503, "busy"), (504, "gateway")],
)
def test_what_stands_in_between_has_a_name(status: int, reason: str) -> None:
    async def job() -> None:
        def refuses(link: ServerConnection, _request: Request) -> Response:
            return link.respond(HTTPStatus(status), "no\n")

        async with serve(quiet, "127.0.0.1", 0, process_request=refuses) as door:
            with pytest.raises(Exception) as failed:  # noqa: PT011
                await dial(f"ws://127.0.0.1:{door.sockets[0].getsockname()[1]}")
        assert reason_of(failed.value) == reason

    asyncio.run(job())


def certificate(folder: Path, begins: datetime.datetime, ends: datetime.datetime) -> ssl.SSLContext:
    """The server's side, with a certificate for so long; its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, *plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.mark.parametrize(
    ("begins", "ends", "reason"),
    [
        (NOW - 9 * DAY, NOW - DAY, "certificate_time"),
        (NOW + DAY, NOW + 9 * DAY, "certificate_time"),
    ],
)
def test_a_certificate_out_of_its_time_speaks_of_the_clock(
    tmp_path: Path, begins: datetime.datetime, ends: datetime.datetime, reason: str
) -> None:
    async def job() -> None:
        context = certificate(tmp_path, begins, ends)
        trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        async with serve(quiet, "127.0.0.1", 0, ssl=context) as door:
            port = door.sockets[0].getsockname()[1]
            with pytest.raises(ssl.SSLError) as failed:
                await asyncio.open_connection(
                    "127.0.0.1", port, ssl=trusting, server_hostname="localhost"
                )
        assert reason_of(failed.value) == reason

    asyncio.run(job())


def test_bytes_that_nobody_takes_hold_up_no_end() -> None:
    async def job() -> None:
        async def deaf(link: ServerConnection) -> None:
            link.transport.pause_reading()
            await link.wait_closed()

        async with serve(deaf, "127.0.0.1", 0) as door:
            link = await dial(f"ws://127.0.0.1:{door.sockets[0].getsockname()[1]}")
            tasks = Tasks()
            tasks.start(link.send(bytes(64 << 20)), "half")
            while link.transport.get_write_buffer_size() == 0:  # noqa: ASYNC110
                await asyncio.sleep(0)
            for heard in (True, False):  # the goodbye stands behind them, too
                await asyncio.wait_for(hang_up(link, heard=heard), 10)
            await link.wait_closed()
            await tasks.close()

    asyncio.run(job())
