"""The relay's word about a plan: whose it is, and that nothing of it was changed."""

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from miaohui.promise.heads import public_bytes
from miaohui.promise.knownkeys import KnownKeys, key_id_of
from miaohui.promise.planword import Statement, signed, signed_by, signed_bytes
from miaohui.wire.plans import PlanOrders, PlanRegistered

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OWN = public_bytes(KEY)
OTHER = public_bytes(Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
SAID = {
    "registration": "r-1",
    "plan_sha256": "0" * 64,
    "utc": "2026-11-30T12:00:00.000Z",
    "key_id": key_id_of(OWN),
    "signature": "",
}
REGISTERED = signed(KEY, PlanRegistered(earlier=0, **SAID))
ORDERS = signed(KEY, PlanOrders(final=True, orders=[], **SAID))


@pytest.mark.parametrize("statement", [REGISTERED, ORDERS])
def test_a_signed_word_is_its_keys(statement: Statement) -> None:
    assert signed_by(OWN, statement)
    assert not signed_by(OTHER, statement)
    assert b'"signature"' not in signed_bytes(statement)
    assert b'"type"' in signed_bytes(statement)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("registration", "r-2"),
        ("plan_sha256", "1" * 64),
        ("utc", "2026-11-30T12:00:00.001Z"),
        ("earlier", 1),
        ("key_id", key_id_of(OTHER)),
        ("signature", ORDERS.signature),
        ("signature", "no hex"),
        ("signature", ""),
    ],
)
def test_a_changed_word_is_nobodys(field: str, value: object) -> None:
    assert not signed_by(OWN, msgspec.structs.replace(REGISTERED, **{field: value}))


def test_a_key_that_is_none_signs_nothing() -> None:
    short = msgspec.structs.replace(REGISTERED, key_id=key_id_of(OWN[:-1]))
    assert not signed_by(OWN[:-1], short)


def test_a_relay_is_known_by_its_keys() -> None:
    known = KnownKeys.of(OWN.hex(), ["", OTHER.hex()])
    assert known.keys == (OWN, OTHER)
    assert bool(known)
    assert OTHER in known
    assert bytes(32) not in known
    assert (known.named(key_id_of(OTHER)), known.named("0" * 16)) == (OTHER, None)
    assert KnownKeys.of("").keys == ()
    assert not KnownKeys.of("")
