"""Keys that follow one another: who may be trusted from which, and what a key file tells."""

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from miaohui.promise.errors import JournalUnreadable
from miaohui.promise.heads import public_bytes
from miaohui.promise.knownkeys import KnownKeys, key_id_of
from miaohui.promise.succession import (
    MAX_STEPS,
    key_lines,
    known_keys_from,
    predecessors,
    sign_step,
    step_holds,
    step_line,
    steps_from,
    steps_in,
    successors,
)

UTC = "2026-11-30T12:00:00.000Z"
KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([at]) * 32) for at in range(1, 5)]
A, B, C, D = (public_bytes(key).hex() for key in KEYS)
STEPS = tuple(sign_step(KEYS[at], KEYS[at + 1], UTC) for at in range(2))


def test_a_chain_leads_both_ways() -> None:
    assert successors(STEPS, A) == (B, C)
    assert successors(STEPS[::-1], B) == (C,)
    assert predecessors(STEPS, C) == (B, A)
    assert (successors(STEPS, C), predecessors(STEPS, A), successors(STEPS, D)) == ((), (), ())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("next", D),
        ("key", D),
        ("utc", "2026-11-30T12:00:00.001Z"),
        ("signature", STEPS[1].signature),
        ("accepted", STEPS[0].signature),
    ],
)
def test_a_changed_step_leads_nowhere(field: str, value: str) -> None:
    changed = msgspec.structs.replace(STEPS[0], **{field: value})
    assert not step_holds(changed)
    assert successors([changed, STEPS[1]], A) == ()
    assert predecessors([changed, STEPS[1]], C) == (B,)


def test_a_key_that_named_two_leads_nowhere() -> None:
    other = sign_step(KEYS[0], KEYS[3], UTC)
    assert successors([*STEPS, other], A) == ()
    assert successors([*STEPS, other], B) == (C,)


def test_keys_in_a_ring_end() -> None:
    back = sign_step(KEYS[2], KEYS[0], UTC)
    assert successors([*STEPS, back], A) == (B, C, A)


def test_nobody_follows_themselves() -> None:
    assert not step_holds(sign_step(KEYS[0], KEYS[0], UTC))


def test_the_key_file() -> None:
    own = f"{C} {key_id_of(bytes.fromhex(C))}\n".encode()
    assert known_keys_from(own) == KnownKeys.of(C)
    told = own + b"".join(map(step_line, STEPS))
    assert known_keys_from(told) == KnownKeys.of(C, (B, A))
    assert key_lines(C, STEPS) == told
    assert key_lines(C, ()) == own
    assert steps_in(told) == STEPS
    assert known_keys_from(bytes.fromhex(C)) == KnownKeys.of(C)


@pytest.mark.parametrize("key", [B, D])
def test_a_key_file_whose_changes_lead_elsewhere(key: str) -> None:
    told = f"{key}\n".encode() + b"".join(map(step_line, STEPS))
    with pytest.raises(JournalUnreadable, match="do not lead"):
        known_keys_from(told)


def test_a_key_file_with_something_else() -> None:
    with pytest.raises(JournalUnreadable):
        known_keys_from(f'{C}\n{{"key": 1}}\n'.encode())


def test_so_many_steps_and_no_more() -> None:
    most = step_line(STEPS[0]) * MAX_STEPS
    assert len(steps_from(most)) == MAX_STEPS
    with pytest.raises(JournalUnreadable, match=f"more than {MAX_STEPS}"):
        steps_from(most + step_line(STEPS[0]))
    with pytest.raises(JournalUnreadable, match="no change of a relay's key"):
        steps_from(b'{"key": 1}')
    assert steps_from(b"\n \n") == ()
