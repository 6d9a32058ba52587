"""The fold against the shared vectors, against the slow restatement, and against itself."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.promise.journals import OPENED, attempts, chained, journals, message, typed
from tests.promise.restatement import refused, restate

from miaohui.promise.errors import JournalBroken
from miaohui.promise.fold import Fold, Phase
from miaohui.promise.pieces import count
from miaohui.promise.reader import read_journal
from miaohui.promise.report import Own
from miaohui.promise.turns import TurnState
from miaohui.wire.journal import NO_PREV, Entry, Fault

VECTORS = Path(__file__).parent.parent / "vectors" / "promise-2"


def folded(entries: list[Entry]) -> Fold:
    fold = Fold()
    for entry in entries:
        fold.apply(entry)
    return fold


def told(fold: Fold, now: int) -> Any:
    return json.loads(msgspec.json.encode(fold.figures(now)))


def fold_of(*rows: dict[str, Any]) -> Fold:
    return folded(typed(chained([{**OPENED, "t": 0}, *rows])))


def reply(t: int, number: int, seen: int, **fields: Any) -> dict[str, Any]:
    return message("responder", t, number, responder="r0", seen_seq=seen, **fields)


FILES = sorted([*VECTORS.glob("*.jsonl"), *(VECTORS / "now").glob("*.jsonl")])
REFUSED = sorted((VECTORS / "refused").glob("*.jsonl"))


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_vector(file: Path) -> None:
    journal = read_journal(file.read_bytes())
    asked = file.with_suffix(".now.txt")
    now = int(asked.read_text("utf-8")) if asked.exists() else journal.entries[-1].t
    if file.with_suffix(".exit2.txt").exists():
        assert now < journal.fold.last_t
        return
    expected = json.loads(file.with_suffix(".expected.json").read_text("utf-8"))
    assert told(journal.fold, now) == expected
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert restate(rows, now) == expected


@pytest.mark.parametrize("file", REFUSED, ids=lambda f: f.stem)
def test_refused_vector(file: Path) -> None:
    named = file.with_suffix(".txt").read_text("utf-8").split(":")[0]
    with pytest.raises(JournalBroken, match=f"^{named}: "):
        read_journal(file.read_bytes())


def test_every_vector_is_there() -> None:
    assert (len(FILES), len(REFUSED)) == (283, 102)


@settings(max_examples=300, deadline=None)
@given(attempts())
def test_what_may_follow_equals_the_restatement(rows: list[dict[str, Any]]) -> None:
    fold, found = Fold(), None
    for entry in typed(rows):
        try:
            fold.apply(entry)
        except JournalBroken as broken:
            found = broken.entry
            break
    assert found == refused(rows)


@settings(max_examples=250, deadline=None)
@given(journals(), st.sampled_from((0, 1, 9_999, 10_000, 10_001, 45_000, 400_000)))
def test_fold_equals_the_restatement(rows: list[dict[str, Any]], after: int) -> None:
    now = rows[-1]["t"] + after
    assert told(folded(typed(rows)), now) == restate(rows, now)


@settings(max_examples=150, deadline=None)
@given(journals(most=40), st.integers(0, 30_000), st.integers(1, 9))
def test_a_past_that_changes_is_folded_from_a_kept_state(
    rows: list[dict[str, Any]], after: int, every: int
) -> None:
    fold = Fold(keep_every=every)
    for index, entry in enumerate(typed(rows), 1):
        fold.apply(entry)
        if index % 3 == 0:  # whatever is asked in between changes nothing
            fold.late_ms(entry.t)
    now = rows[-1]["t"] + after
    assert told(fold, now) == told(fold.copy(), now) == restate(rows, now)


@settings(max_examples=60, deadline=None)
@given(journals(most=25), st.integers(0, 30_000))
def test_live_answers_equal_the_restatement_of_every_prefix(
    rows: list[dict[str, Any]], after: int
) -> None:
    fold = Fold()
    for index, entry in enumerate(typed(rows), 1):
        fold.apply(entry)
        now = entry.t + after
        expected = restate(rows[:index], now)
        assert fold.late_ms(now) == expected["late_ms"] <= fold.elapsed_ms(now)
        assert fold.elapsed_ms(now) == expected["elapsed_ms"]
        assert fold.remaining_ms(now) == expected["remaining_ms"] >= 0
        assert list(fold.flags(now)) == expected["flags"]
        uncovered = [turn for turn in expected["turns"] if turn["end"] is None]
        live = fold.open_turn(now)
        shown = [(live.start, live.wait, live.first, live.state)] if live else []
        assert shown == [
            (turn["start"], turn["wait"], turn["asks"][0], turn["state"]) for turn in uncovered[:1]
        ]
        if live:
            assert live.count == len(fold.open_asks)
        for turn in expected["turns"]:
            found = fold.turn_of(turn["asks"][-1], now)
            assert found is not None
            assert (found.start, found.wait, found.state) == (
                turn["start"],
                turn["wait"],
                turn["state"],
            )


@settings(max_examples=80, deadline=None)
@given(journals(most=30))
def test_the_parts_add_up_to_the_persons_figures(rows: list[dict[str, Any]]) -> None:
    fold = folded(typed(rows))
    told_now = fold.figures(fold.last_t)
    added: dict[str, dict[TurnState, int]] = {}
    for turn, parts, _ in fold.parts():
        count(added, parts)
        assert sum(part.last for part in parts) == (turn.state is not TurnState.VOID)
        assert sum(part.wait for part in parts) == (turn.wait if parts else 0)
    assert tuple(turn for turn, _, _ in fold.parts()) == told_now.turns
    assert {name: Own(*own.values()) for name, own in added.items()} == told_now.by_responder


@settings(max_examples=150, deadline=None)
@given(journals(most=30), st.booleans(), st.integers(1, 100), st.integers(1, 100))
def test_other_terms_pay_back_what_a_session_under_them_would(
    rows: list[dict[str, Any]], give_back: bool, below: int, percent: int
) -> None:
    """The same entries, opened under the other terms from the beginning."""
    other = {
        "give_back": give_back,
        "last_question": True,
        "refunds": [{"kept_below": below, "min_turns": 1, "refund_percent": percent}],
    }
    opened, *rest = [
        {name: value for name, value in row.items() if name not in ("seq", "prev")} for row in rows
    ]
    fold = folded(typed(rows))
    twin = folded(typed(chained([{**opened, "terms": other}, *rest])))
    assert fold.settlement_under(fold.opened.terms) == fold.settlement()
    assert fold.settlement_under(twin.opened.terms) == twin.settlement()


@settings(max_examples=80, deadline=None)
@given(journals(most=25), st.integers(0, 5_000))
def test_nothing_happens_before_the_next_wake(rows: list[dict[str, Any]], after: int) -> None:
    """Walk from wake to wake: between two of them no state, flag or zero may change."""
    fold = folded(typed(rows))
    now = fold.last_t + after

    def visible(t: int) -> tuple[object, ...]:
        turn = fold.open_turn(t)
        marks = (
            None if turn is None else (turn.triple_miss, turn.wait >= 30_000, turn.wait >= 60_000)
        )
        states = [each.state is TurnState.BREACHED for each in fold.figures(t).turns]
        return marks, states, fold.remaining_ms(t) == 0, fold.flags(t)

    for _ in range(8):
        wake = fold.next_wake(now)
        if wake is None:
            assert visible(now) == visible(now + 10_000_000)
            return
        assert wake > now
        assert visible(now) == visible(wake - 1)
        assert visible(wake - 1) != visible(wake)
        now = wake
    raise AssertionError("the wakes never end")


@settings(max_examples=60, deadline=None)
@given(journals(most=25), st.integers(0, 30))
def test_a_copy_goes_its_own_way(rows: list[dict[str, Any]], cut: int) -> None:
    entries = typed(rows)
    cut = max(1, min(cut, len(entries)))
    original = folded(entries[:cut])
    now = entries[-1].t + 20_000
    before = told(original, now)
    twin = original.copy()
    for entry in entries[cut:]:
        twin.apply(entry)
    assert told(twin, now) == told(folded(entries), now)
    assert told(original, now) == before


def test_a_later_now_never_takes_late_or_elapsed_back() -> None:
    fold = fold_of(reply(0, 2, 1), message("customer", 5_000, 3))
    for earlier, later in ((5_000, 15_000), (15_000, 15_001), (15_001, 90_000)):
        assert fold.late_ms(earlier) <= fold.late_ms(later)
        assert fold.elapsed_ms(earlier) <= fold.elapsed_ms(later)


def test_a_breach_comes_by_time_alone() -> None:
    fold = fold_of(reply(0, 2, 1), message("customer", 5_000, 3))
    assert fold.next_wake(5_000) == 15_001
    live = fold.open_turn(15_000)
    assert live is not None
    assert live.state is TurnState.OPEN
    live = fold.open_turn(15_001)
    assert live is not None
    assert live.breached
    assert fold.remaining_ms(15_001) == fold.remaining_ms(60_000) == 585_000
    assert fold.next_wake(15_001) == 35_000
    assert fold.next_wake(35_000) == 65_000
    assert fold.next_wake(65_000) is None


def test_paid_time_reaches_zero_without_an_entry() -> None:
    fold = fold_of(reply(1_000, 2, 1))
    assert fold.next_wake(1_000) == 601_000
    assert fold.remaining_ms(601_000) == 0
    assert fold.next_wake(601_000) is None


def test_nothing_wakes_a_paused_session() -> None:
    pause = {"kind": "paused", "t": 6_000, "by": "customer", "reason": "asked"}
    fold = fold_of(reply(0, 2, 1), message("customer", 5_000, 3), pause)
    assert fold.phase is Phase.PAUSED
    assert fold.next_wake(100_000) is None


def test_phases() -> None:
    fold = Fold()
    rows = [
        {**OPENED, "t": 0},
        reply(1_000, 2, 1),
        {"kind": "paused", "t": 2_000, "by": "customer", "reason": "asked"},
        {"kind": "resumed", "t": 3_000, "by": "customer", "reason": "asked"},
        {"kind": "closing", "t": 4_000},
        {"kind": "extended", "t": 5_000, "paid_ms": 1_000, "price_fen": 5},
        {"kind": "closed", "t": 6_000, "reason": "time"},
    ]
    seen = []
    for entry in typed(chained(rows)):
        fold.apply(entry)
        seen.append(fold.phase.value)
    assert seen == ["waiting", "active", "paused", "active", "closing", "active", "closed"]


def test_settled_turns_are_read_on_from_an_index() -> None:
    fold = fold_of(message("customer", 0, 2), reply(1_000, 3, 2), message("customer", 2_000, 4))
    assert fold.open_asks == (4,)
    assert [turn.asks for turn in fold.turns_since(0)] == [(2,)]
    assert fold.turns_since(1) == ()
    assert fold.turn_of(3, 3_000) is None


def test_refused_entries_change_nothing() -> None:
    fold = fold_of(message("customer", 5_000, 2))
    late = typed(chained([{**OPENED, "t": 0}, message("customer", 5_000, 2), reply(6_000, 3, 2)]))
    bad = msgspec.structs.replace(late[2], t=4_000)
    with pytest.raises(JournalBroken, match="entry 3"):
        fold.apply(bad)
    fold.apply(late[2])
    assert fold.count(TurnState.KEPT) == 1


def test_a_fault_costs_no_more_in_a_long_session() -> None:
    """Counted, not timed: a slow relay says so in all its sessions at once."""
    rows = [{**OPENED, "t": 0}]
    for index in range(2_000):
        rows.append(message("customer", index * 1_000, 2 * index))
        rows.append(reply(index * 1_000 + 400, 2 * index + 1, len(rows)))
    entries = typed(chained(rows))
    fold = folded(entries)
    last = fold.last_t
    before, revision = fold.steps, fold.revision
    fault = Fault(
        seq=len(rows) + 1, t=last, prev=NO_PREV, from_t=last - 4_000, to_t=last, reason="overload"
    )
    fold.apply(fault)
    assert fold.elapsed_ms(last) == last - 4_000 - 400
    assert fold.revision == revision + 1
    assert fold.steps - before <= 2 * 32 + 20
    whole = Fold(keep_every=len(rows) * 2)
    for entry in (*entries, fault):
        whole.apply(entry)
    assert told(fold, last) == told(whole, last)


def test_the_ten_thousandth_entry_costs_one_step() -> None:
    """Counted, not timed: ledger steps for an entry and the questions asked after it."""
    rows = [{**OPENED, "t": 0}]
    for index in range(5_000):
        rows.append(message("customer", index * 20_000, 2 * index))
        rows.append(reply(index * 20_000 + 12_000, 2 * index + 1, len(rows)))
    fold = Fold()
    costs = []
    for seq, row in enumerate(rows, 1):
        before = fold.steps
        fold.apply(typed([{**row, "seq": seq, "prev": "0" * 64}])[0])
        fold.next_wake(fold.last_t)
        fold.remaining_ms(fold.last_t)
        costs.append(fold.steps - before)
    assert set(costs) == {1}
    assert fold.count(TurnState.BREACHED) == 5_000


def test_a_recall_behind_the_reply_changes_nothing() -> None:
    asked = message("customer", 1_000, 1)
    fold = fold_of(
        asked,
        reply(2_000, 2, 2),
        {"kind": "recalled", "t": 3_000, "target": 2, "author": "customer"},
    )
    assert (fold.figures(60_000).kept, fold.figures(60_000).open) == (1, 0)


def test_two_long_silences_are_two() -> None:
    fold = fold_of(
        reply(1_000, 1, 1),
        reply(301_000, 2, 1),
        message("customer", 601_000, 3),
        reply(602_000, 4, 4),
        reply(902_000, 5, 4),
    )
    told_now = fold.figures(902_000)
    assert (told_now.silences_300, told_now.broken_300_by_responder) == (3, 2)
    assert (told_now.silences_60, told_now.broken_60_by_responder) == (3, 2)
    assert told_now.longest_silence_ms == 300_000


@settings(deadline=None)
@given(journals())
def test_the_messages_of_all_turns_are_the_sessions(rows: list[dict[str, Any]]) -> None:
    fold = folded(typed(rows))
    figures = fold.figures(fold.last_t)
    asks = [each.asks for each in fold.parts()]
    assert sum(each.kept for each in asks) == figures.asks.kept == fold.asks(fold.last_t).kept
    breached = sum(each.breached for each in asks)
    assert breached == figures.asks.breached == fold.asks(fold.last_t).breached
