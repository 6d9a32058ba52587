"""The two ways in which a journal is refused."""


class JournalError(Exception):
    """A journal that is refused; `entry` is the seq, or the line where there is no seq."""

    def __init__(self, reason: str, *, entry: int | None = None) -> None:
        super().__init__(reason if entry is None else f"entry {entry}: {reason}")
        self.reason = reason
        self.entry = entry


class JournalUnreadable(JournalError):
    """Not a journal at all: no JSON, no known shape, too large."""


class JournalBroken(JournalError):
    """A journal that can be read and does not hold."""
