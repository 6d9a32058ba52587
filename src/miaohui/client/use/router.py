"""What comes over the link, taken to the room that it is for."""

import asyncio
import logging

from miaohui import __version__
from miaohui.client.feed.command_states import CommandState
from miaohui.client.feed.outbox import KeptCommand
from miaohui.client.port import Refused
from miaohui.client.snapshots import AppChanged, CommandFailed, LinkView, Notice, NoticeCode
from miaohui.client.sync.account_cache import AccountCache
from miaohui.client.sync.context import Context
from miaohui.client.sync.sessions import SyncedSessions
from miaohui.client.unsent import MessageDraft
from miaohui.client.use.account import AccountRoom
from miaohui.client.use.drafts import Drafts
from miaohui.client.use.identity import SignedInIdentity
from miaohui.client.use.media import PictureTransfers
from miaohui.client.use.peers import Peers
from miaohui.promise.errors import JournalUnreadable
from miaohui.wire.accounts import DeviceAdded, Wallet
from miaohui.wire.codec import Down, Ok
from miaohui.wire.desk import DeskChanged, Opened
from miaohui.wire.frame import Result
from miaohui.wire.limits import PROTOCOL
from miaohui.wire.link import Failed, Hello, KeyRotated, Pong, Welcome
from miaohui.wire.media import MediaProgress
from miaohui.wire.orders import Order, OrderChanged
from miaohui.wire.reports import ReportChanged
from miaohui.wire.rota import RotaChanged
from miaohui.wire.sessions import (
    Breach,
    Edit,
    Extended,
    FeedPush,
    PeerPresence,
    PeerProgress,
    PeerTyping,
    ReadTo,
    SessionCard,
    SignedHead,
    WaitParts,
)

log = logging.getLogger(__name__)
OF_THE_ROTA = {
    "rota": NoticeCode.ROTA_CHANGED,
    "swap_asked": NoticeCode.SWAP_ASKED,
    "shift_over": NoticeCode.SHIFT_OVER,
    "rest": NoticeCode.REST_DUE,
    "hole": NoticeCode.ROTA_HOLE,
}


class FrameRouter:
    """Stands behind the link (``connection.Hears``) and behind the outbox."""

    def __init__(
        self,
        context: Context,
        account: AccountRoom,
        cache: AccountCache,
        syncs: SyncedSessions,
        peers: Peers,
        media: PictureTransfers,
        identity: SignedInIdentity,
        drafts: Drafts,
    ) -> None:
        self._context, self._account = context, account
        self._cache, self._syncs, self._media = cache, syncs, media
        self._peers, self._identity, self._drafts = peers, identity, drafts
        syncs.followed.append(lambda sync, done: account.receipt_came(sync))

    # --- the link ----------------------------------------------------------------------------
    def hello(self) -> Hello:
        settings = self._context.settings
        kept = self._identity.kept
        return Hello(
            protocol=PROTOCOL,
            client=f"miaohui/{__version__}",
            device=settings.values.device,
            generation=self._account.next_generation(),
            token=None if kept is None else kept.token,
            lang="en" if settings.values.language == "en" else "zh_CN",
        )

    def link_changed(self, view: LinkView) -> None:
        if view.reason in ("replaced", "banned") and view.state == "refused":
            self._context.tell(Notice(NoticeCode(view.reason)))
        self._context.tell(AppChanged())

    def welcomed(self, welcome: Welcome) -> None:
        context = self._context
        context.ready.set()
        context.greeted(welcome)
        context.tasks.start(context.insist(lambda: self._account.welcomed(welcome)), "welcome")

    def lost(self, reason: str) -> None:
        context = self._context
        context.ready.clear()
        context.entered.clear()
        context.requests.lost()
        context.outbox.link(live=False)
        self._syncs.link(live=False)
        if reason == "token_revoked":
            context.tasks.start(self._account.turned_out(), "signed out")

    def acks(self) -> dict[str, int]:
        return self._syncs.acks()

    def measuring(self) -> bool:
        return self._syncs.measuring()

    def chunk(self, data: bytes) -> None:
        self._media.chunk(data)

    def heard(self, frame: Down) -> None:
        match frame:
            case Ok():
                if not self._context.requests.answered(frame):
                    self._context.outbox.answered(frame.id, frame.result)
            case Failed():
                refusal = Refused(frame.code, frame.detail, retry_ms=frame.retry_ms)
                if not self._context.requests.refused(frame):
                    self._context.outbox.refused(frame.id, refusal)
            case FeedPush():
                self._syncs.pushed(frame)
            case Pong():
                self._syncs.ponged(frame)
            case SignedHead():
                self._signed(frame)
            case Breach():
                self._syncs.breach(frame)
            case WaitParts():
                self._syncs.parts_told(frame)
            case ReadTo():
                self._syncs.read_elsewhere(frame)
            case PeerTyping() | PeerProgress() | PeerPresence():
                self._peers.heard(frame)
            case OrderChanged():
                self._cache.order_changed(frame.order)
                self._syncs.order_changed(frame.order)
            case DeskChanged():
                self._cache.desk_changed(frame.desk)
            case DeviceAdded(device=device):
                self._context.tell(Notice(NoticeCode.DEVICE_ADDED, name=device.name))
            case KeyRotated():
                self._account.key_rotated(frame)
            case ReportChanged():
                self._context.tell(Notice(NoticeCode.REPORT_CHANGED))
            case RotaChanged(what=what, from_utc=from_utc):
                self._context.tell(Notice(OF_THE_ROTA[what], name=from_utc or ""))
            case MediaProgress():
                self._media.progressed(frame)
            case _:
                log.debug("nothing to do for %s", type(frame).__name__)

    def _signed(self, frame: SignedHead) -> None:
        from miaohui.promise.heads import head_from

        fields = {name: getattr(frame, name) for name in frame.__struct_fields__}
        try:
            head = head_from(fields)
        except JournalUnreadable as error:
            log.info("a signed statement is none: %s", error.reason)
            return
        self._syncs.signed(head)

    # --- the outbox --------------------------------------------------------------------------
    def kept_changed(self, kept: KeptCommand, result: Result | None) -> None:
        self._syncs.kept_changed(kept, result)
        match result:
            case Order():
                self._cache.order_changed(result)
            case Extended(order=order):
                self._cache.order_changed(order)
            case Opened(card=card):
                self._opened(card)
            case Wallet():
                self._cache.wallet_is(result)
            case _:
                pass
        if kept.state is CommandState.FAILED and kept.future is None:
            code, session, words = kept.code, kept.lane, ""
            if isinstance(kept.command, Edit):
                words = kept.command.body.text
                self._drafts.join(session, MessageDraft(words))
            self._context.tell(CommandFailed(kept.command.id, code, "", session, words))

    def _opened(self, card: SessionCard) -> None:
        self._cache.add(card)
        self._context.tell(AppChanged())
        self._syncs.open(card.session)

    def store_failed(self, error: BaseException) -> None:
        if isinstance(error, asyncio.CancelledError):
            return
        log.error("the store failed: %s", type(error).__name__)
        self._context.tell(Notice(NoticeCode.STORE_FAILED, name=type(error).__name__))
