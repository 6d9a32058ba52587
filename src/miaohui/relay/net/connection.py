"""One connection: who is at the other end, what is asked, and in which order it is answered."""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from miaohui.relay.accounts.accounts import AccountIdentity, Accounts
from miaohui.relay.net.admission import LinkPlace, LinkRefusal
from miaohui.relay.net.command_order import CommandOrder
from miaohui.relay.net.limits import FINE_MS, Buckets
from miaohui.relay.net.origin import UNTOLD, Origin
from miaohui.relay.net.socket import Socket
from miaohui.relay.ports import Caller, Handler, Refused
from miaohui.relay.storage.store import StoreFault
from miaohui.runtime.clock import Clock
from miaohui.runtime.logs import IDS, LogIds
from miaohui.runtime.tasks import Tasks
from miaohui.wire.accounts import Account, Done, Recover, SignedIn, SignIn, SignOut, SignUp
from miaohui.wire.codec import Ok, Up, encode
from miaohui.wire.errors import Code
from miaohui.wire.frame import Command, Frame, Request, Result
from miaohui.wire.link import Failed, Hello, Ping, Pong, Welcome
from miaohui.wire.machine import LinkPhase, RelayEnd, Shut, Transmit
from miaohui.wire.media import MediaTook
from miaohui.wire.sessions import ReadTo, Seen, Typing

log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode

RUNNING = 8  # requests of one connection carried out at a time, besides a session's commands
WAITING = 64  # … and waiting for that
SIGNING = 64  # passwords checked, or waiting for that, of all connections


class SessionRoom(Protocol):
    """The sessions, as connections see them."""

    kinds: frozenset[type[Request]]

    def command(
        self, line: "ClientConnection", caller: Caller, frame: Command, now: int
    ) -> None: ...

    def loose(self, line: "ClientConnection", frame: Typing | Seen | ReadTo) -> None: ...

    def acked(self, line: "ClientConnection", acks: Mapping[str, int], now: int) -> None: ...

    def left(self, line: "ClientConnection") -> None: ...

    def look(self, now: int) -> None: ...

    def presence(self, account: str, *, online: bool) -> None: ...


class MediaRoom(Protocol):
    """The pictures, as connections see them."""

    def chunk(self, line: "ClientConnection", caller: Caller, data: bytes, now: int) -> None: ...

    def took(self, line: "ClientConnection", frame: MediaTook) -> None: ...

    def left(self, line: "ClientConnection") -> None: ...


class Front(Protocol):
    """The gateway, as connections see it."""

    clock: Clock
    tasks: Tasks
    accounts: Accounts
    sessions: SessionRoom
    media: MediaRoom
    handlers: dict[type[Request], Handler]
    session_kinds: frozenset[type[Request]]
    request_rate: Buckets
    ping_rate: Buckets
    loose_rate: Buckets
    sign_rate: Buckets
    own_sign_rate: Buckets
    signing: int
    name_rate: Buckets

    def admit(self, line: "ClientConnection") -> None: ...

    def judge(self, line: "ClientConnection", identity: AccountIdentity | None) -> bool: ...

    def overspent(self, line: "ClientConnection", what: LinkRefusal) -> None: ...

    def gone(self, line: "ClientConnection") -> None: ...

    def enter(
        self,
        line: "ClientConnection",
        identity: AccountIdentity,
        greet: Callable[[], None] | None = None,
    ) -> bool: ...

    def leave(self, line: "ClientConnection") -> None: ...

    def welcome(self, account: Account | None, *, token_refused: bool) -> Welcome: ...


def _unheard(data: bytes) -> None:
    """What is said before there is a socket."""


class ClientConnection:
    """Ears on one socket. ``heads``: the feeds attached here, by session."""

    def __init__(self, gateway: Front, number: int, now: int) -> None:
        self.number = number
        self._key = str(number)
        self.link = RelayEnd(f"connection {number}", now)
        self.caller: Caller | None = None
        self.device = ""
        self.generation = 0
        self.attached: dict[str, Any] = {}
        self.socket: Socket | None = None
        self.send: Callable[[bytes], None] = _unheard  # the socket's own: most of what is called
        self.origin: Origin = UNTOLD
        self.place: LinkPlace | None = None
        self.guest_since: int | None = None
        self._gateway = gateway
        self._order = CommandOrder()
        self._running = 0
        self._waiting: deque[tuple[Handler, Caller, Request]] = deque()

    @property
    def gone(self) -> bool:
        return self.link.phase is LinkPhase.ENDED

    # -- from the socket -------------------------------------------------------------------------

    def opened(self, socket: Socket) -> None:
        self.socket = socket
        self.send = socket.send
        self.origin = socket.origin
        self.place = socket.place
        self._gateway.admit(self)

    def text(self, data: bytes) -> None:
        now = self._gateway.clock.mono()
        self._gateway.sessions.look(now)
        link = self.link
        frame = link.receive(data, now)
        if link.effects:
            self._do()
        if frame is not None:
            doing = IDS.set(
                LogIds(self.number, getattr(frame, "id", ""), getattr(frame, "session", ""))
            )
            try:
                self._carry(frame, now)
            finally:
                IDS.reset(doing)

    def binary(self, data: bytes) -> None:
        now = self._gateway.clock.mono()
        if self.link.binary(now) and self.caller is not None:
            self._gateway.media.chunk(self, self.caller, data, now)
        self._do()

    def overspent(self, what: LinkRefusal) -> None:
        self._gateway.overspent(self, what)
        if what is not LinkRefusal.UNREAD:  # who does not read is cut, and may resume at once
            self.goodbye(Code.TOO_MANY, retry_ms=FINE_MS)

    def too_large(self) -> None:
        self.goodbye(Code.TOO_LARGE)

    def closed(self) -> None:
        if self.link.phase is not LinkPhase.ENDED:
            self.link.gone()
            self._over()

    def sweep(self, now: int) -> None:
        """Looks at the link's deadlines."""
        self.link.tick(now)
        self._do()

    def _do(self) -> None:
        """What the machine wants of the socket."""
        socket = self.socket
        for effect in self.link.take():
            if socket is None:
                continue
            if isinstance(effect, Transmit):
                socket.send(effect.data)
                continue
            if isinstance(effect, Shut):
                socket.close(effect.code, effect.reason)
            else:
                socket.abort()
            self._over()

    def _over(self) -> None:
        log.info("connection %d ended after %d ms", self.number, self._lasted())
        self._waiting.clear()
        self._gateway.gone(self)

    def _lasted(self) -> int:
        return self._gateway.clock.mono() - self.link.since

    # -- to the other end ------------------------------------------------------------------------

    def say(self, frame: Frame) -> None:
        self.send(encode(frame))

    def answer(self, id: str, outcome: Result | Refused) -> None:
        if isinstance(outcome, Refused):
            self._order.answered(id, outcome, self._gateway.clock.mono())
            self.fail(id, outcome.code, outcome.detail, outcome.retry_ms)
        else:
            self._order.done(id)
            self.say(Ok(id=id, result=outcome))  # type: ignore[arg-type]

    def taken(self, id: str, result: bytes) -> None:
        """``answer`` with a result that is encoded already."""
        self._order.done(id)
        self.send(b'{"type":"ok","id":%b,"result":%b}' % (_encode(id), result))

    def fail(self, id: str, code: Code, detail: str = "", retry_ms: int = 0) -> None:
        self.say(Failed(id=id, code=code, detail=detail, retry_ms=retry_ms))

    def goodbye(self, code: Code, *, retry_ms: int = 0) -> None:
        """Says why, then closes."""
        if self.socket is not None:
            self.link.goodbye(code, retry_ms)
            self._do()

    # -- frames ----------------------------------------------------------------------------------

    def _carry(self, frame: Up, now: int) -> None:
        gateway = self._gateway
        caller = self.caller
        if caller is not None and type(frame) in gateway.session_kinds:
            # A command to a session: nearly everything that comes.
            assert isinstance(frame, Command)
            session: str = frame.session  # type: ignore[union-attr]
            wait = gateway.request_rate.take(caller.account, now)
            if wait:
                self._order.refused(session, frame.id, now)
                self.fail(frame.id, Code.TOO_MANY, "requests", wait)
            elif self._order.enter(session, frame.id, now):
                gateway.sessions.command(self, caller, frame, now)
            else:
                self.fail(frame.id, Code.RELAY_FAULT, "order", 1000)
        elif isinstance(frame, Request):
            self._request(frame, now)
        elif isinstance(frame, Ping):
            self._ping(frame, now)
        elif isinstance(frame, Hello):
            self.device, self.generation = frame.device, frame.generation
            gateway.tasks.start(self._greet(frame), "hello")
        elif isinstance(frame, MediaTook):
            gateway.media.took(self, frame)
        elif caller is not None and gateway.loose_rate.take(self._key, now) == 0:
            gateway.sessions.loose(self, frame)

    def _ping(self, frame: Ping, now: int) -> None:
        gateway = self._gateway
        wait = gateway.ping_rate.take(self._key, now)
        if wait:
            self.goodbye(Code.TOO_MANY, retry_ms=wait)
            return
        if frame.acks and self.caller is not None:
            gateway.sessions.acked(self, frame.acks, now)
        heads = {session: seat.head for session, seat in self.attached.items()}
        self.say(Pong(t1=frame.t1, t2=now, t3=gateway.clock.mono(), heads=heads))

    def _request(self, frame: Request, now: int) -> None:
        gateway = self._gateway
        caller = self.caller
        # Who comes by a proxy that does not say from where counts by their own link.
        key = caller.account if caller else self.origin.host or self._key
        wait = gateway.request_rate.take(key, now)
        if wait:
            self.fail(frame.id, Code.TOO_MANY, "requests", wait)
            return
        if caller is None:
            if isinstance(frame, SignUp | SignIn | Recover):
                self._sign(frame, now)
            else:
                self.fail(frame.id, Code.SIGN_IN_FIRST)
            return
        if isinstance(frame, SignUp | SignIn | Recover):
            self.fail(frame.id, Code.WRONG_STATE, "signed_in")
            return
        handler = gateway.handlers.get(type(frame))
        if isinstance(frame, SignOut):
            gateway.tasks.start(self._sign_out(caller, frame), "sign out")
        elif handler is None:
            self.fail(frame.id, Code.NOT_ALLOWED, "type")
        elif self._running < RUNNING:
            self._start(handler, caller, frame)
        elif len(self._waiting) < WAITING:
            self._waiting.append((handler, caller, frame))
        else:
            self.fail(frame.id, Code.TOO_MANY, "in_flight", 100)

    def _start(self, handler: Handler, caller: Caller, frame: Request) -> None:
        self._running += 1
        self._gateway.tasks.start(self._carry_out(handler, caller, frame), type(frame).__name__)

    async def _carry_out(self, handler: Handler, caller: Caller, frame: Request) -> None:
        outcome: Result | Refused
        try:
            outcome = await handler(caller, frame)
        except Refused as refused:
            outcome = refused
        except StoreFault:
            outcome = Refused(Code.RELAY_FAULT)
        except Exception:
            log.exception("request %s", type(frame).__name__)
            outcome = Refused(Code.RELAY_FAULT)
        finally:
            self._running -= 1
        if not self.gone:
            self.answer(frame.id, outcome)
            if self._waiting and self._running < RUNNING:
                self._start(*self._waiting.popleft())

    # -- who is there ----------------------------------------------------------------------------

    async def _greet(self, frame: Hello) -> None:
        identity: AccountIdentity | None = None
        if frame.token is not None:
            try:
                identity = await self._gateway.accounts.by_token(frame.token, frame.device)
            except Refused as refused:
                self.goodbye(refused.code)
                return
            except StoreFault:
                self.goodbye(Code.RELAY_FAULT, retry_ms=1000)
                return
        if self.gone:
            return
        if not self._gateway.judge(self, identity):
            return
        unknown = frame.token is not None and identity is None
        welcome = self._gateway.welcome(account_of(identity), token_refused=unknown)
        if identity is None:
            self.say(welcome)
        elif not self._gateway.enter(self, identity, lambda: self.say(welcome)):
            self.goodbye(Code.REPLACED)
            return
        self._checked()

    def _checked(self) -> None:
        """The check is over: what came meanwhile is read now."""
        link = self.link
        link.checked(signed_in=self.caller is not None)
        while kept := link.kept():
            frame, came = kept
            self._do()
            if frame is not None:
                self._carry(frame, came)

    def _sign(self, frame: SignUp | SignIn | Recover, now: int) -> None:
        gateway = self._gateway
        host = self.origin.host
        rate = gateway.own_sign_rate if self.origin.own else gateway.sign_rate
        wait = max(
            rate.take(host, now) if host else 0,
            gateway.name_rate.take(f"{host} {frame.name[:64].casefold()}", now),
        )
        if wait:
            log.warning("sign-ins are too many from %s", self.origin.net or "-")
            self.fail(frame.id, Code.TOO_MANY, "sign_in", wait)
            return
        if gateway.signing >= SIGNING:
            self.fail(frame.id, Code.TOO_MANY, "sign_in", 1000)
            return
        self.link.check("sign in")
        gateway.signing += 1
        gateway.tasks.start(self._sign_checked(frame), "sign in")

    async def _sign_checked(self, frame: SignUp | SignIn | Recover) -> None:
        try:
            identity, token = await self._signed(frame)
        except Refused as refused:
            log.warning("a sign-in was refused: %s from %s", refused.code, self.origin.net or "-")
            self.answer(frame.id, refused)
        except Exception:
            log.exception("sign in")
            self.fail(frame.id, Code.RELAY_FAULT)
        else:
            if self.gone:
                return
            if not self._gateway.enter(self, identity):
                self.goodbye(Code.REPLACED)
                return
            account = account_of(identity)
            if account is not None:
                self.answer(frame.id, SignedIn(account=account, token=token))
        self._checked()

    async def _signed(self, frame: SignUp | SignIn | Recover) -> tuple[AccountIdentity, str]:
        gateway, host = self._gateway, self.origin.host
        try:
            if isinstance(frame, SignUp):
                return await gateway.accounts.sign_up(frame, self.device, host)
            if isinstance(frame, Recover):
                return await gateway.accounts.recover(frame, self.device, host)
            return await gateway.accounts.sign_in(frame, self.device, host)
        finally:
            gateway.signing -= 1

    async def _sign_out(self, caller: Caller, frame: SignOut) -> None:
        # Left before the token is revoked, since revoking cuts every link that still bears it.
        self._gateway.leave(self)
        self.link.check("sign out")
        try:
            await self._gateway.accounts.sign_out(caller)
        except Exception:
            log.exception("sign out")
            self.fail(frame.id, Code.RELAY_FAULT)
            self.goodbye(Code.RELAY_FAULT)
            return
        if not self.gone:
            self.answer(frame.id, Done())
        self._checked()


def account_of(identity: AccountIdentity | None) -> Account | None:
    """The account as it sees itself."""
    if identity is None:
        return None
    return Account(
        account=identity.account,
        name=identity.name,
        display=identity.display,
        role=identity.role,
        shop=identity.shop,
        shop_name=identity.shop_name,
    )
