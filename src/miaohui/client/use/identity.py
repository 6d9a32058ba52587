"""Who is signed in on this machine, and where that is kept."""

from typing import TYPE_CHECKING

import msgspec

from miaohui.client.port import Refused
from miaohui.client.snapshots import AppChanged, Notice
from miaohui.client.store import history
from miaohui.client.store.schema import SchemaNewer
from miaohui.client.store.secrets import KeyringState, SecretsLocked
from miaohui.client.store.store import StoreUnreadable
from miaohui.client.store.vault import PassphraseShort, Vault, VaultOpening
from miaohui.client.sync.context import Context
from miaohui.wire.accounts import Account
from miaohui.wire.link import Welcome

if TYPE_CHECKING:
    from sqlite3 import Connection


class KeptToken(msgspec.Struct, frozen=True):
    """What is kept for a relay: the token and whose it is."""

    token: str
    account: Account


class Pinned(msgspec.Struct, frozen=True):
    """The relay's key as it was at first contact."""

    key_id: str
    relay_key: str


class SignedInIdentity:
    """The vault's state, the token in use, the relay's pinned key."""

    def __init__(self, context: Context, vault: Vault | None) -> None:
        self._context = context
        self._vault = vault
        self.opening = VaultOpening(KeyringState.MEMORY)
        self.kept: KeptToken | None = None
        self.pinned: Pinned | None = None
        self.state = ""
        self.by_passphrase = self.has_aside = self.back_wanted = False
        self.new_key: Pinned | None = None  # the relay's, until the person accepts it

    # --- the vault ---------------------------------------------------------------------------
    async def open(self) -> None:
        """Opens history where its key is at hand; else in memory, and ``state`` says why."""
        if self._vault is None:
            await self._take(VaultOpening(KeyringState.MEMORY))
            return
        try:
            opening = await self._context.store.apart(self._vault.open)
        except OSError as error:
            # A folder that can't be written: the app works, in memory, and says so.
            self._context.tell(Notice("store_failed", name=type(error).__name__))
            opening = VaultOpening(KeyringState.NONE)
        if not await self._take(opening):
            await self._take(VaultOpening(KeyringState.CHANGED, secrets=opening.secrets))

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
            opening = await store.apart(vault.anew)
        else:
            opening = await store.apart(vault.open)
        return opening.key is not None and await self._take(opening)

    async def _take(self, opening: VaultOpening) -> bool:
        path = None if self._vault is None or opening.key is None else self._vault.database
        try:
            await self._context.store.open(path, opening.key)
        except (StoreUnreadable, SchemaNewer):
            return False
        self.opening = opening
        self.state = opening.state
        await self._look()
        await self._say_set_aside()
        return True

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
            self._context.tell(Notice("set_aside", name=left.decode()))

    # --- tokens ------------------------------------------------------------------------------
    async def read(self, relay: str) -> None:
        """The token for a relay, and its pinned key."""
        self.kept, self.new_key = None, None
        store, name = self._context.store, f"token:{relay}"
        raw: bytes | None = None
        if self.opening.secrets is not None:
            secrets = self.opening.secrets
            try:
                text = await store.apart(lambda: secrets.get(name))
                raw = None if text is None else text.encode()
            except SecretsLocked:
                raw = None
        if raw is None:
            raw = await store.run(lambda conn: history.fact(conn, name))
        if raw is not None:
            try:
                self.kept = msgspec.json.decode(raw, type=KeptToken)
            except msgspec.DecodeError:
                self.kept = None
        pin = await store.run(lambda conn: history.fact(conn, f"key:{relay}"))
        self.pinned = None if pin is None else msgspec.json.decode(pin, type=Pinned)
        self._context.pin("" if self.pinned is None else self.pinned.relay_key)

    async def keep(self, relay: str, kept: KeptToken | None) -> None:
        """In the keyring where there is one; else in the store, which is encrypted or memory."""
        self.kept = kept
        store, name = self._context.store, f"token:{relay}"
        value = None if kept is None else msgspec.json.encode(kept)
        if self.opening.secrets is not None and self.opening.state is KeyringState.WORKING:
            secrets = self.opening.secrets
            try:
                if value is None:
                    await store.apart(lambda: secrets.drop(name))
                else:
                    text = value.decode()
                    await store.apart(lambda: secrets.put(name, text))
                value = None
            except SecretsLocked:
                self._context.tell(Notice("token_not_kept"))
        await store.run(lambda conn: history.put_fact(conn, name, value))

    def pin(self, relay: str, welcome: Welcome) -> None:
        """First contact fixes the key; another one later is said aloud and the first stays."""
        now = Pinned(welcome.key_id, welcome.relay_key)
        if self.pinned is None:
            self.pinned = now
            self._keep_key(relay, now)
            self._context.tell(AppChanged())
        elif self.pinned.relay_key != now.relay_key:
            if self.new_key != now:
                self.new_key = now
                self._context.tell(AppChanged())
                self._context.tell(Notice("relay_key_changed", name=welcome.key_id))
        else:
            self.new_key = None

    @property
    def key_id(self) -> str:
        """The relay's, as it was met first; "" before."""
        return "" if self.pinned is None else self.pinned.key_id

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
        self._context.pin(pinned.relay_key)
        self._context.store.post(lambda conn: history.put_fact(conn, f"key:{relay}", value))
        settings = self._context.settings
        met = settings.values.met_keys
        if pinned.relay_key not in met:
            settings.set(met_keys=(*met, pinned.relay_key))

    async def destroy(self) -> None:
        """The files and the key; the store in memory goes on empty."""
        vault, secrets = self._vault, self.opening.secrets
        self.kept = None
        if vault is not None:
            await self._context.store.apart(lambda: vault.destroy(secrets))
