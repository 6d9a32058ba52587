"""Shops, people, offers, and what was measured of them."""

from typing import Annotated, Literal

from msgspec import Meta

from .accounts import Presence
from .bounds import (
    AllMillis,
    Count,
    Cursor,
    Day,
    Hour,
    Id,
    Millis,
    Minutes,
    Name,
    Offset,
    Prose,
    Share,
    Stars,
    Sum,
    Utc,
    Word,
)
from .frame import Request, Result, Value
from .journal import Percent
from .limits import LIST_ITEMS

Mode = Literal["text"]
Sort = Literal["measured", "price", "fastest", "wait"]


class Measured(Value, frozen=True, kw_only=True):
    """Figures from real sessions by the rule promise/2; all null or 0 where nothing was measured.

    ``n`` = kept + breached of ``customers`` people; ``low``/``high``: 95 % interval by customers,
    0..1. Times in ms. ``…_at_least``: the sample does not support the figure; show ">=". ``asks_…``:
    messages on their own. ``late_share`` = ``late_ms`` / ``elapsed_ms``. ``customers`` 0 beside turns:
    out of a history that names none. Offers ``taken`` (of these ``no_shows``), ``declined``, ``lapsed``.
    """

    kept: Count = 0
    breached: Count = 0
    sessions: Count = 0
    low: Share = 0.0
    high: Share = 1.0
    p50_ms: Millis | None = None
    p50_at_least: bool = False
    p95_ms: Millis | None = None
    p95_at_least: bool = False
    worst_ms: Millis | None = None
    worst_at_least: bool = False
    late_share: Share = 0.0
    customers: Count = 0
    asks_kept: Count = 0
    asks_breached: Count = 0
    taken: Count = 0
    no_shows: Count = 0
    declined: Count = 0
    lapsed: Count = 0
    asks_low: Share = 0.0
    asks_high: Share = 1.0
    late_ms: AllMillis = 0
    elapsed_ms: AllMillis = 0


class HourFigure(Value, frozen=True, kw_only=True):
    """One hour of the day (shop's local time), from the waits that began in it."""

    hour: Hour
    kept: Count
    breached: Count
    p50_ms: Millis | None = None
    p95_ms: Millis | None = None


class Offer(Value, frozen=True, kw_only=True):
    """Something on sale. ``trial``: for a customer's first order in this shop only. ``most_a_day``:
    so many are sold from the shop's midnight to midnight; ``left_today``: so many are left."""

    offer: Id
    minutes: Minutes
    mode: Mode
    price_fen: Sum
    trial: bool = False
    most_a_day: Count | None = None
    left_today: Count | None = None


class Claimed(Value, frozen=True, kw_only=True):
    """What the shop says of itself; never sorts, always shown apart."""

    praise_permille: Annotated[int, Meta(ge=0, le=1000)] | None = None  # 980 = "98.0 % praise"
    stars_tenths: Annotated[int, Meta(ge=0, le=50)] | None = (
        None  # stars left by customers here, 47 = 4.7
    )
    reviews: Count = 0


class ShopCard(Value, frozen=True, kw_only=True):
    """A shop in a list. A freelancer is a shop of one."""

    shop: Id
    name: Name
    freelancer: bool
    tags: Annotated[list[Word], Meta(max_length=32)]
    modes: Annotated[list[Mode], Meta(max_length=8)]
    people: Count
    on_duty: Count
    free_now: bool
    queue_ms: Millis | None  # honest estimate until somebody is free; null: nobody on duty
    measured: Measured
    claimed: Claimed
    from_fen: Sum
    from_minutes: Minutes
    trial_fen: Sum | None = None
    trial_minutes: Minutes | None = None
    night: bool = False


class PromiseChance(Value, frozen=True, kw_only=True):
    """The chance that a session which is bought now keeps ten seconds in every turn, in thousandths,
    by the hour, the load and the person; of ``sessions`` that were measured."""

    permille: Annotated[int, Meta(ge=0, le=1000)]
    sessions: Count


class Person(Value, frozen=True, kw_only=True):
    """A responder as customers see one. ``last_wait_ms``: the newest measured wait."""

    responder: Id
    name: Name
    about: Prose
    presence: Presence
    sessions_now: Count
    capacity: Count
    on_since_ms: Millis | None
    last_wait_ms: Millis | None
    measured: Measured
    odds: PromiseChance | None = None  # of a session with this person, begun now


class ReviewView(Value, frozen=True, kw_only=True):
    """A review beside what was measured in its session."""

    stars: Stars
    text: Prose
    tags: Annotated[list[Word], Meta(max_length=32)]
    utc: Utc
    customer: Name
    responder_name: Name
    kept: Count
    breached: Count
    reply: Prose = ""  # the shop's
    replied_utc: Utc | None = None


class Search(Request, frozen=True, kw_only=True):
    """A page of shops. Text is matched in names, people and tags, from one character on.

    ``kept_percent`` is held against the interval's lower bound, of shops with at least
    ``min_turns`` measured turns.
    ``cursor``: from the page before.
    """

    text: Annotated[str, Meta(max_length=1024)] = ""
    max_fen_per_30: Sum | None = None
    kept_percent: Percent | None = None
    min_turns: Count = 20
    mode: Mode | None = None
    night: bool = False
    free_now: bool = False
    freelancer: bool | None = None
    trial: bool = False
    sort: Sort = "measured"
    cursor: Cursor | None = None
    limit: Count = 20


class ShopPage(Result, frozen=True, kw_only=True):
    """``total`` is counted up to 2,000: so many means "so many or more"."""

    cards: Annotated[list[ShopCard], Meta(max_length=LIST_ITEMS)]
    total: Count
    cursor: Cursor | None = None


class GetShop(Request, frozen=True, kw_only=True):
    """One shop, whole."""

    shop: Id


class RefundTerm(Value, frozen=True, kw_only=True):
    """Kept percent below ``kept_below`` with at least ``min_turns`` turns: so much back."""

    kept_below: Percent
    min_turns: Count
    refund_percent: Percent


class TermsView(Value, frozen=True, kw_only=True):
    """The terms as they will be frozen into the session (promise.md, section 6)."""

    give_back: bool
    last_question: bool
    refunds: Annotated[list[RefundTerm], Meta(max_length=16)]


class LoggedSums(Value, frozen=True, kw_only=True):
    """What the leaves of the log of receipts add up to for a shop, over all that is in the log:
    anybody can count it anew. ``origin``: the log's name, like an address without its scheme."""

    origin: Name
    sessions: Count = 0
    kept: Count = 0
    breached: Count = 0
    asks: Count = 0
    asks_kept: Count = 0
    late_ms: AllMillis = 0
    paid_ms: AllMillis = 0


class CardsKept(Value, frozen=True, kw_only=True):
    """Customers' answers of the last ``days`` days to whether their card was kept;
    ``low``/``high``: 95 % interval of "yes" by customers, 0..1."""

    yes: Count
    partly: Count
    no: Count
    low: Share
    high: Share
    days: Count


class SpecialDay(Value, frozen=True, kw_only=True):
    """A day on which the shop keeps other hours; ``hours`` empty: it is closed."""

    day: Day
    hours: Word = ""


class Shop(Result, frozen=True, kw_only=True):
    """A shop's page. ``hours``: 24 figures; ``window_days``: what ``measured`` looks back on."""

    card: ShopCard
    about: Prose
    open_hours: Word
    utc_offset_min: Offset  # of now, where the shop has a zone
    zone: Word | None = None
    served: Count
    offers: Annotated[list[Offer], Meta(max_length=256)]
    people: Annotated[list[Person], Meta(max_length=1024)]
    hours: Annotated[list[HourFigure], Meta(max_length=24)]
    reviews: Annotated[list[ReviewView], Meta(max_length=64)]
    terms: TermsView
    window_days: Count = 30
    logged: LoggedSums | None = None  # null where no log is served
    providers: Annotated[
        list[Word], Meta(max_length=8)
    ] = []  # ways to pay, to the shop's own account
    odds: PromiseChance | None = None  # with whoever is free; null: too little was measured
    queue_p90_ms: Millis | None = None  # nine in ten of the like wait no longer
    full: bool = False  # past its capacity: nothing is sold now
    cards_kept: CardsKept | None = None
    special_days: Annotated[list[SpecialDay], Meta(max_length=64)] = []  # from today on, in order
    invoice: Prose = ""  # how to ask for an invoice, which is the shop's to give
