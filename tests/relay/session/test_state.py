"""Rows of a feed as they are kept in memory."""

import msgspec

from miaohui.relay.session.state import placed_of, push_head, without_text
from miaohui.relay.storage.store import FeedRow
from miaohui.wire.codec import decode_down
from miaohui.wire.journal import NO_PREV, Message, canonical
from miaohui.wire.sessions import Body, EditedItem, EntryItem, FeedPush, NoticeItem

SALT = "00112233445566778899aabbccddeeff"
BODY = Body(salt=SALT, text="我在听")


def said(seq: int) -> tuple[Message, FeedRow]:
    message = Message(
        seq=seq,
        t=9,
        prev=NO_PREV,
        author="customer",
        id="01a204ea-8fbf-7101-895a-9d4a0079e65e",
        content="text",
        origin="human",
        commit="ab" * 32,
    )
    body = msgspec.json.encode(BODY).decode()
    return message, (1, seq + 3, seq, 1009, canonical(message).decode(), body)


def beside(pos: int, item: EditedItem | NoticeItem) -> FeedRow:
    return (1, pos, None, 1009, msgspec.json.encode(item).decode(), None)


def test_a_recalled_text_leaves_memory_wherever_it_stood() -> None:
    message, row = said(2)
    edited = EditedItem(seq=2, body=BODY, utc="2026-08-19T13:18:00.000Z")
    assert placed_of(row).item == EntryItem(entry=message, body=BODY)
    assert placed_of(without_text(row, 2)).item == EntryItem(entry=message)
    after = placed_of(without_text(beside(7, edited), 2))
    assert after.pos == 7
    assert after.item == EditedItem(seq=2, body=Body(salt=SALT), utc=edited.utc)


def test_other_rows_stay_as_they_are() -> None:
    _, row = said(3)
    edited = beside(7, EditedItem(seq=4, body=BODY, utc="2026-08-19T13:18:00.000Z"))
    notice = beside(8, NoticeItem(code="break_asked", t=5))
    for each in (row, edited, notice):
        assert without_text(each, 2) == each


def test_a_push_put_together_is_what_the_wire_reads() -> None:
    session = 'quoted " and 中'
    assert decode_down(push_head(session) + b"]}") == FeedPush(session=session, items=[])
