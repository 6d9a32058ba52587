"""The generated past: real journals, earned figures, the same from the same seed."""

from collections import Counter
from datetime import date

import pytest

from miaohui.practice import catalogue, history, topics
from miaohui.practice.past import PastSession, play
from miaohui.promise.chain import Chain
from miaohui.promise.fold import Fold
from miaohui.promise.labels import newest_rules
from miaohui.wire.journal import Closed, Handover, Opened, canonical

CATALOGUE = catalogue.read()
TOPICS = topics.read()
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def past() -> list[PastSession]:
    return list(history.write_past(CATALOGUE, TOPICS, history.days_before(TODAY), TODAY))


def kept_and_breached(sessions: list[PastSession]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for one in sessions:
        fold = Fold()
        for entry in one.entries:
            fold.apply(entry)
        for responder, own in fold.figures(one.entries[-1].t).by_responder.items():
            kept, breached = found.get(responder, (0, 0))
            found[responder] = (kept + own.kept, breached + own.breached)
    return found


def test_every_session_is_a_whole_journal_with_a_chain(past: list[PastSession]) -> None:
    for one in past:
        chain = Chain()
        for entry in one.entries:
            chain.accept(entry)
        assert isinstance(one.entries[0], Opened)
        assert isinstance(one.entries[-1], Closed)
        assert len({said.seq for said in one.texts}) == len(one.texts)
    assert len({one.plan.session for one in past}) == len(past)


def test_figures_are_earned_and_they_differ(past: list[PastSession]) -> None:
    shares = {
        responder: kept / (kept + breached)
        for responder, (kept, breached) in kept_and_breached(past).items()
        if kept + breached >= 20
    }
    assert len(shares) >= 28
    assert max(shares.values()) > 0.97
    assert min(shares.values()) < 0.85
    assert shares["yunduo"] > shares["otto-ren"]


def test_somebody_has_too_few_turns_for_a_percentage(past: list[PastSession]) -> None:
    kept, breached = kept_and_breached(past)["nanzhi-ren"]
    assert 1 <= kept + breached < 20


def test_the_past_lies_in_the_last_month_within_everybodys_duty(past: list[PastSession]) -> None:
    for one in past:
        opened = one.entries[0]
        assert isinstance(opened, Opened)
        assert "2026-10-22" <= opened.utc[:10] <= "2026-11-21"
        local = one.plan.opened_utc_ms // 60_000 + one.plan.shop.utc_offset_min
        assert catalogue.covers(one.plan.person.duty, local // 60 % 24 * 60)


def test_the_past_has_hand_overs_breaches_begging_and_hours_of_the_whole_day(
    past: list[PastSession],
) -> None:
    flags = Counter(flag for one in past for flag in one.fold.figures(one.entries[-1].t).flags)
    assert flags["begging"] > 0
    assert flags["unanswered_at_end"] > 0
    assert any(isinstance(entry, Handover) for one in past for entry in one.entries)
    assert any(one.fold.figures(one.entries[-1].t).late_ms > 60_000 for one in past)
    hours = {one.entries[0].utc[11:13] for one in past if isinstance(one.entries[0], Opened)}
    assert len(hours) >= 20


def test_a_day_is_the_same_whenever_it_is_written(past: list[PastSession]) -> None:
    day = TODAY.replace(day=10)
    alone = list(history.write_past(CATALOGUE, TOPICS, [day], TODAY))
    ids = {one.plan.session for one in alone}
    again = [one for one in past if one.plan.session in ids]
    assert len(again) == len(alone) > 0
    assert [canonical(e) for one in alone for e in one.entries] == [
        canonical(e) for one in again for e in one.entries
    ]


def test_playing_a_plan_twice_gives_the_same_bytes(past: list[PastSession]) -> None:
    rules = newest_rules()
    for one in past[:5]:
        assert play(one.plan, TOPICS, rules).entries == one.entries
