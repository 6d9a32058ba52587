"""Entries of a session's journal: one frozen struct for every kind, and their canonical bytes.

Integers are milliseconds since `opened` (`t`, `*_t`, `*_ms`) or fen (`price_fen`). A field that may
be absent is `UNSET` and is left out of the bytes; null is never written. Canonical bytes follow
RFC 8785: every key here is ASCII and every number an integer, so sorted compact JSON is that form.
"""

import hashlib
from enum import StrEnum
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from .limits import MAX_INTEGER

RULE: Final = "promise/1"
NO_PREV: Final = "0" * 64
MAX_LINE_BYTES: Final = 65_536

Seq: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_INTEGER)]
Moment: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Duration: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_INTEGER)]
Fen: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Percent: TypeAlias = Annotated[int, Meta(ge=0, le=100)]
Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=128)]
Digest: TypeAlias = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
MessageId: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"\A[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\Z"
    ),
]
Utc: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"\A\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})\Z",
        max_length=40,
    ),
]
Label: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64)]
Author: TypeAlias = Literal["customer", "responder"]
Content: TypeAlias = Literal["text", "image", "voice", "sticker"]
Origin: TypeAlias = Literal["human", "auto"]
PauseBy: TypeAlias = Literal["customer", "responder", "relay"]
PauseReason: TypeAlias = Literal["asked", "break", "distress", "customer_offline"]
CloseReason: TypeAlias = Literal["time", "customer", "responder", "safety", "no_show", "relay"]


class LabelName(StrEnum):
    """The labels that the label rules give."""

    HOLLOW = "hollow"
    RECYCLED = "recycled"
    BEGGING = "begging"
    OFF_PLATFORM = "off_platform"
    CLOSING_PHRASE = "closing_phrase"


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


class _Entry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    seq: Seq
    t: Moment
    prev: Digest


class Opened(_Entry, frozen=True, kw_only=True, tag="opened"):
    """The first entry: who, on which rule, for how long, for how much, on which terms."""

    rule: Literal["promise/1"]
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


class Message(_Entry, frozen=True, kw_only=True, tag="message"):
    """A message, without its text; `responder` and `seen_seq` stand where a responder wrote."""

    author: Author
    id: MessageId
    content: Content
    origin: Origin
    commit: Digest
    responder: Name | UnsetType = UNSET
    seen_seq: Moment | UnsetType = UNSET
    labels: Annotated[tuple[Label, ...], Meta(max_length=32)] | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.author == "responder":
            if self.responder is UNSET or self.seen_seq is UNSET:
                raise ValueError("a responder's message needs `responder` and `seen_seq`")
        elif self.responder is not UNSET or self.seen_seq is not UNSET:
            raise ValueError("a customer's message has neither `responder` nor `seen_seq`")

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


class Recalled(_Entry, frozen=True, kw_only=True, tag="recalled"):
    """A message taken back by its author; `target` is the message's seq."""

    target: Seq
    author: Author


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
    reason: Name


class Fault(_Entry, frozen=True, kw_only=True, tag="fault"):
    """A stretch in which the relay cannot vouch for its clock or its journal."""

    from_t: Moment
    to_t: Moment


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
    Opened | Message | Recalled | Paused | Resumed | Handover | Fault | Extended | Closing | Closed
)

KINDS: Final = frozenset(
    {
        "opened",
        "message",
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
