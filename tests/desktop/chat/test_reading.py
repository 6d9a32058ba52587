"""What is being read stays where it is, whatever arrives around it."""

from hypothesis import given
from hypothesis import strategies as st

from miaohui.desktop.chat.reading import PADDING, ScrollAnchor


def height(row: int) -> int:
    return 40 + row * 37 % 160


def reading(count: int, measure=height) -> ScrollAnchor:
    made = ScrollAnchor()
    made.height = 400
    made.reset(count)
    made.settle(measure)
    return made


def test_begins_at_the_end_and_stays_there():
    found = reading(1000)
    assert found.last == 999
    assert found.y_of(999) + height(999) == 400 - PADDING
    found.insert(1000, 1)
    found.settle(height)
    assert found.last == 1000
    assert found.y_of(1000) + height(1000) == 400 - PADDING


def test_a_short_conversation_lies_at_the_bottom():
    found = reading(2)
    assert found.maximum == 0
    assert found.y_of(1) + height(1) == 400 - PADDING
    assert found.row_at(5) == -1


@given(st.lists(st.integers(-390, 390), min_size=1, max_size=30))
def test_scrolling_moves_a_row_by_just_that_much(steps):
    found = reading(1000)
    found.scroll_by(-3000)
    found.settle(height)
    for step in steps:
        row = found.first + (1 if found.first < found.last else 0)
        before = found.y_of(row)
        found.scroll_by(step)
        found.settle(height)
        if not found.follows_end and found.value > 0 and found.first <= row <= found.last:
            assert found.y_of(row) == before - step


def test_rows_above_and_below_do_not_move_what_is_read():
    found = reading(1000)
    found.scroll_by(-2000)
    found.settle(height)
    row = found.anchor.row
    y = found.y_of(row)
    found.insert(1000, 5)
    found.settle(height)
    assert found.y_of(row) == y
    found.insert(0, 300)
    found.settle(lambda at: height(at - 300))
    assert found.y_of(row + 300) == y
    found.remove(0, 10)
    found.settle(lambda at: height(at - 290))
    assert found.y_of(row + 290) == y


def test_heights_that_change_above_do_not_move_what_is_read():
    found = reading(1000)
    found.scroll_by(-5000)
    found.settle(height)
    row, y = found.anchor.row, found.anchor.y
    found.settle(lambda at: height(at) * 2)
    assert found.y_of(row) == y


def test_only_rows_in_view_are_measured():
    asked = []
    found = ScrollAnchor()
    found.height = 400
    found.reset(1_000_000)
    found.settle(lambda row: asked.append(row) or 60)
    found.scroll_by(-30_000_000)
    found.settle(lambda row: asked.append(row) or 60)
    assert len(asked) < 40


def test_top_and_end_are_the_limits():
    found = reading(100)
    found.scroll_by(-10_000_000)
    found.settle(height)
    assert (found.value, found.first) == (0, 0)
    assert found.y_of(0) == PADDING
    found.scroll_by(10_000_000)
    found.settle(height)
    assert found.follows_end


def test_all_rows_removed_under_the_reader():
    found = reading(100)
    found.scroll_by(-1000)
    found.settle(height)
    found.remove(0, 100)
    found.settle(height)
    assert (found.first, found.last) == (0, -1)
