"""The acceptor: listening sockets whose connections the ledger admits before anything is read.

An event loop's own server takes whatever comes, waits a minute for TLS, prints a page for every
probe of a load balancer, and spins where descriptors run out. Here each connection has a place in
the ledger from its first packet, TLS has three seconds, and where descriptors run out nothing is
taken until some are free; the kernel's queue keeps who comes meanwhile.
"""

import asyncio
import contextlib
import logging
import os
import socket
import ssl
import struct
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, NoReturn

from aiofastnet import connect_accepted_socket

from miaohui.relay.net.admission import AdmissionLedger, LinkPlace, LinkRefusal
from miaohui.relay.net.origin import Origin, TrustedProxies, parsed
from miaohui.runtime.clock import Clock, SystemClock
from miaohui.runtime.tasks import Tasks

log = logging.getLogger(__name__)

TLS_S: Final = 3.0
TLS_END_S: Final = 1.0
BACKLOG: Final = 1024
SEND_BYTES: Final = 256 * 1024
BATCH: Final = 16  # taken in one turn of the loop
PAUSE_S: Final = 0.25  # until descriptors are looked for again
_RESET: Final = struct.pack("ii", 1, 0)  # close with a reset: nothing lingers for who is refused

Tls = Callable[[], ssl.SSLContext]
"""The context of the moment: a renewed certificate is served from the next connection on."""


class Acceptor:
    """A listening server. ``make``: a protocol for one admitted connection. ``plain_for_proxies``:
    whoever is neither this machine nor a trusted proxy is refused, as it would talk in clear."""

    def __init__(
        self,
        make: Callable[[LinkPlace], asyncio.BaseProtocol],
        ledger: AdmissionLedger,
        *,
        tls: Tls | None,
        proxies: TrustedProxies,
        clock: Clock | None = None,
    ) -> None:
        self.sockets: Sequence[socket.socket] = ()
        self._make = make
        self._ledger = ledger
        self._tls = tls
        self._proxies = proxies
        self._clock = clock or SystemClock()
        self._tasks = Tasks()
        self._accepting: list[asyncio.Task[None]] = []

    async def listen(self, host: str, port: int) -> None:
        """Opens the sockets of ``host`` and takes what comes. OSError where it cannot."""
        loop = asyncio.get_running_loop()
        if loop.get_exception_handler() is None:
            loop.set_exception_handler(_quiet)
        found = await loop.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        opened: list[socket.socket] = []
        try:
            for family, kind, proto, _, address in dict.fromkeys(found):
                listener = socket.socket(family, kind, proto)
                opened.append(listener)
                if os.name == "posix":
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                listener.setblocking(False)
                listener.bind(address)
                listener.listen(BACKLOG)
        except BaseException:
            for each in opened:
                each.close()
            raise
        self.sockets = opened
        for each in opened:
            task = self._tasks.start(self._accept(each), "accepting")
            task.add_done_callback(partial(_close, each))
            self._accepting.append(task)

    def close(self) -> None:
        """Takes nobody any more; who is in stays."""
        for task in self._accepting:
            task.cancel()

    async def _accept(self, listener: socket.socket) -> NoReturn:
        loop = asyncio.get_running_loop()
        while True:
            if self._ledger.is_full():
                self._ledger.refused[LinkRefusal.DESCRIPTORS] += 1
                log.warning("no more descriptors for links: accepting pauses")
                await asyncio.sleep(PAUSE_S)
                continue
            try:
                self._take(*await loop.sock_accept(listener))
                # What stands in the queue already is taken without another look at the kernel.
                for _ in range(BATCH - 1):
                    if self._ledger.is_full():
                        break
                    self._take(*listener.accept())
            except BlockingIOError:
                continue
            except ConnectionError:
                continue  # it went while it stood in the queue
            except OSError as error:
                self._ledger.refused[LinkRefusal.DESCRIPTORS] += 1
                log.warning("no connection can be taken: %s: accepting pauses", error.strerror)
                await asyncio.sleep(PAUSE_S)
            await asyncio.sleep(0)

    def _take(self, link: socket.socket, peer: Any) -> None:
        address = str(peer[0]) if isinstance(peer, tuple) and peer else "local"
        read = parsed(address)
        proxy = self._proxies.trust(read)
        ledger, now = self._ledger, self._clock.mono()
        if self._tls is None and not proxy and read is not None and not read.is_loopback:
            ledger.refused[LinkRefusal.NO_PROXY] += 1
            self._refuse(link)
            return
        # Behind a proxy its customers' nets are known only with their handshake.
        net = "" if proxy else Origin.of(address).net
        if not ledger.knock(net, now):
            self._refuse(link)
            return
        link.setblocking(False)
        # Left to itself the kernel would keep 4 MB for who reads nothing.
        link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
        place = ledger.take(net, now, _nothing, counted=True)
        self._tasks.start(self._shake(link, place), "a connection")

    @staticmethod
    def _refuse(link: socket.socket) -> None:
        with contextlib.suppress(OSError):
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        link.close()

    async def _shake(self, link: socket.socket, place: LinkPlace) -> None:
        ledger = self._ledger
        if place.is_gone():  # evicted before it was looked at
            self._refuse(link)
            ledger.closed(place)
            return
        task = asyncio.current_task()
        assert task is not None
        cancel = place.end = task.cancel
        try:
            transport = await self._connected(link, place)
        except (OSError, asyncio.CancelledError) as error:
            # A probe, a scanner, somebody whose line broke: everyday, and nobody's fault here.
            ledger.refused[LinkRefusal.HANDSHAKE] += 1
            ledger.closed(place)
            log.info("a handshake failed: %s", type(error).__name__)
            return
        if place.is_gone():
            transport.abort()
        elif place.end == cancel:
            place.end = transport.abort

    async def _connected(self, link: socket.socket, place: LinkPlace) -> asyncio.Transport:
        loop = asyncio.get_running_loop()
        context = None if self._tls is None else self._tls()
        shake, end = (None, None) if context is None else (TLS_S, TLS_END_S)
        transport, _ = await connect_accepted_socket(
            loop,
            lambda: self._make(place),
            link,
            ssl=context,
            ssl_handshake_timeout=shake,
            ssl_shutdown_timeout=end,
        )
        return transport


def _nothing() -> None:
    return


def _quiet(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What a peer does to its own connection is one short line; all else as ever."""
    error = context.get("exception")
    kind = error if isinstance(error, type) else type(error)  # some hand on the class
    if issubclass(kind, OSError) and "transport" in context:
        log.info("a connection broke: %s", kind.__name__)
    else:
        loop.default_exception_handler(context)


def _close(listener: socket.socket, _: object) -> None:
    listener.close()
