"""Columns that stand straight in either language."""

from miaohui.checks.grid import grid, width


def test_wide_characters_take_two_columns() -> None:
    assert (width("abc"), width("守约"), width("e\u0301"), width("")) == (3, 4, 1, 0)


def test_columns_are_aligned() -> None:
    assert grid([("会话", "38"), ("design", "1.55")]) == ["会话      38", "design  1.55"]
    assert grid([("a", "b"), ("cc", "dd")], left=2) == ["a   b", "cc  dd"]
