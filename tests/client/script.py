"""A session's feed written by hand: entries with a sound chain, texts with sound commits."""

import hashlib
from typing import Any
from uuid import UUID

from miaohui.wire.journal import (
    NO_PREV,
    Closed,
    Closing,
    Entry,
    Extended,
    Handover,
    Message,
    Opened,
    Paused,
    Recalled,
    Resumed,
    Terms,
    entry_hash,
)
from miaohui.wire.sessions import (
    Body,
    EditedItem,
    EntryItem,
    Item,
    NoticeItem,
    OutsideItem,
    Placed,
    Send,
)

SALT = "00112233445566778899aabbccddeeff"
OPENED_UTC = "2026-08-19T13:18:00.000Z"
OPENED_MS = 1_787_145_480_000


def uid(number: int) -> str:
    return str(UUID(int=(7 << 76) | (2 << 62) | number))


def body(text: str, **more: Any) -> Body:
    return Body(salt=SALT, text=text, **more)


def commit(text: str) -> str:
    return hashlib.sha256(bytes.fromhex(SALT) + text.encode()).hexdigest()


def send(number: int, text: str, session: str = "s1") -> Send:
    return Send(id=uid(number), session=session, body=body(text))


class Script:
    """Each method adds an item and returns it at its position."""

    def __init__(self, *, paid_ms: int = 1_800_000) -> None:
        self.prev = NO_PREV
        self.seq = 0
        self.pos = 0
        self.entries: list[Entry] = []
        self.all: list[Placed] = []
        self.opened = self.entry(
            Opened,
            0,
            rule="promise/2",
            label_rules="labels/1",
            key_id="0123456789abcdef",
            session="s1",
            shop="lanting",
            responder="r1",
            mode="text",
            utc=OPENED_UTC,
            paid_ms=paid_ms,
            price_fen=3_000,
            promise_ms=10_000,
            terms=Terms(give_back=True, last_question=True, refunds=()),
        )

    def place(self, item: Item) -> Placed:
        self.pos += 1
        placed = Placed(pos=self.pos, item=item)
        self.all.append(placed)
        return placed

    def entry(self, kind: type[Any], t: int, text: Body | None = None, **fields: Any) -> Placed:
        self.seq += 1
        entry = kind(seq=self.seq, t=t, prev=self.prev, **fields)
        self.prev = entry_hash(entry)
        self.entries.append(entry)
        return self.place(EntryItem(entry=entry, body=text))

    def ask(self, t: int, text: str, number: int) -> Placed:
        return self.entry(
            Message,
            t,
            body(text),
            author="customer",
            id=uid(number),
            content="text",
            origin="human",
            commit=commit(text),
        )

    def reply(self, t: int, text: str, number: int, seen: int, **more: Any) -> Placed:
        return self.entry(
            Message,
            t,
            body(text, name="小波"),
            author="responder",
            responder="r1",
            id=uid(number),
            content="text",
            origin="human",
            commit=commit(text),
            seen_seq=seen,
            **more,
        )

    def recalled(self, t: int, target: int, author: str) -> Placed:
        who = {"responder": "r1"} if author == "responder" else {}
        return self.entry(Recalled, t, target=target, author=author, **who)

    def paused(self, t: int, by: str = "customer", reason: str = "asked") -> Placed:
        return self.entry(Paused, t, by=by, reason=reason)

    def resumed(self, t: int, by: str = "customer", reason: str = "asked") -> Placed:
        return self.entry(Resumed, t, by=by, reason=reason)

    def handover(self, t: int) -> Placed:
        return self.entry(Handover, t, from_="r1", to="r2", reason="responder")

    def extended(self, t: int) -> Placed:
        return self.entry(Extended, t, paid_ms=600_000, price_fen=1_000)

    def closing(self, t: int) -> Placed:
        return self.entry(Closing, t)

    def closed(self, t: int, reason: str = "customer") -> Placed:
        return self.entry(Closed, t, reason=reason)

    def edited(self, seq: int, text: str) -> Placed:
        return self.place(EditedItem(seq=seq, body=body(text), utc=OPENED_UTC))

    def notice(self, t: int, code: str, ms: int | None = None) -> Placed:
        return self.place(NoticeItem(code=code, t=t, ms=ms))

    def outside(self, number: int, text: str, *, queued: bool = False) -> Placed:
        item = OutsideItem(
            id=uid(number), author="customer", body=body(text), utc=OPENED_UTC, queued=queued
        )
        return self.place(item)
