"""What comes over the link, taken to the room that it is for."""

import asyncio
import logging

from miaohui import __version__
from miaohui.client.feed.outbox import Kept, State
from miaohui.client.port import Refused
from miaohui.client.snapshots import AppChanged, CommandFailed, LinkView, Notice
from miaohui.client.sync.account_cache import Roster
from miaohui.client.sync.context import Core
from miaohui.client.sync.sessions import Feeds
from miaohui.client.use.account import AccountRoom
from miaohui.client.use.identity import Identity
from miaohui.client.use.media import Media
from miaohui.client.use.peers import Peers
from miaohui.wire.accounts import Wallet
from miaohui.wire.codec import Down, Ok
from miaohui.wire.desk import DeskChanged, Opened
from miaohui.wire.frame import Result
from miaohui.wire.limits import PROTOCOL
from miaohui.wire.link import Failed, Hello, Pong, Welcome
from miaohui.wire.media import MediaProgress
from miaohui.wire.orders import Order, OrderChanged
from miaohui.wire.sessions import (
    Breach,
    Extended,
    FeedPush,
    PeerPresence,
    PeerProgress,
    PeerTyping,
    SessionCard,
)

log = logging.getLogger(__name__)


class Inbox:
    """Stands behind the link (``connection.Hears``) and behind the outbox."""

    def __init__(
        self,
        core: Core,
        account: AccountRoom,
        roster: Roster,
        feeds: Feeds,
        peers: Peers,
        media: Media,
        identity: Identity,
    ) -> None:
        self._core, self._account = core, account
        self._roster, self._feeds, self._media = roster, feeds, media
        self._peers, self._identity = peers, identity
        feeds.followed.append(lambda session, talk, done: account.receipt_came(session, talk))

    # --- the link ----------------------------------------------------------------------------
    def hello(self) -> Hello:
        settings = self._core.settings
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
            self._core.tell(Notice(view.reason))
        self._core.tell(AppChanged())

    def welcomed(self, welcome: Welcome) -> None:
        core = self._core
        core.ready.set()
        core.tasks.start(core.insist(lambda: self._account.welcomed(welcome)), "welcome")

    def lost(self, reason: str) -> None:
        core = self._core
        core.ready.clear()
        core.entered.clear()
        core.requests.lost()
        core.outbox.link(live=False)
        self._feeds.link(live=False)
        if reason == "token_revoked":
            core.tasks.start(self._account.turned_out(), "signed out")

    def acks(self) -> dict[str, int]:
        return self._feeds.acks()

    def chunk(self, data: bytes) -> None:
        self._media.chunk(data)

    def heard(self, frame: Down) -> None:
        match frame:
            case Ok():
                if not self._core.requests.answered(frame):
                    self._core.outbox.answered(frame.id, frame.result)
            case Failed():
                refusal = Refused(frame.code, frame.detail, retry_ms=frame.retry_ms)
                if not self._core.requests.refused(frame):
                    self._core.outbox.refused(frame.id, refusal)
            case FeedPush():
                self._feeds.pushed(frame)
            case Pong():
                self._feeds.ponged(frame)
            case Breach():
                self._feeds.breach(frame)
            case PeerTyping() | PeerProgress() | PeerPresence():
                self._peers.heard(frame)
            case OrderChanged():
                self._roster.order_changed(frame.order)
            case DeskChanged():
                self._roster.desk_changed(frame.desk)
            case MediaProgress():
                self._media.progressed(frame)
            case _:
                log.debug("nothing to do for %s", type(frame).__name__)

    # --- the outbox --------------------------------------------------------------------------
    def kept_changed(self, kept: Kept, result: Result | None) -> None:
        self._feeds.kept_changed(kept, result)
        match result:
            case Order():
                self._roster.order_changed(result)
            case Extended(order=order):
                self._roster.order_changed(order)
            case Opened(card=card):
                self._opened(card)
            case Wallet():
                self._roster.wallet_is(result)
            case _:
                pass
        if kept.state is State.FAILED and kept.future is None:
            code, session = kept.code, kept.lane
            self._core.tell(CommandFailed(kept.command.id, code, "", session))

    def _opened(self, card: SessionCard) -> None:
        self._roster.add(card)
        self._core.tell(AppChanged())
        self._feeds.open(card.session)

    def store_failed(self, error: BaseException) -> None:
        if isinstance(error, asyncio.CancelledError):
            return
        log.error("the store failed: %s", type(error).__name__)
        self._core.tell(Notice("store_failed", name=type(error).__name__))
