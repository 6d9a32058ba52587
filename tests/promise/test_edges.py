"""The rows of the page's table of edge cases, at their boundaries: one millisecond on either side.

The shared vectors hold the rest of each row; rows 7, 8 and 19 are the relay's and the app's.
"""

from typing import Any

import pytest
from tests.promise.journals import OPENED, chained, message, typed

from miaohui.promise.errors import JournalBroken
from miaohui.promise.fold import Fold
from miaohui.promise.report import Figures
from miaohui.promise.turns import TurnState

Row = dict[str, Any]


def ask(t: int, number: int) -> Row:
    return message("customer", t, number)


def reply(t: int, number: int, seen: int, who: str = "r0", **fields: Any) -> Row:
    return message("responder", t, number, responder=who, seen_seq=seen, **fields)


def fault(start: int, end: int, t: int, reason: str = "restart") -> Row:
    return {"kind": "fault", "t": t, "from_t": start, "to_t": end, "reason": reason}


def paused(t: int, by: str = "customer", reason: str = "asked") -> Row:
    return {"kind": "paused", "t": t, "by": by, "reason": reason}


def resumed(t: int) -> Row:
    return {"kind": "resumed", "t": t, "by": "customer", "reason": "asked"}


def recalled(t: int, target: int, who: str | None = None) -> Row:
    row = {"kind": "recalled", "t": t, "target": target}
    return row | ({"author": "responder", "responder": who} if who else {"author": "customer"})


def handover(t: int, start: str, to: str, reason: str = "late") -> Row:
    return {"kind": "handover", "t": t, "from": start, "to": to, "reason": reason}


def closed(t: int, reason: str = "time") -> Row:
    return {"kind": "closed", "t": t, "reason": reason}


def fold_of(*rows: Row) -> Fold:
    fold = Fold()
    for entry in typed(chained([{**OPENED, "t": 0}, *rows])):
        fold.apply(entry)
    return fold


def figures(*rows: Row, now: int = 0) -> Figures:
    return fold_of(*rows).figures(now)


HELLO = reply(1_000, 2, 1)  # t_s is 1,000


@pytest.mark.parametrize(("at", "state"), [(15_000, "kept"), (15_001, "breached")])
def test_row_5_the_promise(at: int, state: str) -> None:
    told = figures(HELLO, ask(5_000, 3), reply(at, 4, 3))
    assert [turn.state for turn in told.turns] == [state]
    assert told.late_ms == at - 15_000


@pytest.mark.parametrize(("at", "state"), [(15_000, "open"), (15_001, "breached")])
def test_row_5_by_time_alone(at: int, state: str) -> None:
    told = figures(HELLO, ask(5_000, 3), now=at)
    assert [turn.state for turn in told.turns] == [state]


@pytest.mark.parametrize(
    ("at", "severity"),
    [(34_999, "late"), (35_000, "long"), (184_999, "long"), (185_000, "gone")],
)
def test_severities(at: int, severity: str) -> None:
    told = figures(HELLO, ask(5_000, 3), reply(at, 4, 3))
    assert [turn.severity for turn in told.turns] == [severity]


@pytest.mark.parametrize(
    ("start", "end", "state"),
    [
        # The wait without the fault is 10 s exactly, or 1 ms more.
        (9_000, 10_000, "void"),
        (9_000, 9_999, "breached"),
        # A fault that begins in the very millisecond of the reply is met in a point only.
        (16_000, 17_000, "breached"),
        (4_000, 5_000, "breached"),
    ],
)
def test_rows_15_and_24_faults(start: int, end: int, state: str) -> None:
    # The reply comes 11 s after the ask.
    rows = (HELLO, ask(5_000, 3), reply(16_000, 4, 3), fault(start, end, 20_000))
    told = figures(*rows)
    assert [turn.state for turn in told.turns] == [state]


def test_row_15_a_fault_that_begins_at_ten_seconds() -> None:
    # 10 s of running time had passed when it began: kept by no fault, and void by one beyond.
    rows = (HELLO, ask(5_000, 3), fault(15_000, 18_000, 18_000))
    assert [turn.state for turn in figures(*rows).turns] == ["void"]
    assert [turn.state for turn in figures(*rows, now=18_001).turns] == ["breached"]
    assert figures(*rows, now=18_001).late_ms == 1
    later = (HELLO, ask(5_000, 3), fault(15_001, 18_000, 18_000))
    assert [turn.state for turn in figures(*later).turns] == ["breached"]


def test_row_23_void_only_while_in_time() -> None:
    told = figures(HELLO, ask(5_000, 3), fault(8_000, 9_000, 9_000), reply(1_205_000, 5, 3), now=0)
    assert [(turn.state, turn.severity) for turn in told.turns] == [("breached", "gone")]
    assert told.late_ms == 1_205_000 - 16_000


@pytest.mark.parametrize(
    ("at", "count", "deep"),
    [(60_999, 0, 0), (61_000, 1, 0), (300_999, 1, 0), (301_000, 1, 1)],
)
def test_silences(at: int, count: int, deep: int) -> None:
    told = figures(HELLO, reply(at, 3, 1))
    assert (told.silences_60, told.broken_60_by_responder) == (count, count)
    assert (told.silences_300, told.broken_300_by_responder) == (deep, deep)
    assert told.longest_silence_ms == at - 1_000
    by_customer = figures(HELLO, ask(at, 3))
    assert (by_customer.silences_60, by_customer.broken_60_by_responder) == (count, 0)
    assert figures(HELLO, now=at).silences_60 == 0


def test_a_silence_of_no_length_is_none() -> None:
    assert figures(HELLO, reply(1_000, 3, 1)).longest_silence_ms is None


def test_ties_of_ask_and_handover_in_one_millisecond() -> None:
    """By seq: the one who held the session when the ask came."""
    after = figures(HELLO, handover(5_000, "r0", "r1"), ask(5_000, 4), reply(16_000, 5, 4, "r1"))
    assert set(after.by_responder) == {"r1"}
    before = figures(HELLO, ask(5_000, 3), handover(5_000, "r0", "r1"), reply(16_000, 5, 3, "r1"))
    assert set(before.by_responder) == {"r1"}  # 0 ms are nobody's
    held = figures(HELLO, ask(5_000, 3), handover(6_000, "r0", "r1"), reply(16_000, 5, 3, "r1"))
    assert held.by_responder["r0"].breached == 1
    assert held.by_responder["r1"].kept == 1


def test_ties_of_reply_and_handover_in_one_millisecond() -> None:
    answer = reply(16_000, 4, 3)
    after = figures(HELLO, ask(5_000, 3), answer, handover(16_000, "r0", "r1"))
    assert {name: own.breached for name, own in after.by_responder.items()} == {"r0": 1}
    own = figures(
        HELLO, ask(5_000, 3), handover(16_000, "r0", "r1"), reply(16_000, 5, 3, "r1")
    ).by_responder
    assert (own["r0"].breached, own["r1"].kept) == (1, 1)


def test_ties_of_ask_and_pause_in_one_millisecond() -> None:
    rows = (reply(9_000, 5, 3), resumed(30_000))
    # Before it the ask is on the clock: answered at once. Within it, it is settled in the pause.
    before = figures(HELLO, ask(5_000, 3), paused(5_000, reason="distress"), *rows)
    assert [(turn.state, turn.wait) for turn in before.turns] == [("kept", 0)]
    within = figures(HELLO, paused(5_000, reason="distress"), ask(5_000, 4), reply(9_000, 5, 4))
    assert within.turns == ()


def test_ties_of_reply_and_resume_in_one_millisecond() -> None:
    rows = (HELLO, paused(5_000, reason="distress"), ask(6_000, 4))
    settled = figures(*rows, reply(9_000, 5, 4), resumed(9_000))
    assert settled.turns == ()
    kept = figures(*rows, resumed(9_000), reply(9_000, 6, 4))
    assert [(turn.state, turn.wait) for turn in kept.turns] == [("kept", 0)]


@pytest.mark.parametrize(("at", "turns"), [(15_000, 0), (15_001, 1)])
def test_row_9_recall(at: int, turns: int) -> None:
    assert len(figures(HELLO, ask(5_000, 3), recalled(at, 3), now=90_000).turns) == turns


@pytest.mark.parametrize(("at", "turns"), [(15_000, 1), (15_001, 0)])
def test_row_31_answered_in_time_all_the_same(at: int, turns: int) -> None:
    told = figures(HELLO, ask(5_000, 3), recalled(9_000, 3), reply(at, 5, 3))
    assert [turn.state for turn in told.turns] == [TurnState.KEPT] * turns


@pytest.mark.parametrize(("at", "broken"), [(5_299, True), (5_300, False)])
def test_row_28_the_grace(at: int, *, broken: bool) -> None:
    if broken:
        with pytest.raises(JournalBroken, match="entry 4"):
            fold_of(HELLO, ask(5_000, 3), reply(at, 4, 3))
    else:
        fold_of(HELLO, ask(5_000, 3), reply(at, 4, 3))


@pytest.mark.parametrize(("at", "broken"), [(15_000, True), (15_001, False)])
def test_row_16_the_customers_handover(at: int, *, broken: bool) -> None:
    rows = (HELLO, ask(5_000, 3), handover(at, "r0", "r1", "customer"))
    if broken:
        with pytest.raises(JournalBroken, match="entry 4"):
            fold_of(*rows)
    else:
        fold_of(*rows)


@pytest.mark.parametrize(
    ("reason", "paused_at", "state"),
    [("responder", None, "breached"), ("responder", 6_000, "censored"), ("time", None, "censored")],
)
def test_row_32_who_leaves_the_last_question(
    reason: str, paused_at: int | None, state: str
) -> None:
    pause = [] if paused_at is None else [paused(paused_at)]
    told = figures(HELLO, ask(5_000, 3), *pause, closed(14_000, reason))
    assert [turn.state for turn in told.turns] == [state]
    assert told.late_ms == 0
    assert [turn.severity for turn in told.turns] == ["never" if state == "breached" else None]


def test_row_26_to_and_fro() -> None:
    told = figures(
        HELLO,
        ask(5_000, 3),
        handover(14_000, "r0", "r1"),
        handover(23_000, "r1", "r2"),
        reply(32_000, 6, 3, "r2"),
    )
    assert told.breached == 1
    results = {name: (own.kept, own.breached) for name, own in told.by_responder.items()}
    assert results == {"r0": (0, 1), "r1": (0, 1), "r2": (1, 0)}


def test_row_30_ten_breaches_stay_ten() -> None:
    rows: list[Row] = [HELLO]
    for each in range(10):
        rows.append(ask(20_000 * (each + 1), len(rows) + 2))
        rows.append(reply(20_000 * (each + 1) + 10_001, len(rows) + 2, len(rows) + 1))
    assert figures(*rows).breached == 10
    rows += [recalled(300_000, 4 + 2 * each, "r0") for each in range(9)]
    assert figures(*rows).breached == 10


@pytest.mark.parametrize(("gap", "counted"), [(9_999, 1), (10_000, 2)])
def test_row_6_a_nudge_counts_once_in_ten_seconds(gap: int, counted: int) -> None:
    told = figures(HELLO, ask(5_000, 3), ask(5_000 + gap, 4), reply(60_000, 5, 4))
    assert told.asks.breached == counted
    assert told.breached == 1


def test_row_22_an_extension_takes_closing_back() -> None:
    closing = {"kind": "closing", "t": 100_000}
    extended = {"kind": "extended", "t": 130_000, "paid_ms": 60_000, "price_fen": 100}
    without = figures(HELLO, closing, now=131_000)
    assert without.elapsed_ms == 130_000
    again = figures(HELLO, closing, extended, now=131_000)
    assert again.elapsed_ms == 100_000
    assert again.remaining_ms == 600_000 + 60_000 - 100_000


def test_late_time_in_unused_time_is_none() -> None:
    closing = {"kind": "closing", "t": 100_000}
    extended = {"kind": "extended", "t": 130_000, "paid_ms": 60_000, "price_fen": 100}
    # Late from 105,001 to 140,000; what lies in [100,000, 130,000] was not used.
    told = figures(HELLO, ask(95_000, 3), closing, extended, reply(140_000, 6, 3))
    assert told.late_ms == 10_000
    assert told.turns[0].wait == 45_000


@pytest.mark.parametrize(
    ("label", "flagged"), [(["closing_phrase"], True), (["hollow"], True), ([], False)]
)
def test_row_18_what_comes_after_a_closing_phrase(label: list[str], *, flagged: bool) -> None:
    first = reply(6_000, 4, 3, labels=["closing_phrase"])
    more = reply(7_000, 5, 3, **({"labels": label} if label else {}))
    told = figures(HELLO, ask(5_000, 3), first, more, closed(8_000))
    assert ("unanswered_at_end" in told.flags) is flagged
