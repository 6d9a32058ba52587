"""The entries behind a fold, kept for folding them again: messages in columns, the rest as they are.

A recall changes the past, so a fold must be able to go through it once more. A hundred thousand
entries as objects weigh forty megabytes; what folding asks of them fits into two.
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Self

from msgspec import UNSET, UnsetType

from miaohui.promise.column import Column
from miaohui.wire.journal import Content, Entry, LabelName, Message, Origin

_CUSTOMER, _AUTO, _SEEN, _OTHER = 1, 2, 4, 8


class Trail:
    """Append-only. A message comes back without ``prev``, ``id`` and ``commit``."""

    __slots__ = (
        "_behind",
        "_first",
        "_flags",
        "_index",
        "_labels",
        "_others",
        "_t",
        "_who",
        "_whose",
        "last_t",
        "length",
    )

    def __init__(self) -> None:
        self._first = 1
        self._flags = bytearray()
        self._t = Column()
        self._behind = Column()  # how far back the newest entry lies that a reply has seen
        self._who = Column()  # index into _whose: who wrote, and what
        self._whose: list[tuple[str | UnsetType, Content]] = []
        self._index: dict[tuple[str | UnsetType, Content], int] = {}
        self._labels: dict[int, tuple[LabelName, ...]] = {}
        self._others: dict[int, Entry] = {}
        self.last_t = 0  # of the last entry; 0 where there is none
        self.length = 0

    def append(self, entry: Entry) -> None:
        index = self.length
        if not index:
            self._first = entry.seq
        self.length = index + 1
        if type(entry) is not Message:
            self._others[index] = entry
            flags, behind, who = _OTHER, 0, 0
        else:
            flags = _CUSTOMER if entry.author == "customer" else 0
            if entry.origin == "auto":
                flags |= _AUTO
            if entry.seen_seq is UNSET:
                behind = 0
            else:
                behind = entry.seq - entry.seen_seq
                flags |= _SEEN
            if entry.labels is not UNSET:
                self._labels[index] = entry.labels
            whose = (entry.responder, entry.content)
            known = self._index.get(whose)
            who = self._add(whose) if known is None else known
        self._flags.append(flags)
        self.last_t = entry.t
        self._t.append(entry.t)
        self._behind.append(behind)
        self._who.append(who)

    def _add(self, whose: tuple[str | UnsetType, Content]) -> int:
        index = self._index[whose] = len(self._whose)
        self._whose.append(whose)
        return index

    def __len__(self) -> int:
        return self.length

    def t_of(self, seq: int) -> int:
        """The t of an entry of a journal that begins with seq 1."""
        return self._t[seq - 1]

    def first_after(self, t: int) -> int | None:
        """The seq of the first entry whose t is later than this one."""
        index = bisect_right(self._t, t)
        return index + 1 if index < len(self._t) else None

    def __iter__(self) -> Iterator[Entry]:
        return (self[index] for index in range(self.length))

    def __getitem__(self, index: int) -> Entry:
        if index < 0:
            index += self.length
        flags = self._flags[index]
        if flags & _OTHER:
            return self._others[index]
        responder, content = self._whose[self._who[index]]
        origin: Origin = "auto" if flags & _AUTO else "human"
        seq = self._first + index
        return Message(
            seq=seq,
            t=self._t[index],
            prev="",
            author="customer" if flags & _CUSTOMER else "responder",
            id="",
            content=content,
            origin=origin,
            commit="",
            responder=responder,
            seen_seq=seq - self._behind[index] if flags & _SEEN else UNSET,
            labels=self._labels.get(index, UNSET),
        )

    def copy(self) -> Self:
        twin = type(self)()
        twin._first, twin.last_t, twin.length = self._first, self.last_t, self.length
        twin._flags, twin._t = self._flags.copy(), self._t.copy()
        twin._behind, twin._who = self._behind.copy(), self._who.copy()
        twin._whose, twin._labels = self._whose.copy(), self._labels.copy()
        twin._index, twin._others = self._index.copy(), self._others.copy()
        return twin
