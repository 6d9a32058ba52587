"""What belongs to no single session: wallet, orders, the list of sessions, the desk."""

import asyncio
import contextlib
import logging
from enum import StrEnum
from typing import Any

import msgspec

from miaohui.client.port import Refused
from miaohui.client.snapshots import AppChanged, Notice, NoticeCode
from miaohui.client.store import history
from miaohui.client.sync.context import Context
from miaohui.wire.accounts import GetWallet, Wallet
from miaohui.wire.desk import Desk, GetDesk
from miaohui.wire.orders import ListOrders, Order, Orders, OrderState
from miaohui.wire.sessions import ListSessions, SessionCard, Sessions

log = logging.getLogger(__name__)
PAGES = 40
SOON_S = 0.05
MONEY = frozenset(
    {
        OrderState.PAID,
        OrderState.SETTLED,
        OrderState.DECLINED,
        OrderState.NO_SHOW,
        OrderState.VOID,
        OrderState.REFUNDED,
    }
)


class RefreshState(StrEnum):
    """How far reading everything anew is."""

    IDLE = "idle"
    DUE = "due"  # asked for; it begins in a moment
    READING = "reading"
    READING_OLD = "reading old"  # asked for once more since it began


class AccountCache:
    """Held in memory, kept in the store for a start without a link."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.wallet: Wallet | None = None
        self.orders: tuple[Order, ...] = ()
        self.sessions: tuple[SessionCard, ...] = ()
        self.desk: Desk | None = None
        self.on_sessions: list[Any] = []  # called when the list may have changed
        self._cards: dict[str, SessionCard] = {}
        self._refreshing = RefreshState.IDLE
        # What came by itself since all of it began to be read anew: the answer may be older.
        self._fresh: dict[str, SessionCard] = {}
        self._pushed: set[str] = set()  # orders, "wallet", "desk"

    def clear(self) -> None:
        self.wallet, self.orders, self.sessions, self.desk = None, (), (), None
        self._cards.clear()
        self._fresh.clear()
        self._pushed.clear()

    # --- the store ---------------------------------------------------------------------------
    async def load(self) -> None:
        scope = self._context.scope
        raw = await self._context.store.run(
            lambda conn: [
                history.cached(conn, scope, name) for name in ("wallet", "orders", "sessions")
            ]
        )
        wallet, orders, sessions = raw
        # It is a memory of what the relay said, and is read from there again: what does not fit
        # today's bounds is let go.
        with contextlib.suppress(msgspec.DecodeError):
            if wallet is not None and self.wallet is None:
                self.wallet = msgspec.json.decode(wallet, type=Wallet)
        with contextlib.suppress(msgspec.DecodeError):
            if orders is not None and not self.orders:
                self.orders = tuple(msgspec.json.decode(orders, type=list[Order]))
        with contextlib.suppress(msgspec.DecodeError):
            if sessions is not None and not self.sessions:
                self._set_sessions(msgspec.json.decode(sessions, type=list[SessionCard]))

    def _keep(self, name: str, value: object) -> None:
        scope, raw = self._context.scope, msgspec.json.encode(value)
        if scope:
            self._context.store.post(lambda conn: history.put_cache(conn, scope, name, raw))

    # --- reading anew ------------------------------------------------------------------------
    def refresh(self) -> None:
        """Soon, once, however many ask for it in the meantime."""
        match self._refreshing:
            case RefreshState.IDLE:
                self._refreshing = RefreshState.DUE
                asyncio.get_running_loop().call_later(SOON_S, self._start)
            case RefreshState.READING:
                self._refreshing = RefreshState.READING_OLD
            case RefreshState.DUE | RefreshState.READING_OLD:
                pass

    def _start(self) -> None:
        self._refreshing = RefreshState.IDLE
        if self._context.signed_in:
            try:
                self._context.tasks.start(self._refresh(), "refresh")
            except RuntimeError:
                return  # the client stopped in between
            self._refreshing = RefreshState.READING

    async def _refresh(self) -> None:
        try:
            await self._read()
        except Refused as refused:
            log.info("refresh was refused: %s", refused.code)
        finally:
            again = self._refreshing is RefreshState.READING_OLD
            self._refreshing = RefreshState.IDLE
            if again:
                self.refresh()

    async def _read(self) -> None:
        context = self._context
        if context.account is None:
            return
        self._fresh.clear()
        self._pushed.clear()
        if context.me == "customer":
            wallet = await context.query(GetWallet(id=context.new_id()))
            if isinstance(wallet, Wallet) and "wallet" not in self._pushed:
                self.wallet = wallet
                self._keep("wallet", wallet)
            self._set_orders(await self._all_orders())
        else:
            desk = await context.query(GetDesk(id=context.new_id()))
            if isinstance(desk, Desk) and "desk" not in self._pushed:
                self.desk = desk
        found = await self._all_sessions()
        if any(found.get(session) != card for session, card in self._fresh.items()):
            found = {**self._fresh, **found, **self._fresh}
            self.refresh()
        self._set_sessions(list(found.values()))
        self._keep("sessions", list(self.sessions))
        self._tell()

    async def _all_orders(self) -> list[Order]:
        found: list[Order] = []
        cursor: str | None = None
        for _ in range(PAGES):
            page = await self._context.query(ListOrders(id=self._context.new_id(), cursor=cursor))
            if not isinstance(page, Orders):
                break
            found += page.orders
            cursor = page.cursor
            if cursor is None:
                break
        return found

    async def _all_sessions(self) -> dict[str, SessionCard]:
        found: dict[str, SessionCard] = {}
        cursor: str | None = None
        for _ in range(PAGES):
            page = await self._context.query(ListSessions(id=self._context.new_id(), cursor=cursor))
            if not isinstance(page, Sessions):
                break
            for card in page.sessions:
                found.setdefault(card.session, card)
            cursor = page.cursor
            if cursor is None:
                break
        return found

    # --- changes that come by themselves -----------------------------------------------------
    def order_changed(self, order: Order) -> None:
        known = {each.order: each for each in self.orders}
        old = known.get(order.order)
        if old is not None and old.version > order.version:
            return
        self._pushed.add(order.order)
        if old is None:
            self.orders = (order, *self.orders)
        else:
            known[order.order] = order
            self.orders = tuple(known.values())
        self._keep("orders", list(self.orders))
        if order.state in MONEY or (order.session and order.session not in self._cards):
            self.refresh()
        self._tell()

    def _set_orders(self, orders: list[Order]) -> None:
        newest = {order.order: order for order in self.orders}
        listed = {order.order for order in orders}
        missed = self._pushed - listed
        merged = [order for order in self.orders if order.order in missed]
        for order in orders:
            old = newest.get(order.order)
            merged.append(old if old is not None and old.version > order.version else order)
        self.orders = tuple(merged)
        self._keep("orders", merged)
        self._heard()  # an order may have become a session that somebody writes to before the list

    def desk_changed(self, desk: Desk) -> None:
        known = None if self.desk is None else {each.order for each in self.desk.incoming}
        for offer in desk.incoming:
            if known is not None and offer.order not in known:
                told = (offer.order, offer.left_ms, offer.customer_name)
                self._context.tell(Notice(NoticeCode.INCOMING, *told))
        before = set() if self.desk is None else {one.session for one in self.desk.handover_offers}
        for handed in desk.handover_offers:
            if known is not None and handed.session not in before:
                told = (handed.session, handed.left_ms, handed.giver)
                self._context.tell(Notice(NoticeCode.HANDOVER_WAITS, *told))
        kept = set() if self.desk is None else _untaken(self.desk)
        for session in _untaken(desk) - kept:
            self._context.tell(Notice(NoticeCode.HANDOVER_UNTAKEN, session))
        self.desk = desk
        self._pushed.add("desk")
        for card in desk.sessions:
            self.add(card)
        gone = set(self._cards) - {card.session for card in desk.sessions}
        if any(self._cards[session].state != "closed" for session in gone):
            self.refresh()
        self._tell()

    def add(self, card: SessionCard) -> None:
        """A session that just opened, or one that changed."""
        self._fresh[card.session] = card
        if self._cards.get(card.session) == card:
            return
        if card.session in self._cards:
            cards = [card if each.session == card.session else each for each in self.sessions]
        else:
            cards = [card, *self.sessions]
        self._set_sessions(cards)

    def wallet_is(self, wallet: Wallet) -> None:
        self.wallet = wallet
        self._pushed.add("wallet")
        self._keep("wallet", wallet)
        self._tell()

    def _set_sessions(self, cards: list[SessionCard]) -> None:
        self.sessions = tuple(cards)
        self._cards = {card.session: card for card in cards}

    def _tell(self) -> None:
        self._context.tell(AppChanged())
        self._heard()

    def _heard(self) -> None:
        for each in self.on_sessions:
            each()

    # --- looking up --------------------------------------------------------------------------
    def card(self, session: str) -> SessionCard | None:
        return self._cards.get(session)

    def order(self, session: str) -> Order | None:
        """The order of a session, by the session's id or its own."""
        for order in self.orders:
            if session in (order.session, order.order):
                return order
        return None


def _untaken(desk: Desk) -> set[str]:
    """The own sessions that were offered to colleagues, and that nobody took."""
    return {each.session for each in desk.handing_over if each.to is None}
