"""Who is signed in on this machine, and where that is kept."""

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from miaohui.client.port import Refused
from miaohui.client.snapshots import AppChanged, Notice, NoticeCode
from miaohui.client.store import history
from miaohui.client.store.keyringwork import KeyringWork
from miaohui.client.store.schema import SchemaNewer
from miaohui.client.store.secrets import KeyringState, Secrets, SecretsLocked
from miaohui.client.store.store import StoreUnreadable
from miaohui.client.store.vault import HistoryFile, PassphraseShort, Vault, VaultOpening
from miaohui.client.sync.context import Context
from miaohui.promise.knownkeys import KnownKeys, key_id_of
from miaohui.wire.accounts import Account
from miaohui.wire.link import Welcome

if TYPE_CHECKING:
    from sqlite3 import Connection


log = logging.getLogger(__name__)
KEYRING_ANSWERS_S = 3.0  # one that takes longer is asking somebody


class KeptToken(msgspec.Struct, frozen=True):
    """What is kept for a relay: the token and whose it is."""

    token: str
    account: Account


class Pinned(msgspec.Struct, frozen=True):
    """The relay's key as it was at first contact, or as it followed in order or was accepted since;
    ``former``: those before it that it followed in order, the newest first."""

    key_id: str
    relay_key: str
    former: tuple[str, ...] = ()

    @property
    def known(self) -> KnownKeys:
        return KnownKeys.of(self.relay_key, self.former)


class SignedInIdentity:
    """The vault's state, the token in use, the relay's pinned key."""

    def __init__(self, context: Context, vault: Vault | None) -> None:
        self._context = context
        self._vault = vault
        self._keyring = KeyringWork()
        self._asking: asyncio.Task[VaultOpening] | None = None  # its prompt is open
        self.opening = VaultOpening(KeyringState.MEMORY)
        self.kept: KeptToken | None = None
        self.pinned: Pinned | None = None
        self.state = ""
        self.by_passphrase = self.has_aside = self.back_wanted = False
        self.new_key: Pinned | None = None  # the relay's, until the person accepts it

    # --- the vault ---------------------------------------------------------------------------
    async def open(self) -> None:
        """Opens history where its key is at hand; else in memory, and ``state`` says why. Where a
        keyring's prompt is open it goes on in memory, too: ``answered`` waits for it."""
        vault = self._vault
        if vault is None:
            await self._take(VaultOpening(KeyringState.MEMORY))
            return
        asking = self._context.tasks.start(self._opened(vault), "keyring")
        patience = None
        if await self._context.store.apart(lambda: vault.may_prompt):
            patience = KEYRING_ANSWERS_S
        await asyncio.wait({asking}, timeout=patience)
        if asking.done():
            await self._settle(asking.result())
        else:
            self._asking = asking
            await self._take(VaultOpening(KeyringState.ASKING))

    @property
    def is_asking(self) -> bool:
        return self._asking is not None

    async def answered(self) -> bool:
        """Waits for the answer to the keyring's prompt; True where the history is open by it. Nothing
        changes where the person decided otherwise meanwhile."""
        asking, self._asking = self._asking, None
        if asking is None:
            return False
        opening = await asking
        return self.state == KeyringState.ASKING and await self._settle(opening)

    async def _opened(self, vault: Vault) -> VaultOpening:
        try:
            if await self._context.store.apart(lambda: vault.may_prompt):
                return await self._keyring.run(vault.open)
            return await self._context.store.apart(vault.open)
        except OSError as error:
            # A folder that can't be written: the app works, in memory, and says so.
            self._context.tell(Notice(NoticeCode.STORE_FAILED, name=type(error).__name__))
            return VaultOpening(KeyringState.NONE)

    async def _settle(self, opening: VaultOpening) -> bool:
        """True where a history is open now."""
        instead = await self._take(opening)
        if instead is not None:
            await self._take(VaultOpening(instead, secrets=opening.secrets))
        return instead is None and opening.key is not None

    async def unlock(self, passphrase: str | None, *, anew: bool = False) -> bool:
        """None: memory only. "": the keyring again. Else a passphrase. ``anew``: a new history by
        either; the old one is set aside. Refused("passphrase_short")."""
        vault = self._vault
        if passphrase is None or vault is None:
            self.opening = VaultOpening(KeyringState.MEMORY, secrets=None)
            self.state = KeyringState.MEMORY
            return passphrase is None
        store = self._context.store
        if passphrase:
            try:
                opening = await store.apart(lambda: vault.with_passphrase(passphrase, anew=anew))
            except PassphraseShort:
                raise Refused("passphrase_short") from None
        elif anew:
            opening = await self._keyring.run(vault.anew)
        else:
            opening = await self._keyring.run(vault.open)
            if opening.key is None:
                self.state = opening.state  # locked, put away or another one by now
        return opening.key is not None and await self._take(opening) is None

    async def _take(self, opening: VaultOpening) -> KeyringState | None:
        """None where it is open now; else the state that stands in the way."""
        vault, key, store = self._vault, opening.key, self._context.store
        if vault is None or key is None:
            await store.open(None, None)
        else:
            file = await store.apart(lambda: vault.history(key))
            try:
                if file is HistoryFile.EMPTY:
                    raise StoreUnreadable("nothing is in it")
                await store.open(vault.database, key)
            except SchemaNewer:
                return KeyringState.NEWER
            except StoreUnreadable:
                # With the key that opened it before, it is the file that is damaged.
                if file is HistoryFile.UNKNOWN:
                    return KeyringState.CHANGED
                await self._rebuild(vault, key)
            if file is HistoryFile.MISSING:
                self._context.tell(Notice(NoticeCode.HISTORY_MISSING, name=vault.database.name))
            await store.apart(lambda: vault.opened(key))
        self.opening = opening
        self.state = opening.state
        await self._look()
        await self._say_set_aside()
        return None

    async def _rebuild(self, vault: Vault, key: bytes) -> None:
        name = await self._context.store.rebuild(vault.database, key, vault.set_aside)
        log.error("the history was damaged; it lies in %s now", name)
        self._context.tell(Notice(NoticeCode.STORE_RECOVERED, name=name))

    async def recover(self) -> None:
        """The history was found damaged while it was in use."""
        vault, key = self._vault, self.opening.key
        if vault is not None and key is not None:
            await self._rebuild(vault, key)

    async def _look(self) -> None:
        """What the folder says of its histories."""
        vault = self._vault
        if vault is not None:
            self.by_passphrase, self.has_aside, self.back_wanted = await self._context.store.apart(
                lambda: (vault.by_passphrase, vault.has_aside, vault.back_wanted)
            )

    async def want_back(self, *, wanted: bool) -> None:
        """The history that was set aside comes back at the next start, or not after all."""
        vault = self._vault
        if vault is not None:
            await self._context.store.apart(lambda: vault.want_back(wanted=wanted))
            await self._look()
            self._context.tell(AppChanged())

    async def _say_set_aside(self) -> None:
        """Once: what an older rule left is kept under its name."""

        def claim(conn: "Connection") -> bytes | None:
            left = history.fact(conn, "set_aside")
            history.put_fact(conn, "set_aside", None)
            return left

        left = await self._context.store.run(claim)
        if left is not None:
            self._context.tell(Notice(NoticeCode.SET_ASIDE, name=left.decode()))

    # --- tokens ------------------------------------------------------------------------------
    async def read(self, relay: str) -> None:
        """The token for a relay, and its pinned key."""
        self.kept = None
        store, name = self._context.store, f"token:{relay}"
        raw: bytes | None = None
        if self.opening.secrets is not None:
            secrets = self.opening.secrets
            try:
                text = await self._keyring.run(lambda: secrets.get(name))
                raw = None if text is None else text.encode()
                if raw is None:
                    raw = await self._taken_over(secrets, relay)
            except SecretsLocked:
                raw = None
        if raw is None:
            raw = await store.run(lambda conn: history.fact(conn, name))
        if raw is not None:
            try:
                self.kept = msgspec.json.decode(raw, type=KeptToken)
            except msgspec.DecodeError:
                self.kept = None
        await self.read_pin(relay)

    async def read_pin(self, relay: str) -> None:
        """The relay's key as the history knows it."""
        store = self._context.store
        pin = await store.run(lambda conn: history.fact(conn, f"{history.PIN}{relay}"))
        self.pinned = None if pin is None else msgspec.json.decode(pin, type=Pinned)
        self.new_key = None
        self._context.pin(self.known_keys)

    async def _taken_over(self, secrets: Secrets, relay: str) -> bytes | None:
        """A token of before entries carried an id, where it is of somebody whom this folder knows;
        from now on under its id."""
        store, name = self._context.store, f"token:{relay}"
        old = replace(secrets, profile="")
        text = await self._keyring.run(lambda: old.get(name))
        if text is None or not secrets.profile:
            return None
        try:
            account = msgspec.json.decode(text, type=KeptToken).account.account
        except msgspec.DecodeError:
            return None
        if not await store.run(lambda conn: history.knows(conn, relay, account)):
            return None

        def move() -> None:
            secrets.put(name, text)
            old.drop(name)

        await self._keyring.run(move)
        return text.encode()

    async def keep(self, relay: str, kept: KeptToken | None) -> None:
        """In the keyring where there is one; else in the store, which is encrypted or memory."""
        self.kept = kept
        store, name = self._context.store, f"token:{relay}"
        value = None if kept is None else msgspec.json.encode(kept)
        if self.opening.secrets is not None and self.opening.state is KeyringState.WORKING:
            secrets = self.opening.secrets
            try:
                if value is None:
                    await self._keyring.run(lambda: secrets.drop(name))
                else:
                    text = value.decode()
                    await self._keyring.run(lambda: secrets.put(name, text))
                value = None
            except SecretsLocked:
                self._context.tell(Notice(NoticeCode.TOKEN_NOT_KEPT))
        await store.run(lambda conn: history.put_fact(conn, name, value))

    def pin(self, relay: str, welcome: Welcome) -> None:
        """First contact fixes the key. One that the key known here named as the next is followed, and
        that is said; any other is said aloud and waits for the person's word."""
        now, follows = _told(welcome, self.pinned)
        if self.pinned is None:
            self.pinned = now
            self._keep_key(relay, now)
            self._context.tell(AppChanged())
        elif self.pinned.relay_key == now.relay_key:
            self.new_key = None
        elif follows:
            before, self.pinned, self.new_key = self.pinned, now, None
            self._keep_key(relay, now)
            self._context.tell(AppChanged())
            self._context.tell(Notice(NoticeCode.RELAY_KEY_FOLLOWED, name=before.key_id))
        else:
            if self.new_key != now:
                self.new_key = now
                self._context.tell(AppChanged())
                self._context.tell(Notice(NoticeCode.RELAY_KEY_CHANGED, name=welcome.key_id))

    @property
    def key_id(self) -> str:
        """The relay's, as it was met first; "" before."""
        return "" if self.pinned is None else self.pinned.key_id

    @property
    def known_keys(self) -> KnownKeys:
        """By which the relay's word is known; none before it was met."""
        return KnownKeys(()) if self.pinned is None else self.pinned.known

    @property
    def relay_key(self) -> str:
        """In hex; "" before it was met."""
        return "" if self.pinned is None else self.pinned.relay_key

    @property
    def former_key_ids(self) -> tuple[str, ...]:
        """Of the keys before it, the newest first."""
        return () if self.pinned is None else tuple(map(key_id_of, self.pinned.known.keys[1:]))

    @property
    def new_key_id(self) -> str:
        return "" if self.new_key is None else self.new_key.key_id

    def accept_key(self, relay: str) -> bool:
        """The person takes the relay's new key for good; False where there is none."""
        if self.new_key is None:
            return False
        self.pinned, self.new_key = self.new_key, None
        self._keep_key(relay, self.pinned)
        return True

    def _keep_key(self, relay: str, pinned: Pinned) -> None:
        """In the store; and among the settings, where `verify` finds it without the vault's key."""
        value = msgspec.json.encode(pinned)
        self._context.pin(pinned.known)
        self._context.store.post(
            lambda conn: history.put_fact(conn, f"{history.PIN}{relay}", value)
        )
        settings = self._context.settings
        met = settings.values.met_keys
        fresh = [key for key in (*reversed(pinned.former), pinned.relay_key) if key not in met]
        if fresh:
            settings.set(met_keys=(*met, *fresh))

    async def destroy(self) -> None:
        """The files and the key; the store in memory goes on empty."""
        vault, secrets = self._vault, self.opening.secrets
        self.kept = None
        if vault is not None:
            await self._keyring.run(lambda: vault.destroy(secrets))


def _told(welcome: Welcome, pinned: Pinned | None) -> tuple[Pinned, bool]:
    """The key that a relay shows with those before it, and whether it follows in order from the one
    that is known here."""
    key, steps = welcome.relay_key, welcome.succession
    if not steps:  # a start without the library that checks signatures
        return Pinned(welcome.key_id, key), False
    from miaohui.promise.succession import predecessors, successors

    follows = pinned is not None and key in successors(steps, pinned.relay_key)
    return Pinned(welcome.key_id, key, predecessors(steps, key)), follows
