"""Receipts and bundles: what a signature covers, and what a hostile zip cannot do."""

import io
import json
import zipfile
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.promise.journals import OPENED, chained, message, typed

from miaohui.promise.bundle import Body, Observed, commit_of, read_bundle, write_bundle
from miaohui.promise.errors import JournalUnreadable
from miaohui.promise.receipt import public_bytes, relay_key_from, sign
from miaohui.promise.verdict import verify_bundle
from miaohui.wire.journal import entry_hash

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
SALT = bytes(16)
TEXT = "今天有点难过"


def rows(**ask: Any) -> list[dict[str, Any]]:
    fields = {"commit": commit_of(SALT, TEXT.encode()), **ask}
    return chained(
        [
            {**OPENED, "t": 0},
            message("customer", 5_000, 2, **fields),
            message("responder", 9_000, 3, responder="r0", seen_seq=2),
            {"kind": "closed", "t": 20_000, "reason": "time"},
        ]
    )


ENTRIES = typed(rows())
RECEIPT = sign(KEY, session="s-1", head=entry_hash(ENTRIES[-1]), length=len(ENTRIES))
BODY = Body(seq=2, salt=SALT.hex(), body=TEXT)


def zip_of(members: list[tuple[str, bytes]], packing: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def test_a_sound_bundle() -> None:
    data = write_bundle(
        ENTRIES,
        RECEIPT,
        bodies=[BODY, Body(seq=3, salt=SALT.hex(), media_sha256="0" * 64)],
        observed=[Observed(seq=2, felt_ms=4_120)],
    )
    verdict = verify_bundle(data, public_bytes(KEY))
    assert verdict.sound
    assert verdict.key_known
    assert (verdict.bodies_proved, verdict.bodies_unproved, verdict.observed) == (1, 1, 1)
    assert verdict.contradicted == ()
    assert verdict.figures is not None
    assert verdict.figures.kept == 1
    assert verdict.settlement is not None
    assert verify_bundle(data).key_known is None


def test_a_wait_felt_shorter_than_the_relays_is_told() -> None:
    data = write_bundle(ENTRIES, RECEIPT, observed=[Observed(seq=2, felt_ms=3_999)])
    assert verify_bundle(data).contradicted == (2,)


def test_the_same_session_gives_the_same_bytes() -> None:
    assert write_bundle(ENTRIES, RECEIPT) == write_bundle(ENTRIES, RECEIPT)


def test_another_key_is_not_the_relays() -> None:
    verdict = verify_bundle(write_bundle(ENTRIES, RECEIPT), public_bytes(OTHER))
    assert not verdict.sound
    assert "another key" in verdict.reason


def test_truncation_is_caught_by_the_length() -> None:
    verdict = verify_bundle(write_bundle(ENTRIES[:3], RECEIPT))
    assert (verdict.sound, verdict.entry) == (False, 3)


def test_an_edited_last_entry_is_caught_by_the_head() -> None:
    edited = [*ENTRIES[:3], msgspec.structs.replace(ENTRIES[3], t=20_001)]
    verdict = verify_bundle(write_bundle(edited, RECEIPT))
    assert (verdict.sound, verdict.entry) == (False, 4)


def test_an_edited_entry_is_caught_by_the_chain() -> None:
    edited = [ENTRIES[0], msgspec.structs.replace(ENTRIES[1], t=6_000), *ENTRIES[2:]]
    verdict = verify_bundle(write_bundle(edited, RECEIPT))
    assert (verdict.sound, verdict.entry) == (False, 3)


@pytest.mark.parametrize(
    "change", [{"session": "s-2"}, {"head": "1" * 64}, {"length": 3}, {"key_id": "x"}]
)
def test_a_changed_receipt_is_not_signed(change: dict[str, Any]) -> None:
    forged = msgspec.structs.replace(RECEIPT, **change)
    assert not forged.holds()
    assert not verify_bundle(write_bundle(ENTRIES, forged)).sound


@pytest.mark.parametrize(
    ("bodies", "entry"),
    [
        ([Body(seq=2, salt=SALT.hex(), body="别的话")], 2),
        ([Body(seq=1, salt=SALT.hex(), body=TEXT)], 1),
        ([Body(seq=99, salt=SALT.hex(), body=TEXT)], 99),
        ([BODY, BODY], 2),
    ],
)
def test_bodies_are_held_against_their_commits(bodies: list[Body], entry: int) -> None:
    verdict = verify_bundle(write_bundle(ENTRIES, RECEIPT, bodies=bodies))
    assert (verdict.sound, verdict.entry) == (False, entry)


GOOD = write_bundle(ENTRIES, RECEIPT)
JOURNAL = read_bundle(GOOD).journal
SIGNED = json.dumps(RECEIPT.as_dict()).encode()


def encrypted() -> bytes:
    data = bytearray(GOOD)
    # The encryption bit of the first member, in its own header and in the directory.
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04" + b"\0" * 40,
        GOOD[:-30],
        GOOD[:200] + b"\xff" * 40 + GOOD[240:],
        encrypted(),
        zip_of([("receipt.json", SIGNED)]),
        zip_of([("journal.jsonl", JOURNAL)]),
        zip_of([("journal.jsonl", JOURNAL), ("receipt.json", b"{}")]),
        zip_of([("journal.jsonl", JOURNAL), ("receipt.json", SIGNED), ("../x", b"")]),
        zip_of([("journal.jsonl", JOURNAL), ("receipt.json", SIGNED), ("/etc/x", b"")]),
        zip_of([("journal.jsonl", b" " * 60_000_000)], zipfile.ZIP_DEFLATED),
        zip_of([("journal.jsonl", JOURNAL), ("receipt.json", SIGNED)]),
        zip_of([("journal.jsonl", JOURNAL), ("receipt.json", SIGNED)], zipfile.ZIP_DEFLATED),
        b"#!" + GOOD,
        GOOD + b"\n",
        zip_of([("journal.jsonl", JOURNAL), ("receipt.json", b" " * 70_000)]),
        zip_of([(f"{i}", b"") for i in range(2_000)]),
        zip_of([("journal.jsonl", JOURNAL), ("receipt.json", SIGNED), ("bodies.jsonl", b"{}")]),
    ],
)
def test_what_is_no_bundle_is_refused(data: bytes) -> None:
    with pytest.raises(JournalUnreadable):
        verify_bundle(data)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_stands_twice_is_refused() -> None:
    data = zip_of([("journal.jsonl", JOURNAL), ("receipt.json", SIGNED), ("receipt.json", SIGNED)])
    with pytest.raises(JournalUnreadable, match="twice"):
        verify_bundle(data)


def test_any_program_opens_a_bundle() -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        assert archive.testzip() is None
        assert archive.read("journal.jsonl") == JOURNAL


def test_no_bit_of_a_bundle_is_without_meaning() -> None:
    for bit in range(0, len(GOOD) * 8, 7):
        changed = bytearray(GOOD)
        changed[bit >> 3] ^= 1 << (bit & 7)
        try:
            assert not verify_bundle(bytes(changed), public_bytes(KEY)).sound
        except JournalUnreadable:
            continue


def test_key_files() -> None:
    raw = public_bytes(KEY)
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert relay_key_from(raw) == relay_key_from(pem) == relay_key_from(raw.hex().encode()) == raw
    for bad in (b"", b"zz", b"-----BEGIN PUBLIC KEY-----\n", b"\xff" * 40):
        with pytest.raises(JournalUnreadable):
            relay_key_from(bad)
