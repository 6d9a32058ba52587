"""A journal being written in virtual time: chained, folded, its texts kept beside it."""

import random
import uuid
from dataclasses import dataclass
from functools import cache

from msgspec import UNSET

from miaohui.promise.commitment import SALT_BYTES, commit_of
from miaohui.promise.fold import Fold
from miaohui.promise.labels import LabelRules
from miaohui.wire.journal import NO_PREV, Entry, LabelName, Labels, Message, entry_hash


@cache
def _labels(rules: LabelRules, text: str) -> Labels:
    """A scripted line comes up many times; its labels are the same every time."""
    return tuple(map(LabelName, rules.of(text)))


@dataclass(frozen=True, slots=True)
class Said:
    """A message's text beside its entry."""

    seq: int
    salt: str
    text: str


class JournalWriter:
    """A journal being written: chains, folds, keeps the texts."""

    def __init__(self, seed: str, rules: LabelRules) -> None:
        self._random = random.Random(f"journal/{seed}")
        self._rules = rules
        self._prev = NO_PREV
        self.fold = Fold()
        self.entries: list[Entry] = []
        self.texts: list[Said] = []

    @property
    def rules_version(self) -> str:
        return self._rules.version

    @property
    def next_seq(self) -> int:
        return len(self.entries) + 1

    @property
    def prev(self) -> str:
        return self._prev

    def add(self, entry: Entry) -> None:
        self.fold.apply(entry)
        self.entries.append(entry)
        self._prev = entry_hash(entry)

    def message(self, t: int, text: str, *, by: str | None = None, seen: int = 0) -> int:
        """Writes a message of the customer's, or of the responder `by`; returns its seq."""
        salt = self._random.randbytes(SALT_BYTES)
        seq = self.next_seq
        labels = () if by is None else _labels(self._rules, text)
        self.add(
            Message(
                seq=seq,
                t=t,
                prev=self._prev,
                author="customer" if by is None else "responder",
                id=str(uuid.UUID(bytes=self._random.randbytes(16), version=4)),
                content="text",
                origin="human",
                commit=commit_of(salt, text.encode()),
                responder=UNSET if by is None else by,
                seen_seq=UNSET if by is None else min(seen, seq - 1),
                labels=labels or UNSET,
            )
        )
        self.texts.append(Said(seq, salt.hex(), text))
        return seq
