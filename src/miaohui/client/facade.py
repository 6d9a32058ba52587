"""The client as its users see it: ``Client`` is the ClientPort, and only joins its rooms."""

import asyncio
import logging
import random
from collections.abc import Callable
from pathlib import Path
from typing import overload

from miaohui.client.feed.outbox import Outbox
from miaohui.client.feed.panel import bars, queued
from miaohui.client.link.address import AddressError, normal
from miaohui.client.link.connection import Dial, RelayLink, dial
from miaohui.client.port import Conversation, Hit, ReceiptCheck, Refused, RelayCheck
from miaohui.client.settings import Settings
from miaohui.client.snapshots import (
    AppChanged,
    AppView,
    Change,
    EndCost,
    MessageView,
    PanelView,
    ReceiptCounts,
    ReportableMessage,
    SessionView,
)
from miaohui.client.store import export, history, leftovers, reportable, search
from miaohui.client.store.store import LocalStore
from miaohui.client.store.vault import Vault
from miaohui.client.sync.account_cache import AccountCache
from miaohui.client.sync.context import Context
from miaohui.client.sync.session import SessionSync
from miaohui.client.sync.sessions import SyncedSessions
from miaohui.client.unsent import MessageDraft, ReviewDraft, WaitingPicture
from miaohui.client.use import own_card
from miaohui.client.use.account import AccountRoom
from miaohui.client.use.composer import MessageCommands
from miaohui.client.use.devicekey import DeviceKey
from miaohui.client.use.drafts import Drafts
from miaohui.client.use.identity import SignedInIdentity
from miaohui.client.use.media import PictureTransfers
from miaohui.client.use.peers import Peers
from miaohui.client.use.pictures import PictureViews
from miaohui.client.use.queries import Queries
from miaohui.client.use.quiet import Quiet
from miaohui.client.use.reminders import Reminders
from miaohui.client.use.router import FrameRouter
from miaohui.client.use.voices import VoiceNotes
from miaohui.pictures.decoder import Pixels
from miaohui.promise.nudges import Nudges
from miaohui.runtime.clock import Clock, SystemClock
from miaohui.runtime.randomness import SYSTEM, Randomness
from miaohui.voice.decoder import HeardNote
from miaohui.voice.writing import RecordedNote
from miaohui.wire.accounts import Account, DeleteAccount
from miaohui.wire.errors import Code
from miaohui.wire.frame import Command, Request, Result
from miaohui.wire.link import Welcome
from miaohui.wire.orders import CustomerCard
from miaohui.wire.sessions import GetLogProof, LogProof

log = logging.getLogger(__name__)
SHOWN_OPEN = 50  # of a burst that nobody answered: more are not on a screen


class Messages(Conversation):
    """A conversation's lines, made when they are looked at."""

    def __init__(self, sync: SessionSync | None) -> None:
        """``sync`` None: a session that is not known here has no lines."""
        self._sync = sync

    def __len__(self) -> int:
        return 0 if self._sync is None else len(self._sync.feed)

    def find(self, key: str) -> int | None:
        return None if self._sync is None else self._sync.feed.index(key)

    def theirs(self, start: int, stop: int) -> int:
        return 0 if self._sync is None else self._sync.feed.rows.theirs(start, stop)

    @overload
    def __getitem__(self, index: int) -> MessageView: ...

    @overload
    def __getitem__(self, index: slice) -> list[MessageView]: ...

    def __getitem__(self, index: int | slice) -> MessageView | list[MessageView]:
        if self._sync is None:
            if isinstance(index, slice):
                return []
            raise IndexError(index)
        feed, now = self._sync.feed, self._sync.now
        if isinstance(index, slice):
            return [feed.view(each, now) for each in range(*index.indices(len(feed)))]
        at = index + len(feed) if index < 0 else index
        if not 0 <= at < len(feed):
            raise IndexError(index)
        return feed.view(at, now)


class Client:
    """``folder`` None: nothing is written to disk. One loop, one thread; see ClientPort."""

    def __init__(
        self,
        settings: Settings,
        folder: Path | None = None,
        *,
        clock: Clock | None = None,
        draw: Callable[[], float] = random.random,
        store: LocalStore | None = None,
        dial: Dial = dial,
        randomness: Randomness = SYSTEM,
    ) -> None:
        context = self._context = Context(
            settings,
            SystemClock() if clock is None else clock,
            LocalStore() if store is None else store,
            randomness,
        )
        self._cache = AccountCache(context)
        self._syncs = SyncedSessions(context, self._cache)
        self._identity = SignedInIdentity(context, None if folder is None else Vault(folder))
        device = DeviceKey(context)
        self._composer = MessageCommands(context, self._syncs, device)
        self._media = PictureTransfers(context, self._syncs, self._composer)
        self._views = PictureViews(context)
        self._voices = VoiceNotes(context)
        self._drafts = Drafts(context, self._syncs)
        self._reminders = Reminders(context, self._syncs)
        self._peers = Peers(self._syncs)
        self._quiet = Quiet(context, self._syncs)
        self._account = AccountRoom(
            context,
            self._identity,
            self._cache,
            self._syncs,
            self._media,
            self._reminders,
            self._peers,
            self._quiet,
            device,
            dial=dial,
        )
        self._queries = Queries(context, self._cache, self._syncs)
        router = FrameRouter(
            context,
            self._account,
            self._cache,
            self._syncs,
            self._peers,
            self._media,
            self._identity,
            self._drafts,
        )
        connection = RelayLink(router, context.clock, draw, dial=dial)
        outbox = Outbox(context.store, connection.send, router.kept_changed, self._syncs.may_go)
        context.join(connection, outbox)
        context.store.report_to(router.store_failed)
        context.store.damage_to(self._account.store_damaged)
        self._stopped = asyncio.Event()
        self._app: AppView | None = None
        context.listeners.subscribe(self._heard)

    # --- state -------------------------------------------------------------------------------
    @property
    def settings(self) -> Settings:
        return self._context.settings

    @property
    def view(self) -> AppView:
        if self._app is None:
            cache = self._cache
            self._app = AppView(
                link=self._context.connection.view,
                account=self._context.account,
                wallet=cache.wallet,
                orders=cache.orders,
                sessions=cache.sessions,
                desk=cache.desk,
                keyring=self._identity.state,
                by_passphrase=self._identity.by_passphrase,
                aside=self._identity.has_aside,
                back_wanted=self._identity.back_wanted,
                key_id=self._identity.key_id,
                relay_key=self._identity.relay_key,
                former_key_ids=self._identity.former_key_ids,
                new_key_id=self._identity.new_key_id,
                quiet_until_ms=self._quiet.until_ms,
            )
        return self._app

    @property
    def welcome(self) -> Welcome | None:
        """What the relay said of itself when it was last reached."""
        return self._context.welcome

    def _heard(self, change: Change) -> None:
        if isinstance(change, AppChanged):
            self._app = None

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        return self._context.listeners.subscribe(listener)

    # --- life --------------------------------------------------------------------------------
    async def run(self) -> None:
        context = self._context
        try:
            context.tasks.start(self._start(), "start")
            await self._stopped.wait()
        finally:
            self._reminders.stop()
            context.outbox.close()
            await context.tasks.close()
            self._peers.clear()
            await context.store.close()
            self._views.close()
            self._voices.close()

    async def _start(self) -> None:
        context = self._context
        await context.store.apart(lambda: leftovers.sweep(leftovers.places()))
        await context.insist(self._identity.open)
        context.tell(AppChanged())
        if self._identity.is_asking:
            work = context.insist(self._account.keyring_answered)
            context.tasks.start(work, "keyring answered")
        relay = context.settings.values.relay_url
        if relay:
            await context.insist(lambda: self._account.use(relay))
        await context.connection.run()

    def stop(self) -> None:
        self._stopped.set()

    # --- relay and account -------------------------------------------------------------------
    async def check_relay(self, url: str) -> RelayCheck:
        return await self._account.check(url)

    def choose_relay(self, url: str) -> None:
        try:
            url = normal(url)
        except AddressError as error:
            raise Refused(error.reason) from None
        self._context.settings.set(relay_url=url)
        self._context.tasks.start(self._account.use(url), "choose relay")

    def forget_relay(self) -> None:
        self._context.settings.set(relay_url="", practice=False)
        self._context.tasks.start(self._account.use(""), "forget relay")

    async def sign_up(
        self, name: str, password: str, display: str, invite: str | None = None
    ) -> Account:
        return await self._account.sign_up(name, password, display, invite)

    async def sign_in(self, name: str, password: str) -> Account:
        return await self._account.sign_in(name, password)

    async def recover(self, name: str, code: str, password: str) -> Account:
        return await self._account.recover(name, code, password)

    def accept_relay_key(self) -> None:
        self._account.accept_key()

    async def sign_out(self) -> None:
        await self._account.sign_out()

    async def unlock(self, passphrase: str | None, *, anew: bool = False) -> bool:
        return await self._account.unlock(passphrase, anew=anew)

    async def bring_history_back(self, *, wanted: bool = True) -> None:
        await self._identity.want_back(wanted=wanted)

    async def delete_account(self, password: str) -> None:
        await self._queries.ask(DeleteAccount(id=self.new_id(), password=password))
        await self._account.delete_everything()

    async def delete_everything(self) -> None:
        await self._account.delete_everything()

    # --- requests ----------------------------------------------------------------------------
    def new_id(self) -> str:
        return self._context.new_id()

    async def ask(self, request: Request) -> Result:
        return await self._queries.ask(request)

    def submit(self, command: Command) -> None:
        if self._context.outbox.get(command.id) is None:
            self._syncs.did(command)
            self._context.outbox.put(command, self._context.clock.utc_ms())

    def refresh(self) -> None:
        if self._context.signed_in:
            self._cache.refresh()
        elif not self._context.live:
            self._context.connection.hurry()

    def knock(self) -> None:
        self._context.connection.knock()

    # --- care --------------------------------------------------------------------------------
    @property
    def may_show_card(self) -> bool:
        return self._quiet.may_show()

    def card_shown(self, *, opened: bool) -> None:
        self._quiet.shown(opened=opened)

    # --- conversations -----------------------------------------------------------------------
    def session(self, session: str) -> SessionView | None:
        card = self._cache.card(self._syncs.real(session))
        if card is None:
            return None
        order, sync = self._cache.order(card.session), self._syncs.get(card.session)
        if sync is None:
            return SessionView(card, order, True, False, 0, None)
        feed = sync.feed
        first = feed.reading.first_unread
        return SessionView(
            card=card,
            order=order,
            peer_online=self._peers.online(sync.session),
            peer_typing=self._peers.typing(sync.session),
            unread=feed.reading.unread,
            unread_key=None if first is None else feed.rows.key(first),
            bars=bars(feed, sync.now),
            receipt=feed.receipt,
            receipt_sound=feed.receipt_sound,
            synced=sync.synced,
            draft=self._drafts.get(sync.session),
            doubts=feed.witness.doubts.all,
            heads=len(feed.witness.heads),
            read_percent=sync.read_percent,
        )

    def panel(self, session: str) -> PanelView | None:
        sync, order = self._syncs.get(session), self._cache.order(session)
        if sync is None or not sync.feed.journal.begun:
            waiting = order is not None and order.session is None
            return queued(session, order) if waiting else None
        context = self._context
        now = sync.time.now(context.clock.mono(), context.connection.sync)
        return sync.panel.view(now, context.utc_ms(), order)

    def utc_ms(self) -> int:
        return self._context.utc_ms()

    def if_ended(self, session: str) -> EndCost | None:
        sync = self._syncs.get(session)
        if sync is None or not sync.feed.journal.begun or sync.feed.journal.fold.closed is not None:
            return None
        context = self._context
        return sync.panel.if_ended(sync.time.now(context.clock.mono(), context.connection.sync))

    def panel_of_message(self, session: str, key: str) -> MessageView | None:
        sync = self._syncs.get(session)
        index = None if sync is None else sync.feed.index(key)
        if sync is None or index is None:
            return None
        return sync.feed.view(index, sync.now)

    def open_messages(self, session: str) -> list[MessageView]:
        sync = self._syncs.get(session)
        if sync is None:
            return []
        return [each.message for each in sync.feed.open_rows(sync.now)[-SHOWN_OPEN:]]

    def tally(self, session: str) -> ReceiptCounts:
        sync = self._syncs.get(session)
        if sync is None:
            return ReceiptCounts(0, 0, ())
        rows = sync.feed.rows
        replies = rows.theirs(0, len(rows))
        if sync.feed.me == "responder":
            replies = rows.messages() - replies
        return ReceiptCounts(replies, rows.labelled("hollow"), tuple(sync.feed.network.values()))

    async def picture(self, media: str, width: int, height: int) -> Pixels | None:
        return await self._views.show(media, width, height)

    async def codes_in(self, media: str) -> tuple[str, ...]:
        return await self._views.codes(media)

    def messages(self, session: str) -> Conversation:
        return Messages(self._syncs.get(session))

    def focus(self, session: str | None) -> None:
        self._syncs.focus(session)
        if session is not None:
            self._media.fetch(session)

    def send_text(
        self, session: str, text: str, reply_to: int | None = None, *, id: str = ""
    ) -> str:
        """``id``: the message's, where it was written down elsewhere before."""
        return self._composer.send_text(session, text, reply_to, id=id)

    async def send_picture(
        self, session: str, data: bytes, *, original: bool = False, whole: bool = False
    ) -> str:
        made = await self._views.prepare(data, original=original, whole=whole)
        return await self._media.send(session, made.data, made.mime, made.width, made.height)

    async def send_voice(self, session: str, note: RecordedNote) -> str:
        return await self._media.send_voice(session, note)

    async def hear(self, media: str, speed: float = 1.0) -> HeardNote | None:
        return await self._voices.hear(media, speed)

    async def hear_own(self, note: RecordedNote, speed: float = 1.0) -> HeardNote:
        return await self._voices.hear_own(note.data, speed)

    def cancel_picture(self, session: str, key: str) -> None:
        self._media.cancel(session, key)

    def retry(self, session: str, key: str) -> None:
        self._composer.retry(session, key)
        self._media.resume()  # the bytes of a picture go first again

    def discard(self, session: str, key: str) -> str:
        return self._composer.discard(session, key)

    def edit_text(self, session: str, key: str, text: str) -> None:
        self._composer.edit_text(session, key, text)

    def recall(self, session: str, key: str) -> None:
        self._composer.recall(session, key)

    def typing(self, session: str) -> None:
        self._composer.typing(session)

    def seen(self, session: str, key: str) -> None:
        self._composer.seen(session, key)

    async def read_draft(self, session: str) -> MessageDraft:
        return await self._drafts.read(session)

    def set_draft(self, session: str, draft: MessageDraft) -> None:
        self._drafts.put(session, draft)

    def join_draft(self, session: str, given: MessageDraft) -> None:
        self._drafts.join(session, given)

    async def read_review(self, session: str) -> ReviewDraft:
        return await self._drafts.review(session)

    def keep_review(self, session: str, draft: ReviewDraft) -> None:
        self._drafts.keep_review(session, draft)

    async def hold_picture(
        self, data: bytes, *, original: bool = False, whole: bool = False
    ) -> WaitingPicture:
        made = await self._views.prepare(data, original=original, whole=whole)
        media = self.new_id()
        await self._context.store.run(
            lambda conn: history.put_media(conn, media, made.mime, made.data)
        )
        return WaitingPicture(media, made.mime, made.width, made.height, len(made.data))

    async def send_held(self, session: str, picture: WaitingPicture) -> str:
        media, store = picture.media, self._context.store
        found = await store.run(lambda conn: history.media(conn, media))
        if found is None:
            raise Refused(Code.MEDIA_REFUSED)
        key = await self._media.send(session, found[1], found[0], picture.width, picture.height)
        self.drop_held(picture)
        return key

    def drop_held(self, picture: WaitingPicture) -> None:
        self._context.store.post(lambda conn: history.drop_media(conn, picture.media))

    async def search(self, text: str, session: str | None = None) -> list[Hit]:
        context = self._context
        scope, within = context.scope, None if session is None else self._syncs.real(session)
        rows = await context.store.run(lambda conn: search.find(conn, scope, text, within))
        return search.hits(rows, {card.session: card.peer_name for card in self._cache.sessions})

    async def own_card(self) -> CustomerCard | None:
        return await own_card.kept(self._context)

    async def keep_card(self, card: CustomerCard | None) -> None:
        await own_card.keep(self._context, card)

    async def nudges(self, session: str, card: CustomerCard) -> Nudges:
        return await own_card.nudges(self._context, self._syncs.real(session), card)

    async def reportable(self, session: str) -> list[ReportableMessage]:
        context, real = self._context, self._syncs.real(session)
        scope = context.scope
        return await context.store.run(lambda conn: reportable.found(conn, scope, real))

    async def check_receipt(self, session: str) -> ReceiptCheck:
        found, keys = await self._record(session), self._identity.known_keys
        return await self._context.store.apart(lambda: export.check(found, keys))

    async def _record(self, session: str) -> export.Record:
        scope, real = self._context.scope, self._syncs.real(session)
        await self._syncs.complete(real)
        return await self._context.store.run(lambda conn: export.record(conn, scope, real))

    async def export_bundle(self, session: str, path: Path, *, with_text: bool) -> None:
        found = await self._record(session)
        if found.receipt is None:
            raise Refused("no_receipt")

        proof, steps = await self._log_proof(session), self._context.succession

        def write() -> None:
            data = export.bundle_bytes(found, with_text=with_text, log_proof=proof, steps=steps)
            export.write_whole(path, data)
            if found.doubts:
                lines = export.doubt_lines(found.doubts)
                export.write_whole(path.with_suffix(".txt"), lines.encode())

        await self._context.store.apart(write)

    async def _log_proof(self, session: str) -> bytes | None:
        """The receipt's place in the relay's log, where it serves one and can be reached."""
        real = self._syncs.real(session)
        try:
            found = await self._queries.ask(GetLogProof(id=self.new_id(), session=real))
        except Refused as refused:
            log.info("no proof from the log of receipts: %s", refused.code)
            return None
        return found.proof.encode() if isinstance(found, LogProof) else None

    async def export_text(self, session: str, path: Path) -> None:
        real = self._syncs.real(session)
        await self._syncs.complete(real)
        card, account = self._cache.card(real), self._context.account
        me = "" if account is None else account.display or account.name
        peer = "" if card is None else card.peer_name
        views = list(self.messages(real))
        text = export.text_lines(views, me, peer)
        await self._context.store.apart(lambda: export.write_whole(path, text.encode()))
