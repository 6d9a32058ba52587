"""The entries behind a fold, kept for folding them again: messages in columns, the rest as they are.

A recall changes the past, so a fold must be able to go through it once more. A hundred thousand
entries as objects weigh forty megabytes; what folding asks of them fits into two.
"""

from array import array
from collections.abc import Iterator
from typing import Self

from msgspec import UNSET

from miaohui.wire.journal import Content, Entry, Message, Origin

_CUSTOMER, _AUTO, _SEEN, _OTHER = 1, 2, 4, 8


class Trail:
    """Append-only. A message comes back without ``prev``, ``id`` and ``commit``."""

    __slots__ = ("_first", "_flags", "_labels", "_others", "_seen", "_t", "_who", "_whose")

    def __init__(self) -> None:
        self._first = 1
        self._flags = bytearray()
        self._t = array("q")
        self._seen = array("q")
        self._who = array("H")  # index into _whose: who wrote, and what
        self._whose: list[tuple[str | None, Content]] = []
        self._labels: dict[int, tuple[str, ...]] = {}
        self._others: dict[int, Entry] = {}

    def append(self, entry: Entry) -> None:
        index = len(self._flags)
        if not index:
            self._first = entry.seq
        if type(entry) is not Message:
            self._others[index] = entry
            self._add(_OTHER, entry.t, 0, 0)
            return
        flags = _CUSTOMER if entry.author == "customer" else 0
        if entry.origin == "auto":
            flags |= _AUTO
        seen = entry.seen_seq
        if seen is not UNSET:
            flags |= _SEEN
        if entry.labels is not UNSET:
            self._labels[index] = entry.labels
        responder = None if entry.responder is UNSET else entry.responder
        self._add(flags, entry.t, 0 if seen is UNSET else seen, self._of(responder, entry.content))

    def _add(self, flags: int, t: int, seen: int, who: int) -> None:
        self._flags.append(flags)
        self._t.append(t)
        self._seen.append(seen)
        self._who.append(who)

    def _of(self, responder: str | None, content: Content) -> int:
        both = (responder, content)
        # Few people answer in one session, so the list stays short.
        if both not in self._whose:
            self._whose.append(both)
        return self._whose.index(both)

    def __len__(self) -> int:
        return len(self._flags)

    def __iter__(self) -> Iterator[Entry]:
        return (self[index] for index in range(len(self._flags)))

    def __getitem__(self, index: int) -> Entry:
        if index < 0:
            index += len(self._flags)
        flags = self._flags[index]
        if flags & _OTHER:
            return self._others[index]
        responder, content = self._whose[self._who[index]]
        origin: Origin = "auto" if flags & _AUTO else "human"
        return Message(
            seq=self._first + index,
            t=self._t[index],
            prev="",
            author="customer" if flags & _CUSTOMER else "responder",
            id="",
            content=content,
            origin=origin,
            commit="",
            responder=UNSET if responder is None else responder,
            seen_seq=self._seen[index] if flags & _SEEN else UNSET,
            labels=self._labels.get(index, UNSET),
        )

    def copy(self) -> Self:
        twin = type(self)()
        twin._first = self._first
        twin._flags, twin._t = self._flags.copy(), self._t[:]
        twin._seen, twin._who = self._seen[:], self._who[:]
        twin._whose, twin._labels = self._whose.copy(), self._labels.copy()
        twin._others = self._others.copy()
        return twin
