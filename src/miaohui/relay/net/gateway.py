"""The front door: every connection, who is online, and the way to people's screens."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count

from miaohui.relay.accounts.accounts import AccountIdentity, Accounts
from miaohui.relay.net import limits
from miaohui.relay.net.accept_limit import AcceptLimit
from miaohui.relay.net.connection import Connection, MediaRoom, SessionRoom
from miaohui.relay.net.limits import Buckets, Rate
from miaohui.relay.ports import Caller, Handler
from miaohui.runtime.clock import Clock, rfc3339
from miaohui.runtime.tasks import Tasks
from miaohui.wire.accounts import Account
from miaohui.wire.codec import encode
from miaohui.wire.errors import Code
from miaohui.wire.frame import Frame, Request
from miaohui.wire.journal import RULE
from miaohui.wire.link import Welcome

log = logging.getLogger(__name__)

SWEEP_S = 0.2
LATE_MS = 1_000
Watcher = Callable[[Caller, Connection, bool], None]


@dataclass(frozen=True, slots=True)
class RelayProfile:
    """A relay as it tells of itself, and how many it lets in."""

    name: str
    software: str
    run: str
    key_id: str
    public_hex: str
    practice: bool
    review_after_ms: int
    unknown_max: int = 500  # connections that have not signed in, in all …
    unknown_per_address: int = 40  # … and from one address
    per_address: int = 2000
    per_account: int = 16
    requests: Rate = limits.REQUESTS
    sign_ins: Rate = limits.SIGN_INS
    handshakes: Rate = limits.HANDSHAKES
    comers_per_second: int = 80  # of all addresses together; never more than 100 in any second


class Gateway:
    """All connections; a PushPort. Rooms are set by ``furnish`` before it listens."""

    accounts: Accounts
    sessions: SessionRoom
    media: MediaRoom

    def __init__(self, profile: RelayProfile, clock: Clock, tasks: Tasks) -> None:
        self.profile = profile
        self.clock = clock
        self.tasks = tasks
        self.handlers: dict[type[Request], Handler] = {}
        self.session_kinds: frozenset[type[Request]] = frozenset()
        self.request_rate = Buckets(profile.requests)
        self.ping_rate = Buckets(limits.PINGS)
        self.loose_rate = Buckets(limits.LOOSE)
        self.sign_rate = Buckets(profile.sign_ins)
        self.name_rate = Buckets(limits.SIGN_INS_PER_NAME)
        self._arrivals = Buckets(profile.handshakes)
        self._accept_limit = AcceptLimit(profile.comers_per_second)
        self._numbers = count(1)
        self._lines: dict[int, Connection] = {}
        self._unknown: set[Connection] = set()
        self._addresses: dict[str, int] = {}
        self._by_account: dict[str, set[Connection]] = {}
        self._devices: dict[tuple[str, str], Connection] = {}
        self._watchers: list[Watcher] = []
        self._stopping = False

    def furnish(
        self,
        accounts: Accounts,
        sessions: SessionRoom,
        media: MediaRoom,
        handlers: Mapping[type[Request], Handler],
    ) -> None:
        self.accounts = accounts
        self.sessions = sessions
        self.media = media
        self.session_kinds = sessions.kinds
        self.handlers.update(handlers)

    def watch(self, hear: "Watcher") -> None:
        """``hear(caller, line, online)`` whenever an account's first link comes, or its last one
        goes."""
        self._watchers.append(hear)

    # -- PushPort --------------------------------------------------------------------------------

    def push(self, account: str, frame: Frame) -> None:
        lines = self._by_account.get(account)
        if lines:
            data = encode(frame)
            for line in lines:
                line.send(data)

    def online(self, account: str) -> bool:
        return account in self._by_account

    def cut(self, account: str, code: Code, *, token_id: str | None = None) -> None:
        for line in list(self._by_account.get(account, ())):
            if token_id is None or (line.caller and line.caller.token_id == token_id):
                line.goodbye(code)

    # -- connections come and go -----------------------------------------------------------------

    def make_connection(self) -> Connection:
        return Connection(self, next(self._numbers), self.clock.mono())

    def line(self, number: int) -> Connection | None:
        return self._lines.get(number)

    def admit(self, line: Connection) -> None:
        here = self._addresses.get(line.address, 0) + 1
        self._addresses[line.address] = here
        self._lines[line.number] = line
        self._unknown.add(line)
        unknown_here = sum(1 for each in self._unknown if each.address == line.address)
        wait = self._arrivals.take(line.address, line.link.since)
        if self._stopping:
            line.goodbye(Code.STOPPING, retry_ms=1000)
        elif (
            wait
            or here > self.profile.per_address
            or len(self._unknown) > self.profile.unknown_max
            or unknown_here > self.profile.unknown_per_address
        ):
            line.goodbye(Code.TOO_MANY, retry_ms=max(wait, 1000))
        elif turn := self._accept_limit.take(line.link.since):
            line.goodbye(Code.TOO_MANY, retry_ms=turn)

    def gone(self, line: Connection) -> None:
        self._lines.pop(line.number, None)
        self._unknown.discard(line)
        left = self._addresses.get(line.address, 0) - 1
        if left > 0:
            self._addresses[line.address] = left
        else:
            self._addresses.pop(line.address, None)
        self.leave(line)

    def enter(
        self, line: Connection, identity: AccountIdentity, greet: Callable[[], None] | None = None
    ) -> bool:
        """Signs a connection in; False where a newer one of the same device is there already.
        ``greet`` is said before anything that coming in leads to."""
        seat = (identity.account, line.device)
        other = self._devices.get(seat)
        if other is not None and other is not line:
            if other.generation > line.generation:
                return False
            other.goodbye(Code.REPLACED)
        lines = self._by_account.setdefault(identity.account, set())
        if len(lines) >= self.profile.per_account:
            min(lines, key=lambda each: each.link.heard_at).goodbye(Code.REPLACED)
            lines = self._by_account.setdefault(identity.account, set())
        first = not lines
        line.caller = Caller(
            account=identity.account,
            role=identity.role,
            shop=identity.shop,
            display=identity.display,
            token_id=identity.token_id,
            device=line.device,
            connection=line.number,
        )
        if greet is not None:
            greet()
        self._unknown.discard(line)
        self._devices[seat] = line
        lines.add(line)
        if first:
            self._presence(line.caller, line, online=True)
        return True

    def leave(self, line: Connection) -> None:
        """Signs a connection out; the socket stays as it is."""
        caller = line.caller
        if caller is None:
            return
        self.sessions.left(line)
        self.media.left(line)
        line.caller = None
        if line.number in self._lines:
            self._unknown.add(line)
        if self._devices.get((caller.account, line.device)) is line:
            del self._devices[caller.account, line.device]
        lines = self._by_account.get(caller.account)
        if lines is not None:
            lines.discard(line)
            if not lines:
                del self._by_account[caller.account]
                self._presence(caller, line, online=False)

    def _presence(self, caller: Caller, line: Connection, *, online: bool) -> None:
        for hear in self._watchers:
            hear(caller, line, online)
        self.sessions.presence(caller.account, online=online)

    # -- what connections pass on ----------------------------------------------------------------

    def welcome(self, account: Account | None, *, token_refused: bool) -> Welcome:
        profile = self.profile
        return Welcome(
            relay=profile.name,
            software=profile.software,
            rule=RULE,
            key_id=profile.key_id,
            relay_key=profile.public_hex,
            practice=profile.practice,
            mono=self.clock.mono(),
            utc=rfc3339(self.clock.utc_ms()),
            run=profile.run,
            review_after_ms=profile.review_after_ms,
            account=account,
            token_refused=token_refused,
        )

    # -- upkeep ----------------------------------------------------------------------------------

    def sweep(self, now: int) -> None:
        """Ends what never said hello, and links that fell silent."""
        for line in list(self._lines.values()):
            line.sweep(now)

    async def keep_sweeping(self) -> None:
        while True:
            slept = self.clock.mono()
            await asyncio.sleep(SWEEP_S)
            now = self.clock.mono()
            # Who stood still has not read yet what came meanwhile.
            if now - slept <= LATE_MS:
                self.sweep(now)

    def stop(self) -> None:
        """Says goodbye to everybody."""
        self._stopping = True
        for line in list(self._lines.values()):
            line.goodbye(Code.STOPPING, retry_ms=1000)
