"""A table for the terminal, its columns aligned also where the words are Chinese."""

import unicodedata
from collections.abc import Sequence

__all__ = ["grid", "width"]


def width(text: str) -> int:
    """The columns that a text takes: two for a wide character, none for a combining one."""
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in ("W", "F"))
        for char in text
    )


def grid(rows: Sequence[Sequence[str]], *, left: int = 1) -> list[str]:
    """Lines of a table; the first ``left`` columns are flush left, the others right."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = []
        for index, (cell, wide) in enumerate(zip(row, widths, strict=True)):
            space = " " * (wide - width(cell))
            cells.append(cell + space if index < left else space + cell)
        lines.append("  ".join(cells).rstrip())
    return lines
