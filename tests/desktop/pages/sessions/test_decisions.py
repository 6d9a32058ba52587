"""Banners: the weightiest first, each with its way out, none in the wrong state."""

from dataclasses import replace

import pytest

from miaohui.client.snapshots import PanelView
from miaohui.desktop.pages.sessions.decisions import Acts, customer_banners, responder_banners
from miaohui.wire.catalogue import Measured

PANEL = PanelView(
    late_ms=0,
    elapsed_ms=0,
    session="s",
    phase="active",
    remaining_ms=1_000_000,
    paid_ms=1_800_000,
    given_back_ms=0,
    ends_utc_ms=None,
    wait_ms=None,
    wait_key=None,
    breach_confirmed=False,
    promise_ms=10_000,
    triple_miss=False,
    kept=0,
    breached=0,
    measured=Measured(),
    longest_silence_ms=None,
    silences_60=0,
    broken_60=0,
    network_ms=None,
    paused_reason=None,
    pause_left_ms=None,
    handover_offered=False,
    break_asked_ms=None,
    refund_fen=None,
    last_question=False,
)


class Pressed:
    """Remembers which button was pressed."""

    def __init__(self) -> None:
        self.what: list[object] = []

    def acts(self) -> Acts:
        return Acts(
            hand_over=lambda: self.what.append("hand_over"),
            refuse_handover=lambda: self.what.append("refuse"),
            answer_break=lambda agree: self.what.append(agree),
            resume=lambda: self.what.append("resume"),
            end=lambda: self.what.append("end"),
        )


def keys(panel: PanelView, *, live: bool = True, refused: bool = False) -> list[str]:
    banners = customer_banners(panel, Pressed().acts(), live=live, refused=refused)
    return [banner.key for banner in banners]


def test_a_quiet_session_asks_for_nothing() -> None:
    assert keys(PANEL) == []
    assert responder_banners(PANEL, live=True) == ()


def test_a_lost_link_is_told_first() -> None:
    assert keys(replace(PANEL, handover_offered=True), live=False) == ["link", "handover"]


def test_whoever_would_rather_wait_is_not_asked_again() -> None:
    assert keys(replace(PANEL, handover_offered=True), refused=True) == []


def test_a_triple_miss_offers_more_than_the_handover() -> None:
    assert keys(replace(PANEL, handover_offered=True, triple_miss=True)) == ["triple"]


def test_a_breach_offers_the_handover_until_a_better_reason_does() -> None:
    late = replace(PANEL, breach_confirmed=True, wait_ms=13_000)
    assert keys(late) == ["breach"]
    assert keys(late, refused=True) == []
    assert keys(replace(late, handover_offered=True)) == ["handover"]
    assert keys(replace(late, breach_confirmed=False)) == []


@pytest.mark.parametrize(
    ("paid", "left", "told"),
    [
        (1_800_000, 300_000, True),
        (1_800_000, 300_001, False),
        (300_000, 200_000, False),
        (300_000, 60_000, True),
        (60_000, 20_000, True),
        (60_000, 40_000, False),
    ],
)
def test_the_end_is_told_in_time_for_what_was_bought(paid: int, left: int, told: bool) -> None:
    assert ("soon" in keys(replace(PANEL, paid_ms=paid, remaining_ms=left))) is told


def test_a_break_is_answered_by_its_buttons() -> None:
    pressed = Pressed()
    banners = customer_banners(
        replace(PANEL, break_asked_ms=180_000), pressed.acts(), live=True, refused=False
    )
    for action in banners[0].actions:
        action.act()
    assert pressed.what == [False, True]


def test_a_closed_session_only_says_so() -> None:
    closed = replace(PANEL, phase="closed", triple_miss=True, handover_offered=True)
    assert keys(closed) == ["closed"]
    assert [one.key for one in responder_banners(closed, live=True)] == ["closed"]
