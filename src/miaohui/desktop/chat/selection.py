"""Text selected across messages: two places, kept by message id so that new rows do not move them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QTextBoundaryFinder

from miaohui.desktop.chat import speech
from miaohui.desktop.chat.row import ChatRow
from miaohui.desktop.chat.utf16 import cut, length
from miaohui.desktop.strings import chat as words

__all__ = ["Selection", "TextPosition", "copied", "grapheme", "word_around"]


@dataclass(frozen=True, slots=True)
class TextPosition:
    """A place in a message's text, in UTF-16 units."""

    row_id: str
    offset: int


@dataclass(frozen=True, slots=True)
class Selection:
    """From where it was begun to where it reaches, in either order."""

    begun: TextPosition
    reach: TextPosition

    def spans(self, index_of: Callable[[str], int | None]) -> Spans | None:
        """The selection in row numbers; nothing when empty or when an end has gone."""
        first, last = index_of(self.begun.row_id), index_of(self.reach.row_id)
        if first is None or last is None:
            return None
        start, end = sorted(((first, self.begun.offset), (last, self.reach.offset)))
        return Spans(*start, *end) if start != end else None


@dataclass(frozen=True, slots=True)
class Spans:
    """A selection in row numbers, from its first row to its last."""

    first: int
    start: int
    last: int
    end: int

    def within(self, row: int, units: int) -> tuple[int, int] | None:
        """The selected stretch of one row's text of that length."""
        if not self.first <= row <= self.last:
            return None
        start = min(units, self.start) if row == self.first else 0
        end = min(units, self.end) if row == self.last else units
        return (start, end) if start < end else None


class SelectableRows(Protocol):
    def row(self, index: int) -> ChatRow: ...


def copied(spans: Spans, rows: SelectableRows) -> str:
    """The selected text; with more than one message each has its author and time above it."""
    parts: list[tuple[ChatRow, str]] = []
    for index in range(spans.first, spans.last + 1):
        row = rows.row(index)
        if not row.kind.is_message:
            continue
        found = spans.within(index, length(row.shown_text))
        if found is not None:
            parts.append((row, cut(row.shown_text, *found)))
        elif row.picture is not None and spans.first < index < spans.last:
            parts.append((row, words.picture()))
        elif row.voice is not None and spans.first < index < spans.last:
            parts.append((row, words.voice()))
    if len(parts) == 1:
        return parts[0][1]
    return "\n\n".join(f"{heading(row)}\n{text}" for row, text in parts)


def heading(row: ChatRow) -> str:
    return f"{speech.author(row)} {row.time_text}".rstrip()


def word_around(text: str, offset: int) -> tuple[int, int]:
    """The word at an offset, bounded as Unicode bounds words."""
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Word, text)
    units = length(text)
    if not units:
        return 0, 0
    offset = max(0, min(offset, units - 1))
    finder.setPosition(offset)
    start = offset if finder.isAtBoundary() else max(0, finder.toPreviousBoundary())
    finder.setPosition(offset)
    end = finder.toNextBoundary()
    return start, end if end > start else units


def grapheme(text: str, offset: int, *, forward: bool, whole_word: bool = False) -> int:
    """The next place a cursor may stand, so that an emoji is never cut; the same at the edge."""
    kind = QTextBoundaryFinder.BoundaryType
    finder = QTextBoundaryFinder(kind.Word if whole_word else kind.Grapheme, text)
    finder.setPosition(offset)
    found = finder.toNextBoundary() if forward else finder.toPreviousBoundary()
    return found if found >= 0 else offset
