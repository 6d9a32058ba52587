"""A column of whole numbers, each as wide as the widest needs: of times, mostly four bytes."""

from array import array
from collections.abc import Iterator
from typing import Self

__all__ = ["Column", "wider"]

_WIDTHS = "BHIq"


def wider(values: "array[int]") -> "array[int]":
    """The same numbers with more room for each; OverflowError where there is no more."""
    at = _WIDTHS.index(values.typecode) + 1
    if at == len(_WIDTHS):
        raise OverflowError("more than eight bytes")
    return array(_WIDTHS[at], values)


class Column:
    """Append-only, but for ``cut``."""

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values = array(_WIDTHS[0])

    def append(self, value: int) -> None:
        try:
            self._values.append(value)
        except OverflowError:
            self._values = wider(self._values)
            self.append(value)

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, index: int) -> int:
        return self._values[index]

    def __iter__(self) -> Iterator[int]:
        return iter(self._values)

    @property
    def bytes_each(self) -> int:
        return self._values.itemsize

    def cut(self, length: int) -> None:
        """Only the first so many stay."""
        del self._values[length:]

    def copy(self) -> Self:
        twin = type(self)()
        twin._values = self._values[:]
        return twin
