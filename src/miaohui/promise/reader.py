"""A journal file read: JSON Lines to a checked chain and its fold.

What is no UTF-8, no JSON Lines or too large raises `JournalUnreadable`; what can be read and does
not hold (wrong fields, gaps, time going back, a broken chain) raises `JournalBroken`, naming the
first entry that does not. An entry further down that cannot be read makes the file unreadable.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from miaohui.promise.chain import Chain
from miaohui.promise.errors import JournalBroken, JournalUnreadable
from miaohui.promise.fold import Fold
from miaohui.promise.strictjson import canonical_hash, lines_of, parse_object
from miaohui.wire.journal import KINDS, MAX_LINE_BYTES, RULE, Entry, EntryInvalid, entry_from

MAX_JOURNAL_BYTES: Final = 64 * 1024 * 1024
MAX_ENTRIES: Final = 200_000
MAX_LINES: Final = 2 * MAX_ENTRIES
_BLANK: Final = b" \t\r"


class CheckedJournal(Struct, frozen=True, kw_only=True):
    """A journal whose chain and order hold."""

    entries: tuple[Entry, ...]
    head: str
    fold: Fold

    def until(self, now: int) -> Fold:
        """The fold as it stood at `now`: of the entries that had been written by then."""
        if now >= self.entries[-1].t:
            return self.fold
        fold = Fold()
        for entry in self.entries:
            if entry.t > now:
                break
            fold.apply(entry)
        return fold


def read_journal(data: bytes, *, name: str = "the journal") -> CheckedJournal:
    """The journal in the bytes of a file; blank lines are skipped."""
    if len(data) > MAX_JOURNAL_BYTES:
        raise JournalUnreadable(f"{name} is larger than {MAX_JOURNAL_BYTES} bytes")
    chain, fold = Chain(), Fold()
    entries: list[Entry] = []
    broken: JournalBroken | None = None
    for number, line in _numbered(data, name):
        try:
            raw = parse_object(line, where="the line", entry=number, misfit=JournalBroken)
            if broken is not None:
                continue  # what is no JSON further down makes the whole file unreadable
            entry = _entry(raw, number)
            if entry.seq == number:
                chain.accept(entry, own_hash=canonical_hash(raw))
            fold.apply(entry)
        except JournalBroken as error:
            broken = error if broken is None else broken
        else:
            entries.append(entry)
    if broken is not None:
        raise broken
    if not entries:
        raise JournalBroken(f"{name} is empty", entry=1)
    return CheckedJournal(entries=tuple(entries), head=chain.head, fold=fold)


def _numbered(data: bytes, name: str) -> Iterator[tuple[int, bytes]]:
    number = 0
    for _, line in lines_of(data, name=name, most=MAX_LINES, longest=MAX_LINE_BYTES):
        if line.strip(_BLANK):
            number += 1
            if number > MAX_ENTRIES:
                raise JournalUnreadable(f"{name} has more than {MAX_ENTRIES} entries")
            yield number, line


def _entry(raw: dict[str, object], number: int) -> Entry:
    kind = raw.get("kind")
    if isinstance(kind, str) and kind not in KINDS:
        raise JournalBroken(f"its kind {kind[:40]!r} is unknown to {RULE}", entry=number)
    try:
        return entry_from(raw)
    except EntryInvalid as error:
        raise JournalBroken(str(error)[:300], entry=number) from None
