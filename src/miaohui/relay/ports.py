"""The seams inside the relay: what its rooms ask of each other, and nothing more.

Rooms: ``gateway`` (connections), ``sessions`` (journals, timers), ``store`` (the one thread that
writes), ``accounts``, ``catalogue``, ``orders``. Functions whose name ends in ``_in`` run inside a
write transaction on the store's thread, so they get its connection and must not await.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from miaohui.wire.accounts import Presence, Role
from miaohui.wire.catalogue import Mode, TermsView
from miaohui.wire.errors import Code
from miaohui.wire.frame import Frame, Request, Result
from miaohui.wire.sessions import Accepted, Body, Send, SessionCard

T = TypeVar("T")


class Refused(Exception):
    """A request that is not carried out; becomes ``failed`` on the wire. Nothing changed."""

    def __init__(self, code: Code, detail: str = "", *, retry_ms: int = 0) -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail
        self.retry_ms = retry_ms


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a signed-in account on one connection."""

    account: str
    role: Role
    shop: str | None
    display: str
    token_id: str
    device: str
    connection: int


Handler = Callable[[Caller, Request], Awaitable[Result]]
"""Carries a request out, or raises Refused. Registered by the request's type."""


class StorePort(Protocol):
    """The database: one writing thread with group commit, a few reading ones."""

    async def write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Runs ``job`` in a savepoint of the next commit; returns once that is durable. An
        exception from ``job`` undoes the job alone and is raised here."""
        ...

    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Runs ``job`` on a reading connection, on a snapshot."""
        ...


class PushPort(Protocol):
    """The way to people's screens. Never blocks: who can't keep up is cut and resumes."""

    def push(self, account: str, frame: Frame) -> None:
        """To every connection of the account."""
        ...

    def online(self, account: str) -> bool: ...

    def cut(self, account: str, code: Code, *, token_id: str | None = None) -> None:
        """Ends the account's connections (or one device's) with ``goodbye``."""
        ...


class Answers(Protocol):
    """The durable memory of commands: (account, id) → first answer."""

    def known_in(
        self, conn: sqlite3.Connection, caller: Caller, command: Request, *others: Request
    ) -> Result | None:
        """The first answer, or None; Refused where that was a refusal, and with ID_REUSED where the
        content is that of neither ``command`` nor one of its ``others`` forms."""
        ...

    def remember_in(
        self, conn: sqlite3.Connection, caller: Caller, command: Request, result: Result
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Queued:
    """A message the customer sent before somebody accepted; becomes an ask at t = 0."""

    id: str
    content: str
    body: Body


@dataclass(frozen=True, slots=True)
class Opening:
    """Everything that a new session is made of. Money in fen."""

    order: str
    customer: str
    customer_name: str
    shop: str
    shop_name: str
    responder: str
    responder_name: str
    minutes: int
    mode: Mode
    price_fen: int
    terms: TermsView
    utc_offset_min: int
    queued: tuple[Queued, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """A session's last word, for the money: computed by the fold at ``closed``."""

    order: str
    session: str
    reason: str
    refund_fen: int
    given_back_ms: int
    closed_utc: str


@dataclass(frozen=True, slots=True)
class Wait:
    """One measured turn's piece of one responder (promise.md: pieces cut at handovers), for the
    figures. ``state``: kept, breached, censored. ``hour``: shop's local hour of its start."""

    responder: str
    start_utc_ms: int
    hour: int
    wait_ms: int
    state: str
    covered: bool = True  # False: no reply of this responder's ended it, the wait is a lower bound


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a closed session adds to the figures. ``waits``: whole turns for the shop;
    ``pieces``: the same cut by responder."""

    session: str
    shop: str
    closed_utc_ms: int
    waits: tuple[Wait, ...]
    pieces: tuple[Wait, ...]
    late_ms: int
    elapsed_ms: int


class SessionsPort(Protocol):
    """The single writers of the journals."""

    def open_in(self, conn: sqlite3.Connection, opening: Opening) -> str:
        """Writes ``opened`` (and the queued asks); returns the session's id. After the commit the
        caller calls ``started``."""
        ...

    async def started(self, session: str) -> SessionCard:
        """Wakes the session's writer after ``open_in`` was committed."""
        ...

    async def extend(
        self,
        session: str,
        minutes: int,
        price_fen: int,
        side: Callable[[sqlite3.Connection], None],
    ) -> None:
        """Writes ``extended``; ``side`` (the money) runs in the same transaction. Refused where
        the session is closed."""
        ...

    async def card(self, session: str, account: str) -> SessionCard: ...

    def live_count(self, responder: str) -> int:
        """How many open sessions this responder answers now (closing ones count)."""
        ...

    def remaining_ms(self, responder: str) -> list[int]:
        """Paid time left in each of them, for honest estimates of the queue."""
        ...

    def last_wait_ms(self, responder: str) -> int | None:
        """The newest finished (or running, once breached) wait of this responder's."""
        ...

    async def end_all(self, account: str, reason: str) -> None:
        """Closes every open session of a banned account."""
        ...


@dataclass(frozen=True, slots=True)
class Free:
    """Somebody who can take a conversation now."""

    responder: str
    name: str


class OrdersPort(Protocol):
    """Orders, money and who is on duty, as the sessions need them."""

    def moved_in(self, conn: sqlite3.Connection, order: str, state: str) -> None:
        """The session became ``open`` or ``closing``: the order follows."""
        ...

    def settled_in(self, conn: sqlite3.Connection, ended: Ended) -> None:
        """``closed`` was written: pays the shop, refunds the customer, in this transaction."""
        ...

    def measured_in(self, conn: sqlite3.Connection, measurement: Measurement) -> None: ...

    def handed_in(self, conn: sqlite3.Connection, order: str, to: str) -> None: ...

    def announce(self, order: str) -> None:
        """After a commit: tells the customer and the desks concerned."""
        ...

    async def queue_message(self, caller: Caller, send: Send) -> Accepted | str | None:
        """Keeps a message sent while queued, where ``send.session`` is an order of the caller's
        that waits; the session's id where it has opened meanwhile; None where it is neither."""
        ...

    def free_colleague(self, shop: str, besides: frozenset[str]) -> Free | None:
        """Somebody on duty with a free place, not one of ``besides``."""
        ...

    def presence(self, responder: str) -> Presence: ...
