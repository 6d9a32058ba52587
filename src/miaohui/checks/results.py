"""A check's results: everything that report, page and exports show, as frozen values.

Made by ``checks.analysis.analyse(folder)`` from the raw data alone (plan, run.jsonl, bundles, coding),
at any time, also while the run goes on. Times in ms, sums in fen, shares 0..1.
"""

from enum import StrEnum

from msgspec import Struct

from miaohui.checks.record.events import SlotState


class ClaimVerdict(StrEnum):
    """The verdict on a claim."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_ENOUGH = "not_enough"


class Interval(Struct, frozen=True, kw_only=True):
    """A share with its interval, widened by the design effect. ``k`` of ``n``; ``estimate`` None
    where n is 0."""

    k: int
    n: int
    estimate: float | None
    low: float
    high: float


class CurveStep(Struct, frozen=True, kw_only=True):
    """A step of a survival curve: the share still waiting after ``ms``, those at risk there, its
    pointwise 95 % band; ``censored``: marks of unended waits at this instant."""

    ms: int
    surviving: float
    low: float
    high: float
    at_risk: int
    censored: int


class TurnWait(Struct, frozen=True, kw_only=True):
    """One turn of a session. ``state``: kept, breached, censored, void; ``severity`` of a breach;
    ``probe``: the kind of the probe that began it; ``at_ms``: since the session opened."""

    at_ms: int
    wait_ms: int
    state: str
    severity: str
    probe: str
    at_utc_ms: int


class GapFound(Struct, frozen=True, kw_only=True):
    """A deliberate silence, and whether (and after how long) the responder spoke first."""

    at_ms: int
    seconds: float
    broken_after_ms: int | None


class SessionResult(Struct, frozen=True, kw_only=True):
    """One session of the check."""

    slot: str
    state: SlotState
    target: str
    shop_name: str
    responder_name: str
    stratum: str
    opened_utc_ms: int | None
    number: int  # of the target's sessions, from 1
    kept: int
    breached: int
    censored: int
    void: int
    bars: tuple[TurnWait, ...]
    gaps: tuple[GapFound, ...]
    late_ms: int
    elapsed_ms: int
    given_back_ms: int
    price_fen: int
    refund_fen: int
    refund_owed_fen: int  # by the fold, from the journal itself
    longest_ms: int | None
    flags: tuple[str, ...]
    labels: dict[str, int]
    end_reason: str
    last_question: str  # "answered", "unanswered", "closing_phrase", "" where none was asked
    after_end_replies: int
    skipped: str
    bundle_sound: bool | None
    rtt_ms: int | None
    cuts: int
    probes_sent: int
    probes_skipped: int
    schedule_error_p95_ms: int | None  # actual minus planned
    planned_utc_ms: int = 0
    order_state: str = ""
    silences_60: int = 0
    broken_60: int = 0
    silences_300: int = 0
    broken_300: int = 0
    replies: int = 0
    coded: dict[str, int] = {}  # the raters' labels, where they agree or it was settled
    after_end_asked: bool = False
    asks_kept: int = 0
    asks_breached: int = 0


class StratumResult(Struct, frozen=True, kw_only=True):
    name: str
    quota: int
    sessions: int
    rate: Interval


class TargetResult(Struct, frozen=True, kw_only=True):
    """One shop or responder, with its own verdict."""

    target: str
    name: str
    responder: bool
    sessions: int
    sessions_planned: int
    turns: int
    rate: Interval
    verdict: ClaimVerdict
    pass_mark: int | None  # kept turns out of n that would say "met" at this n; None: none would
    design_effect: float
    icc: float  # as estimated here; the plan's where too little was seen
    effective_n: float
    p50_ms: int | None
    p50_at_least: bool
    p95_ms: int | None
    p95_at_least: bool
    worst_ms: int | None
    late_share: float | None
    silences_60: int
    broken_60: int
    silences_300: int
    broken_300: int
    credit_owed_ms: int
    credit_received_ms: int
    refund_owed_fen: int
    refund_received_fen: int
    spent_fen: int
    labels: dict[str, int]
    replies: int
    survival: tuple[CurveStep, ...]
    strata: tuple[StratumResult, ...]
    last_asked: int
    last_answered: int
    after_asked: int
    after_answered: int
    flags: dict[str, int]
    censored: int = 0
    void: int = 0
    coded: dict[str, int] = {}
    rtt_p50_ms: int | None = None
    cuts: int = 0
    # The one-sided bounds that the threshold was held against, their level, and the look judged.
    rule_low: float = 0.0
    rule_high: float = 1.0
    level: float = 0.05
    look: int = 0
    elapsed_ms: int = 0
    late_ms: int = 0
    # Of the sessions that the verdict rests on: those up to the look that decided, else all.
    judged_kept: int = 0
    judged_turns: int = 0
    worst_at_least: bool = False  # no reply ended the longest wait
    # Each in the whole sample, whatever the claim counts: turns, messages, paid time not late.
    shares: dict[str, float | None] = {}
    differing: tuple[tuple[str, str], ...] = ()  # of these, by more than the sampling allows
    lost_sessions: int = 0
    enough_sessions: bool = True  # for "met": see decisions/0013
    late_verdict: str = ""  # of the bound on late share, where the claim has one


class Kappa(Struct, frozen=True, kw_only=True):
    """Agreement of two raters; ``value`` None where it is not defined."""

    raters: tuple[str, str]
    items: int
    agreed: int
    value: float | None
    low: float | None
    high: float | None


class Results(Struct, frozen=True, kw_only=True):
    """A whole check. ``targets`` stand as in the plan; the overall ``verdict`` is NOT_MET where any
    target's is, MET where all are, else NOT_ENOUGH."""

    name: str
    claim: str
    threshold: float
    rule: str
    plan_sha256: str
    run: str
    relay: str
    practice: bool
    verdict: ClaimVerdict
    targets: tuple[TargetResult, ...]
    sessions: tuple[SessionResult, ...]
    kappa: Kappa | None
    coded: int
    deviations: tuple[tuple[str, str, str], ...]  # code, detail, slot
    spent_fen: int
    refunded_fen: int
    budget_fen: int
    begun_utc_ms: int | None
    ended_utc_ms: int | None
    running: bool
    planned_sessions: int
    done_sessions: int
    skipped_sessions: int
    ends_at_utc_ms: int | None  # when the last planned session should be over
    notify_utc_ms: int | None  # when the shop is to be told
    looks_done: int
    looks_planned: int = 1
    alpha: float = 0.05
    relay_key: str = ""
    version: str = ""
    stopped: bool = False
    disputed: int = 0  # replies on which the raters differ, not yet settled
    drawn: int = 0  # replies drawn for coding
    unit: str = "turns"
    late_most: float = 1.0
