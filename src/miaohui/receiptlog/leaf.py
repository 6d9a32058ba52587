"""A leaf of the log: one closed session's receipt and counts; no words, no customer, no time.

Its bytes are the RFC 8785 form, made from the journal and the receipt alone, so that whoever holds
a bundle makes the same bytes and finds their own leaf.
"""

import hashlib
from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from miaohui.promise.errors import JournalError
from miaohui.promise.heads import Receipt
from miaohui.promise.reader import CheckedJournal
from miaohui.promise.report import Figures, Own
from miaohui.promise.strictjson import canonical, parse_object
from miaohui.receiptlog.faults import FaultKind, LogUnreadable
from miaohui.receiptlog.tiles import MAX_LEAF_BYTES
from miaohui.wire.journal import Digest, Handover, Name, Opened

LEAF: Final = "miaohui/receipt/1"
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class PersonTurns(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One person's turns in a session, cut at handovers."""

    person: Name
    kept: Count
    breached: Count


class Leaf(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A closed session's counts. `asks` are those with a result, `asks_kept` of them in time;
    `people` are all who were to answer in it, by name."""

    leaf: Literal["miaohui/receipt/1"]
    receipt: Digest
    shop: Name
    people: Annotated[tuple[PersonTurns, ...], Meta(min_length=1)]
    kept: Count
    breached: Count
    asks: Count
    asks_kept: Count
    late_ms: Count
    paid_ms: Count

    def __post_init__(self) -> None:
        names = [part.person for part in self.people]
        if any(one >= other for one, other in pairwise(names)):
            raise ValueError("`people` are not in order, each once")

    def data(self) -> bytes:
        """The bytes that are hashed; ValueError where no log could take them."""
        data = canonical(msgspec.to_builtins(self))
        if len(data) > MAX_LEAF_BYTES:
            raise ValueError(f"a leaf has at most {MAX_LEAF_BYTES} bytes")
        return data


def receipt_digest(receipt: Receipt) -> str:
    """SHA-256 of the receipt's RFC 8785 form, its key beside it."""
    return hashlib.sha256(canonical(receipt.as_dict())).hexdigest()


def leaf_of(
    receipt: Receipt, opened: Opened, people: Iterable[str], figures: Figures, paid_ms: int
) -> Leaf:
    """The leaf of a closed session; `people` who were seated in it, `figures` those at `closed`."""
    own = figures.by_responder
    none = Own(0, 0, 0)
    parts = [
        PersonTurns(
            person=name, kept=(counts := own.get(name, none)).kept, breached=counts.breached
        )
        for name in sorted({*people, *own})
    ]
    return Leaf(
        leaf=LEAF,
        receipt=receipt_digest(receipt),
        shop=opened.shop,
        people=tuple(parts),
        kept=figures.kept,
        breached=figures.breached,
        asks=figures.asks.kept + figures.asks.breached,
        asks_kept=figures.asks.kept,
        late_ms=figures.late_ms,
        paid_ms=paid_ms,
    )


def leaf_of_journal(journal: CheckedJournal, receipt: Receipt) -> Leaf:
    """The leaf that a bundle's holder works out."""
    fold = journal.fold
    handed = (entry.to for entry in journal.entries if isinstance(entry, Handover))
    people = (fold.opened.responder, *handed)
    return leaf_of(receipt, fold.opened, people, fold.figures(fold.last_t), fold.paid_ms)


def read_leaf(data: bytes) -> Leaf:
    """The leaf in these bytes; raises `LogUnreadable`."""
    try:
        return msgspec.convert(parse_object(data, where="the leaf"), Leaf)
    except (JournalError, msgspec.MsgspecError, ValueError) as error:
        raise LogUnreadable(FaultKind.LEAF, str(error)[:200]) from None
