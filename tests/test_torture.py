"""Each proof in short: what is sound holds, and a rule broken on purpose is noticed."""

import pytest
from tests.torture import proof_simulator
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


def test_no_such_proof(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nothing"]) == 2
    assert "nothing" in capsys.readouterr().err
