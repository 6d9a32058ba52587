"""What a responder's device signs about a reply, and when it fits the line as measured."""

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from miaohui.promise.heads import public_bytes
from miaohui.promise.replytimes import person_part, sign_times, times_hold
from miaohui.promise.strictjson import canonical

TIMES = sign_times(bytes(32), session="s1", id="r1", seq=3, shown=1_000, pressed=3_500)


def test_a_statement_is_about_one_reply() -> None:
    assert times_hold(TIMES, "s1", "r1")
    assert not times_hold(TIMES, "s2", "r1")
    assert not times_hold(TIMES, "s1", "r2")


def test_what_is_signed_is_as_the_page_has_it() -> None:
    said = {
        "statement": "miaohui/times/1",
        "session": "s1",
        "id": "r1",
        "seq": 3,
        "shown": 1_000,
        "pressed": 3_500,
        "key": TIMES.key,
    }
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    assert public_bytes(key).hex() == TIMES.key
    assert key.sign(canonical(said)).hex() == TIMES.signature


@pytest.mark.parametrize("field", ["seq", "shown", "pressed"])
def test_nothing_of_it_can_be_changed(field: str) -> None:
    changed = msgspec.structs.replace(TIMES, **{field: getattr(TIMES, field) + 1})
    assert not times_hold(changed, "s1", "r1")


def test_another_devices_key_did_not_sign_it() -> None:
    other = sign_times(bytes(31) + b"x", session="s1", id="r1", seq=3, shown=1_000, pressed=3_500)
    assert not times_hold(msgspec.structs.replace(TIMES, key=other.key), "s1", "r1")


@pytest.mark.parametrize(
    ("away", "line", "person"),
    [
        (2_500, 0, 2_500),
        (2_498, 0, 2_498),  # two clocks, each cut to the millisecond
        (2_497, 0, None),  # longer than all of the time there was
        (2_600, 100, 2_500),
        (2_902, 100, 2_500),
        (2_903, 100, None),  # the rest is more than the line explains
        (9_000, 100, None),
    ],
)
def test_it_fits_or_is_not_told(away: int, line: int, person: int | None) -> None:
    assert person_part(TIMES, away, line) == person


def test_nobody_answers_before_they_were_asked() -> None:
    back = msgspec.structs.replace(TIMES, pressed=999)
    assert person_part(back, 2_500, 5_000) is None
