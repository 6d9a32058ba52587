"""A plan of a check: what is claimed, of whom, when it is tried, how, and for how much.

Frozen before the first purchase; its hash is over the file's bytes. Read by ``checks.plan.reader``.
Format ``checkplan/1`` (TOML). Sums in fen, shares 0..1, times of day in the shop's local time.
"""

from dataclasses import dataclass, field
from enum import StrEnum

FORMAT = "checkplan/1"
MAX_LOOKS = 10  # planned looks at a run, the last one among them


class ProbeKind(StrEnum):
    """A tester's act in a session."""

    PLAIN = "plain"  # one bubble of small talk
    BURST = "burst"  # n bubbles in a row
    QUESTION = "question"  # a concrete question, drawn from a bank of paraphrases
    GAP = "gap"  # a deliberate silence of n seconds: does the responder speak first?
    NUDGE = "nudge"  # "在吗" while the turn is open, every n seconds
    REPLY_CHECK = "reply_check"  # after a hollow answer: asks again, concretely
    LAST_QUESTION = "last_question"  # n seconds before the paid time ends
    AFTER_END = "after_end"  # a message after the session was closed


class Day(StrEnum):
    """The days that a stratum means."""

    ANY = "any"
    WEEKDAY = "weekday"
    WEEKEND = "weekend"
    FESTIVAL = "festival"  # the dates of ``Stratum.festival`` in resources/festivals.toml


class Unit(StrEnum):
    """What a claim counts."""

    TURNS = "turns"  # the asks that one reply answers, together
    MESSAGES = "messages"  # every ask by itself, a nudge once in ten seconds
    LATE_SHARE = "late_share"  # the paid time in which no reply was overdue


@dataclass(frozen=True, slots=True)
class Claim:
    """The claim that is tested, of each target by itself.

    ``threshold``: the kept share that parts "met" from "not met"; both verdicts are wrong with at
    most ``alpha`` where the truth lies on it. ``p0``: a truth that should be found met, ``p1``: one
    that should be found not met, each with ``power``. ``icc``: how alike the turns of one session
    are (design effect 1 + (m - 1) icc). ``looks``: planned interim looks, 1 = none. ``unit``: what is
    counted; ``late_most``: the share of paid time that may be late besides, 1 = any.
    """

    text: str
    threshold: float
    p0: float
    p1: float
    alpha: float = 0.05
    power: float = 0.8
    icc: float = 0.05
    looks: int = 1
    unit: Unit = Unit.TURNS
    late_most: float = 1.0


@dataclass(frozen=True, slots=True)
class Scope:
    """The targets and the extent of a check. ``shops`` and ``responders``: ids or exact names; a responder is
    a target of its own. ``sessions``: per target. ``minutes``: of the offer that is bought;
    ``stay_s``: leave after so long (0: stay to the end). ``parallel``: sessions at once.
    ``days``: a stratum's sessions fall at random times of its next so many days; 0: in random
    order, one after another, as soon as the strata's hours allow."""

    shops: tuple[str, ...]
    responders: tuple[str, ...]
    sessions: int
    minutes: int
    budget_fen: int
    mode: str = "text"
    stay_s: int = 0
    parallel: int = 1
    accounts: int = 0  # customers' accounts to spread the sessions over; 0: one a parallel session
    days: int = 0


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of the day with its quota of sessions per target. ``from_min``..``to_min``: minutes
    after midnight, may run over it (1200..120 is 20:00-02:00)."""

    name: str
    from_min: int
    to_min: int
    quota: int
    day: Day = Day.ANY
    festival: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing done in each session. ``at_s``: seconds after the session opened at which it is
    sent, whatever came back by then (for ``last_question``: seconds before the end, for
    ``after_end``: after it); ``every_s``: again and again until the end, 0: once.
    ``count``: bubbles of a burst, nudges at most. ``seconds``: of a gap, or between nudges.
    ``jitter_s``: drawn from the seed, added to each time. ``texts``: what is said, one drawn each
    time; ``bank``: the name of a bank of paraphrases in the plan."""

    kind: ProbeKind
    at_s: float
    every_s: float = 0.0
    count: int = 1
    seconds: float = 0.0
    jitter_s: float = 0.0
    texts: tuple[str, ...] = ()
    bank: str = ""


@dataclass(frozen=True, slots=True)
class Coding:
    """The coding of replies: ``labels`` in the order of their keys, ``raters`` who are blind to the
    shop, ``share`` of the replies drawn for it."""

    labels: tuple[str, ...] = (
        "substantive",
        "hollow",
        "recycled",
        "closing",
        "begging",
        "bait",
    )
    raters: int = 2
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Ethics:
    """A tester's duties: the shop is told ``notify_after_days`` after the end and may answer."""

    notify_after_days: int = 14
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan. ``sha256``: hex, of the file's bytes. ``seed``: draws slots, texts, jitter."""

    name: str
    claim: Claim
    scope: Scope
    strata: tuple[Stratum, ...]
    probes: tuple[Probe, ...]
    banks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    coding: Coding = Coding()
    ethics: Ethics = Ethics()
    seed: int = 0
    about: str = ""
    sha256: str = ""
