"""Lines in columns: what goes in comes out, by row, key, seq and position."""

import tracemalloc

from tests.client.script import body, uid

from miaohui.client.feed.message_table import Flag, Kind, MessageTable, Quoting, Remark
from miaohui.wire.sessions import Body


def test_lines_are_found_by_key_seq_and_position() -> None:
    rows = MessageTable()
    rows.add_remark(Kind.START, pos=1, utc_ms=10, remark=Remark("opened", 5, "r1"))
    for number in range(1, 200):
        rows.add_message(
            id=uid(number),
            pos=number + 1,
            seq=number + 1,
            utc_ms=number,
            flags=Flag.MINE if number % 2 else Flag.NONE,
            body=body(f"第{number}句 \ud83d", reply_to=number if number > 1 else None),
        )
    assert rows.find("pos:1") == 0
    assert rows.find("pos:9999") is None
    assert rows.find("pos:x") is None
    assert rows.find("no uuid") is None
    for number in (1, 2, 150, 199):
        assert rows.find(uid(number)) == rows.row_of_seq(number + 1) == number
        assert rows.key(number) == uid(number)
        assert rows.text(number) == f"第{number}句 \ud83d"
    assert rows.quoted(3) == 2
    assert rows.quoting(2) == Quoting(rows.text(2), uid(2), "text", mine=False)
    assert rows.quoting(rows.quoted(0)) == Quoting()
    assert list(rows.rows_between(2, 4)) == [3, 2]
    rows.reword(3, Body(salt="", text="改"))
    assert (rows.text(3), rows.has(3, Flag.EDITED)) == ("改", True)
    rows.set(2, Flag.RECALLED)
    assert rows.quoting(2) == Quoting("", uid(2), "recalled", mine=False)


def test_a_key_inside_another_is_not_found() -> None:
    rows = MessageTable()
    one = "11111111-1111-1111-1111-111111111111"
    rows.add_message(id=one, pos=1, seq=1, utc_ms=0, flags=Flag.NONE, body=None)
    rows.add_message(id=one[:-2] + "22", pos=2, seq=2, utc_ms=0, flags=Flag.NONE, body=None)
    assert rows.find(one) == 0


def test_a_line_costs_little_memory() -> None:
    rows = MessageTable()
    said = body("今天过得怎么样，吃饭了吗")
    tracemalloc.start()
    for number in range(1, 10_001):
        rows.add_message(
            id=uid(number), pos=number, seq=number, utc_ms=number, flags=Flag.MINE, body=said
        )
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used / 10_000 < 60


def test_labels_are_counted_without_a_look_at_every_line() -> None:
    rows = MessageTable()
    for number, labels in enumerate((("hollow",), (), ("hollow", "begging")), 1):
        rows.add_message(
            id=f"11111111-1111-1111-1111-{number:012}",
            pos=number,
            seq=number,
            utc_ms=0,
            flags=Flag.NONE,
            body=None,
            labels=labels,
        )
    assert [rows.labelled(label) for label in ("hollow", "begging", "recycled")] == [2, 1, 0]
