"""The facade as its users see it: commands in, snapshots out. ``client.facade.Client`` is it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from miaohui.client.settings import Settings
from miaohui.client.snapshots import (
    AppView,
    Change,
    EndCost,
    MessageView,
    PanelView,
    ReceiptCounts,
    ReportableMessage,
    SessionView,
)
from miaohui.client.unsent import MessageDraft, ReviewDraft, WaitingPicture
from miaohui.wire.accounts import Account
from miaohui.wire.errors import Code
from miaohui.wire.frame import Command, Request, Result
from miaohui.wire.link import Welcome

if TYPE_CHECKING:
    from miaohui.pictures.decoder import Pixels
    from miaohui.promise.nudges import Nudges
    from miaohui.voice.decoder import HeardNote
    from miaohui.voice.writing import RecordedNote
    from miaohui.wire.orders import CustomerCard


class Refused(Exception):
    """The relay (or the client, before sending) refused a request; a person may act on it.

    ``code`` is a wire code, or one of the client's own: "offline", "timeout".
    """

    def __init__(self, code: Code | str, detail: str = "", *, retry_ms: int = 0) -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = str(code)
        self.detail = detail
        self.retry_ms = retry_ms


@dataclass(frozen=True, slots=True)
class RelayCheck:
    """What a look at an address found. ``reason`` empty: usable."""

    url: str
    reason: str = ""
    relay: str = ""
    rule: str = ""
    practice: bool = False
    rtt_ms: int | None = None
    encrypted: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A message found by search."""

    session: str
    key: str
    peer_name: str
    text: str
    utc_ms: int


@dataclass(frozen=True, slots=True)
class ReceiptCheck:
    """The app's own verification of a closed session: chain, signature, figures."""

    sound: bool
    entries: int
    reason: str = ""
    seq: int | None = None
    key_id: str = ""
    key_known: bool = True


class Conversation(Sequence[MessageView]):
    """The lines of a conversation, oldest first, made when they are looked at."""

    def find(self, key: str) -> int | None:
        """Where the line of a key stands; quick in a long history, too."""
        raise NotImplementedError

    def theirs(self, start: int, stop: int) -> int:
        """How many of these lines the other side wrote."""
        return sum(view.kind == "message" and not view.mine for view in self[start:stop])


class ClientPort(Protocol):
    """All methods are called on the loop's thread; none blocks, slow ones are coroutines."""

    @property
    def view(self) -> AppView: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def welcome(self) -> Welcome | None:
        """What the relay said of itself when it was last reached."""
        ...

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Hears every change after it happened; returns the way to stop."""
        ...

    async def run(self) -> None:
        """Opens store and keyring, connects where a relay is known, works until ``stop``."""
        ...

    def stop(self) -> None: ...

    # --- relay and account -------------------------------------------------------------------
    async def check_relay(self, url: str) -> RelayCheck:
        """Looks at an address without signing in (DNS, TLS, hello). Never raises."""
        ...

    def choose_relay(self, url: str) -> None:
        """Connects there from now on. Another relay's history stays stored, apart."""
        ...

    def forget_relay(self) -> None:
        """Back to the first start; nothing is deleted."""
        ...

    async def sign_up(
        self, name: str, password: str, display: str, invite: str | None = None
    ) -> Account: ...

    async def sign_in(self, name: str, password: str) -> Account: ...

    async def recover(self, name: str, code: str, password: str) -> Account:
        """A new password by the recovery code; every other device is signed out."""
        ...

    async def sign_out(self) -> None: ...

    def accept_relay_key(self) -> None:
        """The person takes the key that the relay at this address has now: sending goes on."""
        ...

    async def unlock(self, passphrase: str | None, *, anew: bool = False) -> bool:
        """Where no keyring can hold the key: a passphrase, or None for a session that lives in
        memory only. "" tries the keyring again. False: it did not open, and nothing changed.
        ``anew``: begins a new history instead, by the passphrase or by a fresh key in the keyring;
        the one that is here is set aside. Refused("passphrase_short")."""
        ...

    async def bring_history_back(self, *, wanted: bool = True) -> None:
        """At the next start the newest history that was set aside opens in place of this one."""
        ...

    async def delete_account(self, password: str) -> None:
        """Ends the account at the relay for good, then everything on this machine goes. Refused
        with wrong_credentials, or wrong_state while an order is open."""
        ...

    async def delete_everything(self) -> None:
        """History, drafts, token and key of this machine; signs out first where it can."""
        ...

    # --- requests ----------------------------------------------------------------------------
    def new_id(self) -> str:
        """A UUID, version 7."""
        ...

    async def ask(self, request: Request) -> Result:
        """The relay's answer; Refused where it refuses or the link is down. A Command asked here
        is kept in the outbox until answered, so a cut does not lose it: the same id goes again."""
        ...

    def submit(self, command: Command) -> None:
        """Durable, in order within its session, sent when the link is there; a refusal comes as
        CommandFailed."""
        ...

    def refresh(self) -> None:
        """Reads wallet, orders, sessions (and the desk) anew."""
        ...

    def knock(self) -> None:
        """The machine woke or has a network again: the link is tried without waiting."""
        ...

    # --- care --------------------------------------------------------------------------------
    @property
    def may_show_card(self) -> bool:
        """True where a crisis card may come by itself: at most once in thirty minutes."""
        ...

    def card_shown(self, *, opened: bool) -> None:
        """A card came, or the line that leads to it; an opened one begins a quiet day. Kept in
        the store of this device alone."""
        ...

    # --- conversations -----------------------------------------------------------------------
    def session(self, session: str) -> SessionView | None: ...

    def panel(self, session: str) -> PanelView | None:
        """The promise at this very instant; cheap."""
        ...

    def utc_ms(self) -> int:
        """The relay's wall clock, in ms since the epoch; this machine's before it was heard."""
        ...

    def if_ended(self, session: str) -> EndCost | None:
        """What it would cost the customer to end now; None where nothing runs."""
        ...

    def panel_of_message(self, session: str, key: str) -> MessageView | None:
        """One message with its wait as of now (an open turn's wait runs)."""
        ...

    def open_messages(self, session: str) -> list[MessageView]:
        """The newest messages that wait for an answer, each with its wait as of now."""
        ...

    def tally(self, session: str) -> ReceiptCounts:
        """What a receipt counts; cheap in a conversation of any length."""
        ...

    async def picture(self, media: str, width: int, height: int) -> "Pixels | None":
        """A picture's pixels within a box, made by a process that has nothing to lose; None while
        its bytes are not here, Refused where it cannot be shown."""
        ...

    async def codes_in(self, media: str) -> tuple[str, ...]:
        """The texts of a picture's QR codes, read on this machine; empty where there are none, or
        its bytes are not here."""
        ...

    def messages(self, session: str) -> Conversation:
        """The whole known conversation, oldest first; random access is cheap."""
        ...

    def focus(self, session: str | None) -> None:
        """The conversation on screen: attached, and read from the store if it is not yet."""
        ...

    def send_text(self, session: str, text: str, reply_to: int | None = None) -> str:
        """Returns the message's key; it is on screen before this returns."""
        ...

    async def send_picture(
        self, session: str, data: bytes, *, original: bool = False, whole: bool = False
    ) -> str:
        """Upright, without metadata and, unless ``original``, at most 4096 px and 2 MiB; of an
        animation the first frame, unless ``whole``. Refused(media_refused, why)."""
        ...

    async def send_voice(self, session: str, note: "RecordedNote") -> str:
        """A voice note that was recorded here. Refused(media_refused, why)."""
        ...

    async def hear(self, media: str, speed: float = 1.0) -> "HeardNote | None":
        """A voice note's samples, made by a process that has nothing to lose; None while its bytes
        are not here, Refused where it cannot be played."""
        ...

    async def hear_own(self, note: "RecordedNote", speed: float = 1.0) -> "HeardNote":
        """A note before it is sent."""
        ...

    def cancel_picture(self, session: str, key: str) -> None:
        """Gives up an upload, here and at the relay; nothing where its bytes are there already."""
        ...

    def retry(self, session: str, key: str) -> None: ...

    def discard(self, session: str, key: str) -> str:
        """Takes a failed message off the screen; returns its text for the composer."""
        ...

    def edit_text(self, session: str, key: str, text: str) -> None: ...

    def recall(self, session: str, key: str) -> None: ...

    def typing(self, session: str) -> None: ...

    def seen(self, session: str, key: str) -> None:
        """This message is on a focused screen."""
        ...

    async def read_draft(self, session: str) -> MessageDraft:
        """What is written there and not sent, as this machine kept it; Refused("store")."""
        ...

    def set_draft(self, session: str, draft: MessageDraft) -> None:
        """The composer's whole state. Before the kept one was read it is joined to it."""
        ...

    def join_draft(self, session: str, given: MessageDraft) -> None:
        """Something that comes back, before what is written there now and never instead of it."""
        ...

    async def read_review(self, session: str) -> ReviewDraft:
        """What was written of a session's review and not sent; Refused("store")."""
        ...

    def keep_review(self, session: str, draft: ReviewDraft) -> None: ...

    async def hold_picture(
        self, data: bytes, *, original: bool = False, whole: bool = False
    ) -> WaitingPicture:
        """A picture made ready as ``send_picture`` would, which waits in a draft; ``picture``
        shows it by its ``media``. Refused(media_refused, why)."""
        ...

    async def send_held(self, session: str, picture: WaitingPicture) -> str:
        """Sends one that waited; returns its message's key."""
        ...

    def drop_held(self, picture: WaitingPicture) -> None:
        """A picture that shall not be sent after all."""
        ...

    async def search(self, text: str, session: str | None = None) -> list[Hit]: ...

    async def own_card(self) -> "CustomerCard | None":
        """The customer's own card, as it lies on this device."""
        ...

    async def keep_card(self, card: "CustomerCard | None") -> None: ...

    async def nudges(self, session: str, card: "CustomerCard") -> "Nudges":
        """What became of a card's wish about silence, by the journal as it is here."""
        ...

    async def reportable(self, session: str) -> Sequence[ReportableMessage]:
        """What could be reported of a conversation, oldest first."""
        ...

    async def check_receipt(self, session: str) -> ReceiptCheck: ...

    async def export_bundle(self, session: str, path: Path, *, with_text: bool) -> None:
        """The receipt bundle, as a zip (promise.md, section 7)."""
        ...

    async def export_text(self, session: str, path: Path) -> None:
        """The conversation as readable text, with waits."""
        ...
