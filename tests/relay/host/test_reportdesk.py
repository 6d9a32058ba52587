"""The host's figures of reports: how many, how fast, how many in time, how they ended."""

import argparse
from dataclasses import replace

import pytest

from miaohui.relay.host.reportdesk import days, figures_of
from miaohui.relay.shops.reports import DAY_MS, HOUR_MS, Case
from miaohui.wire.reports import ReportCategory, ReportState

THREAT = Case(
    n=1,
    id="r-1",
    session="s-1",
    reporter="anna",
    reported="bo",
    side="customer",
    category=ReportCategory.THREAT,
    words="",
    state=ReportState.RECEIVED,
    filed_ms=0,
    due_ms=HOUR_MS,
    verdict=None,
    reason="",
    decided_ms=None,
    decided_by="",
    appeal_words="",
    appeal_verdict=None,
    appeal_reason="",
    final_ms=None,
)


def test_nothing_was_reported() -> None:
    found = figures_of([], 0)
    assert (found["filed"], found["in_time_share"], found["median_hours"]) == (0, None, None)


def test_counts_times_and_shares() -> None:
    decided = replace(THREAT, state=ReportState.DECIDED, verdict="upheld", decided_ms=HOUR_MS // 2)
    late = replace(decided, decided_ms=3 * HOUR_MS, side="responder")
    overturned = replace(
        decided,
        state=ReportState.FINAL,
        appeal_verdict="dismissed",
        due_ms=6 * HOUR_MS,
        final_ms=5 * HOUR_MS,
    )
    appealed = replace(decided, state=ReportState.APPEALED, due_ms=6 * HOUR_MS)
    slow = replace(THREAT, category=ReportCategory.OTHER, due_ms=7 * DAY_MS)
    found = figures_of([THREAT, decided, late, overturned, appealed, slow], 4 * HOUR_MS)
    assert found == {
        "filed": 6,
        "by_customers": 5,
        "by_responders": 1,
        "waiting": 3,
        "overdue": 1,
        "oldest_waiting_hours": 4.0,
        "decided": 4,
        "in_time": 3,
        "in_time_share": 0.6,  # of five that were owed by now: one is overdue
        "median_hours": 0.5,
        "longest_hours": 3.0,
        "upheld": 3,
        "dismissed": 1,
        "appeals": 2,
        "appeals_decided": 1,
        "appeals_in_time": 1,
        "overturned": 1,
    }


@pytest.mark.parametrize("text", ["0", "-1", "x", "", "999999999", "1.5"])
def test_days_are_a_number(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        days(text)
