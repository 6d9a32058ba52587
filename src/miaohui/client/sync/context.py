"""What the client's rooms share: clock, store, link, outbox, who is signed in."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from miaohui.client.feed.outbox import Outbox
from miaohui.client.link.connection import RelayLink
from miaohui.client.link.requests import Requests
from miaohui.client.listeners import Listeners
from miaohui.client.port import Refused
from miaohui.client.settings import Settings
from miaohui.client.snapshots import Change, LinkState, Notice, NoticeCode
from miaohui.client.store.store import LocalStore, StoreClosed
from miaohui.promise.knownkeys import KnownKeys
from miaohui.runtime.clock import Clock, told_utc_ms
from miaohui.runtime.randomness import SYSTEM, Randomness
from miaohui.runtime.tasks import Tasks
from miaohui.wire.accounts import Account
from miaohui.wire.frame import Request, Result
from miaohui.wire.journal import Author
from miaohui.wire.link import KeyStep, Welcome

CONNECTING_S = 5.0
AGAIN_S = 2.0
log = logging.getLogger(__name__)


class Context:
    """Made by the facade; ``join`` brings link and outbox right after, since they call back."""

    connection: RelayLink
    outbox: Outbox
    requests: Requests

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        store: LocalStore,
        randomness: Randomness = SYSTEM,
    ) -> None:
        self.new_id, self.token = randomness.new_id, randomness.token
        self.settings = settings
        self.clock = clock
        self.listeners = Listeners()
        self.store = store
        self.tasks = Tasks()
        self.scope = 0
        self.account: Account | None = None
        self.welcome: Welcome | None = None
        self._relay_utc_ms: int | None = None  # as it was told ...
        self._greeted_at = 0  # ... at this time of our own steady clock
        self.relay_keys = KnownKeys(())  # the relay's, as it was met, followed or accepted
        self.ready = asyncio.Event()  # the link stands and said hello
        self.entered = asyncio.Event()  # ... and the account's history is open

    def join(self, connection: RelayLink, outbox: Outbox) -> None:
        self.connection, self.outbox = connection, outbox
        self.requests = Requests(connection.send)

    def greeted(self, welcome: Welcome) -> None:
        """A relay said hello."""
        self.welcome = welcome
        self._relay_utc_ms, self._greeted_at = told_utc_ms(welcome.utc), self.clock.mono()

    def utc_ms(self) -> int:
        """The relay's wall clock: every time that is kept is by it. Before it was heard, ours."""
        if self._relay_utc_ms is None:
            return self.clock.utc_ms()
        return self._relay_utc_ms + self.clock.mono() - self._greeted_at

    @property
    def succession(self) -> tuple[KeyStep, ...]:
        """How the relay's key changed in order, as it told when it was last reached."""
        return () if self.welcome is None else self.welcome.succession

    def pin(self, keys: KnownKeys) -> None:
        """The keys by which this relay's word is known; none before it was met."""
        self.relay_keys = keys

    def enter(self, account: Account, scope: int) -> None:
        """The account's history is the one that is read and written from now on."""
        self.account, self.scope = account, scope

    def renew(self, account: Account) -> None:
        """The relay's newest word on who is signed in."""
        self.account = account

    def leave(self) -> None:
        self.account, self.scope = None, 0
        self.entered.clear()

    def tell(self, change: Change) -> None:
        self.listeners.tell(change)

    @property
    def live(self) -> bool:
        return self.connection.live

    @property
    def signed_in(self) -> bool:
        return self.live and self.account is not None and self.scope > 0

    @property
    def me(self) -> Author:
        account = self.account
        return "customer" if account is None or account.role == "customer" else "responder"

    async def reachable(self) -> None:
        """Waits a little while the link is being made; Refused("offline") where there is none."""
        if self.live:
            return
        if self.connection.view.state is not LinkState.CONNECTING:
            raise Refused("offline")
        try:
            async with asyncio.timeout(CONNECTING_S):
                await self.ready.wait()
        except TimeoutError:
            raise Refused("offline") from None

    async def insist(self, work: Callable[[], Awaitable[None]]) -> None:
        """Carries out what needs the disk, again and again while the disk refuses: without an
        account and its history the app would stand there mute for good."""
        while True:
            try:
                return await work()
            except (StoreClosed, Refused):
                raise
            except Exception as error:
                log.error("the store failed: %s", type(error).__name__)
                self.tell(Notice(NoticeCode.STORE_FAILED, name=type(error).__name__))
                await asyncio.sleep(AGAIN_S)

    async def query(self, request: Request) -> Result:
        await self.reachable()
        return await self.requests.ask(request)
