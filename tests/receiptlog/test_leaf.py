"""Leaves and their sums: what stands in them, what does not, and whose it is."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from tests.promise.journals import journals, typed
from tests.promise.test_verdict import ENTRIES, KEY, RECEIPT
from tests.receiptlog.logs import LEAVES, leaf

from miaohui.promise.bundle import DisclosedBody, read_bundle, with_log_proof, write_bundle
from miaohui.promise.heads import sign
from miaohui.promise.reader import read_journal
from miaohui.receiptlog.faults import FaultKind, LogUnreadable
from miaohui.receiptlog.leaf import leaf_of_journal, read_leaf, receipt_digest
from miaohui.receiptlog.receipts import leaf_data
from miaohui.receiptlog.sums import LogSums, Sum, Sums, read_sums
from miaohui.wire.journal import encode_line

BUNDLE = write_bundle(
    ENTRIES, RECEIPT, bodies=[DisclosedBody(seq=2, salt="00" * 16, body="secret")]
)


def test_a_leaf_of_a_bundle() -> None:
    data, key = leaf_data(BUNDLE)
    assert key.hex() == RECEIPT.relay_key
    assert json.loads(data) == {
        "leaf": "miaohui/receipt/1",
        "receipt": receipt_digest(RECEIPT),
        "shop": "shop-1",
        "people": [{"person": "r0", "kept": 1, "breached": 0}],
        "kept": 1,
        "breached": 0,
        "asks": 1,
        "asks_kept": 1,
        "late_ms": 0,
        "paid_ms": 600_000,
    }
    assert read_leaf(data).data() == data
    # What a person wrote, who asked, and which session it was stay out.
    for private in (b"secret", b"customer", RECEIPT.session.encode() + b'"'):
        assert private not in data


def test_a_proof_in_a_bundle_changes_no_leaf() -> None:
    carried = with_log_proof(with_log_proof(BUNDLE, b"first"), b"proof")
    assert read_bundle(carried).log_proof == b"proof"
    assert read_bundle(BUNDLE).log_proof is None
    assert leaf_data(carried) == leaf_data(BUNDLE)
    assert carried == write_bundle(
        ENTRIES,
        RECEIPT,
        bodies=[DisclosedBody(seq=2, salt="00" * 16, body="secret")],
        log_proof=b"proof",
    )


@given(journals())
def test_a_leaf_says_what_the_figures_say(raw: list[dict[str, Any]]) -> None:
    rows = typed(raw)
    journal = read_journal(b"".join(map(encode_line, rows)))
    receipt = sign(KEY, session="s-1", seq=len(rows), t=rows[-1].t, head=journal.head)
    found = leaf_of_journal(journal, receipt)
    figures = journal.fold.figures(journal.fold.last_t)
    assert (found.kept, found.breached) == (figures.kept, figures.breached)
    assert sum(part.kept for part in found.people) == sum(
        own.kept for own in figures.by_responder.values()
    )
    assert found.asks - found.asks_kept == figures.asks.breached
    assert (found.late_ms, found.paid_ms) == (figures.late_ms, journal.fold.paid_ms)
    assert journal.fold.opened.responder in {part.person for part in found.people}
    assert read_leaf(found.data()) == found


def changed(**fields: Any) -> bytes:
    return msgspec.json.encode({**msgspec.to_builtins(LEAVES[0]), **fields})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        changed(leaf="miaohui/receipt/2"),
        changed(receipt="AB" * 32),
        changed(kept=-1),
        changed(kept=2**53),
        changed(kept=1.5),
        changed(shop=""),
        changed(people=[]),
        changed(people=[{"person": "b", "kept": 0, "breached": 0}] * 2),
        changed(customer="c"),
        changed()[:-1] + b',"kept":3}',
    ],
)
def test_what_is_no_leaf(data: bytes) -> None:
    with pytest.raises(LogUnreadable) as caught:
        read_leaf(data)
    assert caught.value.fault is FaultKind.LEAF


def test_a_leaf_has_at_most_65_535_bytes() -> None:
    room = 65_535 - len(leaf(1, shop="x").data())
    assert len(leaf(1, shop="x" * (room + 1)).data()) == 65_535
    with pytest.raises(ValueError, match="65535"):
        leaf(1, shop="x" * (room + 2)).data()


def test_sums() -> None:
    tally = LogSums()
    for each in LEAVES:
        tally.add(each)
    assert tally.shops["wan"] == Sum(
        sessions=4,
        kept=3 + 5 + 6 + 3,
        breached=5,
        asks=36,
        asks_kept=28,
        late_ms=6_000,
        paid_ms=2_400_000,
    )
    # Of the session that two answered each has their turns, and neither its late and paid time.
    assert tally.people["yun"] == Sum(
        sessions=3,
        kept=11,
        breached=3,
        asks=18,
        asks_kept=14,
        late_ms=3_000,
        paid_ms=1_200_000,
    )
    assert sum(each.sessions for each in tally.shops.values()) == len(LEAVES)
    sums = Sums(origin="o", vkey="k", size=5, shops=tally.shops, people=tally.people)
    assert read_sums(sums.data()) == sums
    for wrong in (b"{}", sums.data().replace(b'"size":5', b'"size":-1'), sums.data()[:-3]):
        with pytest.raises(LogUnreadable):
            read_sums(wrong)
