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
from miaohui.client.link.connection import Connection, Dial, dial
from miaohui.client.link.requests import Requests
from miaohui.client.port import Conversation, Hit, ReceiptCheck, Refused, RelayCheck
from miaohui.client.settings import Settings
from miaohui.client.snapshots import (
    AppChanged,
    AppView,
    Change,
    MessageView,
    PanelView,
    SessionView,
    Tally,
)
from miaohui.client.store import export, search
from miaohui.client.store.vault import Vault
from miaohui.client.sync.account_cache import Roster
from miaohui.client.sync.context import Core
from miaohui.client.sync.session import Talk
from miaohui.client.sync.sessions import Feeds
from miaohui.client.use.account import AccountRoom
from miaohui.client.use.composer import Composer
from miaohui.client.use.identity import Identity
from miaohui.client.use.media import Media
from miaohui.client.use.peers import Peers
from miaohui.client.use.queries import Lookup
from miaohui.client.use.reminders import Endings
from miaohui.client.use.router import Inbox
from miaohui.runtime.clock import Clock, SystemClock
from miaohui.wire.accounts import Account
from miaohui.wire.frame import Command, Request, Result
from miaohui.wire.link import Welcome

log = logging.getLogger(__name__)


class Messages(Conversation):
    """A conversation's lines, made when they are looked at."""

    def __init__(self, feeds: Feeds, talk: Talk | None) -> None:
        """``talk`` None: a session that is not known here has no lines."""
        self._feeds, self._talk = feeds, talk

    def __len__(self) -> int:
        return 0 if self._talk is None else len(self._talk.feed)

    def find(self, key: str) -> int | None:
        return None if self._talk is None else self._talk.feed.index(key)

    def theirs(self, start: int, stop: int) -> int:
        return 0 if self._talk is None else self._talk.feed.rows.theirs(start, stop)

    @overload
    def __getitem__(self, index: int) -> MessageView: ...

    @overload
    def __getitem__(self, index: slice) -> list[MessageView]: ...

    def __getitem__(self, index: int | slice) -> MessageView | list[MessageView]:
        if self._talk is None:
            if isinstance(index, slice):
                return []
            raise IndexError(index)
        feed, now = self._talk.feed, self._feeds.now(self._talk)
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
        dial: Dial = dial,
    ) -> None:
        core = self._core = Core(settings, SystemClock() if clock is None else clock)
        self._roster = Roster(core)
        self._feeds = Feeds(core, self._roster)
        self._identity = Identity(core, None if folder is None else Vault(folder))
        self._composer = Composer(core, self._feeds)
        self._media = Media(core, self._feeds, self._composer)
        self._endings = Endings(core, self._feeds)
        self._account = AccountRoom(
            core, self._identity, self._roster, self._feeds, self._media, self._endings, dial=dial
        )
        self._lookup = Lookup(core)
        self._peers = Peers(self._feeds)
        inbox = Inbox(
            core,
            self._account,
            self._roster,
            self._feeds,
            self._peers,
            self._media,
            self._identity,
        )
        core.connection = Connection(inbox, core.clock, draw, dial=dial)
        core.requests = Requests(core.connection.send)
        core.outbox = Outbox(core.store, core.connection.send, inbox.kept_changed)
        core.outbox.may_go = self._feeds.may_go
        core.store.on_error = inbox.store_failed
        self._stopped = asyncio.Event()
        self._app: AppView | None = None
        core.listeners.subscribe(self._heard)

    # --- state -------------------------------------------------------------------------------
    @property
    def settings(self) -> Settings:
        return self._core.settings

    @property
    def view(self) -> AppView:
        if self._app is None:
            roster = self._roster
            self._app = AppView(
                link=self._core.connection.view,
                account=self._core.account,
                wallet=roster.wallet,
                orders=roster.orders,
                sessions=roster.sessions,
                desk=roster.desk,
                keyring=self._identity.state,
            )
        return self._app

    @property
    def welcome(self) -> Welcome | None:
        """What the relay said of itself when it was last reached."""
        return self._core.welcome

    def _heard(self, change: Change) -> None:
        if isinstance(change, AppChanged):
            self._app = None

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        return self._core.listeners.subscribe(listener)

    # --- life --------------------------------------------------------------------------------
    async def run(self) -> None:
        core = self._core
        try:
            core.tasks.start(self._start(), "start")
            await self._stopped.wait()
        finally:
            self._endings.stop()
            core.outbox.close()
            await core.tasks.close()
            self._peers.close()
            await core.store.close()
            self._media.close()

    async def _start(self) -> None:
        core = self._core
        await core.insist(self._identity.open)
        core.tell(AppChanged())
        relay = core.settings.values.relay_url
        if relay:
            await core.insist(lambda: self._account.use(relay))
        await core.connection.run()

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
        self._core.settings.set(relay_url=url)
        self._core.tasks.start(self._account.use(url), "choose relay")

    def forget_relay(self) -> None:
        self._core.settings.set(relay_url="", practice=False)
        self._core.tasks.start(self._account.use(""), "forget relay")

    async def sign_up(
        self, name: str, password: str, display: str, invite: str | None = None
    ) -> Account:
        return await self._account.sign_up(name, password, display, invite)

    async def sign_in(self, name: str, password: str) -> Account:
        return await self._account.sign_in(name, password)

    async def sign_out(self) -> None:
        await self._account.sign_out()

    async def unlock(self, passphrase: str | None) -> bool:
        return await self._account.unlock(passphrase)

    async def delete_everything(self) -> None:
        await self._account.delete_everything()

    # --- requests ----------------------------------------------------------------------------
    def new_id(self) -> str:
        return self._core.new_id()

    async def ask(self, request: Request) -> Result:
        return await self._lookup.ask(request)

    def submit(self, command: Command) -> None:
        if self._core.outbox.get(command.id) is None:
            self._core.outbox.put(command, self._core.clock.utc_ms())

    def refresh(self) -> None:
        if self._core.signed_in:
            self._roster.refresh()
        elif not self._core.live:
            self._core.connection.hurry()

    # --- conversations -----------------------------------------------------------------------
    def session(self, session: str) -> SessionView | None:
        card = self._roster.card(self._feeds.real(session))
        if card is None:
            return None
        order, talk = self._roster.order(card.session), self._feeds.get(card.session)
        if talk is None:
            return SessionView(card, order, True, False, 0, None)
        feed = talk.feed
        first = feed.reading.first_unread
        return SessionView(
            card=card,
            order=order,
            peer_online=talk.peer_online,
            peer_typing=talk.typing_until is not None,
            unread=feed.reading.unread,
            unread_key=None if first is None else feed.rows.key(first),
            bars=bars(feed, self._feeds.now(talk)),
            receipt=feed.receipt,
            receipt_sound=feed.receipt_sound,
            synced=feed.synced,
            draft=talk.draft,
            read_percent=talk.read_percent,
        )

    def panel(self, session: str) -> PanelView | None:
        talk, order = self._feeds.get(session), self._roster.order(session)
        if talk is None or not talk.feed.watch.begun:
            waiting = order is not None and order.session is None
            return queued(session, order) if waiting else None
        core = self._core
        now = talk.time.now(core.clock.mono(), core.connection.sync)
        return talk.panel.view(now, core.clock.utc_ms(), order)

    def panel_of_message(self, session: str, key: str) -> MessageView | None:
        talk = self._feeds.get(session)
        index = None if talk is None else talk.feed.index(key)
        if talk is None or index is None:
            return None
        return talk.feed.view(index, self._feeds.now(talk))

    def tally(self, session: str) -> Tally:
        talk = self._feeds.get(session)
        if talk is None:
            return Tally(0, 0, ())
        rows = talk.feed.rows
        replies = rows.theirs(0, len(rows))
        if talk.feed.me == "responder":
            replies = rows.messages() - replies
        return Tally(replies, rows.labelled("hollow"), tuple(talk.feed.network.values()))

    def picture_path(self, session: str, media: str) -> str | None:
        talk = self._feeds.get(session)
        if talk is None:
            return None
        if (known := talk.feed.pictures.get(media)) is not None:
            return known[1]
        sent = (each for each in talk.feed.pending if each.command.body.media == media)
        return next((each.path for each in sent), None)

    def messages(self, session: str) -> Conversation:
        return Messages(self._feeds, self._feeds.get(session))

    def focus(self, session: str | None) -> None:
        self._feeds.focus(session)
        if session is not None:
            self._media.fetch(session)

    def send_text(
        self, session: str, text: str, reply_to: int | None = None, *, id: str = ""
    ) -> str:
        """``id``: the message's, where it was written down elsewhere before."""
        return self._composer.send_text(session, text, reply_to, id=id)

    async def send_picture(
        self, session: str, data: bytes, mime: str, width: int, height: int
    ) -> str:
        return await self._media.send(session, data, mime, width, height)

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

    def set_draft(self, session: str, text: str) -> None:
        self._composer.set_draft(session, text)

    async def search(self, text: str, session: str | None = None) -> list[Hit]:
        core = self._core
        scope, within = core.scope, None if session is None else self._feeds.real(session)
        rows = await core.store.run(lambda conn: search.find(conn, scope, text, within))
        return search.hits(rows, {card.session: card.peer_name for card in self._roster.sessions})

    async def check_receipt(self, session: str) -> ReceiptCheck:
        pinned = self._identity.pinned
        found = await self._record(session)
        key = None if pinned is None else pinned.relay_key
        return await self._core.store.apart(lambda: export.check(found, key))

    async def _record(self, session: str) -> export.Record:
        scope, real = self._core.scope, self._feeds.real(session)
        await self._feeds.complete(real)
        return await self._core.store.run(lambda conn: export.record(conn, scope, real))

    async def export_bundle(self, session: str, path: Path, *, with_text: bool) -> None:
        found = await self._record(session)
        if found.receipt is None:
            raise Refused("no_receipt")

        def write() -> None:
            export.write_whole(path, export.bundle_bytes(found, with_text=with_text))

        await self._core.store.apart(write)

    async def export_text(self, session: str, path: Path) -> None:
        real = self._feeds.real(session)
        await self._feeds.complete(real)
        card, account = self._roster.card(real), self._core.account
        me = "" if account is None else account.display or account.name
        peer = "" if card is None else card.peer_name
        views = list(self.messages(real))
        text = export.text_lines(views, me, peer)
        await self._core.store.apart(lambda: export.write_whole(path, text.encode()))
