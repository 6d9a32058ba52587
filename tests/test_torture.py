"""Each proof in short: what is sound holds, and a rule broken on purpose is noticed."""

import pytest
from tests.torture import proof_cuts, proof_simulator
from tests.torture.__main__ import load, main, names
from tests.torture.outcome import Outcome


def tried(outcome: Outcome) -> Outcome:
    if outcome.impossible:
        pytest.skip(outcome.impossible)
    assert outcome.trials > 0
    return outcome


@pytest.mark.parametrize("name", names())
def test_it_holds(name: str) -> None:
    proof = load(name)
    assert tried(proof.run(7, proof.SHORT, planted=False)).examples == []


@pytest.mark.parametrize("name", names())
def test_the_planted_fault_is_caught(name: str) -> None:
    proof = load(name)
    assert tried(proof.run(7, proof.SHORT, planted=True)).violations > 0


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


def test_no_such_proof(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nothing"]) == 2
    assert "nothing" in capsys.readouterr().err
