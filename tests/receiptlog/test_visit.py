"""Visits and audits: an honest log as it grows, and every way in which one could lie."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.receiptlog.logs import (
    LEAVES,
    ORIGIN,
    OTHER_KEY,
    PUBLIC,
    VERIFIER,
    FileLog,
    files_of,
    leaf,
    note_of,
    proof_of,
)

from miaohui.receiptlog.audit import AuditDifference, audit
from miaohui.receiptlog.checkpoint import Checkpoint, read_checkpoint
from miaohui.receiptlog.faults import FaultKind, LogBroken, LogFault, LogUnreadable
from miaohui.receiptlog.leaf import Leaf
from miaohui.receiptlog.merkle import leaf_hash
from miaohui.receiptlog.seen import SeenCheckpoint, keep_fork, place_of, read_seen, write_seen
from miaohui.receiptlog.sums import read_sums
from miaohui.receiptlog.visit import Parted, check_offline, check_online, head_of
from miaohui.receiptlog.wording import sentence

MANY = [leaf(number, people=("yun",) if number % 3 else ("bai", "yun")) for number in range(600)]
DATA = [each.data() for each in MANY]
WHOLE = {size: files_of(MANY[:size]) for size in (0, 1, 5, 256, 257, 600)}
REWRITTEN = [*MANY[:2], leaf(2, kept=9), *MANY[3:]]


def seen(size: int, leaves: list[Leaf] | None = None) -> Checkpoint:
    own = [each.data() for each in (MANY if leaves is None else leaves)[:size]]
    return read_checkpoint(note_of(own), VERIFIER)


def fault_of(found: pytest.ExceptionInfo[LogFault]) -> FaultKind:
    for words in sentence(found.value):
        assert words
        assert "\n" not in words
    return found.value.fault


@pytest.mark.parametrize("size", [1, 5, 256, 257, 600])
@pytest.mark.parametrize("before", [0, 1, 4, 256, 257])
def test_a_log_that_grew(size: int, before: int) -> None:
    log = FileLog(WHOLE[size])
    for index in {0, size - 1}:
        proof = proof_of(DATA[:size], index).text()
        assert check_offline(DATA[index], PUBLIC, proof).index == index
        if before > size:
            continue
        found = check_online(log, DATA[index], PUBLIC, None, seen(before))
        assert (found.origin, found.index, found.size) == (ORIGIN, index, size)
        assert found.proof == proof
        early = proof_of(DATA[: index + 1], index).text()
        assert check_online(log, DATA[index], PUBLIC, early, seen(before)).size == size


def test_a_receipt_that_is_not_in_the_log() -> None:
    log = FileLog(WHOLE[5])
    with pytest.raises(LogBroken) as found:
        check_online(log, DATA[5], PUBLIC, None, None)
    assert fault_of(found) is FaultKind.NOT_LOGGED
    with pytest.raises(LogBroken) as found:
        check_offline(DATA[5], PUBLIC, proof_of(DATA[:5], 0).text())
    assert fault_of(found) is FaultKind.NOT_INCLUDED


def test_a_past_that_was_rewritten() -> None:
    log = FileLog(files_of(REWRITTEN[:257]))
    proof = proof_of(DATA[:257], 0).text()
    for data, before in ((None, seen(5)), (proof, None), (None, seen(257))):
        with pytest.raises(Parted) as found:
            check_online(log, DATA[0], PUBLIC, data, before)
        assert fault_of(found) is FaultKind.INCONSISTENT
        assert found.value.note == log.files["checkpoint"]
    with pytest.raises(Parted) as found:
        audit(log, VERIFIER, lambda _: seen(5))
    assert fault_of(found) is FaultKind.INCONSISTENT
    # What was seen before the change is still a beginning.
    assert audit(log, VERIFIER, lambda _: seen(2))[0].size == 257


def test_a_log_that_shrank() -> None:
    log = FileLog(WHOLE[5])
    with pytest.raises(Parted) as found:
        check_online(log, DATA[0], PUBLIC, None, seen(256))
    assert fault_of(found) is FaultKind.SHRUNK
    with pytest.raises(Parted) as found:
        audit(log, VERIFIER, lambda _: seen(256))
    assert fault_of(found) is FaultKind.SHRUNK
    log.files["sums.json"] = WHOLE[256]["sums.json"]
    with pytest.raises(LogBroken) as found:
        audit(log, VERIFIER, lambda _: None)
    assert fault_of(found) is FaultKind.SHRUNK


def test_another_log() -> None:
    log = FileLog(files_of(MANY[:5], origin="other.example/log"))
    with pytest.raises(LogBroken) as found:
        check_online(log, DATA[0], PUBLIC, proof_of(DATA[:5], 0).text(), None)
    assert fault_of(found) is FaultKind.ORIGIN
    for visit in (
        lambda: check_online(log, DATA[0], PUBLIC, None, seen(5)),
        lambda: audit(log, PUBLIC, lambda _: seen(5)),
    ):
        with pytest.raises(Parted) as found:
            visit()
        assert fault_of(found) is FaultKind.ORIGIN


def test_a_log_under_another_key() -> None:
    log = FileLog(files_of(MANY[:5], OTHER_KEY))
    for visit in (
        lambda: check_online(log, DATA[0], PUBLIC, None, None),
        lambda: check_offline(DATA[0], PUBLIC, proof_of(DATA[:5], 0, OTHER_KEY).text()),
        lambda: audit(log, VERIFIER, lambda _: None),
        lambda: head_of(log, PUBLIC),
    ):
        with pytest.raises(LogBroken) as found:
            visit()
        assert fault_of(found) is FaultKind.SIGNATURE


@settings(max_examples=60)
@given(st.data())
def test_any_other_byte_is_noticed(data: st.DataObject) -> None:
    """A visit reads a few files; whichever byte of them differs, it does not end well."""
    log = FileLog(WHOLE[257])
    before = data.draw(st.sampled_from([1, 200, 256]))
    names = ["checkpoint", f"proof/{leaf_hash(DATA[7]).hex()}"]
    name = data.draw(st.sampled_from(names))
    old = log.files[name]
    at = data.draw(st.integers(0, len(old) - 1))
    bit = 1 << data.draw(st.integers(0, 6))
    log.files[name] = old[:at] + bytes([old[at] ^ bit]) + old[at + 1 :]
    with pytest.raises(LogFault) as found:
        check_online(log, DATA[7], PUBLIC, None, seen(before))
    fault_of(found)


@settings(max_examples=60)
@given(st.data())
def test_an_audit_notices_any_other_byte_of_a_leaf(data: st.DataObject) -> None:
    log = FileLog(WHOLE[257])
    name = data.draw(st.sampled_from(["tile/entries/000", "tile/entries/001.p/1"]))
    old = log.files[name]
    at = data.draw(st.integers(0, len(old) - 1))
    log.files[name] = old[:at] + bytes([old[at] ^ 1]) + old[at + 1 :]
    with pytest.raises(LogFault) as found:
        audit(log, VERIFIER, lambda _: None)
    assert fault_of(found) in (FaultKind.ROOT, FaultKind.TILE)


def test_an_audit_of_an_honest_log() -> None:
    for size, files in WHOLE.items():
        found, note, key = audit(FileLog(files), None, lambda _: seen(0))
        assert (found.size, found.differences, found.key_known) == (size, (), False)
        assert (note, key) == (files["checkpoint"], VERIFIER)
    found, _, _ = audit(FileLog(files_of(LEAVES)), PUBLIC, lambda _: seen(3, LEAVES))
    assert (found.shops, found.people, found.key_known) == (2, 3, True)


def test_a_log_that_grew_while_it_was_audited() -> None:
    files = {**WHOLE[257], "sums.json": WHOLE[5]["sums.json"]}
    found, _, _ = audit(FileLog(files), VERIFIER, lambda _: None)
    assert (found.size, found.differences) == (257, ())


def test_sums_that_do_not_follow() -> None:
    files = files_of(LEAVES)
    sums = read_sums(files["sums.json"])
    shown = sums.shops["wan"]
    files["sums.json"] = files["sums.json"].replace(
        b'"kept":%d' % shown.kept, b'"kept":%d' % (shown.kept + 10)
    )
    found, _, _ = audit(FileLog(files), VERIFIER, lambda _: None)
    assert found.differences == (
        AuditDifference(
            side="shop", subject="wan", field="kept", shown=shown.kept + 10, counted=shown.kept
        ),
    )
    # Who is shown and has no leaf, or has leaves and is not shown, differs as well.
    files["sums.json"] = files_of(LEAVES[:3])["sums.json"].replace(b'"size":3', b'"size":5')
    found, _, _ = audit(FileLog(files), VERIFIER, lambda _: None)
    assert {each.subject for each in found.differences} == {"wan", "bai", "yun"}


@pytest.mark.parametrize(
    ("leaves", "fault"),
    [
        ([LEAVES[0], b"no leaf", LEAVES[1]], FaultKind.LEAF),
        ([LEAVES[0], LEAVES[1], LEAVES[0]], FaultKind.TWICE),
        ([LEAVES[0], leaf(1, kept=9)], FaultKind.TWICE),
    ],
)
def test_what_a_log_may_not_hold(leaves: list[Leaf | bytes], fault: FaultKind) -> None:
    with pytest.raises(LogBroken) as found:
        audit(FileLog(files_of(leaves)), VERIFIER, lambda _: None)
    assert fault_of(found) is fault


def test_files_that_are_missing_or_foreign() -> None:
    for name in ("checkpoint", "sums.json", "tile/entries/000"):
        files = {key: own for key, own in WHOLE[257].items() if key != name}
        with pytest.raises(LogUnreadable) as found:
            audit(FileLog(files), VERIFIER, lambda _: None)
        assert fault_of(found) is FaultKind.UNREACHABLE
    files = {key: own for key, own in WHOLE[257].items() if key != "tile/0/000"}
    with pytest.raises(LogUnreadable) as found:
        check_online(FileLog(files), DATA[0], PUBLIC, None, seen(5))
    assert fault_of(found) is FaultKind.UNREACHABLE
    for name, fault in (("checkpoint", FaultKind.NOTE), ("sums.json", FaultKind.SUMS)):
        with pytest.raises(LogUnreadable) as found:
            audit(FileLog({**WHOLE[5], name: b"<html>"}), VERIFIER, lambda _: None)
        assert fault_of(found) is fault


def test_the_checkpoint_seen_last(tmp_path: Path) -> None:
    note = note_of(DATA[:5])
    file = place_of(tmp_path, "https://chat.example.com/log")
    assert place_of(tmp_path, "https://chat.example.com/log2") != file
    assert read_seen(file) is None
    write_seen(file, note, VERIFIER)
    assert read_seen(file) == SeenCheckpoint(note, VERIFIER)
    fork = keep_fork(file, note_of(DATA[:4]), VERIFIER)
    assert read_seen(fork) == SeenCheckpoint(note_of(DATA[:4]), VERIFIER)
    assert sorted(file.parent.iterdir()) == [file, fork]
    # A bare note, as a witness hands it on.
    file.write_bytes(note)
    assert read_seen(file) == SeenCheckpoint(note, None)
    for wrong in (b"", b"x\n\ny", b"x" * 2_000_000):
        file.write_bytes(wrong)
        with pytest.raises(LogUnreadable) as found:
            read_seen(file)
        assert fault_of(found) is FaultKind.SEEN
    with pytest.raises(LogUnreadable):
        read_seen(tmp_path)
    with pytest.raises(LogUnreadable):
        write_seen(file / "below", note, VERIFIER)


def test_every_fault_has_its_words() -> None:
    for fault in FaultKind:
        chinese, english = sentence(LogFault(fault, "X"))
        assert chinese != english
        assert english.isascii()
        assert not chinese.isascii()
