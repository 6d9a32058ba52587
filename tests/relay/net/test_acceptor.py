"""Connections before anything is read: descriptors, TLS, renewed certificates, probes."""

import asyncio
import contextlib
import logging
import ssl
from pathlib import Path

import pytest
from tests.torture import tls

from miaohui.relay.net.admission import (
    DESCRIPTORS_KEPT,
    USUAL,
    AdmissionLedger,
    LinkRefusal,
    LinkStage,
)
from miaohui.relay.net.limits import GUEST
from miaohui.relay.net.socket import Socket, listen
from miaohui.relay.net.tls import ServerTls


class Quiet:
    """Ears that hear nothing of interest."""

    def opened(self, socket: Socket) -> None:
        return

    def text(self, data: bytes) -> None:
        return

    def binary(self, data: bytes) -> None:
        return

    def overspent(self, what: LinkRefusal) -> None:
        return

    def too_large(self) -> None:
        return

    def closed(self) -> None:
        return


async def until(holds: object) -> None:
    assert callable(holds)
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0)


def test_beyond_its_descriptors_it_pauses_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async def script() -> None:
        ledger = AdmissionLedger(USUAL, DESCRIPTORS_KEPT + 8)
        ledger.most_half_open = 100
        server = await listen(Quiet, "127.0.0.1", 0, ledger=ledger, budget=GUEST)
        address = server.sockets[0].getsockname()
        links = [await asyncio.open_connection(*address) for _ in range(12)]
        await until(lambda: ledger.refused[LinkRefusal.DESCRIPTORS] > 0)
        assert ledger.open == 8
        for _, writer in links[:6]:
            writer.close()
        await until(lambda: ledger.open == 6)  # the four that waited in the queue are in
        for _, writer in links:
            writer.close()
        await until(lambda: ledger.open == 0)
        server.close()

    with caplog.at_level(logging.WARNING):
        asyncio.run(script())
    assert {each.getMessage() for each in caplog.records} == {
        "no more descriptors for links: accepting pauses"
    }


def test_who_is_put_out_in_the_middle_of_tls_frees_its_descriptor(tmp_path: Path) -> None:
    async def script() -> None:
        served = ServerTls(*tls.certificate(tmp_path))
        ledger = AdmissionLedger(USUAL)
        ledger.most_half_open = 3
        server = await listen(
            Quiet, "127.0.0.1", 0, ledger=ledger, budget=GUEST, tls=served.current
        )
        address = server.sockets[0].getsockname()
        links = [await asyncio.open_connection(*address) for _ in range(10)]
        ended = await asyncio.gather(*(reader.read() for reader, _ in links[:7]))
        assert set(ended) == {b""}
        await until(lambda: ledger.open == 3)
        assert ledger.count(LinkStage.HALF_OPEN) == 3
        for _, writer in links:
            writer.close()
        await until(lambda: ledger.open == 0)
        server.close()

    asyncio.run(script())


def test_probes_and_broken_handshakes_are_no_page_of_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def script() -> None:
        served = ServerTls(*tls.certificate(tmp_path))
        ledger = AdmissionLedger(USUAL)
        server = await listen(
            Quiet, "127.0.0.1", 0, ledger=ledger, budget=GUEST, tls=served.current
        )
        address = server.sockets[0].getsockname()
        for said in (b"", b"\x16", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n"):
            _, writer = await asyncio.open_connection(*address)
            writer.write(said)
            writer.close()
        context = tls.client(ssl.TLSVersion.TLSv1_3)
        _, writer = await asyncio.open_connection(*address, ssl=context)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        await until(lambda: ledger.open == 0 and ledger.refused[LinkRefusal.HANDSHAKE] >= 4)
        server.close()

    with caplog.at_level(logging.WARNING):
        asyncio.run(script())
    assert caplog.records == []


def served_number(address: tuple[str, int]) -> int:
    """The number of the certificate that is served to whoever comes now."""
    from cryptography import x509

    pem = ssl.get_server_certificate(address)
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


def test_a_renewed_certificate_is_served_and_cuts_nobody(tmp_path: Path) -> None:
    async def script() -> None:
        files = tls.certificate(tmp_path)
        served = ServerTls(*files)
        server = await listen(
            Quiet, "127.0.0.1", 0, ledger=AdmissionLedger(USUAL), budget=GUEST, tls=served.current
        )
        address = server.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(
            *address, ssl=tls.client(ssl.TLSVersion.TLSv1_3)
        )
        assert await asyncio.to_thread(served_number, address) == 1
        assert not served.look()
        tls.certificate(tmp_path, serial=2)
        assert served.look()
        assert await asyncio.to_thread(served_number, address) == 2
        # Half a renewal: what stood stands.
        files[1].write_text("no key")
        assert not served.look()
        assert await asyncio.to_thread(served_number, address) == 2
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 426")
        writer.close()
        server.close()

    asyncio.run(script())


@pytest.mark.parametrize(
    ("curve", "taken"),
    [
        ("X25519", True),
        ("prime256v1", True),
        ("secp384r1", True),
        ("secp521r1", False),
        ("X448", False),
    ],
)
def test_the_curves_of_the_profile_are_offered(tmp_path: Path, curve: str, taken: bool) -> None:
    async def script() -> None:
        served = ServerTls(*tls.certificate(tmp_path))
        server = await listen(
            Quiet, "127.0.0.1", 0, ledger=AdmissionLedger(USUAL), budget=GUEST, tls=served.current
        )
        context = tls.client(ssl.TLSVersion.TLSv1_2, "ECDHE:@SECLEVEL=0")
        offer(context, curve)
        agreed = await asyncio.to_thread(tls.shakes, server.sockets[0].getsockname()[1], context)
        assert (agreed is not None) is taken
        server.close()

    asyncio.run(script())


def offer(context: ssl.SSLContext, curve: str) -> None:
    """Names one curve, in the way that Python has none for X25519."""
    from miaohui.relay.net import tls as relay_tls

    name = {"prime256v1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}.get(curve, curve)
    assert relay_tls.offer_groups(context, name.encode())
