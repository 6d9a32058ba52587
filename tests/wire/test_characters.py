"""Characters that a Python may be too old for."""

import unicodedata

import pytest

from miaohui.wire.characters import category


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (0x31350, "Lo"),  # Han, extension H (Unicode 15.0)
        (0x2EBF0, "Lo"),  # Han, extension I (15.1)
        (0x1FAE8, "So"),  # shaking face (15.0)
        (0x1FAE9, "So"),  # face with bags under its eyes (16.0)
        (0x2EE60, "Cn"),  # nothing yet
        (0x10FFFF, "Cn"),
    ],
)
def test_later_than_this_python(code: int, kind: str) -> None:
    assert category(chr(code)) == kind


@pytest.mark.parametrize("char", ["A", "中", "\n", "\u200b", " ", "\ue000"])
def test_what_it_knows_it_says_itself(char: str) -> None:
    assert category(char) == unicodedata.category(char)
