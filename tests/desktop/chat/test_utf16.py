"""Offsets in UTF-16 units, as Qt counts them."""

from hypothesis import given
from hypothesis import strategies as st

from miaohui.desktop.chat.utf16 import cut, length, unit_offset


@given(st.text(), st.text(), st.text())
def test_cut_gives_back_the_middle(before, middle, after):
    text = before + middle + after
    start = unit_offset(text, len(before))
    assert cut(text, start, start + length(middle)) == middle
    assert length(text) == length(before) + length(middle) + length(after)


def test_half_an_emoji_is_dropped():
    assert cut("😀a", 1, 3) in ("a", "")
    assert cut("a😀", 0, 2) == "a"
