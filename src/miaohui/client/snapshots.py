"""What the client shows of its state: frozen values that a window draws and compares."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from miaohui.client.doubts import Doubt
from miaohui.client.unsent import MessageDraft
from miaohui.wire.accounts import Account, Wallet
from miaohui.wire.catalogue import Measured
from miaohui.wire.desk import Desk
from miaohui.wire.orders import Order
from miaohui.wire.reports import ReportedMessage
from miaohui.wire.sessions import SessionCard


class LinkState(StrEnum):
    """How the link stands: none → connecting → live; from live to ``offline`` and back."""

    NONE = "none"  # no relay chosen
    CONNECTING = "connecting"
    LIVE = "live"
    OFFLINE = "offline"  # lost; trying again by itself
    REFUSED = "refused"  # wrong address, bad certificate, other protocol: a person must act


@dataclass(frozen=True, slots=True)
class LinkView:
    """The link. ``rtt_ms``: smoothed round trip; ``reason``: a code for offline/refused
    ("dns", "refused", "tls", "timeout", "protocol", "insecure", "not_a_relay", "dead", ...)."""

    state: LinkState
    url: str = ""
    relay: str = ""
    practice: bool = False
    rtt_ms: int | None = None
    reason: str = ""
    retry_in_ms: int | None = None
    clock_error_ms: int | None = None
    review_after_ms: int | None = None  # the pause between an end and its review


@dataclass(frozen=True, slots=True)
class AppView:
    """The whole of what does not belong to one session."""

    link: LinkView
    account: Account | None = None
    wallet: Wallet | None = None
    orders: tuple[Order, ...] = ()
    sessions: tuple[SessionCard, ...] = ()
    desk: Desk | None = None
    keyring: str = ""  # "", "working", "none", "locked", "changed", "memory", "passphrase"
    key_id: str = ""  # of the relay's key, as it was met, followed in order or accepted
    relay_key: str = ""  # the key itself, in hex
    former_key_ids: tuple[str, ...] = ()  # of those that it followed in order, the newest first
    by_passphrase: bool = False  # the history that is here opens with a passphrase
    aside: bool = False  # an earlier history was set aside here
    back_wanted: bool = False  # ... and comes back at the next start
    new_key_id: str = ""  # the relay has another one now: nothing is sent until it is accepted
    quiet_until_ms: int | None = None  # UTC ms; meanwhile no sale, no request for stars, no red


class Delivery(StrEnum):
    """A message's way (delivery.md, 4)."""

    WRITING = "writing"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    SEEN = "seen"
    ANSWERED = "answered"
    NOT_DELIVERED = "not_delivered"  # no link; retried without pressing
    FAILED = "failed"  # the relay refused it: ``code`` says why


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in a message; ``here`` once its bytes are on this machine and checked."""

    media: str
    mime: str
    width: int
    height: int
    bytes: int
    progress: float  # 0..1 up or down
    here: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice note in a message; ``here`` once its bytes are on this machine and checked.
    ``levels``: its loudness as the wire has it, empty where nobody said."""

    media: str
    ms: int
    levels: str
    bytes: int
    progress: float  # 0..1 up or down
    here: bool = False


@dataclass(frozen=True, slots=True)
class WaitShare:
    """Of a wait, in ms: the relay's own, their line at most, and the person's part as their device
    signed it, where that fits."""

    relay_ms: int
    line_ms: int
    person_ms: int | None = None


@dataclass(frozen=True, slots=True)
class MessageView:
    """One line of a conversation.

    ``wait_ms``/``verdict``: of the turn that this ask belongs to ("kept", "breached", "open",
    "censored", "void"; "" where none); ``verdict_final`` is False while only predicted.
    ``network_ms``: felt wait minus the relay's, for answered asks: this side's way, which is no
    part of the wait. ``parts``: what is known of the wait.
    """

    key: str  # the message's id; "pos:12" for notices
    kind: str  # "message", "notice", "start", "fault", "end" …
    mine: bool
    utc_ms: int
    text: str = ""
    seq: int | None = None
    code: str = ""  # of a notice, or of a failure
    ms: int | None = None
    name: str = ""  # who wrote, where several answered; or a notice's name
    delivery: Delivery = Delivery.ACCEPTED
    wait_ms: int | None = None
    verdict: str = ""
    verdict_final: bool = True
    given_back_ms: int = 0
    network_ms: int | None = None
    parts: WaitShare | None = None
    labels: tuple[str, ...] = ()
    reply_to: int | None = None
    reply_text: str = ""
    reply_key: str = ""  # of the message it answers; empty where that is not here
    reply_kind: str = ""  # text, picture, voice, recalled; empty where it is not here
    reply_mine: bool = False
    edited: bool = False
    edit: Delivery | None = None  # ``text`` is a correction that is not there yet
    recall: Delivery | None = None  # taken back, and the relay has not heard of it yet
    recalled: bool = False
    outside: bool = False
    auto: bool = False
    picture: Picture | None = None
    voice: Voice | None = None
    unknown: bool = False  # of a kind that this version cannot show


@dataclass(frozen=True, slots=True)
class WaitBar:
    """One turn in the panel's strip; ``key`` is the oldest ask's message."""

    key: str
    seq: int
    wait_ms: int
    state: str  # kept, breached, open, censored, void


@dataclass(frozen=True, slots=True)
class ReceiptCounts:
    """What a receipt counts in a conversation of any length: the responders' messages, how many
    of them are labelled hollow, and the network's share of each wait felt here, in ms."""

    replies: int
    hollow: int
    network_ms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PanelView:
    """The promise panel at one instant. Times in ms; cheap to compute ten times a second."""

    session: str
    phase: str  # queued, waiting, active, paused, closing, closed
    remaining_ms: int
    paid_ms: int
    given_back_ms: int
    ends_utc_ms: int | None
    wait_ms: int | None  # of the open turn; None where nothing is open
    wait_key: str | None
    breach_confirmed: bool
    promise_ms: int
    triple_miss: bool
    kept: int
    breached: int
    measured: Measured
    late_ms: int
    elapsed_ms: int
    longest_silence_ms: int | None
    silences_60: int
    broken_60: int
    network_ms: int | None
    paused_reason: str | None
    pause_left_ms: int | None
    handover_offered: bool
    break_asked_ms: int | None
    refund_fen: int | None
    last_question: bool  # closing waits for an answer that is owed
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EndCost:
    """What ending a session at this instant would cost: ``refund_fen`` comes back, and
    ``given_up_fen`` is the worth of the unused time beyond that."""

    refund_fen: int
    given_up_fen: int
    unused_ms: int


@dataclass(frozen=True, slots=True)
class SessionView:
    """A conversation as a whole; ``bars`` and messages change rarely, the panel all the time."""

    card: SessionCard
    order: Order | None
    peer_online: bool
    peer_typing: bool
    unread: int
    unread_key: str | None  # the first unread message
    bars: tuple[WaitBar, ...] = ()
    receipt: dict[str, str | int] | None = None
    receipt_sound: bool | None = None  # verified here, by the app's own fold and the relay's key
    synced: bool = False
    draft: MessageDraft | None = None  # None: not read from this machine yet
    doubts: tuple[Doubt, ...] = ()  # what of the relay's does not fit, for good
    heads: int = 0  # signed statements seen on the way
    read_percent: int | None = None  # of a long conversation, while the rest is being read


@dataclass(frozen=True, slots=True)
class ReportableMessage:
    """One message with its newest words. ``commit``: what the journal committed to; empty for a
    message outside of it. ``author``: the side, as the journal names it."""

    author: str
    told: ReportedMessage
    commit: str

    @property
    def key(self) -> str:
        return self.told.message


@dataclass(frozen=True, slots=True)
class Inserted:
    """Messages appeared at ``index`` (0 = oldest known); of many, each is made when it is read."""

    index: int
    messages: Sequence[MessageView]


@dataclass(frozen=True, slots=True)
class Updated:
    """The message at ``index`` changed."""

    index: int
    message: MessageView


@dataclass(frozen=True, slots=True)
class Removed:
    """The message at ``index`` is gone (a notice that was withdrawn)."""

    index: int


Difference = Inserted | Updated | Removed


@dataclass(frozen=True, slots=True)
class AppChanged:
    """The AppView is another one."""


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """Panel or head of a session changed."""

    session: str


@dataclass(frozen=True, slots=True)
class MessagesChanged:
    """Row differences of one conversation, to be applied in order."""

    session: str
    differences: tuple[Difference, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class CommandFailed:
    """A command that nobody waits for was refused, e.g. a message; ``session`` may be empty.
    ``text``: the words of it, which are in the session's draft again."""

    id: str
    code: str
    detail: str
    session: str = ""
    text: str = ""


class NoticeCode(StrEnum):
    """Everything that a person may hear once. Each has a place in ``strings.shell.notice``."""

    BREACH = "breach"
    ENDS_SOON = "ends_soon"
    CLOSED = "closed"
    RECEIPT_BROKEN = "receipt_broken"
    DOUBT = "doubt"
    RESTORED = "restored"
    NOT_COVERED = "not_covered"
    SENT_AGAIN = "sent_again"
    MESSAGE = "message"
    INCOMING = "incoming"
    STARTED = "started"
    BREAK_ASKED = "break_asked"
    HANDOVER_OFFERED = "handover_offered"
    HANDOVER_WAITS = "handover_waits"  # a colleague's conversation, before this responder
    HANDOVER_UNTAKEN = "handover_untaken"  # nobody took it
    SIGNED_OUT = "signed_out"
    DEVICE_ADDED = "device_added"
    REPORT_CHANGED = "report_changed"
    ROTA_CHANGED = "rota_changed"
    SWAP_ASKED = "swap_asked"
    SHIFT_OVER = "shift_over"
    REST_DUE = "rest_due"
    ROTA_HOLE = "rota_hole"  # ``name``: since when, as RFC 3339
    REPLACED = "replaced"
    BANNED = "banned"
    RELAY_KEY_CHANGED = "relay_key_changed"
    RELAY_KEY_FOLLOWED = "relay_key_followed"
    TOKEN_NOT_KEPT = "token_not_kept"
    STORE_FAILED = "store_failed"
    STORE_RECOVERED = "store_recovered"  # ``name``: of the file where the damaged one lies
    HISTORY_MISSING = "history_missing"
    SET_ASIDE = "set_aside"
    SETTINGS_RECOVERED = "settings_recovered"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should hear once. ``name``: who or what it is about."""

    code: NoticeCode
    session: str = ""
    ms: int | None = None
    name: str = ""


Change = AppChanged | SessionChanged | MessagesChanged | CommandFailed | Notice
