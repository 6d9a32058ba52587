"""The relay put together: store, rooms, socket; from opening the database to the last goodbye."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from miaohui import __version__
from miaohui.promise.labels import newest_rules
from miaohui.relay.directory.statistics import FLOOR_PERCENT
from miaohui.relay.host.ops import OpsListener
from miaohui.relay.host.retention import KEEP_WORDS_DAYS, WordRetention
from miaohui.relay.host.services import Services
from miaohui.relay.host.settings import HostSettings, SettingsFault
from miaohui.relay.host.settings import read as read_settings
from miaohui.relay.host.upkeep import Upkeep
from miaohui.relay.measures import Measures
from miaohui.relay.money.payments import PaymentProvider
from miaohui.relay.net import limits
from miaohui.relay.net.admission import UNLIMITED, USUAL, AdmissionLedger, AdmissionLimits
from miaohui.relay.net.connection import ClientConnection
from miaohui.relay.net.gateway import Gateway, RelayProfile
from miaohui.relay.net.limits import LinkBudget, Rate
from miaohui.relay.net.log_listener import LogListener
from miaohui.relay.net.notice_listener import NoticeListener
from miaohui.relay.net.origin import Network, TrustedProxies
from miaohui.relay.net.socket import Listen, Listening, listen
from miaohui.relay.net.tls import ServerTls
from miaohui.relay.ports import Caller
from miaohui.relay.session.doubt import LostLink
from miaohui.relay.session.fingerprints import Fingerprints
from miaohui.relay.session.log_proofs import LogProofs
from miaohui.relay.session.media import PictureStore
from miaohui.relay.session.picture_quota import PictureQuota
from miaohui.relay.session.reading import FeedReading
from miaohui.relay.session.registry import SessionRegistry
from miaohui.relay.session.router import CommandRouter
from miaohui.relay.storage.data_dir import database
from miaohui.relay.storage.disk import Disk, DiskSpace, Floors, space_of
from miaohui.relay.storage.keys import (
    KEY_FILE,
    HeldKey,
    KeyFault,
    RelayKey,
    forget_former,
    kept_secret,
    load_key,
    next_key,
)
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock, SystemClock
from miaohui.runtime.randomness import SYSTEM, Randomness
from miaohui.runtime.tasks import Tasks
from miaohui.wire.limits import KEY_STEPS
from miaohui.wire.link import HelpLine
from miaohui.wire.machine import SILENT

log = logging.getLogger(__name__)

REVIEW_AFTER_MS = 3_600_000
LOOK_S = 30.0  # from one look at the certificate's files to the next
FAREWELL_S = 0.1  # so long the goodbyes may take


@dataclass(frozen=True, slots=True)
class Options:
    """A relay's options. ``port`` 0: any free one. ``log``: where the log of receipts is served."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 0
    tls: ServerTls | None = field(default=None, repr=False)
    proxies: tuple[Network, ...] = ()  # whose word is taken for who is behind them
    practice: bool = False
    review_after_ms: int = REVIEW_AFTER_MS
    floor_percent: int = FLOOR_PERCENT
    name: str = "miaohui"
    help_lines: tuple[HelpLine, ...] = ()
    log: tuple[str, int] | None = None
    log_origin: str | None = None
    settings: Path | None = None  # a file of what may change while it runs
    log_level: str | None = None  # of the command line; it goes before the file's
    notices: tuple[str, int] | None = None  # where providers' notices are heard: loopback only
    ops: tuple[str, int] | None = None  # where health and metrics are served: loopback only
    requests: Rate = limits.REQUESTS
    sign_ins: Rate = limits.SIGN_INS
    admission: AdmissionLimits = USUAL
    member: LinkBudget = limits.MEMBER
    descriptors: int = UNLIMITED  # files that the process may hold open
    own_machine: bool = False  # practice: who comes from here without a proxy is no crowd
    floors: Floors = field(default_factory=Floors)
    space: Callable[[Path], DiskSpace] = space_of  # another one where a test plays the disk
    pictures: PictureQuota = field(default_factory=PictureQuota)
    watch_lag: bool = True  # False where somebody else moves the clock
    until_stdin_closes: bool = False
    keep_words_days: int = KEEP_WORDS_DAYS


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
        randomness: Randomness = SYSTEM,
    ) -> None:
        clock = clock or SystemClock()
        self.options = options
        self._listen = listen
        self.clock = clock
        self.run = str(UUID(hex=randomness.token(16), version=4))
        self.tasks = Tasks()
        self.keys = HeldKey(load_key(options.data / KEY_FILE))
        self.measures = Measures()
        self.disk = Disk(options.data, options.floors, space=options.space)
        self.disk.make_room()
        self.database = database(options.data)
        self.store = store(self.database)
        self.store.watch_faults(self.disk.failed)
        self.ledger = AdmissionLedger(options.admission, options.descriptors)
        self.proxies = TrustedProxies(options.proxies)
        self.gateway = Gateway(self._profile(), clock, self.tasks, self.ledger)
        self.services = Services(
            self.store,
            self.gateway,
            clock,
            self.tasks,
            self.keys,
            practice=options.practice,
            review_after_ms=options.review_after_ms,
            providers=self._providers(providers),
            disk=self.disk,
            randomness=randomness,
        )
        self.sessions = SessionRegistry(
            self.store,
            self.gateway,
            clock,
            self.tasks,
            self.services.on_duty,
            self.keys,
            Fingerprints(newest_rules(), self._salt()),
            run=self.run,
            floor_percent=options.floor_percent,
            announce=self.services.orders.announce,
            measures=self.measures,
            randomness=randomness,
        )
        self.pictures = PictureStore(
            options.data / "media",
            self.store,
            self.gateway,
            clock,
            self.tasks,
            self.disk,
            options.pictures,
        )
        self.retention = WordRetention(
            options.data, self.store, clock, options.keep_words_days, self._clean_up
        )
        self._server: Listening | None = None
        self.port = 0
        self._log: LogListener | None = None
        self._ops: OpsListener | None = None
        self._flags: Mapping[str, str | float | bool] | None = None
        self._notices: NoticeListener | None = None

    @classmethod
    async def start(
        cls,
        options: Options,
        clock: Clock | None = None,
        *,
        store: Callable[[Path], Store] = Store,
        providers: Callable[[Store], Sequence[PaymentProvider]] | None = None,
        listen: Listen = listen,
        randomness: Randomness = SYSTEM,
    ) -> "Relay":
        """Opens the database, takes every session up, then listens."""
        options.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        relay = cls(
            options,
            clock,
            store=store,
            providers=providers,
            listen=listen,
            randomness=randomness,
        )
        try:
            await relay._open()
        except BaseException:
            await relay.stop()
            raise
        return relay

    async def _open(self) -> None:
        gateway, services = self.gateway, self.services
        if self.options.settings is not None:
            self._adopt(read_settings(self.options.settings))
        services.bind(self.sessions)
        self.pictures.furnish(gateway)
        reading = FeedReading(self.sessions, gateway)
        gateway.furnish(
            services.accounts,
            CommandRouter(self.sessions, self.pictures, self.tasks, services.orders.queue_message),
            self.pictures,
            {
                **services.handlers(),
                **reading.handlers(),
                **self.pictures.handlers(),
                **LogProofs(self.store, self.keys).handlers(),
            },
        )
        self.sessions.erased = self._clean_up
        await self.pictures.erase()
        await self.retention.write_list()
        back = await self.sessions.recover()
        if back:
            log.info("%d sessions taken up", back)
        forget_former(self.options.data / KEY_FILE, self.key, self.sessions.keys_of_open())
        await services.start()
        self.tasks.start(self.sessions.keep_vouching(), "vouching")
        if self.options.watch_lag:
            self.tasks.start(self.sessions.keep_beating(), "lag")
        gateway.watch(self._present)
        self.tasks.start(self.sessions.keep_signing(), "signed heads")
        self.tasks.start(gateway.keep_sweeping(), "sweeping")
        if self.options.tls is not None:
            self.tasks.start(self._keep_certificate(self.options.tls), "certificate")
        upkeep = Upkeep(self.store, self.disk, services.accounts, self.pictures)
        await upkeep.begin()
        self.tasks.start(upkeep.run(), "upkeep")
        self.tasks.start(self.retention.run(), "retention")
        self.tasks.start(self._keep_key(), "key")
        self._server = await self._listen(
            gateway.make_connection,
            self.options.host,
            self.options.port,
            ledger=self.ledger,
            budget=limits.GUEST,
            tls=None if self.options.tls is None else self.options.tls.current,
            proxies=self.proxies,
        )
        self.port = self._server.sockets[0].getsockname()[1]
        if self.options.ops is not None:
            self._ops = OpsListener(self)
            self._ops.start(*self.options.ops)
        if self.options.notices is not None:
            self._notices = NoticeListener(self.tasks, services.notices.hear)
            await self._notices.listen(*self.options.notices)
        if self.options.log is not None:
            self._log = await LogListener.start(
                self.store, self.tasks, self.keys, self.options.log_origin
            )
            await self._log.listen(
                *self.options.log, ledger=self.ledger, tls=self.options.tls, proxies=self.proxies
            )

    def reload(self) -> None:
        """Reads settings and certificate anew; links that stand are not touched, and what cannot be
        read changes nothing."""
        if self.options.settings is not None:
            try:
                settings = read_settings(self.options.settings)
                if self._flags is not None and settings.flags != self._flags:
                    log.warning("options in the settings changed: they need a restart")
                self._adopt(settings)
            except SettingsFault as fault:
                log.error("the settings were not reloaded, the old ones stand: %s", fault)
        if self.options.tls is not None and self.options.tls.reload():
            log.warning("the certificate was read anew")
        self.tasks.start(self.take_key(), "next key")

    def _adopt(self, settings: HostSettings) -> None:
        self._flags = settings.flags
        level = self.options.log_level or settings.log_level or "warning"
        logging.getLogger("miaohui").setLevel(level.upper())
        self.proxies.adopt((*self.options.proxies, *settings.proxies))
        self.gateway.adopt(settings.admission)

    async def _keep_certificate(self, tls: ServerTls) -> None:
        """Serves a renewed certificate without being told."""
        while True:
            await asyncio.sleep(LOOK_S)
            if await asyncio.to_thread(tls.look):
                log.warning("the certificate was read anew")

    async def _keep_key(self) -> None:
        """Takes the next key up without being told."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.take_key()

    async def take_key(self) -> None:
        """Goes on under the key that follows in order from the one held, where it lies in the folder.
        Sessions under way are signed to their end by the one that they began under."""
        try:
            found = await asyncio.to_thread(next_key, self.options.data / KEY_FILE, self.key)
        except (KeyFault, OSError) as fault:
            log.error("the key was not read anew: %s", fault)
            return
        if found is None or found.public_hex == self.key.public_hex:
            return
        before, self.keys.now = self.key, found
        self.gateway.rotate(found.key_id, found.public_hex, found.steps[-KEY_STEPS:])
        log.warning("the key %s is followed by %s", before.key_id, found.key_id)

    def _clean_up(self) -> None:
        """Words were erased: pictures' files, the database's log and the erase list follow."""
        self.pictures.erase_soon()
        self.tasks.start(self.retention.write_list(), "erase list")

    def _present(self, caller: Caller, line: ClientConnection, online: bool) -> None:
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
        if self._ops is not None:
            self._ops.close()
        if self._notices is not None:
            self._notices.close()
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
        self.disk.settle()

    @property
    def key(self) -> RelayKey:
        """By which it signs what begins now."""
        return self.keys.now

    @property
    def data(self) -> Path:
        return self.options.data

    @property
    def tls(self) -> ServerTls | None:
        return self.options.tls

    @property
    def url(self) -> str:
        scheme = "ws" if self.options.tls is None else "wss"
        host = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        return f"{scheme}://{host}:{self.port}"

    @property
    def log_url(self) -> str | None:
        """Where the log of receipts is served."""
        return None if self._log is None else self._log.url

    @property
    def notices_url(self) -> str | None:
        """Where providers' notices are heard."""
        if self._notices is None or self.options.notices is None:
            return None
        return f"http://{self.options.notices[0]}:{self._notices.port}/notices"

    @property
    def ops_url(self) -> str | None:
        """Where health and metrics are served."""
        if self._ops is None or self.options.ops is None:
            return None
        host = self.options.ops[0]
        return f"http://{f'[{host}]' if ':' in host else host}:{self._ops.port}"

    def _profile(self) -> RelayProfile:
        options = self.options
        return RelayProfile(
            name=options.name,
            software=f"miaohui/{__version__}",
            run=self.run,
            key_id=self.key.key_id,
            public_hex=self.key.public_hex,
            succession=self.key.steps[-KEY_STEPS:],
            practice=options.practice,
            review_after_ms=options.review_after_ms,
            help_lines=options.help_lines,
            requests=options.requests,
            sign_ins=options.sign_ins,
            admission=options.admission,
            member=options.member,
            own_machine=options.own_machine,
        )

    def _providers(
        self, given: Callable[[Store], Sequence[PaymentProvider]] | None
    ) -> Sequence[PaymentProvider] | None:
        """Those that are given, or configured; SettingsFault where practice and real money would
        stand in the same books."""
        if given is not None:
            return given(self.store)
        if self.options.settings is None:
            return None
        made = read_settings(self.options.settings).merchants.providers(self.clock)
        if made and self.options.practice:
            raise SettingsFault("a practice relay takes no real money: leave --practice out")
        return made or None

    def _salt(self) -> bytes:
        """A secret of this relay's that stays the same."""
        return kept_secret(self.options.data, self.key)
