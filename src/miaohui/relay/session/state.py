"""A session's journal and feed as its actor holds them in memory. It touches nothing outside:
what it adds is gathered in a SessionStep.
"""

import hashlib
from bisect import bisect_right
from dataclasses import replace
from typing import Any

import msgspec

from miaohui.promise.constants import SEEN_GRACE_MS
from miaohui.promise.fold import Fold
from miaohui.promise.paidtime import RunningTime
from miaohui.relay.session.effects import SessionStep
from miaohui.relay.session.facts import Facts
from miaohui.relay.storage.store import FeedRow
from miaohui.wire.journal import (
    NO_PREV,
    Closing,
    Entry,
    Extended,
    Fault,
    FaultReason,
    Handover,
    Message,
    Paused,
    Recalled,
    Resumed,
    canonical,
    decode_line,
)
from miaohui.wire.sessions import Body, EditedItem, EntryItem, Item, NoticeItem, OutsideItem, Placed

_encode = msgspec.json.Encoder().encode
_items: "msgspec.json.Decoder[Item]" = msgspec.json.Decoder(Item)
_bodies: "msgspec.json.Decoder[Body]" = msgspec.json.Decoder(Body)


def item_of(seq: int | None, line: str, body: str | None) -> Item:
    """The item out of its row."""
    if seq is None:
        return _items.decode(line)
    entry = decode_line(line.encode())
    return EntryItem(entry=entry, body=None if body is None else _bodies.decode(body))


def push_head(session: str) -> bytes:
    """The beginning of every ``feed_push`` of a session."""
    return b'{"type":"feed_push","session":%b,"items":[' % _encode(session)


def placed_of(row: FeedRow) -> Placed:
    """A row as readers get it."""
    _, pos, seq, _, line, body = row
    return Placed(pos=pos, item=item_of(seq, line, body))


def without_text(row: FeedRow, seq: int, before: int = 2**62) -> FeedRow:
    """The row after the words of the message ``seq`` before a position were taken back."""
    num, pos, own, utc_ms, line, body = row
    if pos >= before:
        return row
    if own is not None:
        return (num, pos, own, utc_ms, line, None if own == seq else body)
    item = _items.decode(line)
    if not isinstance(item, EditedItem) or item.seq != seq:
        return row
    empty = EditedItem(seq=seq, body=Body(salt=item.body.salt), utc=item.utc)
    return (num, pos, None, utc_ms, _encode(empty).decode(), None)


class SessionState:
    """Fold, head hash, positions and clock of one session."""

    __slots__ = (
        "asked_ms",
        "authors",
        "base",
        "break_ask",
        "break_end",
        "closing_seq",
        "facts",
        "faulty",
        "fold",
        "frozen_ms",
        "handover_wanted",
        "handovers",
        "head",
        "ids",
        "messages_at",
        "messages_seq",
        "notices",
        "offline_ms",
        "outside",
        "paused",
        "pos",
        "recalled",
        "run",
    )

    def __init__(self, facts: Facts, run: str, base: int) -> None:
        self.facts = facts
        self.run = run
        self.base = base
        self.fold = Fold()
        self.head = NO_PREV
        self.pos = 0
        self.ids: set[str] = set()
        self.authors: dict[int, tuple[str, int]] = {}  # message's seq → account, t
        # By side: positions of its messages, and their seqs.
        self.messages_at: dict[str, list[int]] = {"customer": [], "responder": []}
        self.messages_seq: dict[str, list[int]] = {"customer": [], "responder": []}
        self.outside = {"customer": 0, "responder": 0}  # messages outside service time
        self.recalled: set[int] = set()
        self.paused: Paused | None = None
        self.frozen_ms = 0  # in ended pauses and faults
        self.offline_ms = 0  # … of which the customer was offline
        self.asked_ms = 0  # … of which the customer had asked for
        self.break_ask: NoticeItem | None = None
        self.break_end: int | None = None
        self.handovers: list[Handover] = []
        self.faulty = RunningTime()  # … without what was faulty
        self.handover_wanted = False  # the customer asked for somebody else, and waits for it
        self.closing_seq: int | None = None  # of `closing`, until time is bought on top
        self.notices: dict[str, int] = {}  # code → t of its newest

    @property
    def seq(self) -> int:
        return self.fold.length

    @property
    def responder(self) -> str:
        return self.facts.responder

    def t_of(self, mono: int) -> int:
        """The session's t at a moment of the relay's clock; never goes back."""
        t = mono - self.base
        last = self.fold.last_t
        return t if t > last else last

    def utc_of(self, t: int) -> int:
        return self.facts.opened_utc_ms + t

    def side_of(self, account: str) -> str | None:
        """The side on which an account may speak now."""
        if account == self.facts.customer:
            return "customer"
        return "responder" if account == self.facts.responder else None

    def once_sat(self, account: str) -> bool:
        """True for an account that answered here before it handed on."""
        return any(each.from_ == account for each in self.handovers)

    @property
    def owed(self) -> bool:
        """True while `closing` waits for the answer to a question that came before it."""
        oldest, closing = self.fold.first_open_ask, self.closing_seq
        return oldest is not None and closing is not None and oldest < closing

    def in_time(self, mono: int) -> bool:
        """True while a question is open that is not breached yet."""
        return self.fold.in_time(self.t_of(mono))

    def newest_seq(self, side: str, pos: int) -> int:
        """The seq of a side's newest message at or before a position; 0 where there is none."""
        index = bisect_right(self.messages_at[side], pos)
        return self.messages_seq[side][index - 1] if index else 0

    def readable_by(self, t: int, seq: int) -> int:
        """``seq``, or the customer's newest message before it that is old enough to be read at
        ``t``: what came of a clock that was set anew in between."""
        seqs = self.messages_seq["customer"]
        index = bisect_right(seqs, seq)
        while index and 0 < self.authors[seqs[index - 1]][1] > t - SEEN_GRACE_MS:
            index -= 1
            seq = seqs[index - 1] if index else 0
        return seq

    # -- writing ---------------------------------------------------------------------------------

    def enter(self, step: SessionStep, entry: Entry, body: Body | None = None) -> int:
        """Takes an entry made with this state's ``seq + 1`` and ``head``; returns its position."""
        self.fold.apply(entry)
        line = canonical(entry)
        self.head = hashlib.sha256(line).hexdigest()
        self.pos = pos = self.pos + 1
        self._note(entry)
        facts = self.facts
        utc_ms = facts.opened_utc_ms + entry.t
        if body is None:
            said, text = b"null", None
        else:
            said = _encode(body)
            text = said.decode()
        step.rows.append((facts.num, pos, entry.seq, utc_ms, line.decode(), text))
        step.pieces.append(
            b'{"pos":%d,"item":{"type":"entry_item","entry":%b,"body":%b}}' % (pos, line, said)
        )
        return pos

    def add(self, step: SessionStep, kind: type[Any], mono: int, **fields: Any) -> int:
        """Makes an entry of ``kind`` and takes it."""
        t = self.t_of(mono)
        return self.enter(step, kind(seq=self.seq + 1, t=t, prev=self.head, **fields))

    def beside(self, step: SessionStep, item: Item, mono: int) -> int:
        """Adds an item that is no entry."""
        self.pos += 1
        self._note_item(item)
        utc = self.utc_of(self.t_of(mono))
        text = _encode(item)
        step.rows.append((self.facts.num, self.pos, None, utc, text.decode(), None))
        step.pieces.append(b'{"pos":%d,"item":%b}' % (self.pos, text))
        return self.pos

    def notice(self, step: SessionStep, code: str, mono: int, **fields: Any) -> int:
        return self.beside(step, NoticeItem(code=code, t=self.t_of(mono), **fields), mono)

    def fault(
        self, step: SessionStep, mono: int, *, from_t: int, to_t: int, reason: FaultReason
    ) -> int:
        """From one ``t`` to another the relay vouches for nothing."""
        t = max(self.t_of(mono), to_t)
        entry = Fault(
            seq=self.seq + 1, t=t, prev=self.head, from_t=from_t, to_t=to_t, reason=reason
        )
        return self.enter(step, entry)

    # -- reading back ----------------------------------------------------------------------------

    def reread(self, row: FeedRow) -> None:
        """Takes a row from the database again."""
        _, self.pos, seq, _, line, body = row
        item = item_of(seq, line, body)
        if isinstance(item, EntryItem):
            self.fold.apply(item.entry)
            self.head = hashlib.sha256(line.encode()).hexdigest()
            self._note(item.entry)
        else:
            self._note_item(item)

    def _note(self, entry: Entry) -> None:
        """Keeps what the fold does not tell."""
        if type(entry) is Message:  # nearly every entry is one
            author, seq = entry.author, entry.seq
            self.ids.add(entry.id)
            who = self.facts.customer if author == "customer" else str(entry.responder)
            self.authors[seq] = (who, entry.t)
            self.messages_at[author].append(self.pos)
            self.messages_seq[author].append(seq)
            return
        match entry:
            case Recalled():
                self.recalled.add(entry.target)
            case Paused():
                if self.paused is None:
                    self.paused = entry
                    if entry.reason == "break" and self.break_ask is not None:
                        self.break_end = entry.t + (self.break_ask.ms or 0)
                    self.break_ask = None
            case Resumed():
                if self.paused is not None:
                    length = entry.t - self.paused.t
                    self.frozen_ms += length
                    if self.paused.reason == "customer_offline":
                        self.offline_ms += length
                    elif self.paused.reason == "asked":
                        self.asked_ms += length
                self.paused = None
                self.break_end = None
            case Fault():
                self.faulty.freeze(entry.from_t, entry.to_t)
                if self.paused is None:
                    self.frozen_ms += entry.to_t - entry.from_t
            case Handover():
                self.handovers.append(entry)
                self.handover_wanted = False
                self.facts = replace(self.facts, responder=entry.to)
            case Extended():
                self.facts = replace(self.facts, state="open", ending=None)
                self.closing_seq = None
            case Closing():
                self.facts = replace(self.facts, state="closing")
                self.closing_seq = self.closing_seq or entry.seq
            case _:
                pass

    def _note_item(self, item: Item) -> None:
        match item:
            case NoticeItem():
                self.notices[item.code] = item.t
                if item.code == "break_asked":
                    self.break_ask = item
                elif item.code == "break_refused":
                    self.break_ask = None
                elif item.code in ("handover_asked", "handover_refused"):
                    self.handover_wanted = item.code == "handover_asked"
            case OutsideItem(id=id, author=author, queued=queued):
                self.ids.add(id)
                self.outside[author] += not queued
            case _:
                pass
