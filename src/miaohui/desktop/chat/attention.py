"""Attention to a conversation: the rows that were shown, and those still out of sight."""

from __future__ import annotations

from collections.abc import Iterable

from miaohui.desktop.chat.row import ChatRow

__all__ = ["Attention"]


class Attention:
    """Answers say whether there is something new to tell; each fact is told once."""

    def __init__(self) -> None:
        self.unseen = 0
        self._seen_id = ""

    def forget(self) -> None:
        self._seen_id = ""

    def arrived(self, theirs: int) -> bool:
        """So many rows of the other side came below what is read; one's own are no news."""
        return self._count(self.unseen + theirs)

    def reached_end(self) -> bool:
        return self._count(0)

    def saw(self, newest_first: Iterable[ChatRow]) -> str:
        """The id of the newest message on the screen, once; empty when that is known."""
        for row in newest_first:
            if row.kind.is_message:
                known = row.id == self._seen_id
                self._seen_id = row.id
                return "" if known else row.id
        return ""

    def _count(self, unseen: int) -> bool:
        changed = unseen != self.unseen
        self.unseen = unseen
        return changed
