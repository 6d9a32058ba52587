"""The link itself: hello, heartbeat, answers."""

from typing import Annotated, Literal

from msgspec import Meta

from .accounts import Account
from .bounds import (
    Count,
    Day,
    Id,
    KeyName,
    Millis,
    Name,
    Secret,
    Sha256,
    Signature,
    Utc,
    Word,
)
from .errors import Code
from .frame import Frame, Value, Whole
from .limits import FEEDS, KEY_STEPS


class Hello(Frame, frozen=True, kw_only=True):
    """The first frame from a client, within 3 s of the handshake.

    ``device`` is a UUID that stays with the installation; ``generation`` grows with every
    connection that the device makes, and the newest takes over from the others.
    """

    protocol: Whole
    client: Name
    device: Id
    generation: Whole = 0
    token: Secret | None = None
    lang: Literal["zh_CN", "en"] = "zh_CN"


class HelpLine(Value, frozen=True, kw_only=True):
    """A number to call, as the host has it; dates as 2027-01-31. Past ``review`` it is not shown."""

    number: Word
    audience: Literal["anyone", "danger", "young"]
    chinese: Name
    english: Name
    hours_zh: Name
    hours_en: Name
    always: bool
    source: Name
    checked: Day
    review: Day


class KeyStep(Value, frozen=True, kw_only=True):
    """One change of a relay's key in order: the key before, in hex, names the next one.

    Signed are the RFC 8785 bytes of {"statement": "miaohui/key/1", key, next, utc}: ``signature`` by
    the key before, ``accepted`` by the next one.
    """

    key: Sha256
    next: Sha256
    utc: Utc
    signature: Signature
    accepted: Signature


class Welcome(Frame, frozen=True, kw_only=True):
    """The relay's answer to ``hello``; ``account`` is null until signed in.

    ``mono`` is the relay's monotonic clock in ms, ``utc`` its wall clock (RFC 3339, ms);
    ``relay_key`` the raw Ed25519 public key in hex, ``key_id`` its name on receipts.
    """

    relay: Name
    software: Name
    rule: Word
    key_id: KeyName
    relay_key: Sha256
    practice: bool
    mono: Whole
    utc: Utc
    run: Id  # changes whenever the relay starts anew: mono values of two runs do not compare
    review_after_ms: Millis
    account: Account | None = None
    token_refused: bool = False
    help_lines: Annotated[
        tuple[HelpLine, ...], Meta(max_length=6)
    ] = ()  # the host's own, beside those of the app
    succession: Annotated[
        tuple[KeyStep, ...], Meta(max_length=KEY_STEPS)
    ] = ()  # oldest first: how ``relay_key`` followed from the keys before it


class KeyRotated(Frame, frozen=True, kw_only=True):
    """Pushed over every link when the relay goes on under the next key: from here on ``welcome`` would
    say so, too. What began under a key before is signed by that one to its end."""

    key_id: KeyName
    relay_key: Sha256
    succession: Annotated[tuple[KeyStep, ...], Meta(max_length=KEY_STEPS)]


class Ping(Frame, frozen=True, kw_only=True):
    """Heartbeat from a client, every 2 s; also its cumulative acknowledgements.

    ``t1`` is the sender's monotonic ms at sending. ``acks``: session → highest feed position
    stored here without a gap. Also sent at once (debounced) when new positions were stored.
    """

    t1: Whole
    acks: Annotated[dict[Id, Count], Meta(max_length=FEEDS)] = {}


class Pong(Frame, frozen=True, kw_only=True):
    """Answer to a ping: ``t2`` relay mono at receipt, ``t3`` at sending; ``heads`` of the feeds
    attached on this connection, so that a lost push is noticed."""

    t1: Whole
    t2: Whole
    t3: Whole
    heads: Annotated[dict[Id, Count], Meta(max_length=FEEDS)] = {}


class Failed(Frame, frozen=True, kw_only=True):
    """A request that was refused. ``id`` is empty where the frame could not be read."""

    id: Word
    code: Code
    detail: Name = ""  # a field's or limit's name, never a sentence, never what somebody wrote
    retry_ms: Millis = 0


class Goodbye(Frame, frozen=True, kw_only=True):
    """The relay is about to close this connection, and why."""

    code: Code
    retry_ms: Millis = 0


class SessionClock(Value, frozen=True, kw_only=True):
    """Where a session's t stands on the relay's monotonic clock: t = mono - ``base``."""

    run: Id
    base: Whole
