"""The texts of a conversation. Those that lie back are packed: few of them are looked at again.

A hundred thousand messages of Chinese take some four megabytes as they are, about half of that
packed. What is on the screen lies in one stretch or two, and those stay unpacked.
"""

import zlib
from array import array
from bisect import bisect_right
from collections import OrderedDict

from miaohui.promise.column import Column

__all__ = ["PackedTexts"]

STRETCH = 16 * 1024  # bytes that are packed together: unpacked in some 50 us
LEVEL = 6
OPEN = 4  # stretches that stay unpacked


class PackedTexts:
    """Append-only."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._firsts = array("I", [0])  # the number of each stretch's first text
        self._ends = Column()  # of each text, within its stretch
        self._newest = bytearray()
        self._opened: OrderedDict[int, bytes] = OrderedDict()

    def __len__(self) -> int:
        return len(self._ends)

    def append(self, text: str) -> None:
        if len(self._newest) >= STRETCH:
            self._packed.append(zlib.compress(self._newest, LEVEL))
            self._firsts.append(len(self._ends))
            self._newest = bytearray()
        self._newest += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._newest))

    def __getitem__(self, index: int) -> str:
        stretch = bisect_right(self._firsts, index) - 1
        start = self._ends[index - 1] if index > self._firsts[stretch] else 0
        raw = self._newest if stretch == len(self._packed) else self._unpacked(stretch)
        return raw[start : self._ends[index]].decode("utf-8", "surrogatepass")

    def _unpacked(self, stretch: int) -> bytes:
        raw = self._opened.get(stretch)
        if raw is None:
            raw = self._opened[stretch] = zlib.decompress(self._packed[stretch])
            if len(self._opened) > OPEN:
                self._opened.popitem(last=False)
        else:
            self._opened.move_to_end(stretch)
        return raw
