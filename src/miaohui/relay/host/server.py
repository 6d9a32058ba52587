"""The relay put together: store, rooms, socket; from opening the database to the last goodbye."""

import asyncio
import hashlib
import logging
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import uuid_utils

from miaohui import __version__, resources
from miaohui.promise.labels import LabelRules
from miaohui.relay.directory.statistics import FLOOR_PERCENT
from miaohui.relay.host.services import Services
from miaohui.relay.money.payments import PaymentProvider
from miaohui.relay.net import limits
from miaohui.relay.net.connection import Connection
from miaohui.relay.net.gateway import Gateway, RelayProfile
from miaohui.relay.net.limits import Rate
from miaohui.relay.net.log_listener import LogListener
from miaohui.relay.net.socket import Listen, Listening, listen
from miaohui.relay.ports import Caller
from miaohui.relay.session.doubt import LostLink
from miaohui.relay.session.fingerprints import Fingerprints
from miaohui.relay.session.media import PictureStore
from miaohui.relay.session.reading import FeedReading
from miaohui.relay.session.registry import SessionRegistry
from miaohui.relay.session.router import CommandRouter
from miaohui.relay.storage.data_dir import database
from miaohui.relay.storage.keys import RelayKey, load_key
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock, SystemClock
from miaohui.runtime.tasks import Tasks
from miaohui.wire.machine import SILENT

log = logging.getLogger(__name__)

KEY = "relay.key"
REVIEW_AFTER_MS = 3_600_000
FAREWELL_S = 0.1  # so long the goodbyes may take


@dataclass(frozen=True, slots=True)
class Options:
    """A relay's options. ``port`` 0: any free one. ``log``: where the log of receipts is served."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    behind_proxy: bool = False
    practice: bool = False
    review_after_ms: int = REVIEW_AFTER_MS
    floor_percent: int = FLOOR_PERCENT
    name: str = "miaohui"
    log: tuple[str, int] | None = None
    log_origin: str | None = None
    requests: Rate = limits.REQUESTS
    sign_ins: Rate = limits.SIGN_INS
    handshakes: Rate = limits.HANDSHAKES
    unknown_per_address: int = 40
    comers_per_second: int = 80
    watch_lag: bool = True  # False where somebody else moves the clock
    until_stdin_closes: bool = False


class Relay:
    """A running relay. ``await Relay.start(options)``, later ``await relay.stop()``. ``clock``: the
    system's where none is given; ``store``: opens the database; ``providers``: as for Services."""

    def __init__(
        self,
        options: Options,
        clock: Clock | None = None,
        *,
        store: Callable[[Path], Store] = Store,
        providers: Callable[[Store], Sequence[PaymentProvider]] | None = None,
        listen: Listen = listen,
    ) -> None:
        clock = clock or SystemClock()
        self.options = options
        self._listen = listen
        self.clock = clock
        self.run = str(uuid_utils.uuid4())
        self.tasks = Tasks()
        self.key: RelayKey = load_key(options.data / KEY)
        self.store = store(database(options.data))
        self.gateway = Gateway(self._profile(), clock, self.tasks)
        self.services = Services(
            self.store,
            self.gateway,
            clock,
            self.tasks,
            practice=options.practice,
            review_after_ms=options.review_after_ms,
            providers=None if providers is None else providers(self.store),
        )
        self.sessions = SessionRegistry(
            self.store,
            self.gateway,
            clock,
            self.tasks,
            self.services.on_duty,
            self.key,
            Fingerprints(_rules(), self._salt()),
            run=self.run,
            floor_percent=options.floor_percent,
            announce=self.services.orders.announce,
        )
        self.pictures = PictureStore(
            options.data / "media", self.store, self.gateway, clock, self.tasks
        )
        self._server: Listening | None = None
        self.port = 0
        self._log: LogListener | None = None

    @classmethod
    async def start(
        cls,
        options: Options,
        clock: Clock | None = None,
        *,
        store: Callable[[Path], Store] = Store,
        providers: Callable[[Store], Sequence[PaymentProvider]] | None = None,
        listen: Listen = listen,
    ) -> "Relay":
        """Opens the database, takes every session up, then listens."""
        options.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        relay = cls(options, clock, store=store, providers=providers, listen=listen)
        try:
            await relay._open()
        except BaseException:
            await relay.stop()
            raise
        return relay

    async def _open(self) -> None:
        gateway, services = self.gateway, self.services
        services.bind(self.sessions)
        self.pictures.furnish(gateway)
        reading = FeedReading(self.sessions, gateway)
        gateway.furnish(
            services.accounts,
            CommandRouter(self.sessions, self.pictures, self.tasks, services.orders.queue_message),
            self.pictures,
            {**services.handlers(), **reading.handlers(), **self.pictures.handlers()},
        )
        back = await self.sessions.recover()
        if back:
            log.info("%d sessions taken up", back)
        await services.start()
        self.tasks.start(self.sessions.keep_vouching(), "vouching")
        if self.options.watch_lag:
            self.tasks.start(self.sessions.keep_beating(), "lag")
        gateway.watch(self._present)
        self.tasks.start(self.sessions.keep_signing(), "signed heads")
        self.tasks.start(gateway.keep_sweeping(), "sweeping")
        self._server = await self._listen(
            gateway.make_connection,
            self.options.host,
            self.options.port,
            tls=self.options.tls,
            behind_proxy=self.options.behind_proxy,
        )
        self.port = self._server.sockets[0].getsockname()[1]
        if self.options.log is not None:
            self._log = await LogListener.start(
                self.store, self.tasks, self.key, self.options.log_origin
            )
            await self._log.listen(*self.options.log, tls=self.options.tls)

    def _present(self, caller: Caller, line: Connection, online: bool) -> None:
        """Somebody's first link came, or their last one went."""
        now, account, outage = self.clock.mono(), caller.account, self.sessions.outage
        if online:
            outage.come(account, now, customer=caller.role == "customer")
        elif line.link.why == SILENT:
            outage.go(LostLink.silent(account, line.link.heard_at, now))
        else:
            outage.go(LostLink.closed(account, now))

    async def stop(self) -> None:
        """Says goodbye, writes what waits, closes the database."""
        if self._log is not None:
            self._log.close()
        if self._server is not None:
            self._server.close()
            self.gateway.stop()
            await asyncio.sleep(FAREWELL_S)
        self.sessions.stop()
        await self.tasks.close()
        await self.services.stop()
        self.pictures.close()
        await self.store.close()

    @property
    def url(self) -> str:
        scheme = "ws" if self.options.tls is None else "wss"
        host = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        return f"{scheme}://{host}:{self.port}"

    @property
    def log_url(self) -> str | None:
        """Where the log of receipts is served."""
        return None if self._log is None else self._log.url

    def _profile(self) -> RelayProfile:
        options = self.options
        return RelayProfile(
            name=options.name,
            software=f"miaohui/{__version__}",
            run=self.run,
            key_id=self.key.key_id,
            public_hex=self.key.public_hex,
            practice=options.practice,
            review_after_ms=options.review_after_ms,
            requests=options.requests,
            sign_ins=options.sign_ins,
            handshakes=options.handshakes,
            unknown_per_address=options.unknown_per_address,
            comers_per_second=options.comers_per_second,
        )

    def _salt(self) -> bytes:
        """A secret of this relay's that stays the same."""
        secret = self.key.private.private_bytes_raw()
        return hashlib.blake2b(b"label fingerprints", key=secret, digest_size=32).digest()


def _rules() -> LabelRules:
    folder = resources.path("label_rules")
    newest = max(folder.glob("labels-*.json"), key=lambda path: (len(path.name), path.name))
    return LabelRules.load(newest.read_bytes())
