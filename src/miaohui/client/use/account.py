"""Coming in and going out: relay, sign-in, the account's history, receipts of closed sessions."""

import logging
from uuid import UUID

from miaohui import __version__
from miaohui.client.feed import outbox
from miaohui.client.link.address import AddressError, normal, reason_of
from miaohui.client.link.connection import Dial, ask_relay
from miaohui.client.port import Refused, RelayCheck
from miaohui.client.snapshots import AppChanged, LinkState, Notice, SessionChanged
from miaohui.client.store import export, history
from miaohui.client.sync.account_cache import Roster
from miaohui.client.sync.context import Core
from miaohui.client.sync.session import Talk
from miaohui.client.sync.sessions import Feeds
from miaohui.client.use.identity import Identity, Kept
from miaohui.client.use.media import Media
from miaohui.client.use.reminders import Endings
from miaohui.wire.accounts import Account, SignedIn, SignIn, SignOut, SignUp
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request
from miaohui.wire.limits import PROTOCOL
from miaohui.wire.link import Hello, Welcome
from miaohui.wire.machine import LinkEnded

log = logging.getLogger(__name__)
CONNECTIONS = 1 << 20  # generations that one run of the app may use


class AccountRoom:
    """Everything that changes who and where this client is."""

    def __init__(
        self,
        core: Core,
        identity: Identity,
        roster: Roster,
        feeds: Feeds,
        media: Media,
        endings: Endings,
        *,
        dial: Dial,
    ) -> None:
        self._dial = dial
        self._core, self._identity, self._roster = core, identity, roster
        self._feeds, self._media, self._endings = feeds, media, endings
        self._relay = ""
        self._generation = 0

    def next_generation(self) -> int:
        self._generation += 1
        return self._generation

    # --- relay -------------------------------------------------------------------------------
    async def check(self, url: str) -> RelayCheck:
        """A link of its own, closed after the welcome."""
        try:
            address = normal(url)
        except AddressError as error:
            return RelayCheck(url, error.reason)
        hello = Hello(
            protocol=PROTOCOL, client=f"miaohui/{__version__}", device=self._core.new_id()
        )
        try:
            greeting = await ask_relay(address, hello, self._core.clock, self._dial)
        except LinkEnded as ended:
            return RelayCheck(address, ended.reason)
        except Exception as error:
            # Whatever goes wrong out there is an answer here, never an error of ours.
            return RelayCheck(address, reason_of(error))
        welcome = greeting.welcome
        return RelayCheck(
            address,
            "",
            relay=welcome.relay,
            rule=welcome.rule,
            practice=welcome.practice,
            rtt_ms=greeting.rtt_ms,
            encrypted=address.startswith("wss://"),
        )

    async def use(self, relay: str) -> None:
        """From now on this relay ("" for none), with what is kept for it."""
        core = self._core
        values = core.settings.values
        if not self._generation:
            # One write a start, not one a connection: the rest counts on from there.
            self._generation = max(values.generation, 0) + CONNECTIONS
            device = values.device if _is_uuid(values.device) else core.new_id()
            core.settings.set(generation=self._generation, device=device)
        self._leave()
        core.connection.use("")
        self._relay = relay
        if relay:
            await self._identity.read(relay)
            kept = self._identity.kept
            if kept is not None:
                await self._enter(kept.account)
            core.connection.use(relay)
        core.tell(AppChanged())

    # --- in and out --------------------------------------------------------------------------
    def _leave(self) -> None:
        core = self._core
        core.account = None
        core.scope = 0
        core.entered.clear()
        core.outbox.link(live=False)
        core.outbox.close()
        core.outbox.open(0, [])
        self._endings.stop()
        self._feeds.clear()
        self._roster.clear()

    async def _enter(self, account: Account) -> None:
        """Opens the account's history; what waits in its outbox is shown at once."""
        core, relay, now = self._core, self._relay, self._core.clock.utc_ms()
        scope = await core.store.run(
            lambda conn: history.scope_of(conn, relay, account.account, now)
        )
        rows = await core.store.run(lambda conn: outbox.rows(conn, scope))
        core.account, core.scope = account, scope
        core.outbox.open(scope, rows)
        await self._roster.load()
        self._feeds.take_over()
        core.tell(AppChanged())

    async def welcomed(self, welcome: Welcome) -> None:
        core = self._core
        core.welcome = welcome
        self._identity.pin(self._relay, welcome)
        if welcome.account is None:
            if self._identity.kept is not None:
                await self.turned_out()
            return
        if self._identity.kept is not None and self._identity.kept.account != welcome.account:
            await self._identity.keep(self._relay, Kept(self._identity.kept.token, welcome.account))
        await self._at_home(welcome.account)

    async def _at_home(self, account: Account) -> None:
        core = self._core
        if core.account is None or core.account.account != account.account or not core.scope:
            self._leave()
            await self._enter(account)
        core.account = account
        if core.connection.view.state is not LinkState.LIVE:
            return
        core.entered.set()
        core.outbox.link(live=True)
        self._feeds.link(live=True)
        self._roster.refresh()
        self._media.resume()
        core.tell(AppChanged())

    async def sign_up(self, name: str, password: str, display: str, invite: str | None) -> Account:
        request = SignUp(
            id=self._core.new_id(), name=name, password=password, display=display, invite=invite
        )
        return await self._sign(request)

    async def sign_in(self, name: str, password: str) -> Account:
        return await self._sign(SignIn(id=self._core.new_id(), name=name, password=password))

    async def _sign(self, request: Request) -> Account:
        result = await self._core.query(request)
        if not isinstance(result, SignedIn):
            raise Refused(Code.BAD_FRAME)
        await self._identity.keep(self._relay, Kept(result.token, result.account))
        await self._at_home(result.account)
        return result.account

    async def sign_out(self) -> None:
        """Revokes the token where the relay can be reached; forgets it here in any case."""
        core = self._core
        try:
            if core.live and core.account is not None:
                await core.query(SignOut(id=core.new_id()))
        except Refused as refused:
            log.info("sign-out was not heard: %s", refused.code)
        await self._forget()

    async def turned_out(self) -> None:
        """The relay does not know the token any more."""
        await self._forget()
        self._core.tell(Notice("signed_out"))

    async def _forget(self) -> None:
        await self._identity.keep(self._relay, None)
        self._leave()
        self._core.tell(AppChanged())
        if self._relay:
            self._core.connection.use(self._relay)

    # --- the vault ---------------------------------------------------------------------------
    async def unlock(self, passphrase: str | None) -> bool:
        core = self._core
        opened = await self._identity.unlock(passphrase)
        if opened and passphrase is not None:
            signed_in = core.account
            if signed_in is None and self._relay:
                await self.use(self._relay)
            elif signed_in is not None:
                await self._enter(signed_in)
                if self._identity.kept is not None:
                    await self._identity.keep(self._relay, self._identity.kept)
                if core.live:
                    core.entered.set()
                    core.outbox.link(live=True)
        core.tell(AppChanged())
        return opened

    async def delete_everything(self) -> None:
        core = self._core
        await self.sign_out()
        core.connection.use("")
        self._relay = ""
        await core.store.open(None, None, carry=False)
        await self._identity.destroy()
        self._media.close()
        core.settings.set(relay_url="", device="", generation=0)
        self._generation = 0
        await self._identity.open()
        core.tell(AppChanged())

    # --- receipts ----------------------------------------------------------------------------
    def receipt_came(self, session: str, talk: Talk) -> None:
        """Checks a receipt as soon as it and the journal are stored."""
        if talk.feed.receipt is not None and not talk.receipt_checked:
            talk.receipt_checked = True
            work = self._core.insist(lambda: self._check_receipt(session, talk))
            self._core.tasks.start(work, "check receipt")

    async def _check_receipt(self, session: str, talk: Talk) -> None:
        core, scope = self._core, self._core.scope
        found = await core.store.run(lambda conn: export.record(conn, scope, session))
        pinned = self._identity.pinned
        key = None if pinned is None else pinned.relay_key
        result = await core.store.apart(lambda: export.check(found, key))
        talk.feed.receipt_sound = result.sound
        if not result.sound:
            core.tell(Notice("receipt_broken", session, name=result.reason))
        core.tell(SessionChanged(session))


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
