"""One of a tester's accounts: a customer like any other, with a client and a store of its own.

Its password and its store's passphrase lie sealed in the run's folder (``seal``), readable by its
owner alone; the system's keyring holds one key for all of them, and one account a relay, the one of
the person's own app.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from miaohui.checks.record.folder import write_new
from miaohui.checks.run import names, seal
from miaohui.client.facade import Client
from miaohui.client.port import Refused
from miaohui.client.settings import Settings
from miaohui.client.snapshots import AppChanged, Change, LinkState
from miaohui.client.store.secrets import KeyringState
from miaohui.client.store.vault import Vault
from miaohui.runtime.clock import Clock
from miaohui.runtime.tasks import Tasks
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result

WAIT_MS = 60_000
AGAIN_MS = 2_000
LOOK_MS = 1_000.0  # what is waited for may hang on the time, of which nobody tells
SIGN_TRIES = 6


class Owned(msgspec.Struct, frozen=True, kw_only=True):
    """The account's secrets, sealed in ``account.sealed``."""

    name: str
    password: str
    display: str
    passphrase: str


SEALED, CLEAR = "account.sealed", "account.json"


def read_owned(folder: Path) -> Owned | None:
    """What an account of a run owns; None where there is none yet. One that an earlier version
    left in clear is sealed. SealBroken where its key is not here."""
    path, clear = folder / SEALED, folder / CLEAR
    try:
        if path.exists():
            return msgspec.json.decode(seal.opened(path.read_bytes(), folder.name), type=Owned)
        owned = msgspec.json.decode(clear.read_bytes(), type=Owned)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
    _write_owned(folder, owned)
    return owned


def _write_owned(folder: Path, owned: Owned) -> None:
    raw = seal.sealed(msgspec.json.encode(owned), folder.name)
    write_new(folder / SEALED, raw, 0o600)
    (folder / CLEAR).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class AccountGone:
    """Why an account cannot be used now: "banned", or the link's reason."""

    reason: str


class GaveUp(Exception):
    """Who asked does not want to know any more."""


class TestAccount:
    """Made once an account is needed; ``enter`` before each use."""

    def __init__(
        self, folder: Path, url: str, clock: Clock, taken: frozenset[str] = frozenset()
    ) -> None:
        self._folder, self._url, self._clock, self._taken = folder, url, clock, taken
        self._tasks = Tasks()
        self._moved = asyncio.Event()
        self._live = False
        self.banned = False
        self.cuts = 0
        self.owned = self._own()
        self.client = Client(Settings(folder / "settings.json"), folder, clock=clock)
        self.client.subscribe(self._heard)
        self._running: asyncio.Task[None] | None = None

    def _own(self) -> Owned:
        found = read_owned(self._folder)
        if found is not None:
            return found
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owned = Owned(
            name=names.login(),
            password=secrets.token_urlsafe(18),
            display=names.shown(self._taken),
            passphrase=secrets.token_urlsafe(24),
        )
        _write_owned(self._folder, owned)
        return owned

    # --- life --------------------------------------------------------------------------------
    async def start(self) -> None:
        """Opens the store under the account's own key and connects in the background."""
        # The side file first: with it there, the client looks into no keyring.
        await asyncio.to_thread(Vault(self._folder).with_passphrase, self.owned.passphrase)
        self.client.settings.set(relay_url="", send_seen=True)
        self._running = self._tasks.start(self.client.run(), "client")
        await self.until(lambda: self.client.view.keyring == KeyringState.LOCKED, WAIT_MS)
        await self.client.unlock(self.owned.passphrase)
        self.client.choose_relay(self._url)

    async def stop(self) -> None:
        self.client.stop()
        if self._running is not None:
            await asyncio.wait((self._running,))
        await self._tasks.close()

    # --- waiting -----------------------------------------------------------------------------
    def _heard(self, change: Change) -> None:
        if isinstance(change, AppChanged):
            link = self.client.view.link
            live = link.state is LinkState.LIVE
            self.cuts += self._live and not live
            self._live = live
            self.banned = self.banned or (
                link.state is LinkState.REFUSED and link.reason == Code.BANNED
            )
        self.wake()

    def wake(self) -> None:
        """Everybody who waits here looks again."""
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def until(self, holds: Callable[[], bool], most_ms: float | None = None) -> bool:
        """Waits for what is seen here; False where it did not come in time."""
        end = None if most_ms is None else self._clock.mono() + most_ms
        while not holds():
            left = LOOK_MS if end is None else min(LOOK_MS, end - self._clock.mono())
            if left <= 0:
                return False
            try:
                async with asyncio.timeout(left / 1000):
                    await self._moved.wait()
            except TimeoutError:
                continue
        return True

    # --- in ----------------------------------------------------------------------------------
    @property
    def live(self) -> bool:
        return self.client.view.link.state is LinkState.LIVE

    @property
    def why_gone(self) -> str:
        """The link's own word for why it is not there."""
        return self.client.view.link.reason or str(self.client.view.link.state)

    async def enter(self, give_up: Callable[[], bool]) -> AccountGone | None:
        """Signed in at the relay when this returns None; else why not. Waits for a relay that is
        gone until ``give_up`` says so."""
        for _ in range(SIGN_TRIES):
            await self.until(lambda: self._answered() or self.banned or give_up())
            if self.banned:
                return AccountGone(Code.BANNED)
            if not self._answered():
                return AccountGone(self.why_gone)
            if self.client.view.account is not None:
                return None
            try:
                await self._sign()
            except Refused as refused:
                if refused.code == Code.BANNED:
                    self.banned = True
                    return AccountGone(Code.BANNED)
                if refused.code not in (Code.TOO_MANY, Code.RELAY_FAULT, "offline", "timeout"):
                    return AccountGone(refused.code)
                await self.until(give_up, max(refused.retry_ms, AGAIN_MS))
        return AccountGone("sign_in")

    def _answered(self) -> bool:
        """The relay said who it takes us for."""
        welcome = self.client.welcome
        if not self.live or welcome is None:
            return False
        return welcome.account is None or self.client.view.account is not None

    async def _sign(self) -> None:
        owned = self.owned
        try:
            await self.client.sign_in(owned.name, owned.password)
        except Refused as refused:
            if refused.code != Code.WRONG_CREDENTIALS:
                raise
            await self._sign_up()

    async def _sign_up(self) -> None:
        """A new account; another name where this one is somebody's."""
        try:
            await self.client.sign_up(self.owned.name, self.owned.password, self.owned.display)
        except Refused as refused:
            if refused.code == Code.NAME_TAKEN:
                self.owned = msgspec.structs.replace(self.owned, name=names.login())
                _write_owned(self._folder, self.owned)
            raise Refused(Code.TOO_MANY) if refused.code == Code.NAME_TAKEN else refused from None

    # --- asking ------------------------------------------------------------------------------
    async def ask(self, request: Request, give_up: Callable[[], bool]) -> Result:
        """The relay's answer, across cuts and moments in which it cannot; Refused where it said
        no, GaveUp where ``give_up`` said so first."""
        while True:
            answer = self._tasks.start(self._ask(request), "ask")
            answer.add_done_callback(lambda _: self.wake())
            await self.until(lambda a=answer: a.done() or give_up() or self.banned)  # type: ignore[misc]
            if not answer.done():
                answer.cancel()
                if self.banned:
                    raise Refused(Code.BANNED)
                raise GaveUp
            found = answer.result()
            if isinstance(found, Result):
                return found
            if found.code == Code.BANNED:
                self.banned = True
            if found.code not in (Code.TOO_MANY, Code.RELAY_FAULT, "offline", "timeout"):
                raise found
            if give_up():
                raise GaveUp
            await self.until(lambda: give_up() or self.banned, max(found.retry_ms, AGAIN_MS))

    async def _ask(self, request: Request) -> Result | Refused:
        try:
            return await self.client.ask(request)
        except Refused as refused:
            return refused
