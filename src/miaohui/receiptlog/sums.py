"""What leaves add up to: every shop's and person's sums, as the relay keeps and anybody recounts."""

from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from miaohui.promise.errors import JournalError
from miaohui.promise.strictjson import canonical, parse_object
from miaohui.receiptlog.faults import FaultKind, LogUnreadable
from miaohui.receiptlog.leaf import Count, Leaf
from miaohui.wire.journal import Name


class Sum(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The sums of one shop or person.

    Late time, paid time and asks of a session that several answered belong to none of them alone:
    they stand with the shop.
    """

    sessions: Count = 0
    kept: Count = 0
    breached: Count = 0
    asks: Count = 0
    asks_kept: Count = 0
    late_ms: Count = 0
    paid_ms: Count = 0

    def __add__(self, other: "Sum") -> "Sum":
        fields = self.__struct_fields__
        return Sum(**{name: getattr(self, name) + getattr(other, name) for name in fields})


class Sums(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everybody's sums over the first `size` leaves of a log, and the log's key in its line."""

    origin: str
    vkey: str
    size: Annotated[int, Meta(ge=0)]
    shops: dict[Name, Sum]
    people: dict[Name, Sum]

    def data(self) -> bytes:
        return canonical(msgspec.to_builtins(self)) + b"\n"


def read_sums(data: bytes) -> Sums:
    """The sums that a log serves; raises `LogUnreadable`."""
    try:
        return msgspec.convert(parse_object(data, where="the sums"), Sums)
    except (JournalError, msgspec.MsgspecError, ValueError) as error:
        raise LogUnreadable(FaultKind.SUMS, str(error)[:200]) from None


def shop_part(leaf: Leaf) -> Sum:
    """What a leaf adds to its shop."""
    return Sum(
        sessions=1,
        kept=leaf.kept,
        breached=leaf.breached,
        asks=leaf.asks,
        asks_kept=leaf.asks_kept,
        late_ms=leaf.late_ms,
        paid_ms=leaf.paid_ms,
    )


def person_parts(leaf: Leaf) -> Iterator[tuple[str, Sum]]:
    """What a leaf adds to each who answered in it."""
    alone = len(leaf.people) == 1
    for part in leaf.people:
        yield (
            part.person,
            Sum(
                sessions=1,
                kept=part.kept,
                breached=part.breached,
                asks=leaf.asks if alone else 0,
                asks_kept=leaf.asks_kept if alone else 0,
                late_ms=leaf.late_ms if alone else 0,
                paid_ms=leaf.paid_ms if alone else 0,
            ),
        )


class LogSums:
    """Sums that grow leaf by leaf."""

    __slots__ = ("people", "shops")

    def __init__(self) -> None:
        self.shops: dict[str, Sum] = {}
        self.people: dict[str, Sum] = {}

    def add(self, leaf: Leaf) -> None:
        self.shops[leaf.shop] = self.shops.get(leaf.shop, Sum()) + shop_part(leaf)
        for name, part in person_parts(leaf):
            self.people[name] = self.people.get(name, Sum()) + part
