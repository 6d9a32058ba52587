"""What was taken back is gone from this machine's store, looked for in the bytes of its file."""

import hashlib
from pathlib import Path

from miaohui.client.store import history
from miaohui.client.store.store import connect
from miaohui.wire.journal import Edited, Message, Recalled
from miaohui.wire.sessions import Body, EditedItem, EntryItem, Placed

SALT = "00112233445566778899aabbccddeeff"
NO = "0" * 64


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def message(pos: int, seq: int, body: Body) -> Placed:
    entry = Message(
        seq=seq,
        t=seq * 100,
        prev=NO,
        author="customer",
        id=f"00000000-0000-4000-8000-{seq:012d}",
        content="text" if body.media is None else "image",
        origin="human",
        commit=digest(body.text),
    )
    return Placed(pos=pos, item=EntryItem(entry=entry, body=body))


def edited(pos: int, seq: int, target: int, text: str) -> list[Placed]:
    entry = Edited(
        seq=seq, t=seq * 100, prev=NO, target=target, author="customer", commit=digest(text)
    )
    item = EditedItem(seq=target, body=Body(salt=SALT, text=text), utc="2026-11-30T10:00:00.000Z")
    return [
        Placed(pos=pos, item=EntryItem(entry=entry, body=None)),
        Placed(pos=pos + 1, item=item),
    ]


def recalled(pos: int, seq: int, target: int) -> Placed:
    entry = Recalled(seq=seq, t=seq * 100, prev=NO, target=target, author="customer")
    return Placed(pos=pos, item=EntryItem(entry=entry, body=None))


def test_words_and_pictures_leave_no_byte(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    conn = connect(path, None)
    scope = history.scope_of(conn, "ws://relay", "anna", 1)
    picture = bytes(range(256)) * 40
    history.put_media(conn, "m-1", "image/png", picture)
    feed = [
        message(2, 2, Body(salt=SALT, text="violetta-erste")),
        message(3, 3, Body(salt=SALT, text="violetta-zweite")),
        message(4, 4, Body(salt=SALT, media="m-1", mime="image/png", bytes=9)),
        *edited(5, 5, 3, "violetta-dritte"),
        *edited(7, 6, 3, "bleibt"),
        recalled(9, 7, 2),
        recalled(10, 8, 4),
    ]
    for each in feed:
        history.put_items(conn, scope, "s", [each], 0)
    assert history.media(conn, "m-1") is None
    kept = history.items(conn, scope, "s", 1)
    assert [placed.pos for placed in kept] == list(range(2, 11))
    bodies = [placed.item.body for placed in kept if isinstance(placed.item, EntryItem)]
    assert not any(bodies)
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    raw = path.read_bytes()
    for word in ("violetta-erste", "violetta-zweite", "violetta-dritte"):
        assert word.encode() not in raw
    assert picture[:600] not in raw
    assert b"bleibt" in raw
