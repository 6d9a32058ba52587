"""The analysis of a run's folder: whole, while it runs, and damaged in every way we know."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from tests.checks import samples

from miaohui.checks.analysis.analyse import FolderUnreadable, analyse, drawn, plan_of
from miaohui.checks.plan.plan import Unit
from miaohui.checks.plan.schedule import session_ms
from miaohui.checks.record.events import AnyEvent, Finished, LoggedLine, RunHalted, SlotState
from miaohui.checks.record.trace import read_trace
from miaohui.checks.results import ClaimVerdict, Results
from miaohui.promise.bundle import read_bundle
from miaohui.promise.reader import read_journal
from miaohui.promise.verdict import verify_bundle


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of four shops; not to be written to."""
    folder = tmp_path_factory.mktemp("whole")
    samples.make(folder)
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of two sessions a shop."""
    folder = tmp_path_factory.mktemp("small")
    samples.make(folder, sessions=2, minutes=10)
    return folder


@pytest.fixture
def folder(small: Path, tmp_path: Path) -> Path:
    """A copy of the small one, to be damaged."""
    return shutil.copytree(small, tmp_path / "run")


def codes(results: Results) -> list[str]:
    return [code for code, _, _ in results.deviations]


def rewrite(folder: Path, line: int, old: bytes, new: bytes) -> None:
    file = folder / "run.jsonl"
    lines = file.read_bytes().split(b"\n")
    assert old in lines[line]
    lines[line] = lines[line].replace(old, new)
    file.write_bytes(b"\n".join(lines))


def test_a_whole_run_says_of_each_shop_what_it_did(whole: Path) -> None:
    results = analyse(whole)
    assert results.deviations == ()
    assert [target.name for target in results.targets] == [shop.name for shop in samples.SHOPS]
    assert [target.verdict for target in results.targets] == [
        ClaimVerdict.NOT_ENOUGH,  # six sessions are too few for "met", however good
        ClaimVerdict.NOT_ENOUGH,
        ClaimVerdict.NOT_MET,
        ClaimVerdict.NOT_MET,
    ]
    assert results.verdict is ClaimVerdict.NOT_MET
    assert results.done_sessions == results.planned_sessions == 24
    assert (results.running, results.looks_done) == (False, 1)
    assert results.spent_fen == 24 * 2800
    assert results.refunded_fen == sum(s.refund_fen for s in results.sessions)
    assert results.notify_utc_ms is not None
    assert results.ended_utc_ms is not None
    assert results.notify_utc_ms - results.ended_utc_ms == 14 * 86_400_000


def test_every_figure_is_the_folds_own(whole: Path) -> None:
    results = analyse(whole)
    for session in results.sessions:
        told = verify_bundle((whole / "sessions" / f"{session.slot}.zip").read_bytes()).figures
        assert told is not None
        assert (session.kept, session.breached, session.censored, session.void) == (
            told.kept,
            told.breached,
            told.censored,
            told.void,
        )
        assert session.late_ms == told.late_ms == session.given_back_ms
        assert session.refund_owed_fen == told.refund_fen == session.refund_fen
        assert session.longest_ms == told.longest_wait_ms
        assert [bar.wait_ms for bar in session.bars] == [turn.wait for turn in told.turns]
        assert all(bar.probe for bar in session.bars)
    for target in results.targets:
        own = [s for s in results.sessions if s.target == target.target]
        assert target.rate.k == sum(s.kept for s in own)
        assert target.turns == sum(s.kept + s.breached for s in own)
        assert sum(stratum.rate.n for stratum in target.strata) == target.turns
        assert target.rate.low < (target.rate.estimate or 0) < target.rate.high


def test_conduct_is_told_apart(whole: Path) -> None:
    kind, _, begging, gone = analyse(whole).targets
    assert (kind.after_asked, kind.after_answered) == (6, 6)
    assert (begging.after_asked, begging.after_answered) == (6, 0)
    assert (kind.last_asked, kind.last_answered) == (6, 6)
    assert (gone.last_asked, gone.last_answered) == (6, 0)
    assert begging.flags["begging"] == 6
    assert "begging" not in kind.flags
    assert begging.labels["hollow"] > kind.labels["hollow"]
    assert gone.flags["unanswered_at_end"] == 6
    assert (kind.broken_60, gone.broken_60) == (6, 0)
    assert gone.late_share is not None
    assert kind.late_share is not None
    assert gone.late_share > 5 * kind.late_share


def test_gaps_tell_whether_the_responder_spoke_first(whole: Path) -> None:
    results = analyse(whole)
    broken = {
        target.name: sum(
            gap.broken_after_ms is not None
            for session in results.sessions
            if session.target == target.target
            for gap in session.gaps
        )
        for target in results.targets
    }
    assert broken["晚风小屋"] == 6
    assert broken["星期八"] == 0


def test_it_works_while_the_run_goes_on(tmp_path: Path) -> None:
    samples.make(tmp_path, sessions=3, done=5)
    results = analyse(tmp_path)
    assert results.deviations == ()
    assert (results.running, results.done_sessions, results.planned_sessions) == (True, 5, 12)
    assert {target.verdict for target in results.targets} == {ClaimVerdict.NOT_ENOUGH}
    assert results.targets[0].turns > 0
    assert results.ended_utc_ms is None
    # Two accounts for the last four, ten minutes apart: a second one waits for the first.
    last = sorted(s.planned_utc_ms for s in results.sessions if s.state is SlotState.PLANNED)[-4:]
    assert results.ends_at_utc_ms == last[1] + 2 * session_ms(plan_of(tmp_path))


def test_a_target_is_judged_once_nothing_more_is_to_come_of_it(folder: Path) -> None:
    lines = (folder / "run.jsonl").read_bytes().splitlines()
    events: list[AnyEvent] = [msgspec.json.decode(raw, type=LoggedLine).entry for raw in lines]
    last = [event for event in events if getattr(event, "slot", "") == "s02-4"]
    events = [e for e in events if not isinstance(e, Finished) and (e not in last[1:])]
    (folder / "sessions" / "s02-4.zip").unlink()
    samples.write_run(folder, events)
    looks = [target.look for target in analyse(folder).targets]
    assert looks == [1, 1, 1, 0]
    events.append(samples.skipped("s02-4", "late"))
    samples.write_run(folder, events)
    results = analyse(folder)
    assert results.running
    assert [target.look for target in results.targets] == [1, 1, 1, 1]
    assert results.verdict is ClaimVerdict.NOT_MET
    told = Finished(utc_ms=0, spent_fen=results.spent_fen, refunded_fen=results.refunded_fen)
    for verdict, said in (("not_met", []), ("met", ["verdict_differs"])):
        end = msgspec.structs.replace(told, verdict=verdict)
        samples.write_run(folder, [*events, end])
        assert codes(analyse(folder)) == said


def test_a_stopped_run_is_not_over_and_has_no_verdict(folder: Path) -> None:
    lines = (folder / "run.jsonl").read_bytes().splitlines()
    events: list[AnyEvent] = [msgspec.json.decode(raw, type=LoggedLine).entry for raw in lines]
    last = [event for event in events if getattr(event, "slot", "") == "s02-4"]
    events = [e for e in events if not isinstance(e, Finished) and (e not in last[1:])]
    (folder / "sessions" / "s02-4.zip").unlink()
    halted = RunHalted(utc_ms=samples.BEGAN_MS, how="stopped")
    for way in ([halted], [samples.skipped("s02-4", "stopped"), halted]):
        samples.write_run(folder, [*events, *way])
        results = analyse(folder)
        assert results.stopped
        assert [target.look for target in results.targets] == [1, 1, 1, 0]
        assert results.targets[3].verdict is ClaimVerdict.NOT_ENOUGH
        assert results.targets[3].rate.n > 0


def test_a_claim_counts_what_it_names(tmp_path: Path) -> None:
    plan = samples.plan_for((samples.SHOPS[3].name,), sessions=4)
    messages = replace(plan.claim, unit=Unit.MESSAGES, late_most=0.05)
    samples.make(tmp_path, shops=samples.SHOPS[3:], sessions=4, plan=replace(plan, claim=messages))
    results = analyse(tmp_path)
    (target,) = results.targets
    assert results.unit == "messages"
    assert target.rate.k == sum(s.asks_kept for s in results.sessions)
    assert target.rate.n == sum(s.asks_kept + s.asks_breached for s in results.sessions)
    assert target.rate.n > sum(s.kept + s.breached for s in results.sessions)
    assert target.late_verdict == "not_met"
    assert target.verdict is ClaimVerdict.NOT_MET
    shares = [target.shares[unit] for unit in ("turns", "messages", "late_share")]
    assert all(share is not None and 0 < share < 1 for share in shares)


def test_a_run_before_its_first_line_has_no_sessions(folder: Path) -> None:
    (folder / "run.jsonl").unlink()
    for file in (folder / "sessions").iterdir():
        file.unlink()
    results = analyse(folder)
    assert codes(results) == ["record_missing"]
    assert results.sessions == ()
    assert results.verdict is ClaimVerdict.NOT_ENOUGH


def test_the_same_data_give_the_same_results(small: Path, folder: Path) -> None:
    assert analyse(small) == analyse(folder)


@pytest.mark.parametrize("name", ["plan.toml", ""])
def test_a_folder_without_a_plan_is_refused_in_both_languages(
    folder: Path, tmp_path: Path, name: str
) -> None:
    if name:
        (folder / name).write_bytes(b"format = \xff")
    with pytest.raises(FolderUnreadable) as refused:
        analyse(folder if name else tmp_path / "nowhere")
    assert "plan.toml" in refused.value.english
    assert "plan.toml" in refused.value.chinese


def test_a_changed_plan_is_a_deviation(folder: Path) -> None:
    with (folder / "plan.toml").open("ab") as plan:
        plan.write(b"\n# after the first purchase\n")
    assert codes(analyse(folder)) == ["plan_changed"]


def test_a_torn_end_costs_only_the_torn_line(folder: Path) -> None:
    file = folder / "run.jsonl"
    file.write_bytes(file.read_bytes()[:-20])
    results = analyse(folder)
    assert codes(results) == ["record_torn"]
    assert results.done_sessions == 8
    assert results.running


def test_garbage_in_the_middle_costs_only_its_line(folder: Path) -> None:
    file = folder / "run.jsonl"
    lines = file.read_bytes().split(b"\n")
    lines.insert(40, b"\x00\xff{not json")
    lines.insert(41, b"[" * 5_000)
    file.write_bytes(b"\n".join(lines))
    results = analyse(folder)
    # The line behind the garbage no longer follows what stands before it.
    assert codes(results) == ["record_line_unreadable"] * 2 + ["record_chain_broken"]
    assert results.done_sessions == 8


def test_a_line_rewritten_later_breaks_the_chain(folder: Path) -> None:
    before = analyse(folder)
    rewrite(folder, 10, b"2800", b"2801")
    results = analyse(folder)
    assert "record_chain_broken" in codes(results)
    assert results.targets[0].rate == before.targets[0].rate


def test_events_of_no_slot_and_second_beginnings_are_told(folder: Path) -> None:
    trace = read_trace(folder)
    plan = samples.plan_for(tuple(shop.name for shop in samples.SHOPS))
    events = [samples.begun(plan), samples.begun(plan), samples.skipped("s99-9", "budget")]
    samples.write_run(folder, [*events, *[course.slot for course in trace.courses.values()]])
    assert {"record_second_beginning", "record_unknown_slot"} <= set(codes(analyse(folder)))


def test_a_bundle_that_is_gone_is_told_and_its_session_left_out(folder: Path) -> None:
    (folder / "sessions" / "s01-1.zip").unlink()
    results = analyse(folder)
    assert results.deviations == (("bundle_missing", "s01-1.zip", "s01-1"),)
    assert results.targets[0].sessions == 1


def test_one_bit_of_a_bundle_is_enough(folder: Path) -> None:
    file = folder / "sessions" / "s02-2.zip"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    results = analyse(folder)
    assert [(code, slot) for code, _, slot in results.deviations] in (
        [("bundle_unreadable", "s02-2")],
        [("bundle_unsound", "s02-2")],
    )
    damaged = next(s for s in results.sessions if s.slot == "s02-2")
    assert damaged.bundle_sound is False
    assert damaged.bars == ()


def test_a_bundle_of_another_session_is_not_taken(folder: Path) -> None:
    shutil.copy(folder / "sessions" / "s01-1.zip", folder / "sessions" / "s01-4.zip")
    assert codes(analyse(folder)) == ["bundle_of_another_session"]


def test_a_bundle_signed_by_another_relay_is_not_taken(folder: Path) -> None:
    file = folder / "run.jsonl"
    key = read_bundle((folder / "sessions" / "s01-1.zip").read_bytes()).receipt.relay_key
    file.write_bytes(file.read_bytes().replace(key.encode(), b"0" * 64))
    results = analyse(folder)
    assert codes(results).count("bundle_unsound") == 8
    assert results.verdict is ClaimVerdict.NOT_ENOUGH


def test_a_bundle_of_no_slot_is_told(folder: Path) -> None:
    shutil.copy(folder / "sessions" / "s01-1.zip", folder / "sessions" / "better.zip")
    assert analyse(folder).deviations == (("bundle_of_no_slot", "better.zip", ""),)


def test_a_session_counts_once(folder: Path) -> None:
    file = folder / "run.jsonl"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"session-s01-2"', '"session-s01-1"'), encoding="utf-8")
    shutil.copy(folder / "sessions" / "s01-1.zip", folder / "sessions" / "s01-2.zip")
    results = analyse(folder)
    assert "session_counted_twice" in codes(results)
    assert results.targets[0].turns == analyse(folder).targets[0].turns
    assert results.targets[1].sessions == 1


def test_skipped_and_stopped_are_no_damage(folder: Path) -> None:
    trace = read_trace(folder)
    assert trace.begun is not None
    slots = [course.slot for course in trace.courses.values()][:4]
    for file in (folder / "sessions").iterdir():
        file.unlink()
    stop = RunHalted(utc_ms=samples.BEGAN_MS + 5, how="stopped")
    samples.write_run(folder, [trace.begun, *slots, samples.skipped("s01-1", "budget"), stop])
    results = analyse(folder)
    assert codes(results) == ["run_stopped"]
    assert results.sessions[0].skipped == "budget"
    assert (results.running, results.stopped, results.skipped_sessions) == (False, True, 1)


def test_sums_that_do_not_add_up_are_told(folder: Path) -> None:
    trace = read_trace(folder)
    assert trace.begun is not None
    wrong = Finished(utc_ms=samples.BEGAN_MS, spent_fen=1, refunded_fen=0)
    for file in (folder / "sessions").iterdir():
        file.unlink()
    samples.write_run(folder, [trace.begun, wrong])
    assert codes(analyse(folder)) == ["sums_differ"]


def test_a_responder_is_judged_by_its_own_pieces(tmp_path: Path) -> None:
    plan = samples.plan_for((), sessions=2)
    plan = replace(plan, scope=replace(plan.scope, responders=("小满",), shops=()))
    samples.make(tmp_path, shops=(), sessions=0, plan=plan)
    journal, slot = samples.handed_over(plan)
    (tmp_path / "sessions" / "s01-1.zip").write_bytes(journal.bundle(bodies=False))
    data = hashlib.sha256((tmp_path / "plan.toml").read_bytes()).hexdigest()
    begun = samples.begun(replace(plan, sha256=data))
    samples.write_run(tmp_path, [begun, slot])
    session = analyse(tmp_path).sessions[0]
    own = journal.fold.figures(journal.fold.last_t).by_responder["r1"]
    assert (session.kept, session.breached, session.censored) == (
        own.kept,
        own.breached,
        own.censored,
    )
    assert [bar.state for bar in session.bars] == ["kept", "breached", "censored"]
    assert [bar.severity for bar in session.bars] == ["", "never", ""]


def test_drawing_a_share_is_the_same_however_much_came_since(whole: Path) -> None:
    from miaohui.checks.analysis.replies import replies_of

    def replies(slot: str) -> list[str]:
        data = read_bundle((whole / "sessions" / f"{slot}.zip").read_bytes()).journal
        every = replies_of(read_journal(data).entries, slot, 7)
        return [reply.key for reply in drawn(every, 0.5)]

    assert replies("s01-1") == replies("s01-1")
    assert 0 < len(replies("s01-1")) < 30
