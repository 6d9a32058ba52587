"""A paid conversation: what its people may do, and the feed that everybody reads.

The **feed** of a session is a gapless list of items, ``pos`` 1, 2, 3 …; the journal's entries are
items of it (each with its own ``seq``), texts, edits and messages outside service time lie beside
them. A receiver applies only the last position + 1; on a gap it attaches again from what it has.
"""

from typing import Annotated, Literal

from msgspec import Meta

from .bounds import (
    Count,
    Cursor,
    Id,
    KeyName,
    Levels,
    Millis,
    Minutes,
    Name,
    ProofText,
    Prose,
    Salt,
    Sha256,
    Signature,
    Stars,
    Sum,
    Utc,
    Uuid,
    Word,
)
from .frame import Command, Frame, Request, Result, Value, Whole
from .journal import Entry, LabelName
from .limits import PUSHED_ITEMS
from .link import SessionClock
from .orders import CustomerCard, Order

Content = Literal["text", "image", "voice"]
Signed = Annotated[dict[Word, Annotated[str, Meta(max_length=256)] | Whole], Meta(max_length=32)]
"""A signed statement, flat: what it says, and the signature."""


class Body(Value, frozen=True, kw_only=True):
    """What a message says. ``salt`` (32 hex digits) and ``text`` (or the media file's bytes)
    hash to the entry's ``commit``; for an image or a voice note ``text`` is empty. Of a voice note
    the relay found ``ms`` in its file; ``levels`` are its sender's word."""

    salt: Salt
    text: Prose = ""
    reply_to: Count | None = None  # seq of the message quoted
    media: Uuid | None = None
    mime: Word | None = None
    bytes: Count | None = None
    width: Count | None = None
    height: Count | None = None
    ms: Millis | None = None
    levels: Levels | None = None
    name: Name | None = None  # display name of the author, where several answered


class EntryItem(Frame, frozen=True, kw_only=True):
    """An entry of the journal, with its text where it is a message."""

    entry: Entry
    body: Body | None = None


class EditedItem(Frame, frozen=True, kw_only=True):
    """The words that an `edited` entry, the item before it, put in the place of message `seq`'s."""

    seq: Count
    body: Body
    utc: Utc


class OutsideItem(Frame, frozen=True, kw_only=True):
    """A message after the end, or before the beginning: outside service time, no clock."""

    id: Uuid
    author: Literal["customer", "responder"]
    body: Body
    utc: Utc
    labels: Annotated[
        tuple[LabelName, ...], Meta(max_length=16)
    ] = ()  # what the text rules say of a responder's words
    queued: bool = False  # sent while queued; it entered the journal when the session opened


class NoticeItem(Frame, frozen=True, kw_only=True):
    """Something that both should read in the conversation, as a code: break_asked (``ms`` long,
    by ``name``), break_refused, handover_offered (to ``name``), handover_refused,
    handover_asked. Others may come later."""

    code: Word
    t: Millis
    ms: Millis | None = None
    name: Name | None = None


class ReceiptItem(Frame, frozen=True, kw_only=True):
    """The relay's signed receipt: the last word on a session (section 5)."""

    receipt: Signed


class RestoredItem(Frame, frozen=True, kw_only=True):
    """The relay's signed notice that it was restored from a copy, in which the session ended with
    entry ``seq`` of it: what follows closes the session."""

    notice: Signed


Item = EntryItem | EditedItem | OutsideItem | NoticeItem | ReceiptItem | RestoredItem


class Placed(Value, frozen=True, kw_only=True):
    """An item at its position."""

    pos: Count
    item: Item


class FeedPush(Frame, frozen=True, kw_only=True):
    """New items, pushed to the people of the session that are attached."""

    session: Id
    items: Annotated[list[Placed], Meta(max_length=PUSHED_ITEMS)]


class Attach(Request, frozen=True, kw_only=True):
    """Reads the feed after a position, and has it pushed from then on (to this connection)."""

    session: Id
    after: Count = 0


class FeedPage(Result, frozen=True, kw_only=True):
    """``head``: the newest position; read on while the last item's pos is below it."""

    session: Id
    items: Annotated[list[Placed], Meta(max_length=PUSHED_ITEMS)]
    head: Count
    clock: SessionClock
    now_t: Millis  # the session's t at sending, in ms
    delivered: Count  # highest seq of the reader's own messages that the other side has stored
    seen: Count  # … that the other side had on screen


class Detach(Request, frozen=True, kw_only=True):
    session: Id


class ReplyTimes(Value, frozen=True, kw_only=True):
    """When the responder's app showed the question ``seq`` and when Send was pressed, by its own
    monotonic clock in ms, signed by the device's Ed25519 ``key`` (raw, in hex). Signed are the RFC
    8785 bytes of {"statement": "miaohui/times/1", session, id, seq, shown, pressed, key}, with the
    reply's id."""

    seq: Count
    shown: Whole
    pressed: Whole
    key: Sha256
    signature: Signature


class Send(Command, frozen=True, kw_only=True):
    """A message; ``id`` is the message's id. ``seen_seq``: responders only, required there: the
    highest customer's seq on the screen when Send was pressed. Accepted: ``accepted``."""

    id: Uuid
    session: Id
    content: Content = "text"
    body: Body
    seen_seq: Count | None = None
    origin: Literal["human", "auto"] = "human"
    times: ReplyTimes | None = None  # responders only: of the oldest question that it answers


class Accepted(Result, frozen=True, kw_only=True):
    """Durable. ``seq`` and ``t`` are null for a message outside the journal; ``seen_seq`` is what
    the relay made of a responder's."""

    pos: Count
    seq: Count | None = None
    t: Millis | None = None
    seen_seq: Count | None = None


class Edit(Command, frozen=True, kw_only=True):
    session: Id
    seq: Count
    body: Body


class Recall(Command, frozen=True, kw_only=True):
    session: Id
    seq: Count


class Pause(Command, frozen=True, kw_only=True):
    """Customers only: time and open turns stand still."""

    session: Id
    reason: Literal["asked", "distress"] = "asked"


class Resume(Command, frozen=True, kw_only=True):
    session: Id


class AskBreak(Command, frozen=True, kw_only=True):
    """A responder asks for a short break; only with no open turn, 1,000 to 300,000 ms."""

    session: Id
    ms: Millis


class AnswerBreak(Command, frozen=True, kw_only=True):
    session: Id
    agree: bool


class AskHandover(Command, frozen=True, kw_only=True):
    """The customer asks for somebody else of the shop."""

    session: Id


class RefuseHandover(Command, frozen=True, kw_only=True):
    """The customer would rather wait: none is offered or made for this turn."""

    session: Id


class HandOver(Command, frozen=True, kw_only=True):
    """A responder would like to hand the conversation on; ``to`` null: to whoever is free. It is
    offered to one colleague after the other (``handover_offers`` of their desk) and goes on here
    until one accepts."""

    session: Id
    to: Id | None = None
    reason: Literal["responder", "shift"] = "responder"


class AcceptHandover(Command, frozen=True, kw_only=True):
    """Takes the conversation that was offered: the handover is written now."""

    session: Id


class DeclineHandover(Command, frozen=True, kw_only=True):
    """It is offered to the next colleague who is free."""

    session: Id


class WithdrawHandover(Command, frozen=True, kw_only=True):
    """Whoever would have handed on keeps the conversation."""

    session: Id


class Extend(Command, frozen=True, kw_only=True):
    """Buys time on top, at the price that was shown."""

    session: Id
    offer: Id
    price_fen: Sum
    provider: Word


class End(Command, frozen=True, kw_only=True):
    """Asks to end; an open question is still owed its answer unless ``now``."""

    session: Id
    now: bool = False


class WriteReview(Command, frozen=True, kw_only=True):
    """One a session, by its customer, after the pause that ``welcome`` names.

    ``stars``: 1 to 5; ``tags``: of prompt, slow, listened, hollow, recycled, silent,
    took_initiative, warm, rude, begged_stars, off_platform, handed_over_well, vanished.
    """

    session: Id
    stars: Stars
    text: Prose = ""
    tags: Annotated[list[Word], Meta(max_length=32)] = []
    answered: Literal["yes", "partly", "no"] | None = None
    card_kept: Literal["yes", "partly", "no"] | None = None  # whether the card was kept


class Typing(Frame, frozen=True, kw_only=True):
    """Ephemeral; sent at most every 2 s while typing."""

    session: Id


class Seen(Frame, frozen=True, kw_only=True):
    """Ephemeral: the other side's messages up to ``seq`` are on the focused screen."""

    session: Id
    seq: Count


class ReadTo(Frame, frozen=True, kw_only=True):
    """Its own person has read the feed up to ``pos``: kept, and passed on to their other machines
    that read along; never to the other side."""

    session: Id
    pos: Count


class PeerTyping(Frame, frozen=True, kw_only=True):
    """Shown for 4 s."""

    session: Id


class PeerProgress(Frame, frozen=True, kw_only=True):
    """How far the other side has stored and seen the reader's messages (seq)."""

    session: Id
    delivered: Count
    seen: Count


class WaitParts(Frame, frozen=True, kw_only=True):
    """What of an answered wait was not the responder's: said to the customer after the reply, of
    the oldest ask that it answered. ``relay_ms``: from the ask's receipt until it was durable and
    handed on; ``line_ms``: from then until the responder's app had acknowledged it, so their line,
    there and back, at most. ``times``: what the responder's app signed about the reply ``id``,
    where it fits what the relay measured."""

    session: Id
    seq: Count
    relay_ms: Millis
    line_ms: Millis
    id: Word = ""
    times: ReplyTimes | None = None


class PeerPresence(Frame, frozen=True, kw_only=True):
    session: Id
    online: bool


class Breach(Frame, frozen=True, kw_only=True):
    """The relay's own timer: the open turn whose oldest ask is ``seq`` passed the promise at
    ``t``. Only this (or a later entry) makes a breach a fact for the app."""

    session: Id
    seq: Count
    t: Millis


class SignedHead(Frame, frozen=True, kw_only=True):
    """The relay's signed word on the journal so far (promise.md, section 7): entry ``seq``, at
    ``t``, has the hash ``head``. At least every 10 s while entries are added."""

    session: Id
    rule: Word
    seq: Count
    t: Millis
    head: Sha256
    key_id: KeyName
    signature: Signature


class SessionCard(Value, frozen=True, kw_only=True):
    """A session in a list. ``peer_name``: the responder for a customer, and the reverse."""

    session: Id
    order: Id
    shop: Id
    shop_name: Name
    peer_name: Name
    minutes: Minutes
    state: Literal["open", "closing", "closed"]
    opened_utc: Utc
    head: Count
    last_utc: Utc
    closed_utc: Utc | None = None
    refund_fen: Sum = 0
    reviewed: bool = False
    card: CustomerCard | None = None  # what the customer sent with the order
    read_pos: Count = 0  # how far the reader has read it, on whatever machine


class ListSessions(Request, frozen=True, kw_only=True):
    """The caller's sessions, newest first; live ones are always on the first page."""

    cursor: Cursor | None = None
    limit: Count = 50


class Sessions(Result, frozen=True, kw_only=True):
    sessions: Annotated[list[SessionCard], Meta(max_length=256)]
    cursor: Cursor | None = None


class GetLogProof(Request, frozen=True, kw_only=True):
    """Where the receipt of a closed session stands in the log of receipts; `not_found` where there
    is no log."""

    session: Id


class LogProof(Result, frozen=True, kw_only=True):
    """``proof``: as c2sp.org/tlog-proof@v1, under the relay's newest key."""

    proof: ProofText


class Extended(Result, frozen=True, kw_only=True):
    """The extension was paid and written into the journal."""

    order: Order
