"""The relay's services put together: accounts, catalogue, orders, money, reviews, shops."""

from collections.abc import Sequence

from miaohui.relay.accounts.accounts import Accounts
from miaohui.relay.accounts.deletion import AccountDeletion
from miaohui.relay.directory.on_duty import OnDuty
from miaohui.relay.directory.people import read_one
from miaohui.relay.directory.statistics import Refresher
from miaohui.relay.directory.work import WorkBook
from miaohui.relay.money.cashier import Cashier
from miaohui.relay.money.notices import NoticeDesk
from miaohui.relay.money.payments import PaymentProvider
from miaohui.relay.money.practicepay import PracticeProvider
from miaohui.relay.money.reconcile import Reconciler
from miaohui.relay.money.wallet import Wallets
from miaohui.relay.orders.orders import Ordering
from miaohui.relay.ports import Handler, PushPort
from miaohui.relay.session.registry import SessionRegistry
from miaohui.relay.shops.catalogue import ShopCatalogue
from miaohui.relay.shops.day import ShopDayView
from miaohui.relay.shops.reports import ReportBook
from miaohui.relay.shops.reviews import Reviews
from miaohui.relay.shops.rotadesk import RotaDesk
from miaohui.relay.shops.shopkeeping import Shopkeeping
from miaohui.relay.shops.terms import TermsPricing
from miaohui.relay.storage.control import HostControl
from miaohui.relay.storage.disk import Disk
from miaohui.relay.storage.keys import HeldKey
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock
from miaohui.runtime.randomness import SYSTEM, Randomness
from miaohui.runtime.tasks import Tasks
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request


class Services:
    """Every room but connections and sessions. ``providers``: who can be paid by; on a practice
    relay the practice provider, unless others are given."""

    def __init__(
        self,
        store: Store,
        push: PushPort,
        clock: Clock,
        tasks: Tasks,
        key: HeldKey,
        *,
        practice: bool,
        review_after_ms: int,
        providers: Sequence[PaymentProvider] | None = None,
        disk: Disk | None = None,
        randomness: Randomness = SYSTEM,
    ) -> None:
        """``disk`` None: one with room for everything."""
        self._store = store
        self._push = push
        self._tasks = tasks
        if providers is None:
            providers = [PracticeProvider(store, clock)] if practice else []
        self.work = WorkBook(clock)
        self.on_duty = OnDuty(push, self.work)
        cashier = Cashier(store, providers, clock)
        self.accounts = Accounts(
            store, push, clock, tasks, practice=practice, came=self._learn, disk=disk
        )
        self.orders = Ordering(
            store,
            push,
            clock,
            tasks,
            self.on_duty,
            cashier,
            key,
            practice=practice,
            disk=disk,
            randomness=randomness,
        )
        self._catalogue = ShopCatalogue(store, self.on_duty, clock, cashier.ways)
        self._wallets = Wallets(store, clock, practice=practice)
        self._reviews = Reviews(store, clock, self.orders.announce, after_ms=review_after_ms)
        self._shopkeeping = Shopkeeping(store, clock)
        self._terms = TermsPricing(store, clock)
        self._day = ShopDayView(store, clock, self.on_duty, self.orders.dispatch)
        self._reports = ReportBook(store, push, clock)
        self.rotas = RotaDesk(store, push, clock, self.on_duty, self.orders.desks)
        self._refresher = Refresher(store, clock)
        self.control = HostControl(store, self._hear)
        self._deletion = AccountDeletion(
            store, push, clock, tasks, self.accounts.holds, self.on_duty.drop, self._words_erased
        )
        self._sessions: SessionRegistry | None = None
        self._providers = providers
        self.notices = NoticeDesk(store, providers, clock, self.orders.hear_of_payment)
        self._reconciler = Reconciler(store, providers, clock)

    def bind(self, sessions: SessionRegistry) -> None:
        self._sessions = sessions
        self.orders.bind(sessions)
        self._day.bind(sessions)

    def handlers(self) -> dict[type[Request], Handler]:
        return {
            **self.accounts.handlers(),
            **self._deletion.handlers(),
            **self._catalogue.handlers(),
            **self._wallets.handlers(),
            **self.orders.handlers(),
            **self._reviews.handlers(),
            **self._shopkeeping.handlers(),
            **self._day.handlers(),
            **self._terms.handlers(),
            **self._reports.handlers(),
            **self.rotas.handlers(),
        }

    async def start(self) -> None:
        """After ``bind``, and before the first connection is let in."""
        await self.control.look()
        await self.orders.start()
        await self.rotas.start()
        self._tasks.start(self.control.run(), "control")
        self._tasks.start(self._refresher.run(), "figures")
        self._tasks.start(self.rotas.run(), "rotas")
        self._tasks.start(self._reconciler.run(), "bills")

    async def stop(self) -> None:
        """The background tasks belong to ``tasks`` and end with it."""
        self.accounts.close()
        for each in self._providers:
            close = getattr(each, "close", None)
            if close is not None:
                await close()

    def _words_erased(self) -> None:
        if self._sessions is not None:
            self._sessions.erased()

    async def _hear(self, what: str, subject: str) -> None:
        """Takes in the host's word from the command line."""
        if what == "payment":
            await self.orders.ask_again(subject)
            return
        if what == "bill":
            self._tasks.start(self._reconciler.reconcile(subject), "bill")
            return
        if what == "report":
            await self._reports.tell(subject)
            return
        if what == "refund":
            self.orders.announce(subject)
            return
        if what == "minor":
            if self._sessions is not None:
                await self._sessions.end_all(subject, "safety")
            return
        if what == "ban":
            self._push.cut(subject, Code.BANNED)
            self.on_duty.drop(subject)
            if self._sessions is not None:
                await self._sessions.end_all(subject, "safety")
        elif what == "sign-out":
            self._push.cut(subject, Code.TOKEN_REVOKED)
        else:
            await self._learn(subject)
        await self.orders.tick()

    async def _learn(self, person: str) -> None:
        """Somebody who answers, or what became known of them. Among the writes: a row read beside
        them could come after a newer word of the person's own and undo it here."""
        row = await self._store.write(lambda conn: read_one(conn, person))
        if row is not None:
            self.on_duty.put(row)
