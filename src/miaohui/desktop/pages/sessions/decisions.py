"""The decisions and news of a conversation, as banners."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from miaohui.client.snapshots import PanelView
from miaohui.desktop.look import amounts
from miaohui.desktop.pages.sessions.banner import Action, Banner
from miaohui.desktop.strings import conversation as say
from miaohui.desktop.strings import desk as desk_say

SOON_MS = 300_000
LAST_MS = 60_000


@dataclass(frozen=True, slots=True)
class Acts:
    """The actions of the banners' buttons."""

    hand_over: Callable[[], None]
    refuse_handover: Callable[[], None]
    answer_break: Callable[[bool], None]
    resume: Callable[[], None]
    end: Callable[[], None]


def customer_banners(
    panel: PanelView, acts: Acts, *, live: bool, refused: bool
) -> tuple[Banner, ...]:
    """In order of weight. ``refused``: the customer would rather wait than be handed over."""
    found: list[Banner] = []
    if not live:
        found.append(Banner("link", say.link_lost()))
    if panel.phase == "closed":
        return (*found, Banner("closed", say.closed_bar()))
    if panel.paused_reason == "distress":
        return tuple(found)  # nothing to decide, nothing that hurries
    if panel.phase == "paused" and panel.paused_reason == "asked":
        found.append(Banner("paused", say.paused_bar(), (Action(say.resume(), acts.resume),)))
    if panel.break_asked_ms is not None:
        length = amounts.clock(panel.break_asked_ms)
        answers = (
            Action(say.refuse(), lambda: acts.answer_break(False), "plain"),
            Action(say.agree(), lambda: acts.answer_break(True)),
        )
        found.append(Banner("break", say.break_asked(length), answers))
    if panel.triple_miss:
        choices = (
            Action(say.end(), acts.end, "plain"),
            Action(say.hand_over(), acts.hand_over),
        )
        found.append(Banner("triple", say.triple_miss(), choices))
    elif panel.handover_offered and not refused:
        offered = (
            Action(say.refuse_handover(), acts.refuse_handover, "plain"),
            Action(say.hand_over(), acts.hand_over),
        )
        found.append(Banner("handover", say.handover_offered(), offered))
    elif panel.breach_confirmed and panel.wait_ms is not None and not refused:
        found.append(
            Banner("breach", say.past_promise(), (Action(say.hand_over(), acts.hand_over),))
        )
    if panel.last_question:
        found.append(Banner("last", say.last_question()))
    elif panel.phase == "active" and 0 < panel.remaining_ms <= _notice_at(panel.paid_ms):
        found.append(Banner("soon", say.ends_soon(_left(panel.remaining_ms))))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Passing:
    """An own conversation that lies before a colleague. ``to``: "": nobody took it."""

    to: str
    left_ms: int
    keep: Callable[[], None]


def responder_banners(
    panel: PanelView, *, live: bool, passing: Passing | None = None
) -> tuple[Banner, ...]:
    found: list[Banner] = []
    if not live:
        found.append(Banner("link", say.link_lost()))
    if passing is not None and panel.phase != "closed":
        if passing.to:
            clock = amounts.clock(max(0, passing.left_ms))
            stay = (Action(desk_say.keep_it(), passing.keep, "plain"),)
            found.append(Banner("passing", desk_say.waits_for(passing.to, clock), stay))
        else:
            found.append(Banner("untaken", desk_say.nobody_took()))
    if panel.phase == "closed":
        found.append(Banner("closed", say.closed_bar_desk()))
    elif panel.last_question:
        found.append(Banner("last", say.last_question_owed()))
    elif panel.phase == "paused" and panel.paused_reason != "distress":
        found.append(Banner("paused", say.paused_bar()))
    return tuple(found)


def _notice_at(paid_ms: int) -> int:
    """Five minutes before the end, or one where no more than five were bought."""
    if paid_ms > SOON_MS:
        return SOON_MS
    return LAST_MS if paid_ms > LAST_MS else LAST_MS // 3


def _left(ms: int) -> str:
    """Whole minutes above the last one, so that the words stand still; then ten-second steps."""
    if ms > LAST_MS:
        return amounts.clock(-(-ms // LAST_MS) * LAST_MS)
    return amounts.clock(-(-ms // 10_000) * 10_000)
