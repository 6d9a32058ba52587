"""Receipts and bundles: what a signature covers, and what a hostile zip cannot do."""

import io
import json
import zipfile
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import UNSET, UnsetType
from tests.promise.journals import OPENED, chained, message, typed

from miaohui.promise.bundle import (
    MAX_BUNDLE_BYTES,
    DisclosedBody,
    Observed,
    read_bundle,
    with_log_proof,
    write_bundle,
)
from miaohui.promise.commitment import commit_of
from miaohui.promise.container import pack
from miaohui.promise.errors import JournalUnreadable
from miaohui.promise.heads import (
    Fork,
    Head,
    fork_of_heads,
    key_id_of,
    public_bytes,
    relay_key_from,
    sign,
    sign_head,
    sign_restored,
)
from miaohui.promise.succession import sign_step
from miaohui.promise.verdict import Outcome, verify_bundle
from miaohui.wire.journal import entry_hash

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
SALT = bytes(16)
TEXT = "今天有点难过"


OPENED_HERE = {**OPENED, "key_id": key_id_of(public_bytes(KEY))}


def rows(**ask: Any) -> list[dict[str, Any]]:
    fields = {"commit": commit_of(SALT, TEXT.encode()), **ask}
    return chained(
        [
            {**OPENED_HERE, "t": 0},
            message("customer", 5_000, 2, **fields),
            message("responder", 9_000, 3, responder="r0", seen_seq=2),
            {"kind": "closed", "t": 20_000, "reason": "time"},
        ]
    )


ENTRIES = typed(rows())
RECEIPT = sign(KEY, session="s-1", seq=4, t=20_000, head=entry_hash(ENTRIES[-1]))
HEADS = [
    sign_head(KEY, session="s-1", seq=each.seq, t=each.t, head=entry_hash(each))
    for each in ENTRIES[1:]
]
BODY = DisclosedBody(seq=2, salt=SALT.hex(), body=TEXT)


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
        bodies=[BODY, DisclosedBody(seq=3, salt=SALT.hex(), media_sha256="0" * 64)],
        observed=[Observed(seq=2, felt_ms=4_120)],
        heads=HEADS,
    )
    verdict = verify_bundle(data, public_bytes(KEY))
    assert verdict.sound
    assert verdict.key_known
    assert (verdict.bodies_proved, verdict.bodies_unproved, verdict.observed) == (1, 1, 1)
    assert verdict.contradicted == ()
    assert verdict.figures is not None
    assert verdict.figures.kept == 1
    assert verdict.settlement is not None
    unknown = verify_bundle(data)
    assert (unknown.outcome, unknown.sound) == (Outcome.UNKNOWN_SIGNER, True)
    assert verify_bundle(data, met=[public_bytes(KEY)]).outcome is Outcome.SOUND
    assert verify_bundle(data, met=[public_bytes(OTHER)]).outcome is Outcome.UNKNOWN_SIGNER


@pytest.mark.parametrize(
    ("felt_ms", "rtt_ms", "told"),
    [
        (3_997, UNSET, (2,)),
        (4_000, UNSET, ()),
        (60_000, UNSET, ()),
        (4_312, 10, ()),
        (4_313, 10, (2,)),
    ],
)
def test_a_felt_wait_that_does_not_fit_is_told(
    felt_ms: int, rtt_ms: int | UnsetType, told: tuple[int, ...]
) -> None:
    data = write_bundle(
        ENTRIES, RECEIPT, observed=[Observed(seq=2, felt_ms=felt_ms, rtt_ms=rtt_ms)]
    )
    assert verify_bundle(data).contradicted == told


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
    "change",
    [
        {"session": "s-2"},
        {"head": "1" * 64},
        {"seq": 3},
        {"t": 19_999},
        {"key_id": "0" * 16},
        {"relay_key": public_bytes(OTHER).hex()},
    ],
)
def test_a_changed_receipt_is_not_signed(change: dict[str, Any]) -> None:
    forged = msgspec.structs.replace(RECEIPT, **change)
    assert not forged.holds()
    assert not verify_bundle(write_bundle(ENTRIES, forged)).sound


@pytest.mark.parametrize(
    ("bodies", "entry"),
    [
        ([DisclosedBody(seq=2, salt=SALT.hex(), body="别的话")], 2),
        ([DisclosedBody(seq=1, salt=SALT.hex(), body=TEXT)], 1),
        ([DisclosedBody(seq=99, salt=SALT.hex(), body=TEXT)], 99),
        ([BODY, BODY], 2),
    ],
)
def test_bodies_are_held_against_their_commits(bodies: list[DisclosedBody], entry: int) -> None:
    verdict = verify_bundle(write_bundle(ENTRIES, RECEIPT, bodies=bodies))
    assert (verdict.sound, verdict.entry) == (False, entry)


def test_a_reply_that_nobody_can_see_is_none() -> None:
    blank = "\u2060\u3164"
    answered = rows()
    answered[2]["commit"] = commit_of(SALT, blank.encode())
    chain = typed(chained([dict(each) for each in answered]))
    receipt = sign(KEY, session="s-1", seq=4, t=20_000, head=entry_hash(chain[-1]))
    told = verify_bundle(
        write_bundle(chain, receipt, bodies=[DisclosedBody(seq=3, salt=SALT.hex(), body=blank)])
    )
    assert (told.outcome, told.entry) == (Outcome.BROKEN, 3)
    assert "visible" in told.reason


def test_a_journal_of_another_key_does_not_hold() -> None:
    chain = typed(chained([{**rows()[0], "key_id": "0" * 16}, *rows()[1:]]))
    receipt = sign(KEY, session="s-1", seq=4, t=20_000, head=entry_hash(chain[-1]))
    told = verify_bundle(write_bundle(chain, receipt))
    assert (told.outcome, told.entry) == (Outcome.BROKEN, 1)


def head(seq: int, t: int, digest: str, key: Ed25519PrivateKey = KEY) -> Head:
    return sign_head(key, session="s-1", seq=seq, t=t, head=digest)


@pytest.mark.parametrize(
    ("heads", "entry", "words"),
    [
        ([head(3, 9_000, "1" * 64)], 3, "another entry was signed"),
        ([head(3, 9_001, entry_hash(ENTRIES[2]))], 3, "another time than its own"),
        ([head(3, 9_000, entry_hash(ENTRIES[2]), OTHER)], 3, "receipt's key"),
        ([msgspec.structs.replace(HEADS[1], seq=2)], 2, "receipt's key"),
        ([head(5, 30_000, "1" * 64)], 4, "beyond the journal"),
        (
            [sign_head(KEY, session="s-2", seq=2, t=5_000, head=entry_hash(ENTRIES[1]))],
            1,
            "session",
        ),
    ],
)
def test_heads_are_held_against_the_journal(heads: list[Head], entry: int, words: str) -> None:
    told = verify_bundle(write_bundle(ENTRIES, RECEIPT, heads=heads))
    assert (told.outcome, told.entry) == (Outcome.BROKEN, entry)
    assert words in told.reason


@pytest.mark.parametrize(
    ("from_t", "to_t", "reason", "sound"),
    [
        (8_900, 9_100, "restart", False),
        (9_000, 9_100, "restart", True),
        (8_900, 9_000, "restart", True),
        (8_900, 9_100, "network", False),
        (8_900, 9_100, "overload", True),
    ],
)
def test_no_head_is_signed_in_a_stretch_that_the_relay_was_gone(
    from_t: int, to_t: int, reason: str, sound: bool
) -> None:
    gone = {"kind": "fault", "t": 9_500, "from_t": from_t, "to_t": to_t, "reason": reason}
    chain = typed(chained([*rows()[:3], gone, rows()[3]]))
    receipt = sign(KEY, session="s-1", seq=5, t=20_000, head=entry_hash(chain[-1]))
    told = verify_bundle(write_bundle(chain, receipt, heads=[head(3, 9_000, entry_hash(chain[2]))]))
    assert told.sound is sound
    if not sound:
        assert (told.outcome, told.entry) == (Outcome.BROKEN, 4)
        assert "the stretch" in told.reason


def other_chain() -> bytes:
    """The same session as somebody else was shown it: an ask a second later."""
    theirs = [dict(each) for each in rows()]
    theirs[1]["t"] = 6_000
    chain = typed(chained(theirs))
    receipt = sign(KEY, session="s-1", seq=4, t=20_000, head=entry_hash(chain[-1]))
    return write_bundle(chain, receipt)


def lines(heads: list[Head]) -> bytes:
    return b"".join(json.dumps(each.as_dict()).encode() + b"\n" for each in heads)


def test_two_journals_of_one_session_are_a_fork() -> None:
    told = verify_bundle(GOOD, other=other_chain())
    assert (told.outcome, told.entry) == (Outcome.BROKEN, 2)
    assert verify_bundle(GOOD, other=GOOD).sound
    for beginning in (JOURNAL, JOURNAL[: JOURNAL.index(b"\n", 900) + 1]):
        assert verify_bundle(GOOD, other=beginning).sound
    assert not verify_bundle(GOOD, other=read_bundle(other_chain()).journal).sound


def test_a_head_and_a_journal_on_two_chains_are_a_fork() -> None:
    assert verify_bundle(GOOD, other=lines(HEADS)).sound
    told = verify_bundle(GOOD, other=lines([head(3, 9_000, "1" * 64)]))
    assert (told.outcome, told.entry) == (Outcome.BROKEN, 3)
    late = verify_bundle(GOOD, other=lines([head(5, 30_000, "1" * 64)]))
    assert (late.outcome, late.entry) == (Outcome.BROKEN, 5)
    assert "the journal had ended before" in late.reason
    theirs = verify_bundle(GOOD, other=lines([head(3, 9_000, "1" * 64, OTHER)]))
    assert (theirs.outcome, theirs.entry) == (Outcome.BROKEN, None)
    elsewhere = sign_head(KEY, session="s-2", seq=3, t=0, head="1" * 64)
    with pytest.raises(JournalUnreadable, match="two sessions"):
        verify_bundle(GOOD, other=lines([elsewhere]))


def test_two_heads() -> None:
    one, two = head(3, 9_000, "1" * 64), head(3, 9_000, "2" * 64)
    fork = fork_of_heads(one, two)
    assert isinstance(fork, Fork)
    assert fork.entry == 3
    assert fork_of_heads(one, one) is None
    assert fork_of_heads(one, head(3, 9_001, "1" * 64)) is not None
    assert fork_of_heads(head(4, 8_999, "1" * 64), one) is not None
    assert fork_of_heads(head(4, 9_000, "2" * 64), one) is None
    assert fork_of_heads(head(3, 9_000, "2" * 64, OTHER), one) is None


@pytest.mark.parametrize(("seq", "outcome"), [(1, Outcome.RESTORED), (2, Outcome.BROKEN)])
def test_a_fork_across_a_restore_is_called_one(seq: int, outcome: Outcome) -> None:
    notice = sign_restored(
        KEY,
        session="s-1",
        seq=seq,
        head=entry_hash(ENTRIES[seq - 1]),
        restored_utc="2026-08-20T00:00:00Z",
    )
    mine = write_bundle(ENTRIES, RECEIPT, restored=[notice])
    assert verify_bundle(mine).sound
    assert verify_bundle(mine, other=other_chain()).outcome is outcome
    foreign = msgspec.structs.replace(notice, seq=3)
    assert not verify_bundle(write_bundle(ENTRIES, RECEIPT, restored=[foreign])).sound


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
    printed = f"key_id {key_id_of(raw)}\nkey {raw.hex()}\n"
    assert relay_key_from(printed.encode()) == raw
    for bad in (b"", b"zz", b"-----BEGIN PUBLIC KEY-----\n", b"\xff" * 40):
        with pytest.raises(JournalUnreadable):
            relay_key_from(bad)


def signed_over(entries: list[Any], **other: Any) -> Any:
    last = entries[-1]
    usual = {"session": "s-1", "seq": len(entries), "t": last.t, "head": entry_hash(last)}
    return sign(KEY, **(usual | other))


@pytest.mark.parametrize(
    ("entries", "other", "entry", "words"),
    [
        (ENTRIES, {"session": "s-2"}, 1, "another session, 's-2'"),
        (ENTRIES, {"seq": 3}, 4, "added after the receipt was signed over 3 entries"),
        (ENTRIES[:3], {"seq": 4}, 3, "signed over 4 entries"),
        (ENTRIES, {"t": 19_999}, 4, "not the last entry"),
        (ENTRIES, {"head": "1" * 64}, 4, "not the last entry"),
        (ENTRIES[:3], {}, 3, "does not end with `closed`"),
    ],
)
def test_a_receipt_that_holds_is_of_this_journal_whole(
    entries: list[Any], other: dict[str, Any], entry: int, words: str
) -> None:
    receipt = signed_over(entries, **other)
    assert receipt.holds()
    told = verify_bundle(write_bundle(entries, receipt))
    assert (told.outcome, told.entry) == (Outcome.BROKEN, entry)
    assert words in told.reason
    assert told.rule == "promise/2"
    assert (told.session, told.entries) == (receipt.session, receipt.seq)
    assert (told.key_id, told.relay_key) == (receipt.key_id, receipt.relay_key)


def test_what_was_signed_behind_a_copy_is_told_as_gone() -> None:
    def notice(key: Ed25519PrivateKey = KEY, session: str = "s-1") -> Any:
        utc = "2026-08-20T00:00:00Z"
        head = entry_hash(ENTRIES[1])
        return sign_restored(key, session=session, seq=2, head=head, restored_utc=utc)

    def told(notices: list[Any], heads: list[Head]) -> tuple[Outcome, int | None]:
        found = verify_bundle(write_bundle(ENTRIES, RECEIPT, restored=notices, heads=heads))
        return found.outcome, found.entry

    gone = [head(3, 8_000, "1" * 64), head(9, 30_000, "2" * 64)]
    assert told([notice()], gone) == (Outcome.RESTORED, 3)
    assert told([notice()], HEADS) == (Outcome.UNKNOWN_SIGNER, None)
    assert told([], gone)[0] is Outcome.BROKEN
    assert told([notice(OTHER)], gone)[0] is Outcome.BROKEN
    assert told([notice(session="s-2")], gone)[0] is Outcome.BROKEN
    assert told([notice()], [head(3, 8_000, "1" * 64, OTHER)])[0] is Outcome.BROKEN
    # What lies before the copy's last entry was there: it has to be there still.
    assert told([notice()], [head(2, 5_000, "1" * 64)])[0] is Outcome.BROKEN


def test_a_bundles_own_steps_lead_back_from_a_known_key() -> None:
    step = sign_step(KEY, OTHER, "2026-11-30T12:00:00.000Z")
    data = write_bundle(ENTRIES, RECEIPT, steps=[step])
    assert verify_bundle(data, public_bytes(OTHER)).outcome is Outcome.SOUND
    assert verify_bundle(data, met=[public_bytes(OTHER)]).outcome is Outcome.SOUND
    assert verify_bundle(data).outcome is Outcome.UNKNOWN_SIGNER
    third = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))
    assert verify_bundle(data, public_bytes(third)).outcome is Outcome.BROKEN
    assert verify_bundle(data, met=[public_bytes(third)]).outcome is Outcome.UNKNOWN_SIGNER
    assert verify_bundle(GOOD, public_bytes(OTHER)).outcome is Outcome.BROKEN


def test_heads_of_one_session_and_key_are_one_file() -> None:
    assert verify_bundle(GOOD, other=SIGNED).sound  # a receipt's statement is a head
    for mixed in (
        [HEADS[0], sign_head(KEY, session="s-2", seq=2, t=0, head="1" * 64)],
        [HEADS[0], head(3, 9_000, entry_hash(ENTRIES[2]), OTHER)],
    ):
        with pytest.raises(JournalUnreadable, match="more than one"):
            verify_bundle(GOOD, other=lines(mixed))
    forged = msgspec.structs.replace(HEADS[0], head="1" * 64)
    told = verify_bundle(GOOD, other=lines([forged]))
    assert (told.outcome, told.entry) == (Outcome.BROKEN, None)
    assert "empty" in verify_bundle(GOOD, other=b"\n").reason
    with pytest.raises(JournalUnreadable, match="no signed head"):
        verify_bundle(GOOD, other=b'{"signature": 1}')
    with pytest.raises(JournalUnreadable, match="a signed head"):
        verify_bundle(GOOD, other=lines(HEADS) + b"nonsense")
    with pytest.raises(JournalUnreadable, match="the other file"):
        verify_bundle(GOOD, other=b"nonsense")


@pytest.mark.parametrize("seq", [1, 3, 99])
def test_a_felt_wait_of_what_is_no_covered_question_tells_nothing(seq: int) -> None:
    data = write_bundle(ENTRIES, RECEIPT, observed=[Observed(seq=seq, felt_ms=1)])
    assert verify_bundle(data).contradicted == ()


def test_a_bundle_shows_a_text_or_names_a_file() -> None:
    for both in ({}, {"body": TEXT, "media_sha256": "0" * 64}):
        with pytest.raises(ValueError, match="needs one of"):
            DisclosedBody(seq=2, salt=SALT.hex(), **both)


def test_what_a_bundle_holds_comes_back() -> None:
    step = sign_step(KEY, OTHER, "2026-11-30T12:00:00.000Z")
    seen = Observed(seq=2, felt_ms=4_100)
    data = write_bundle(
        ENTRIES,
        RECEIPT,
        bodies=[BODY],
        observed=[seen],
        heads=HEADS,
        log_proof=b"proof",
        steps=[step],
    )
    found = read_bundle(data)
    assert (found.bodies, found.observed, found.heads) == ((BODY,), (seen,), tuple(HEADS))
    assert (found.log_proof, found.steps, found.receipt) == (b"proof", (step,), RECEIPT)
    assert read_bundle(with_log_proof(data, b"another")).log_proof == b"another"
    bare = read_bundle(GOOD)
    assert (bare.bodies, bare.observed, bare.heads, bare.restored) == ((), (), (), ())
    assert (bare.log_proof, bare.steps) == (None, ())


def test_a_bundle_is_so_large_and_no_larger() -> None:
    with pytest.raises(JournalUnreadable, match="the bundle is larger than"):
        verify_bundle(bytes(MAX_BUNDLE_BYTES + 1))
    with pytest.raises(JournalUnreadable, match="no readable zip"):
        verify_bundle(bytes(MAX_BUNDLE_BYTES))


def test_a_row_that_is_none_is_named() -> None:
    members = {"journal.jsonl": JOURNAL, "receipt.json": SIGNED}
    with pytest.raises(JournalUnreadable, match=r"line 2 of bodies\.jsonl"):
        verify_bundle(pack({**members, "bodies.jsonl": b'{"seq":2,"salt":"' + SALT.hex().encode() +
                            b'","body":"x"}\n{}'}))  # fmt: skip
