"""Coming in and going out: relay, sign-in, the account's history, receipts of closed sessions."""

import logging
import platform
from uuid import UUID

import msgspec

from miaohui import __version__
from miaohui.client.feed import outbox
from miaohui.client.link.address import AddressError, normal, reason_of
from miaohui.client.link.connection import Dial, ask_relay
from miaohui.client.port import Refused, RelayCheck
from miaohui.client.snapshots import AppChanged, LinkState, Notice, NoticeCode, SessionChanged
from miaohui.client.store import export, history
from miaohui.client.sync.account_cache import AccountCache
from miaohui.client.sync.context import Context
from miaohui.client.sync.session import SessionSync
from miaohui.client.sync.sessions import SyncedSessions
from miaohui.client.use.devicekey import DeviceKey
from miaohui.client.use.identity import KeptToken, SignedInIdentity
from miaohui.client.use.media import PictureTransfers
from miaohui.client.use.peers import Peers
from miaohui.client.use.quiet import Quiet
from miaohui.client.use.reminders import Reminders
from miaohui.wire.accounts import Account, Recover, SignedIn, SignIn, SignOut, SignUp
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request
from miaohui.wire.limits import PROTOCOL
from miaohui.wire.link import Hello, KeyRotated, Welcome
from miaohui.wire.machine import LinkEnded

log = logging.getLogger(__name__)
DEVICE_NAME = platform.system()  # the kind of machine; its own name would tell strangers more
CONNECTIONS = 1 << 20  # generations that one run of the app may use


class AccountRoom:
    """Everything that changes who and where this client is."""

    def __init__(
        self,
        context: Context,
        identity: SignedInIdentity,
        cache: AccountCache,
        syncs: SyncedSessions,
        media: PictureTransfers,
        reminders: Reminders,
        peers: Peers,
        quiet: Quiet,
        device: DeviceKey,
        *,
        dial: Dial,
    ) -> None:
        self._dial = dial
        self._context, self._identity, self._cache = context, identity, cache
        self._syncs, self._media, self._reminders = syncs, media, reminders
        self._peers, self._quiet, self._device = peers, quiet, device
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
            protocol=PROTOCOL, client=f"miaohui/{__version__}", device=self._context.new_id()
        )
        try:
            greeting = await ask_relay(address, hello, self._context.clock, self._dial)
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
        context = self._context
        values = context.settings.values
        if not self._generation:
            # One write a start, not one a connection: the rest counts on from there.
            self._generation = max(values.generation, 0) + CONNECTIONS
            device = values.device if _is_uuid(values.device) else context.new_id()
            context.settings.set(generation=self._generation, device=device)
        self._leave()
        context.connection.use("")
        self._relay = relay
        if relay:
            await self._identity.read(relay)
            kept = self._identity.kept
            if kept is not None:
                await self._enter(kept.account)
            context.connection.use(relay, known=self._identity.pinned is not None)
        context.tell(AppChanged())

    # --- in and out --------------------------------------------------------------------------
    def _leave(self) -> None:
        context = self._context
        context.leave()
        context.outbox.link(live=False)
        context.outbox.close()
        context.outbox.open(0, [])
        self._reminders.stop()
        self._syncs.clear()
        self._peers.clear()
        self._cache.clear()

    async def _enter(self, account: Account) -> None:
        """Opens the account's history; what waits in its outbox is shown at once."""
        context, relay, now = self._context, self._relay, self._context.clock.utc_ms()
        scope = await context.store.run(
            lambda conn: history.scope_of(conn, relay, account.account, now)
        )
        rows = await context.store.run(lambda conn: outbox.rows(conn, scope))
        context.enter(account, scope)
        context.outbox.open(scope, rows)
        await self._cache.load()
        await self._quiet.load()
        if context.me == "responder":
            await self._device.load()
        self._syncs.take_over()
        context.tell(AppChanged())

    def key_rotated(self, frame: KeyRotated) -> None:
        """As if the relay's welcome had said so, before anything else that it says is heard; nothing
        more goes where the key does not follow in order."""
        context = self._context
        if context.welcome is None:
            return
        told = {name: getattr(frame, name) for name in frame.__struct_fields__}
        context.welcome = msgspec.structs.replace(context.welcome, **told)
        try:
            self._identity.pin(self._relay, context.welcome)
        except OSError as error:
            context.tell(Notice(NoticeCode.STORE_FAILED, name=type(error).__name__))
        if self._identity.new_key is not None:
            context.outbox.link(live=False)

    async def welcomed(self, welcome: Welcome) -> None:
        """``greeted`` was told before: its key may have been followed by another since."""
        context = self._context
        self._identity.pin(self._relay, context.welcome or welcome)
        if welcome.account is None:
            if self._identity.kept is not None:
                await self.turned_out()
            return
        if self._identity.kept is not None and self._identity.kept.account != welcome.account:
            await self._identity.keep(
                self._relay, KeptToken(self._identity.kept.token, welcome.account)
            )
        await self._at_home(welcome.account)

    async def _at_home(self, account: Account) -> None:
        context = self._context
        if (
            context.account is None
            or context.account.account != account.account
            or not context.scope
        ):
            self._leave()
            await self._enter(account)
        context.renew(account)
        if context.connection.view.state is not LinkState.LIVE:
            return
        context.entered.set()
        context.outbox.link(live=self._identity.new_key is None)
        self._syncs.link(live=True)
        self._cache.refresh()
        self._media.resume()
        context.tell(AppChanged())

    async def sign_up(self, name: str, password: str, display: str, invite: str | None) -> Account:
        request = SignUp(
            id=self._context.new_id(),
            name=name,
            password=password,
            display=display,
            device_name=DEVICE_NAME,
            invite=invite,
        )
        return await self._sign(request)

    async def sign_in(self, name: str, password: str) -> Account:
        return await self._sign(
            SignIn(id=self._context.new_id(), name=name, password=password, device_name=DEVICE_NAME)
        )

    async def recover(self, name: str, code: str, password: str) -> Account:
        """A new password by the recovery code; every other device is signed out."""
        return await self._sign(
            Recover(
                id=self._context.new_id(),
                name=name,
                code=code,
                password=password,
                device_name=DEVICE_NAME,
            )
        )

    async def _sign(self, request: Request) -> Account:
        if self._identity.new_key is not None:
            raise Refused("relay_key_changed")  # a password is not for whoever poses as the relay
        result = await self._context.query(request)
        if not isinstance(result, SignedIn):
            raise Refused(Code.BAD_FRAME)
        await self._identity.keep(self._relay, KeptToken(result.token, result.account))
        await self._at_home(result.account)
        return result.account

    async def sign_out(self) -> None:
        """Revokes the token where the relay can be reached; forgets it here in any case."""
        context = self._context
        try:
            if context.live and context.account is not None:
                await context.query(SignOut(id=context.new_id()))
        except Refused as refused:
            log.info("sign-out was not heard: %s", refused.code)
        await self._forget()

    async def turned_out(self) -> None:
        """The relay does not know the token any more."""
        await self._forget()
        self._context.tell(Notice(NoticeCode.SIGNED_OUT))

    async def _forget(self) -> None:
        await self._identity.keep(self._relay, None)
        self._leave()
        self._context.tell(AppChanged())
        if self._relay:
            self._context.connection.use(self._relay, known=self._identity.pinned is not None)

    def accept_key(self) -> None:
        """The person takes the relay's new key: what waited goes."""
        context = self._context
        if self._identity.accept_key(self._relay):
            if context.signed_in:
                context.outbox.link(live=True)
            context.tell(AppChanged())

    # --- the vault ---------------------------------------------------------------------------
    async def unlock(self, passphrase: str | None, *, anew: bool = False) -> bool:
        opened = await self._identity.unlock(passphrase, anew=anew)
        if opened and passphrase is not None:
            await self._at_history()
        self._context.tell(AppChanged())
        return opened

    async def keyring_answered(self) -> None:
        """The history opens as soon as the keyring's prompt was answered."""
        if await self._identity.answered():
            await self._at_history()
        self._context.tell(AppChanged())

    async def _at_history(self) -> None:
        """It was opened after a while without: who is signed in goes on in it."""
        context, signed_in = self._context, self._context.account
        if signed_in is None and self._relay:
            await self.use(self._relay)
        elif signed_in is not None:
            # What it was met with meanwhile is judged by what the history knows of it.
            await self._identity.read_pin(self._relay)
            if context.live and context.welcome is not None:
                self._identity.pin(self._relay, context.welcome)
            await self._enter(signed_in)
            if self._identity.kept is not None:
                await self._identity.keep(self._relay, self._identity.kept)
            if context.live:
                context.entered.set()
                context.outbox.link(live=self._identity.new_key is None)

    def store_damaged(self) -> None:
        """Begins the history anew, beside whatever is under way."""
        self._context.tasks.start(self.recover_store(), "recover store")

    async def recover_store(self) -> None:
        """The history is damaged: set aside, and read again from the relay."""
        self._leave()
        self._context.connection.use("")
        await self._context.insist(self._identity.recover)
        if self._relay:
            await self._context.insist(lambda: self.use(self._relay))

    async def delete_everything(self) -> None:
        context = self._context
        await self.sign_out()
        context.connection.use("")
        self._relay = ""
        await context.store.open(None, None, carry=False)
        await self._identity.destroy()
        self._device.forget()
        context.settings.set(relay_url="", device="", generation=0)
        self._generation = 0
        await self._identity.open()
        context.tell(AppChanged())

    # --- receipts ----------------------------------------------------------------------------
    def receipt_came(self, sync: SessionSync) -> None:
        """Checks a receipt as soon as it and the journal are stored."""
        if sync.feed.claim_proof():
            work = self._context.insist(lambda: self._check_receipt(sync))
            self._context.tasks.start(work, "check receipt")

    async def _check_receipt(self, sync: SessionSync) -> None:
        context, scope, session = self._context, self._context.scope, sync.session
        found = await context.store.run(lambda conn: export.record(conn, scope, session))
        keys = self._identity.known_keys
        result = await context.store.apart(lambda: export.check(found, keys))
        sync.feed.prove_receipt(sound=result.sound)
        if not result.sound and not found.doubts and not sync.feed.witness.doubts:
            # A relay that was restored may have signed the shorter journal of its copy.
            await self._syncs.look_for_restore(sync)
            if sync.feed.witness.restored is not None:
                return
            context.tell(Notice(NoticeCode.RECEIPT_BROKEN, session, name=result.reason))
        context.tell(SessionChanged(session))


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
