"""What is said in a session: at its times, by the seed, with nothing in a deliberate silence."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from miaohui.checks.plan.plan import Claim, Plan, Probe, ProbeKind, Scope, Stratum
from miaohui.checks.plan.timeline import Nudging, after_steps, last_steps, timeline

K = ProbeKind


def plan(*probes: Probe, stay_s: int = 60, seed: int = 1) -> Plan:
    scope = Scope(("a",), (), 1, 15, 10_000, stay_s=stay_s)
    return Plan(
        "p",
        Claim("c", 0.9, 0.95, 0.85),
        scope,
        (Stratum("any", 0, 1440, 1),),
        probes,
        banks={"b": ("一", "二", "三")},
        seed=seed,
    )


def test_repeats_until_the_end() -> None:
    steps = timeline(plan(Probe(K.PLAIN, 2, every_s=20, texts=("x",))), "s1")
    assert [(each.at_ms, each.step) for each in steps] == [(2_000, 0), (22_000, 1), (42_000, 2)]


def test_without_a_stay_the_paid_minutes_count() -> None:
    steps = timeline(plan(Probe(K.PLAIN, 0, every_s=100, texts=("x",)), stay_s=0), "s1")
    assert len(steps) == 9


def test_a_burst_is_several_bubbles_in_a_row() -> None:
    steps = timeline(plan(Probe(K.BURST, 10, count=3, texts=("x", "y", "z"))), "s1")
    assert [each.at_ms for each in steps] == [10_000, 11_200, 12_400]
    assert {each.text for each in steps} == {"x", "y", "z"}


def test_no_paraphrase_comes_again_before_all_were_said() -> None:
    steps = timeline(plan(Probe(K.QUESTION, 0, every_s=10, bank="b")), "s1")
    texts = [each.text for each in steps]
    assert set(texts[:3]) == set(texts[3:]) == {"一", "二", "三"}


@settings(max_examples=40)
@given(st.integers(0, 2**53), st.floats(0, 5))
def test_jitter_is_drawn_from_the_seed_and_added(seed: int, jitter: float) -> None:
    made = plan(Probe(K.PLAIN, 3, every_s=9, jitter_s=jitter, bank="b"), seed=seed)
    steps = timeline(made, "s1")
    assert steps == timeline(made, "s1")
    for number, each in enumerate(sorted(steps, key=lambda step: step.step)):
        assert 0 <= each.at_ms - (3_000 + number * 9_000) <= jitter * 1000 + 1
    assert [each.at_ms for each in steps] == sorted(each.at_ms for each in steps)


def test_two_slots_are_not_alike() -> None:
    made = plan(Probe(K.PLAIN, 3, every_s=5, jitter_s=2, bank="b"))
    assert timeline(made, "s1") != timeline(made, "s2")


def test_nothing_is_said_in_a_gap() -> None:
    made = plan(
        Probe(K.PLAIN, 0, every_s=5, texts=("x",)),
        Probe(K.GAP, 12, seconds=20),
        Probe(K.LAST_QUESTION, 30, texts=("z",)),
    )
    steps = timeline(made, "s1")
    silent = [each.at_ms for each in steps if each.skipped == "gap"]
    assert silent == [15_000, 20_000, 25_000, 30_000]
    assert [each.kind for each in steps if each.at_ms == 30_000 and not each.skipped] == [
        K.LAST_QUESTION
    ]
    gap = next(each for each in steps if each.kind is K.GAP)
    assert (gap.at_ms, gap.seconds, gap.skipped) == (12_000, 20.0, "")


def test_the_last_question_stands_before_a_known_end() -> None:
    made = plan(Probe(K.LAST_QUESTION, 5, texts=("z",)))
    assert [each.at_ms for each in timeline(made, "s1")] == [55_000]
    open_end = replace(made, scope=replace(made.scope, stay_s=0))
    assert timeline(open_end, "s1") == ()
    assert [each.at_ms for each in last_steps(open_end, "s1")] == [5_000]


def test_after_the_end_in_order() -> None:
    probes = (Probe(K.AFTER_END, 9, texts=("b",)), Probe(K.AFTER_END, 2, texts=("a",)))
    assert [(e.text, e.at_ms) for e in after_steps(plan(*probes), "s1")] == [
        ("a", 2_000),
        ("b", 9_000),
    ]


def test_a_probe_without_words_is_skipped_and_says_so() -> None:
    steps = timeline(plan(Probe(K.PLAIN, 1, bank="none")), "s1")
    assert [each.skipped for each in steps] == ["no_text"]


def test_nudges_come_while_a_turn_waits_and_no_more_than_planned() -> None:
    made = plan(Probe(K.NUDGE, 20, count=2, seconds=8, texts=("在吗", "还在吗")))
    nudging = Nudging(made, 0, "s1")
    assert nudging.due_ms(None, 0) is None
    assert nudging.due_ms("m1", 2_000) == 20_000  # waited long enough before its time
    first = nudging.take(20_000)
    assert nudging.due_ms("m1", 30_000) == 46_000
    second = nudging.take(46_000)
    assert (first.step, second.step) == (0, 1)
    assert {first.text, second.text} == {"在吗", "还在吗"}
    assert nudging.due_ms("m1", 30_000) is None
    assert nudging.due_ms("m2", 50_000) == 58_000
    assert nudging.take(58_000).step == 2
    assert Nudging(made, 0, "s1", 3).take(1).step == 3
