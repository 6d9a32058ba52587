"""Notes, checkpoints and proofs: the specifications' rules, and what a stranger may send."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.receiptlog.logs import KEY, ORIGIN, OTHER_KEY, PUBLIC, VERIFIER, note_of, proof_of

from miaohui.receiptlog.checkpoint import (
    Checkpoint,
    is_origin,
    read_checkpoint,
    sign_checkpoint,
    unchecked,
)
from miaohui.receiptlog.faults import FaultKind, LogBroken, LogUnreadable
from miaohui.receiptlog.merkle import EMPTY_ROOT, leaf_hash
from miaohui.receiptlog.note import (
    VerifierKey,
    check_note,
    read_note,
    sign_note,
    to_base64,
    verifier_key,
)
from miaohui.receiptlog.proof import InclusionProof, read_proof

# The examples that the specifications print, with the keys of the Go project's own tests.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot"
    "pRZb6KE6RyyBwJnAM=\n"
)
NOTE = note_of([b"a", b"b", b"c"])
WITNESS = "— wit.example " + to_base64(b"abcd" + bytes(72)) + "\n"


def test_a_known_note() -> None:
    key = verifier_key(GO_KEY)
    assert key.line() == GO_KEY
    check_note(read_note(GO_NOTE.encode()), key)
    with pytest.raises(LogBroken):
        check_note(read_note(GO_NOTE.replace("answer", "cause").encode()), key)


def test_a_checkpoint_is_three_lines_and_a_signature() -> None:
    lines = NOTE.decode().split("\n")
    assert lines[:2] == [ORIGIN, "3"]
    assert lines[3] == ""
    assert lines[4].startswith(f"— {ORIGIN} ")
    assert lines[5:] == [""]
    assert read_checkpoint(NOTE, VERIFIER).size == 3
    assert verifier_key(VERIFIER.line()) == VERIFIER


def test_others_signatures_are_passed_over() -> None:
    for note in (NOTE.decode() + WITNESS, NOTE.decode() + WITNESS * 15):
        assert read_checkpoint(note.encode(), VERIFIER).size == 3
    text, _, own = NOTE.decode().partition("\n\n")
    assert read_checkpoint(f"{text}\n\n{WITNESS}{own}".encode(), VERIFIER).size == 3


def test_extension_lines_of_other_logs_are_read() -> None:
    text = f"{ORIGIN}\n0\n{to_base64(EMPTY_ROOT)}\nmore\n"
    assert read_checkpoint(sign_note(text, ORIGIN, KEY).encode(), VERIFIER).size == 0


def test_whose_it_is_not() -> None:
    signed_by_another = note_of([b"a"], OTHER_KEY)
    with pytest.raises(LogBroken) as caught:
        read_checkpoint(signed_by_another, VERIFIER)
    assert caught.value.fault is FaultKind.SIGNATURE
    with pytest.raises(LogBroken) as caught:
        read_checkpoint(note_of([b"a"], origin="other.example/log"), VERIFIER)
    assert caught.value.fault is FaultKind.ORIGIN
    # A second signature of the log's that does not hold spoils the first.
    spoilt = f"— {ORIGIN} {to_base64(VERIFIER.key_id + bytes(64))}\n"
    with pytest.raises(LogBroken):
        read_checkpoint(NOTE + spoilt.encode(), VERIFIER)
    with pytest.raises(LogBroken):
        read_checkpoint(NOTE.replace(b"\n3\n", b"\n4\n"), VERIFIER)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        NOTE[:-1],
        NOTE.replace(b"\n\n", b"\n"),
        NOTE.replace(b"\n3\n", b"\n03\n"),
        NOTE.replace(b"\n3\n", b"\n+3\n"),
        NOTE.replace(b"\n3\n", "\n３\n".encode()),
        NOTE.replace(b"\n3\n", b"\n9999999999999999999\n"),
        NOTE.replace(b"\n3\n", b"\n3\t\n"),
        NOTE.replace(b"=\n\n", b"\n\n"),
        NOTE.replace("— ".encode(), b"- "),
        NOTE + b"\xff\n",
        NOTE + "— two words\n".encode(),
        NOTE + f"— plus+name {to_base64(bytes(68))}\n".encode(),
        NOTE + f"— short {to_base64(bytes(3))}\n".encode(),
        NOTE + WITNESS.encode() * 100,
        b"one\n2\n" + NOTE[NOTE.index(b"\n\n") :],
        bytes(1024 * 1024 + 1),
    ],
)
def test_what_is_no_checkpoint(data: bytes) -> None:
    with pytest.raises(LogUnreadable):
        unchecked(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for read in (unchecked, read_proof):
        for each in (data, NOTE + data, NOTE[: len(data)] + data):
            with suppress(LogUnreadable):
                read(each)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "name",
        "name+00000000+AA==",
        VERIFIER.line()[:-4],
        VERIFIER.line().replace(VERIFIER.key_id.hex(), "00000000"),
        VERIFIER.line().replace(ORIGIN, "other.example"),
        VERIFIER.line() + "=",
    ],
)
def test_what_is_no_key(line: str) -> None:
    with pytest.raises(LogUnreadable):
        verifier_key(line)


def test_origins() -> None:
    for origin in ("chat.example.com/log", "x", "a" * 255):
        assert is_origin(origin)
    for origin in ("", "a b", "a+b", "a\nb", "日志", "a" * 256, "a\u2028b", "a\x7f"):
        assert not is_origin(origin)
        with pytest.raises(ValueError, match="origin"):
            sign_checkpoint(Checkpoint(origin, 0, EMPTY_ROOT), KEY)
    with pytest.raises(ValueError, match="newline"):
        sign_note("no newline", "x", KEY)


@given(st.integers(1, 300), st.data())
def test_proofs(size: int, data: st.DataObject) -> None:
    entries = [b"%d" % each for each in range(size)]
    index = data.draw(st.integers(0, size - 1))
    proof = proof_of(entries, index)
    assert read_proof(proof.text()) == proof
    assert proof.check(entries[index], VERIFIER).size == size
    with pytest.raises(LogBroken) as caught:
        proof.check(b"another", VERIFIER)
    assert caught.value.fault is FaultKind.NOT_INCLUDED
    with pytest.raises(LogBroken):
        proof.check(entries[index], VerifierKey(ORIGIN, OTHER_KEY.public_key().public_bytes_raw()))


def test_a_proof_is_lines() -> None:
    text = proof_of([b"a", b"b", b"c"], 2).text().decode()
    assert text.startswith("c2sp.org/tlog-proof@v1\nindex 2\n")
    assert text.endswith("\n\n" + NOTE.decode())
    extra = InclusionProof(0, (), NOTE, b"more")
    assert extra.text().startswith(b"c2sp.org/tlog-proof@v1\nextra bW9yZQ==\nindex 0\n\n")
    assert read_proof(extra.text()) == extra


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"),
        ("index 2", "index 02"),
        ("index 2", "index -2"),
        ("index 2", "index"),
        ("index 2\n", ""),
        ("index 2", "extra !\nindex 2"),
        ("=\n", "\n"),
        ("\n\n", "\n"),
    ],
)
def test_what_is_no_proof(old: str, new: str) -> None:
    text = proof_of([b"a", b"b", b"c"], 2).text().decode()
    with pytest.raises(LogUnreadable):
        read_proof(text.replace(old, new, 1).encode())


def test_a_path_has_at_most_63_hashes() -> None:
    path = (leaf_hash(b""),) * 63
    assert read_proof(InclusionProof(0, path, NOTE).text()).path == path
    with pytest.raises(LogUnreadable):
        read_proof(InclusionProof(0, (*path, leaf_hash(b"")), NOTE).text())


def test_the_key_is_the_relays() -> None:
    assert VERIFIER.public == PUBLIC
    assert not VerifierKey(ORIGIN, b"short").signed("x", bytes(64))
