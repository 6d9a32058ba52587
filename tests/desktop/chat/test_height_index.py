"""Running sums agree with a plain list whatever is done to them."""

from hypothesis import given
from hypothesis import strategies as st

from miaohui.desktop.chat.height_index import BLOCK, HeightIndex

STEP = st.tuples(
    st.sampled_from(["insert", "remove", "set"]),
    st.integers(0, 5000),
    st.integers(1, 3000),
    st.one_of(st.integers(1, 400), st.integers(65_530, 65_545)),
)


@given(st.lists(STEP, max_size=12), st.integers(0, 200_000))
def test_same_as_a_list(steps, y):
    kept, plain = HeightIndex(), []
    for kind, at, count, height in steps:
        at = min(at, len(plain))
        if kind == "insert":
            kept.insert(at, count, height)
            plain[at:at] = [height] * count
        elif kind == "remove":
            count = min(count, len(plain) - at)
            kept.remove(at, count)
            del plain[at : at + count]
        elif plain:
            at = min(at, len(plain) - 1)
            assert kept.set(at, height) == (plain[at] != height)
            plain[at] = height
    assert len(kept) == len(plain)
    assert kept.total == sum(plain)
    for row in {0, len(plain) // 2, len(plain) - 1, BLOCK} & set(range(len(plain))):
        assert kept.top(row) == sum(plain[:row])
        assert kept.height(row) == plain[row]
        assert kept.row_at(kept.top(row)) == row
    found = kept.row_at(y)
    if not plain:
        assert found == -1
    elif y < kept.total:
        assert kept.top(found) <= y < kept.top(found) + plain[found]
    else:
        assert found == len(plain) - 1
