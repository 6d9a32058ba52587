"""Shops, people, offers, and what was measured of them."""

from typing import Literal

from .accounts import Presence
from .frame import Request, Result, Value, Whole
from .journal import Percent

Mode = Literal["text"]
Sort = Literal["measured", "price", "fastest", "wait"]


class Measured(Value, frozen=True, kw_only=True):
    """Figures from real sessions by the rule promise/2; all null or 0 where nothing was measured.

    ``n`` = kept + breached of ``customers`` people; ``low``/``high``: 95 % interval by customers,
    0..1. Times in ms. ``…_at_least``: the sample does not support the figure; show ">=". ``asks_…``:
    messages on their own. ``late_share`` = ``late_ms`` / ``elapsed_ms``. ``customers`` 0 beside turns:
    out of a history that names none. Offers ``taken`` (of these ``no_shows``), ``declined``, ``lapsed``.
    """

    kept: Whole = 0
    breached: Whole = 0
    sessions: Whole = 0
    low: float = 0.0
    high: float = 1.0
    p50_ms: Whole | None = None
    p50_at_least: bool = False
    p95_ms: Whole | None = None
    p95_at_least: bool = False
    worst_ms: Whole | None = None
    worst_at_least: bool = False
    late_share: float = 0.0
    customers: Whole = 0
    asks_kept: Whole = 0
    asks_breached: Whole = 0
    taken: Whole = 0
    no_shows: Whole = 0
    declined: Whole = 0
    lapsed: Whole = 0
    asks_low: float = 0.0
    asks_high: float = 1.0
    late_ms: Whole = 0
    elapsed_ms: Whole = 0


class HourFigure(Value, frozen=True, kw_only=True):
    """One hour of the day (shop's local time), from the waits that began in it."""

    hour: Whole
    kept: Whole
    breached: Whole
    p50_ms: Whole | None = None
    p95_ms: Whole | None = None


class Offer(Value, frozen=True, kw_only=True):
    """Something on sale. ``trial``: for a customer's first order in this shop only."""

    offer: str
    minutes: Whole
    mode: Mode
    price_fen: Whole
    trial: bool = False


class Claimed(Value, frozen=True, kw_only=True):
    """What the shop says of itself; never sorts, always shown apart."""

    praise_permille: Whole | None = None  # 980 = "98.0 % praise"
    stars_tenths: Whole | None = None  # stars left by customers here, 47 = 4.7
    reviews: Whole = 0


class ShopCard(Value, frozen=True, kw_only=True):
    """A shop in a list. A freelancer is a shop of one."""

    shop: str
    name: str
    freelancer: bool
    tags: list[str]
    modes: list[Mode]
    people: Whole
    on_duty: Whole
    free_now: bool
    queue_ms: Whole | None  # honest estimate until somebody is free; null: nobody on duty
    measured: Measured
    claimed: Claimed
    from_fen: Whole
    from_minutes: Whole
    trial_fen: Whole | None = None
    trial_minutes: Whole | None = None
    night: bool = False


class Person(Value, frozen=True, kw_only=True):
    """A responder as customers see one. ``last_wait_ms``: the newest measured wait."""

    responder: str
    name: str
    about: str
    presence: Presence
    sessions_now: Whole
    capacity: Whole
    on_since_ms: Whole | None
    last_wait_ms: Whole | None
    measured: Measured


class ReviewView(Value, frozen=True, kw_only=True):
    """A review beside what was measured in its session."""

    stars: Whole
    text: str
    tags: list[str]
    utc: str
    customer: str
    responder_name: str
    kept: Whole
    breached: Whole


class Search(Request, frozen=True, kw_only=True):
    """A page of shops. Text is matched in names, people and tags, from one character on.

    ``kept_percent`` is held against the interval's lower bound, of shops with at least
    ``min_turns`` measured turns.
    ``cursor``: from the page before.
    """

    text: str = ""
    max_fen_per_30: Whole | None = None
    kept_percent: Percent | None = None
    min_turns: Whole = 20
    mode: Mode | None = None
    night: bool = False
    free_now: bool = False
    freelancer: bool | None = None
    trial: bool = False
    sort: Sort = "measured"
    cursor: str | None = None
    limit: Whole = 20


class ShopPage(Result, frozen=True, kw_only=True):
    cards: list[ShopCard]
    total: Whole
    cursor: str | None = None


class GetShop(Request, frozen=True, kw_only=True):
    """One shop, whole."""

    shop: str


class RefundTerm(Value, frozen=True, kw_only=True):
    """Kept percent below ``kept_below`` with at least ``min_turns`` turns: so much back."""

    kept_below: Whole
    min_turns: Whole
    refund_percent: Whole


class TermsView(Value, frozen=True, kw_only=True):
    """The terms as they will be frozen into the session (promise.md, section 6)."""

    give_back: bool
    last_question: bool
    refunds: list[RefundTerm]


class Shop(Result, frozen=True, kw_only=True):
    """A shop's page. ``hours``: 24 figures; ``window_days``: what ``measured`` looks back on."""

    card: ShopCard
    about: str
    open_hours: str
    utc_offset_min: Whole
    served: Whole
    offers: list[Offer]
    people: list[Person]
    hours: list[HourFigure]
    reviews: list[ReviewView]
    terms: TermsView
    window_days: Whole = 30
