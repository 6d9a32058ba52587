"""The front door: every connection, who is online, and the way to people's screens."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import count

from miaohui.relay.accounts.accounts import AccountIdentity, Accounts
from miaohui.relay.net import limits
from miaohui.relay.net.accept_limit import AcceptLimit
from miaohui.relay.net.admission import (
    GUEST_LIFE_MS,
    USUAL,
    AdmissionLedger,
    AdmissionLimits,
    LinkRefusal,
)
from miaohui.relay.net.connection import ClientConnection, MediaRoom, SessionRoom
from miaohui.relay.net.limits import Buckets, LinkBudget, Rate
from miaohui.relay.ports import Caller, Handler
from miaohui.runtime.clock import Clock, rfc3339
from miaohui.runtime.tasks import Tasks
from miaohui.wire.accounts import Account
from miaohui.wire.codec import encode
from miaohui.wire.errors import Code
from miaohui.wire.frame import Frame, Request
from miaohui.wire.journal import RULE
from miaohui.wire.link import HelpLine, KeyRotated, KeyStep, Welcome
from miaohui.wire.machine import LinkPhase

log = logging.getLogger(__name__)

SWEEP_S = 0.2
# Practice on this machine: all scripted responders sign in from one address at once.
OWN_MACHINE = Rate(burst=200, per_second=5)
BUSY_MS = 100  # a sweep that comes so late: no more guests for now
LATE_MS = 1_000
Watcher = Callable[[Caller, ClientConnection, bool], None]


@dataclass(frozen=True, slots=True)
class RelayProfile:
    """A relay as it tells of itself, and how many it lets in. ``own_machine``: what comes from this
    machine itself, with no proxy between, is one person's practice."""

    name: str
    software: str
    run: str
    key_id: str
    public_hex: str
    practice: bool
    review_after_ms: int
    admission: AdmissionLimits = USUAL
    help_lines: tuple[HelpLine, ...] = ()
    succession: tuple[KeyStep, ...] = ()
    requests: Rate = limits.REQUESTS
    sign_ins: Rate = limits.SIGN_INS
    member: LinkBudget = limits.MEMBER
    own_machine: bool = False


def _nothing() -> None:
    return


class Gateway:
    """All connections; a PushPort. Rooms are set by ``furnish`` before it listens."""

    accounts: Accounts
    sessions: SessionRoom
    media: MediaRoom

    def __init__(
        self,
        profile: RelayProfile,
        clock: Clock,
        tasks: Tasks,
        ledger: AdmissionLedger | None = None,
    ) -> None:
        self.profile = profile
        self.ledger = ledger or AdmissionLedger(profile.admission)
        self.clock = clock
        self.tasks = tasks
        self.handlers: dict[type[Request], Handler] = {}
        self.session_kinds: frozenset[type[Request]] = frozenset()
        self.request_rate = Buckets(profile.requests)
        self.ping_rate = Buckets(limits.PINGS)
        self.loose_rate = Buckets(limits.LOOSE)
        self.sign_rate = Buckets(profile.sign_ins)
        self.name_rate = Buckets(limits.SIGN_INS_PER_NAME)
        own = OWN_MACHINE if profile.own_machine else profile.sign_ins
        self.own_sign_rate = Buckets(own) if own is not profile.sign_ins else self.sign_rate
        self.signing = 0  # passwords under check
        admission = profile.admission
        self._arrivals = Buckets(admission.handshakes)
        self._entries = Buckets(admission.entries)
        # Strangers have a lane of their own: however many of them knock, whoever bears a good
        # token is told no later turn for it.
        self._guest_lane = AcceptLimit(admission.guests_per_second)
        self._member_lane = AcceptLimit(admission.members_per_second)
        self._swept: int | None = None
        self._busy = False
        self._numbers = count(1)
        self._lines: dict[int, ClientConnection] = {}
        self._hosts: dict[str, int] = {}
        self._by_account: dict[str, set[ClientConnection]] = {}
        self._devices: dict[tuple[str, str], ClientConnection] = {}
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

    def people(self) -> int:
        """How many people have a link."""
        return len(self._by_account)

    def cut(self, account: str, code: Code, *, token_id: str | None = None) -> None:
        for line in list(self._by_account.get(account, ())):
            if token_id is None or (line.caller and line.caller.token_id == token_id):
                line.goodbye(code)

    # -- connections come and go -----------------------------------------------------------------

    def make_connection(self) -> ClientConnection:
        return ClientConnection(self, next(self._numbers), self.clock.mono())

    def line(self, number: int) -> ClientConnection | None:
        return self._lines.get(number)

    def adopt(self, limits: AdmissionLimits) -> None:
        """From now on these limits; who is in stays."""
        self.ledger.adopt(limits)
        self._guest_lane.pace(limits.guests_per_second)
        self._member_lane.pace(limits.members_per_second)

    def admit(self, line: ClientConnection) -> None:
        host, now, ledger = line.origin.host, line.link.since, self.ledger
        self._lines[line.number] = line
        here = 0
        if host:
            here = self._hosts[host] = self._hosts.get(host, 0) + 1
        if line.place is None:
            line.place = ledger.take(line.origin.net, now, _nothing)
        line.place.end = partial(line.goodbye, Code.TOO_MANY, retry_ms=1000)
        wait = self._arrivals.take(host, now) if host and not self._own(line) else 0
        if self._stopping:
            line.goodbye(Code.STOPPING, retry_ms=1000)
        elif wait:
            self._refuse(line, LinkRefusal.ARRIVALS, wait)
        elif here > self.ledger.limits.per_host:
            self._refuse(line, LinkRefusal.PER_HOST, 1000)

    def _own(self, line: ClientConnection) -> bool:
        return self.profile.own_machine and line.origin.own

    def _refuse(self, line: ClientConnection, why: LinkRefusal, retry_ms: int) -> None:
        self.ledger.refused[why] += 1
        line.goodbye(Code.TOO_MANY, retry_ms=retry_ms)

    def judge(self, line: ClientConnection, identity: AccountIdentity | None) -> bool:
        """Whether who said hello is let in; a goodbye where not. Only here is it known whether the
        token is good, so only here is anybody's turn counted."""
        now, ledger, place = self.clock.mono(), self.ledger, line.place
        if place is None or line.gone:
            return False
        if identity is None:
            if self._own(line):
                return self._as_guest(line, now)
            if fine := ledger.fines.left_ms(line.origin.host, now):
                self._refuse(line, LinkRefusal.FINED, fine)
            elif self._busy:
                self._refuse(line, LinkRefusal.TURN, 1000)
            elif turn := self._guest_lane.take(now):
                self._refuse(line, LinkRefusal.TURN, turn)
            else:
                return self._as_guest(line, now)
            return False
        if fine := ledger.fines.left_ms(f"@{identity.account}", now):
            self._refuse(line, LinkRefusal.FINED, fine)
        elif wait := self._entries.take(identity.account, now):
            self._refuse(line, LinkRefusal.ARRIVALS, wait)
        elif not self._own(line) and (turn := self._member_lane.take(now)):
            self._refuse(line, LinkRefusal.TURN, turn)
        else:
            return True
        return False

    def _as_guest(self, line: ClientConnection, now: int) -> bool:
        assert line.place is not None
        if not self.ledger.guest(line.place):
            line.goodbye(Code.TOO_MANY, retry_ms=1000)
            return False
        line.guest_since = now
        return True

    def overspent(self, line: ClientConnection, what: LinkRefusal) -> None:
        """A link sent more than its budget: who is behind it stays out for a while. Who reads too
        slowly has done nothing, and may resume at once."""
        self.ledger.refused[what] += 1
        if what is LinkRefusal.UNREAD:
            return
        key = f"@{line.caller.account}" if line.caller else line.origin.host
        if key:
            self.ledger.fines.impose(key, self.clock.mono())

    def gone(self, line: ClientConnection) -> None:
        if self._lines.pop(line.number, None) is None:
            return
        host = line.origin.host
        left = self._hosts.get(host, 0) - 1
        if left > 0:
            self._hosts[host] = left
        else:
            self._hosts.pop(host, None)
        self.leave(line)
        if line.place is not None:
            self.ledger.left(line.place)

    def enter(
        self,
        line: ClientConnection,
        identity: AccountIdentity,
        greet: Callable[[], None] | None = None,
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
        if len(lines) >= self.ledger.limits.per_account:
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
        if line.place is not None:
            self.ledger.member(line.place)
        line.guest_since = None
        if line.socket is not None:
            line.socket.allow(self.profile.member)
        self._devices[seat] = line
        lines.add(line)
        if first:
            self._presence(line.caller, line, online=True)
        return True

    def leave(self, line: ClientConnection) -> None:
        """Signs a connection out; the socket stays as it is."""
        caller = line.caller
        if caller is None:
            return
        self.sessions.left(line)
        self.media.left(line)
        line.caller = None
        if line.number in self._lines and line.socket is not None:
            line.socket.allow(limits.GUEST)
            self._as_guest(line, self.clock.mono())
        if self._devices.get((caller.account, line.device)) is line:
            del self._devices[caller.account, line.device]
        lines = self._by_account.get(caller.account)
        if lines is not None:
            lines.discard(line)
            if not lines:
                del self._by_account[caller.account]
                self._presence(caller, line, online=False)

    def _presence(self, caller: Caller, line: ClientConnection, *, online: bool) -> None:
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
            help_lines=profile.help_lines,
            succession=profile.succession,
        )

    def rotate(self, key_id: str, public_hex: str, succession: tuple[KeyStep, ...]) -> None:
        """Goes on under the next key: who was welcomed is told before anything is signed by it."""
        self.profile = replace(
            self.profile, key_id=key_id, public_hex=public_hex, succession=succession
        )
        said = encode(KeyRotated(key_id=key_id, relay_key=public_hex, succession=succession))
        for line in self._lines.values():
            if line.caller is not None or line.guest_since is not None:
                line.send(said)

    # -- upkeep ----------------------------------------------------------------------------------

    def sweep(self, now: int) -> None:
        """Ends what never said hello, guests who do not sign in, and links that fell silent."""
        last, self._swept = self._swept, now
        self._busy = last is not None and now - last > SWEEP_S * 1000 + BUSY_MS
        for line in list(self._lines.values()):
            since = line.guest_since
            if (
                since is not None
                and now - since > GUEST_LIFE_MS
                and line.link.phase is LinkPhase.GUEST
                and not self._own(line)
            ):
                self.ledger.refused[LinkRefusal.GUEST_LIFE] += 1
                line.goodbye(Code.SIGN_IN_FIRST, retry_ms=1000)
            line.sweep(now)

    async def keep_sweeping(self) -> None:
        while True:
            slept = self.clock.mono()
            await asyncio.sleep(SWEEP_S)
            now = self.clock.mono()
            # Who stood still has not read yet what came meanwhile.
            if now - slept <= LATE_MS:
                self.sweep(now)

    @property
    def stopping(self) -> bool:
        return self._stopping

    def stop(self) -> None:
        """Says goodbye to everybody."""
        self._stopping = True
        for line in list(self._lines.values()):
            line.goodbye(Code.STOPPING, retry_ms=1000)
