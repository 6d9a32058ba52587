"""Who works when: shifts, swaps, the most that a person works, and how tired they are."""

from typing import Annotated, Literal

from msgspec import Meta

from .accounts import Presence
from .bounds import Count, Id, Millis, Name, Offset, Utc
from .frame import Command, Frame, Request, Result, Value

DAY_MINUTES = 24 * 60
WEEK_HOURS = 7 * 24
MOST_AT_ONCE = 20

ShiftState = Literal["draft", "published", "over"]
SwapState = Literal["asked", "agreed", "refused", "withdrawn"]
RestReason = Literal["day", "stretch", "nights"]
"""Why somebody works no more for now: the day's hours, the hours on end, the week's nights."""

WorkMinutes = Annotated[int, Meta(ge=1, le=DAY_MINUTES)]


class WorkLimits(Value, frozen=True, kw_only=True):
    """The most that a person works; null: nobody said. A stretch on end is over after
    ``break_minutes`` without work. ``nights``: within seven days, of 23:00 to 06:00."""

    day_minutes: WorkMinutes | None = None
    stretch_minutes: WorkMinutes | None = None
    break_minutes: WorkMinutes = 15
    at_once: Annotated[int, Meta(ge=1, le=MOST_AT_ONCE)] | None = None
    nights: Annotated[int, Meta(ge=0, le=7)] | None = None


class PutShift(Command, frozen=True, kw_only=True):
    """Owners only: a shift for somebody, as a draft; ``shift``: the one that it replaces."""

    responder: Id
    from_utc: Utc
    to_utc: Utc
    shift: Id | None = None


class DropShift(Command, frozen=True, kw_only=True):
    """Owners only."""

    shift: Id


class PublishRota(Command, frozen=True, kw_only=True):
    """Owners only: every draft that begins within the seven days from ``from_utc`` on holds."""

    from_utc: Utc


class AskSwap(Command, frozen=True, kw_only=True):
    """A responder would give a shift of their own to somebody, for one of theirs or for nothing."""

    shift: Id
    to: Id
    in_return: Id | None = None


class AnswerSwap(Command, frozen=True, kw_only=True):
    """Of whoever was asked; of whoever asked, with ``agree`` false: taken back."""

    swap: Id
    agree: bool


class PutWorkLimits(Command, frozen=True, kw_only=True):
    """Owners only: for one person, or (``responder`` null) for all who have none of their own.
    ``limits`` null: none."""

    limits: WorkLimits | None
    responder: Id | None = None


class ShiftView(Value, frozen=True, kw_only=True):
    """One shift. Drafts are the owner's alone."""

    shift: Id
    responder: Id
    from_utc: Utc
    to_utc: Utc
    state: ShiftState


class SwapView(Value, frozen=True, kw_only=True):
    """A swap: ``giver`` asked ``taker`` to take ``shift``, for ``in_return`` where there is one."""

    swap: Id
    shift: Id
    giver: Id
    taker: Id
    in_return: Id | None
    state: SwapState


class WorkView(Value, frozen=True, kw_only=True):
    """A person of the shop at work; of oneself, and for the owner of all. ``left_ms``: until the
    first limit, null without one; ``rest``: the limit that was reached. ``turns``, ``p95_ms``: their
    waits of the last hour (``p95_at_least``: a lower bound)."""

    responder: Id
    presence: Presence
    limits: WorkLimits
    own: bool  # limits of their own, not everybody's
    today_ms: Millis
    on_end_ms: Millis
    nights: Count
    left_ms: Millis | None
    rest: RestReason | None
    turns: Count
    p95_ms: Millis | None
    p95_at_least: bool
    break_due: bool


class RotaPerson(Value, frozen=True, kw_only=True):
    """Somebody who can have shifts."""

    responder: Id
    name: Name


class RotaHole(Value, frozen=True, kw_only=True):
    """A stretch with fewer people than orders need. ``needed`` in tenths of a person."""

    from_utc: Utc
    to_utc: Utc
    people: Count
    needed: Count


class GetRota(Request, frozen=True, kw_only=True):
    """The rota of the week that holds today, or so many weeks later; of people of the shop."""

    week: Annotated[int, Meta(ge=-8, le=8)] = 0


class Rota(Result, frozen=True, kw_only=True):
    """A week from Monday 00:00 in the shop's time. ``needed`` (tenths of a person, by the same hours
    of the last four weeks) and ``people`` (by the shifts): one figure an hour."""

    from_utc: Utc
    utc_offset_min: Offset
    people: Annotated[list[RotaPerson], Meta(max_length=1024)]
    shifts: Annotated[list[ShiftView], Meta(max_length=1024)]
    swaps: Annotated[list[SwapView], Meta(max_length=256)]
    work: Annotated[list[WorkView], Meta(max_length=1024)]
    limits: WorkLimits | None
    needed: Annotated[list[Count], Meta(max_length=WEEK_HOURS)]
    there: Annotated[list[Count], Meta(max_length=WEEK_HOURS)]
    holes: Annotated[list[RotaHole], Meta(max_length=WEEK_HOURS)]


class RotaChanged(Frame, frozen=True, kw_only=True):
    """Pushed to the people concerned. ``what``: "rota" (read it anew), "swap_asked", "shift_over"
    and "rest" (the relay took you off duty), "hole" (within the hour nobody has a shift: ``from_utc``)."""

    what: Literal["rota", "swap_asked", "shift_over", "rest", "hole"]
    from_utc: Utc | None = None
