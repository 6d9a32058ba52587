"""Text as Qt counts it: in UTF-16 units, where an emoji is two."""

from __future__ import annotations

__all__ = ["cut", "length", "unit_offset"]


def length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def cut(text: str, start: int, end: int) -> str:
    """The part between two unit offsets; half a pair at the edge is dropped."""
    if text.isascii():
        return text[start:end]
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le", "ignore")


def unit_offset(text: str, characters: int) -> int:
    """The place of the Python index `characters` lies in units."""
    return length(text[:characters])
