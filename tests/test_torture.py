"""Each proof in short: what is sound holds, and a rule broken on purpose is noticed."""

import pytest
from tests.torture import proof_cuts, proof_simulator
from tests.torture.__main__ import load, main, names
from tests.torture.outcome import Outcome

# Of several planted faults these show in too few trials for a short run: a long one must notice each.
SELDOM = {
    "late money is kept",
    "planted: answered before the commit",
    "planted: commands are forgotten",
    "planted: no gap check",
}


def tried(outcome: Outcome) -> Outcome:
    if outcome.impossible:
        pytest.skip(outcome.impossible)
    assert outcome.trials > 0
    return outcome


@pytest.mark.parametrize("name", names())
def test_it_holds(name: str) -> None:
    proof = load(name)
    outcome = tried(proof.run(7, proof.SHORT, planted=False))
    assert (outcome.examples, outcome.untried) == ([], [])


@pytest.mark.parametrize("name", names())
def test_the_planted_fault_is_caught(name: str) -> None:
    proof = load(name)
    outcome = tried(proof.run(7, proof.SHORT, planted=True))
    assert outcome.violations > 0
    assert {*outcome.missed} <= SELDOM


@pytest.mark.parametrize("seed", proof_simulator.ONCE_BROKEN)
def test_a_seed_that_found_something_finds_nothing_now(seed: int) -> None:
    assert proof_simulator.one(seed).broken == []


def test_a_cut_in_a_fork_is_a_cut_in_a_run_of_its_own() -> None:
    cuts = {57: "before", 201: "silent", 330: "after"}
    ways = proof_cuts.ways(7, proof_cuts.SHORT_TURNS, proof_cuts.Gate(dict(cuts)))
    assert ways == {0: proof_cuts.play(7, proof_cuts.SHORT_TURNS, proof_cuts.Gate())} | {
        at: proof_cuts.play(7, proof_cuts.SHORT_TURNS, proof_cuts.Gate({at: how}))
        for at, how in cuts.items()
    }


def test_what_was_expected_and_never_tried_is_told() -> None:
    outcome = Outcome()
    outcome.expect("tried", "only broken", "never")
    outcome.check("tried", holds=True)
    outcome.violated("only broken", "x")
    assert outcome.untried == ["never"]
    whole = Outcome()
    whole.merge(outcome)
    assert whole.untried == ["never"]


def test_one_planted_fault_noticed_makes_up_for_no_other() -> None:
    whole = Outcome()
    for noticed in (False, True):
        part = Outcome()
        part.plant("first", noticed=noticed)
        part.plant("second", noticed=False)
        whole.merge(part)
    assert whole.missed == ["second"]


def test_no_such_proof(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nothing"]) == 2
    assert "nothing" in capsys.readouterr().err
