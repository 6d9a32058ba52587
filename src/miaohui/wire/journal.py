"""Entries of a session's journal: one frozen struct for every kind, and their canonical bytes.

Integers are milliseconds since `opened` (`t`, `*_t`, `*_ms`) or fen (`price_fen`). A field that may
be absent is `UNSET` and is left out of the bytes; null is never written. Canonical bytes follow
RFC 8785: every key here is ASCII and every number an integer, so sorted compact JSON is that form.
"""

import hashlib
from calendar import monthrange
from enum import StrEnum
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from . import bounds
from .limits import MAX_INTEGER

RULE: Final = "promise/2"
NO_PREV: Final = "0" * 64
MAX_LINE_BYTES: Final = 65_536

Seq: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_INTEGER)]
Moment: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Duration: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_INTEGER)]
Fen: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Percent: TypeAlias = Annotated[int, Meta(ge=0, le=100)]
Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=256)]
Digest: TypeAlias = bounds.Sha256
MessageId: TypeAlias = bounds.Uuid
Utc: TypeAlias = Annotated[
    str,
    Meta(
        pattern=(
            r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3])"
            r":[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])(?!\n)$"
        ),
        max_length=64,
    ),
]
KeyId: TypeAlias = bounds.KeyName


class LabelName(StrEnum):
    """The labels that text rules give to a message or an edit."""

    HOLLOW = "hollow"
    RECYCLED = "recycled"
    BEGGING = "begging"
    OFF_PLATFORM = "off_platform"
    CLOSING_PHRASE = "closing_phrase"


Labels: TypeAlias = Annotated[tuple[LabelName, ...], Meta(max_length=16)]
Author: TypeAlias = Literal["customer", "responder"]
Content: TypeAlias = Literal["text", "image", "voice", "sticker"]
Origin: TypeAlias = Literal["human", "auto"]
PauseBy: TypeAlias = Literal["customer", "responder", "relay"]
PauseReason: TypeAlias = Literal["asked", "break", "distress", "customer_offline"]
HandoverReason: TypeAlias = Literal["customer", "responder", "late", "link", "shift"]
FaultReason: TypeAlias = Literal["restart", "network", "overload"]
CloseReason: TypeAlias = Literal["time", "customer", "responder", "safety", "no_show", "relay"]


class RefundTerm(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One step of the refund ladder: below this kept %, from this many turns on, so much back."""

    kept_below: Percent
    min_turns: Moment
    refund_percent: Percent


class Terms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The terms frozen into `opened` and shown before paying."""

    give_back: bool
    last_question: bool
    refunds: Annotated[tuple[RefundTerm, ...], Meta(max_length=64)]


class _Entry(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, gc=False, tag_field="kind"
):
    seq: Seq
    t: Moment
    prev: Digest


class Opened(_Entry, frozen=True, kw_only=True, tag="opened"):
    """The first entry: who, on which rule, for how long, for how much, on which terms."""

    rule: Literal["promise/2"]
    label_rules: Name
    session: Name
    shop: Name
    responder: Name
    mode: Literal["text"]
    utc: Utc
    paid_ms: Duration
    price_fen: Fen
    promise_ms: Duration
    terms: Terms
    key_id: KeyId

    def __post_init__(self) -> None:
        year, month, day = (int(part) for part in self.utc[:10].split("-"))
        if day > monthrange(year or 4, month)[1]:
            raise ValueError("`utc` names a day that its month does not have")


class Message(_Entry, frozen=True, kw_only=True, tag="message"):
    """A message, without its text; `responder` and `seen_seq` stand where a responder wrote."""

    author: Author
    id: MessageId
    content: Content
    origin: Origin
    commit: Digest
    responder: Name | UnsetType = UNSET
    seen_seq: Moment | UnsetType = UNSET
    labels: Labels | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.author == "responder":
            if self.responder is UNSET or self.seen_seq is UNSET:
                raise ValueError("a responder's message needs `responder` and `seen_seq`")
        elif self.responder is not UNSET or self.seen_seq is not UNSET:
            raise ValueError("a customer's message has neither `responder` nor `seen_seq`")
        elif self.origin != "human":
            raise ValueError('a customer\'s message has the origin "human"')

    @property
    def is_ask(self) -> bool:
        return self.author == "customer"

    @property
    def is_reply(self) -> bool:
        return self.author == "responder" and self.origin == "human"

    @property
    def seen(self) -> int:
        return 0 if self.seen_seq is UNSET else self.seen_seq

    def bears(self, label: str) -> bool:
        return self.labels is not UNSET and label in self.labels


class _Change(_Entry, frozen=True, kw_only=True):
    target: Seq
    author: Author
    responder: Name | UnsetType = UNSET

    def __post_init__(self) -> None:
        if (self.author == "responder") is (self.responder is UNSET):
            raise ValueError("`responder` stands where a responder did it, and nowhere else")


class Edited(_Change, frozen=True, kw_only=True, tag="edited"):
    """A message's words replaced by its author; `target` is the message's seq."""

    commit: Digest
    labels: Labels | UnsetType = UNSET

    def bears(self, label: str) -> bool:
        return self.labels is not UNSET and label in self.labels


class Recalled(_Change, frozen=True, kw_only=True, tag="recalled"):
    """A message taken back by its author; `target` is the message's seq."""


class Paused(_Entry, frozen=True, kw_only=True, tag="paused"):
    """Running time stops here."""

    by: PauseBy
    reason: PauseReason


class Resumed(_Entry, frozen=True, kw_only=True, tag="resumed"):
    """Running time goes on."""

    by: PauseBy
    reason: PauseReason


class Handover(_Entry, frozen=True, kw_only=True, tag="handover"):
    """The session passes from one responder to another; the customer's wait goes on."""

    from_: Name = msgspec.field(name="from")
    to: Name
    reason: HandoverReason


class Fault(_Entry, frozen=True, kw_only=True, tag="fault"):
    """A stretch in which the relay cannot vouch for its clock, its journal, its speed or its network."""

    from_t: Moment
    to_t: Moment
    reason: FaultReason


class Extended(_Entry, frozen=True, kw_only=True, tag="extended"):
    """Time bought on top."""

    paid_ms: Duration
    price_fen: Fen


class Closing(_Entry, frozen=True, kw_only=True, tag="closing"):
    """Paid time has reached zero, or somebody asked to end."""


class Closed(_Entry, frozen=True, kw_only=True, tag="closed"):
    """The last entry."""

    reason: CloseReason


Entry: TypeAlias = (
    Opened
    | Message
    | Edited
    | Recalled
    | Paused
    | Resumed
    | Handover
    | Fault
    | Extended
    | Closing
    | Closed
)

KINDS: Final = frozenset(
    {
        "opened",
        "message",
        "edited",
        "recalled",
        "paused",
        "resumed",
        "handover",
        "fault",
        "extended",
        "closing",
        "closed",
    }
)


class EntryInvalid(ValueError):
    """Bytes that are not one entry of a journal."""


_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_DECODER: Final[msgspec.json.Decoder[Entry]] = msgspec.json.Decoder(Entry)


def canonical(entry: Entry) -> bytes:
    """The RFC 8785 bytes of an entry."""
    return _ENCODER.encode(entry)


def entry_hash(entry: Entry) -> str:
    """Lower-case hex SHA-256 of the canonical bytes: the next entry's `prev`."""
    return hashlib.sha256(_ENCODER.encode(entry)).hexdigest()


def encode_line(entry: Entry) -> bytes:
    """One line of a journal file, newline included."""
    return _ENCODER.encode(entry) + b"\n"


def decode_line(line: bytes) -> Entry:
    """The entry on one line; raises `EntryInvalid`."""
    if len(line) > MAX_LINE_BYTES:
        raise EntryInvalid(f"the line is longer than {MAX_LINE_BYTES} bytes")
    try:
        return _DECODER.decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise EntryInvalid(str(error)) from None


def entry_from(raw: object) -> Entry:
    """The entry that a parsed JSON object holds; raises `EntryInvalid`."""
    try:
        entry: Entry = msgspec.convert(raw, Entry)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise EntryInvalid(str(error)) from None
    return entry
