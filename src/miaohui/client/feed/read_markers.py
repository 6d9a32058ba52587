"""Who has read how far: the reader's own unread lines, and the other side's progress."""

from itertools import islice

from miaohui.client.feed.message_table import Flag, Kind, MessageTable


class ReadMarkers:
    """``seen_pos``: the furthest line that was on a focused screen here. ``delivered`` and
    ``seen``: how far (seq) the other side has stored and seen what was written here."""

    def __init__(self) -> None:
        self.seen_pos = 0
        self.unread = 0
        self.first_unread: int | None = None
        self.delivered = 0
        self.seen = 0

    def start_at(self, pos: int) -> None:
        """Everything up to there was seen before this run, or needs not be."""
        self.seen_pos = max(self.seen_pos, pos)

    def count(self, rows: MessageTable, row: int) -> None:
        """A line of the other side's came."""
        if rows.pos(row) <= self.seen_pos:
            return
        self.unread += 1
        if self.first_unread is None:
            self.first_unread = row

    def recall(self, rows: MessageTable, row: int) -> None:
        """A line of the other side's was taken back: nobody is to read it any more."""
        if rows.has(row, Flag.MINE) or rows.pos(row) <= self.seen_pos or not self.unread:
            return
        self.unread -= 1
        if row == self.first_unread:
            rest = range(row + 1, len(rows))
            self.first_unread = next((each for each in rest if _counts(rows, each)), None)

    def look(self, rows: MessageTable, pos: int) -> bool:
        """Everything up to ``pos`` is read; False where it was already."""
        if pos <= self.seen_pos:
            return False
        self.seen_pos = pos
        start, self.first_unread, self.unread = self.first_unread, None, 0
        if start is None:
            return True
        for row in range(len(rows) - 1, start - 1, -1):
            if rows.pos(row) <= pos:
                break
            if _counts(rows, row):
                self.unread += 1
                self.first_unread = row
        return True

    def progress(self, rows: MessageTable, delivered: int, seen: int, most: int) -> list[int]:
        """The own rows that show something else now; of more than ``most`` the newest."""
        changed: set[int] = set()
        for old, new in ((self.delivered, delivered), (self.seen, seen)):
            if new > old:
                own = (row for row in rows.rows_between(old, new) if rows.has(row, Flag.MINE))
                changed.update(islice(own, most))
        self.delivered = max(self.delivered, delivered)
        self.seen = max(self.seen, seen)
        return sorted(changed)[-most:]


def _counts(rows: MessageTable, row: int) -> bool:
    """It is a message of the other side's that stands."""
    theirs = rows.kind(row) == Kind.MESSAGE and not rows.has(row, Flag.MINE)
    return theirs and not rows.has(row, Flag.RECALLED)
