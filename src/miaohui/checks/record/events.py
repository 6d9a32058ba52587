"""A run's events, one a line: ``run.jsonl`` in the run's folder, format checkrun/1.

A run's folder holds ``plan.toml`` (the plan's very bytes), ``run.jsonl`` (appended and synced before
anything that it announces is done; each line's ``prev`` is the SHA-256 of the line before),
``sessions/SLOT.zip`` (receipt bundle without text), ``private/SLOT.zip`` (the same with bodies, for
coding; never exported unless chosen), ``coding/RATER.jsonl``, ``accounts/`` (the customers' stores),
and what the report writes. Instants ``utc_ms`` are wall time, ``t_ms`` is since the session opened.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from miaohui.wire.plans import PlanOrders, PlanRegistered

FORMAT = "checkrun/1"


class SlotState(StrEnum):
    """A slot's way: planned → buying → queued → running → done; or skipped, failed."""

    PLANNED = "planned"
    BUYING = "buying"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


OVER: Final = frozenset({SlotState.DONE, SlotState.SKIPPED, SlotState.FAILED})


class Event(Struct, frozen=True, kw_only=True, tag_field="event", forbid_unknown_fields=True):
    """An event of a run."""

    utc_ms: int


class RunBegun(Event, frozen=True, kw_only=True, tag="begun"):
    """The first line: written, with the plan's hash, before any purchase."""

    format: str
    run: str
    plan_sha256: str
    seed: int
    relay: str
    relay_key: str
    rule: str
    practice: bool
    version: str
    budget_fen: int | None = None  # of this run, where it is less than the plan's
    tester_key: str = ""  # hex, Ed25519: signs the evidence of this run


class Slot(Event, frozen=True, kw_only=True, tag="slot"):
    """A session that is to be bought: of whom, when, in which stratum, from which account.
    ``target``: the shop's or responder's name as the plan has it."""

    slot: str
    target: str
    shop: str
    shop_name: str
    responder: str | None
    responder_name: str | None
    offer: str
    minutes: int
    price_fen: int
    stratum: str
    at_utc_ms: int
    account: int
    until_utc_ms: int = 0  # not bought after that: it was too late


class Countersigned(Event, frozen=True, kw_only=True, tag="countersigned"):
    """Before the first purchase: the relay's signed word that it knew the plan's hash then."""

    statement: PlanRegistered


class OrdersListed(Event, frozen=True, kw_only=True, tag="orders"):
    """The relay's signed list of all orders bought under the plan; ``final`` in it where the run is
    over, and the newest list is the one that counts."""

    statement: PlanOrders


class Buying(Event, frozen=True, kw_only=True, tag="buying"):
    """Before the request goes out: its ids, so that a resumed run repeats the same purchase and
    never makes a second."""

    slot: str
    quote_id: str
    pay_id: str
    price_fen: int


class Bought(Event, frozen=True, kw_only=True, tag="bought"):
    slot: str
    order: str
    price_fen: int


class SlotOpened(Event, frozen=True, kw_only=True, tag="opened"):
    slot: str
    session: str
    responder: str


class Probed(Event, frozen=True, kw_only=True, tag="probed"):
    """A bubble of a probe. ``planned_ms`` and ``sent_ms``: since the session opened, by the runner's
    monotonic clock; ``probe``: index in the plan; ``step``: bubble within the probe; ``message``: its
    id, empty where it was skipped, and then ``skipped`` says why. A gap writes one line without a
    message; ``seconds`` is its length."""

    slot: str
    probe: int
    kind: str
    step: int
    planned_ms: int
    sent_ms: int | None
    message: str = ""
    text: str = ""
    seconds: float = 0.0
    skipped: str = ""


class SlotEnded(Event, frozen=True, kw_only=True, tag="ended"):
    """The order came to its end; ``state``: an order state; sums in fen; ``bundle``: a receipt
    bundle was kept. ``after_end_replies``: what the responder still wrote after the close."""

    slot: str
    state: str
    reason: str
    refund_fen: int
    given_back_ms: int
    bundle: bool
    after_end_replies: int = 0


class Skipped(Event, frozen=True, kw_only=True, tag="skipped"):
    """A slot that was not bought, and why: "budget", "nobody_on_duty", "late", "banned",
    "price_changed", "no_offer", "relay_gone", or the relay's code ("balance_low", ...)."""

    slot: str
    reason: str


class Deviation(Event, frozen=True, kw_only=True, tag="deviation"):
    """Anything that went otherwise than planned; ``code`` with ``detail`` for the report."""

    code: str
    detail: str
    slot: str = ""


class Network(Event, frozen=True, kw_only=True, tag="network"):
    """The link as a slot's account saw it: round trip in ms, cuts so far."""

    slot: str
    rtt_ms: int | None
    cuts: int


class RunHalted(Event, frozen=True, kw_only=True, tag="halted"):
    """``how``: "paused", "resumed", "stopped", "crashed" (found by the resumed run)."""

    how: str


class Finished(Event, frozen=True, kw_only=True, tag="finished"):
    spent_fen: int
    refunded_fen: int
    verdict: str = ""


AnyEvent = (
    RunBegun
    | Slot
    | Countersigned
    | OrdersListed
    | Buying
    | Bought
    | SlotOpened
    | Probed
    | SlotEnded
    | Skipped
    | Deviation
    | Network
    | RunHalted
    | Finished
)


class LoggedLine(Struct, frozen=True, kw_only=True):
    """One line of run.jsonl."""

    n: int
    prev: str
    entry: AnyEvent
