"""A shop's keeping by its owner: the page, the offers, the people invited."""

import json
import sqlite3
from collections.abc import Callable

from miaohui.relay.accounts import invites
from miaohui.relay.directory import listing_index, names, shop_closing
from miaohui.relay.money.orderbook import terms_text
from miaohui.relay.ports import Caller, Handler, Refused
from miaohui.relay.shops import catalogue, hours, terms
from miaohui.relay.shops.owners import shop_of
from miaohui.relay.storage import audit, idempotency
from miaohui.relay.storage.ids import new_id
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock
from miaohui.wire.accounts import Done, Role
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result
from miaohui.wire.shopkeeping import (
    CloseShop,
    DropOffer,
    Invitation,
    InviteResponder,
    PutOffer,
    UpdateShop,
)

ABOUT_CHARS = 1000
TAG_CHARS = 16
MOST_TAGS = 12
MOST_OFFERS = 30
MOST_A_DAY = 10_000
INVOICE_CHARS = 300
MOST_MINUTES = 24 * 60
MOST_FEN = 10_000_000


def clean_tags(tags: list[str]) -> list[str]:
    """Trimmed, each once, in the order given."""
    cleaned = list(dict.fromkeys(names.offered(tag, TAG_CHARS, "tags") for tag in tags))
    if len(cleaned) > MOST_TAGS or any(not tag or "\n" in tag for tag in cleaned):
        raise Refused(Code.NOT_ALLOWED, "tags")
    return cleaned


def check_offer(minutes: int, price_fen: int, most_a_day: int | None = None) -> None:
    if most_a_day is not None and not 1 <= most_a_day <= MOST_A_DAY:
        raise Refused(Code.NOT_ALLOWED, "most_a_day")
    if not 1 <= minutes <= MOST_MINUTES:
        raise Refused(Code.NOT_ALLOWED, "minutes")
    if not 1 <= price_fen <= MOST_FEN:
        raise Refused(Code.NOT_ALLOWED, "price_fen")


def add_offer_in(
    conn: sqlite3.Connection,
    shop: str,
    minutes: int,
    mode: str,
    price_fen: int,
    *,
    trial: bool,
    most_a_day: int | None = None,
) -> str:
    """An offer is never changed, only replaced: orders and extensions name the one they saw."""
    check_offer(minutes, price_fen, most_a_day)
    offer = new_id()
    conn.execute(
        "INSERT INTO offers (offer, shop, minutes, mode, price_fen, trial, most_a_day)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (offer, shop, minutes, mode, price_fen, trial, most_a_day),
    )
    return offer


def drop_offer_in(conn: sqlite3.Connection, shop: str, offer: str, now_ms: int) -> None:
    dropped = conn.execute(
        "UPDATE offers SET dropped_ms = ? WHERE offer = ? AND shop = ? AND dropped_ms IS NULL",
        (now_ms, offer, shop),
    ).rowcount
    if not dropped:
        raise Refused(Code.NOT_FOUND, "offer")


class Shopkeeping:
    """Owners only, and only in their own shop."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def handlers(self) -> dict[type[Request], Handler]:
        return {
            UpdateShop: self._update,
            PutOffer: self._put_offer,
            DropOffer: self._drop_offer,
            CloseShop: self._close,
            InviteResponder: self._invite,
        }

    async def _do(
        self,
        caller: Caller,
        request: Request,
        job: Callable[[sqlite3.Connection, str], Result],
    ) -> Result:
        shop = shop_of(caller)
        now = self._clock.utc_ms()
        action = type(request).__name__

        def whole(conn: sqlite3.Connection) -> Result:
            known = idempotency.known_in(conn, caller, request)
            if known is not None:
                return known
            answer = job(conn, shop)
            audit.note_in(conn, caller.account, action, shop, now)
            idempotency.remember_in(conn, caller, request, answer)
            return answer

        return await self._store.write(whole)

    async def _update(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, UpdateShop)
        columns: dict[str, str] = {}
        if request.name is not None:
            columns["name"] = names.display_name(names.offered(request.name, ABOUT_CHARS, "name"))
        if request.terms is not None:
            columns["terms"] = terms_text(terms.checked(request.terms))
        if request.invoice is not None:
            columns["invoice"] = names.prose(request.invoice, INVOICE_CHARS, "invoice")
        if request.about is not None:
            columns["about"] = names.offered(request.about, ABOUT_CHARS, "about")
        if request.tags is not None:
            columns["tags"] = json.dumps(clean_tags(request.tags), ensure_ascii=False)
        if request.open_hours is not None:
            listing_index.parse_hours(request.open_hours)
            columns["open_hours"] = request.open_hours

        def job(conn: sqlite3.Connection, shop: str) -> Result:
            for column, value in columns.items():
                conn.execute(f"UPDATE shops SET {column} = ? WHERE shop = ?", (value, shop))
            if request.special_days is not None:
                hours.put_special_in(conn, shop, request.special_days)
            listing_index.refresh_all_in(conn, shop)
            return Done()

        return await self._do(caller, request, job)

    async def _put_offer(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, PutOffer)
        check_offer(request.minutes, request.price_fen, request.most_a_day)
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection, shop: str) -> Result:
            if request.offer is not None:
                drop_offer_in(conn, shop, request.offer, now)
            add_offer_in(
                conn,
                shop,
                request.minutes,
                request.mode,
                request.price_fen,
                trial=request.trial,
                most_a_day=request.most_a_day,
            )
            if len(catalogue.offers(conn, shop)) > MOST_OFFERS:
                raise Refused(Code.TOO_MANY, "offers")
            listing_index.refresh_in(conn, shop)
            return Done()

        return await self._do(caller, request, job)

    async def _drop_offer(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, DropOffer)
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection, shop: str) -> Result:
            drop_offer_in(conn, shop, request.offer, now)
            listing_index.refresh_in(conn, shop)
            return Done()

        return await self._do(caller, request, job)

    async def _close(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, CloseShop)
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection, shop: str) -> Result:
            shop_closing.close_in(conn, shop, now)
            return Done()

        return await self._do(caller, request, job)

    async def _invite(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, InviteResponder)
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection, shop: str) -> Result:
            return Invitation(
                invite=invites.make_in(conn, shop, Role.RESPONDER, caller.account, now)
            )

        return await self._do(caller, request, job)
