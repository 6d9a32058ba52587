"""The hash chain of a journal: each entry names the hash of the one before it."""

from miaohui.promise.errors import JournalBroken
from miaohui.wire.journal import NO_PREV, Entry, entry_hash


class Chain:
    """The head of a chain and how many entries it stands on."""

    __slots__ = ("head", "length")

    def __init__(self, head: str = NO_PREV, length: int = 0) -> None:
        self.head = head
        self.length = length

    def accept(self, entry: Entry, *, own_hash: str | None = None) -> str:
        """Check `prev`, take the entry, return the new head; raises `JournalBroken`.

        `own_hash` is the hash of the entry's bytes as they were read, where the caller has it.
        """
        seq = self.length + 1
        if entry.prev != self.head:
            raise JournalBroken(
                "`prev` of the first entry is not 64 zeros"
                if seq == 1
                else f"`prev` is not the hash of entry {seq - 1}: one of the two was changed",
                entry=seq,
            )
        self.head = entry_hash(entry) if own_hash is None else own_hash
        self.length = seq
        return self.head
