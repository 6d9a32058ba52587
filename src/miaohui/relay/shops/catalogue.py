"""The catalogue: pages of shops, and a shop whole."""

import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import msgspec

from miaohui.relay.directory import card_answers, listing, statistics
from miaohui.relay.directory.on_duty import OnDuty
from miaohui.relay.directory.people import ResponderRow
from miaohui.relay.money.orderbook import terms_of
from miaohui.relay.orders import checkout
from miaohui.relay.ports import Caller, Handler, Refused
from miaohui.relay.shops import hours, reviews
from miaohui.relay.storage.receipt_log import origin_in, sum_of
from miaohui.relay.storage.store import ReadLane, Store
from miaohui.runtime.clock import Clock
from miaohui.wire.catalogue import (
    Claimed,
    GetShop,
    LoggedSums,
    Measured,
    Offer,
    Person,
    Search,
    Shop,
    ShopCard,
    ShopPage,
)
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result

Live = Mapping[str, tuple[int, bool, int | None]]
"""Shop → how many on on_duty, somebody free, queue in ms."""


# A shop's page has to fit into one frame.
PEOPLE_SHOWN = 40
OWN_LOOKS = 4  # of one account at a time: a page, and what somebody types meanwhile
LOOKS = 64  # of everybody at a time
LOOK_AGAIN_MS = 500


class ShopCatalogue:
    """The shops as customers see them. Who is on duty comes from memory, all else is stored."""

    def __init__(
        self,
        store: Store,
        on_duty: OnDuty,
        clock: Clock,
        ways: Callable[[str], list[str]] = lambda shop: [],
    ) -> None:
        """``ways``: the providers by which a shop can be paid."""
        self._store = store
        self._on_duty = on_duty
        self._clock = clock
        self._ways = ways
        self._looking: dict[str, int] = {}  # accounts with a look under way or waiting

    def handlers(self) -> dict[type[Request], Handler]:
        return {Search: self._search, GetShop: self._get_shop}

    @asynccontextmanager
    async def _turn(self, account: str) -> AsyncIterator[None]:
        """One look at a time for each account, and so many in all: what is over is refused while
        it is cheap."""
        own = self._looking.get(account, 0)
        if own >= OWN_LOOKS or sum(self._looking.values()) >= LOOKS:
            raise Refused(Code.TOO_MANY, "search", retry_ms=LOOK_AGAIN_MS)
        self._looking[account] = own + 1
        try:
            yield
        finally:
            if own := self._looking[account] - 1:
                self._looking[account] = own
            else:
                del self._looking[account]

    def _live(self, shops: set[str]) -> Live:
        return {shop: self._on_duty.live(shop) for shop in shops}

    async def _search(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, Search)
        # Who is free is worked out for every shop on duty only where the page depends on it.
        live: Live = {}
        if request.free_now or request.sort == "wait":
            live = self._live(self._on_duty.shops_on_duty())

        def job(conn: sqlite3.Connection) -> ShopPage:
            queue: dict[int, int] = {}
            free: list[int] = []
            if live:
                numbers = conn.execute(
                    "SELECT shop, n FROM shops WHERE shop IN (SELECT value FROM json_each(?))",
                    (json.dumps(list(live)),),
                ).fetchall()
                for shop, n in numbers:
                    _, is_free, wait = live[shop]
                    if wait is not None:
                        queue[n] = wait
                    if is_free:
                        free.append(n)
            found = listing.find(conn, request, queue, free)
            return ShopPage(
                cards=[card(conn, shop, live) for shop in found.shops],
                total=found.total,
                cursor=found.cursor,
            )

        async with self._turn(caller.account):
            page = await self._store.read(job, ReadLane.BROWSING)
        now = self._live({each.shop for each in page.cards})
        return ShopPage(
            cards=[_alive(each, now) for each in page.cards], total=page.total, cursor=page.cursor
        )

    async def _get_shop(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, GetShop)
        shop = request.shop
        live = self._live({shop})
        people = self._on_duty.people_of(shop)[:PEOPLE_SHOWN]
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> Shop:
            row = conn.execute(
                "SELECT about, open_hours, utc_offset_min, terms, invoice FROM shops WHERE shop = ?",
                (shop,),
            ).fetchone()
            if row is None:
                raise Refused(Code.NOT_FOUND, "shop")
            served = conn.execute(
                "SELECT count(*) FROM measured_sessions WHERE subject = ?", (shop,)
            ).fetchone()[0]
            return Shop(
                card=card(conn, shop, live),
                about=row[0],
                open_hours=row[1],
                utc_offset_min=row[2],
                served=served,
                offers=offers(conn, shop, now),
                people=[
                    person_of(self._on_duty, person, statistics.read(conn, person.responder), now)
                    for person in people
                ],
                hours=statistics.read_hours(conn, shop),
                reviews=reviews.newest(conn, shop),
                terms=terms_of(row[3]),
                window_days=statistics.WINDOW_DAYS,
                logged=_logged(conn, shop),
                providers=self._ways(shop),
                cards_kept=card_answers.cards_kept_in(conn, "shop", shop, now),
                special_days=hours.special_days(conn, shop, hours.local_day(now, row[2])),
                invoice=row[4],
            )

        async with self._turn(caller.account):
            return await self._store.read(job, ReadLane.BROWSING)


def person_of(on_duty: OnDuty, row: ResponderRow, figures: Measured, now: int) -> Person:
    """A responder as customers see one."""
    presence = on_duty.presence(row.responder)
    since = row.on_since_ms
    return Person(
        responder=row.responder,
        name=row.name,
        about=row.about,
        presence=presence,
        sessions_now=on_duty.load_of(row.responder),
        capacity=row.capacity,
        on_since_ms=None if presence != "on" or since is None else max(0, now - since),
        last_wait_ms=on_duty.last_wait_ms(row.responder),
        measured=figures,
    )


def _logged(conn: sqlite3.Connection, shop: str) -> LoggedSums | None:
    origin = origin_in(conn)
    if origin is None:
        return None
    return LoggedSums(origin=origin, **msgspec.structs.asdict(sum_of(conn, shop, person=False)))


def _alive(found: ShopCard, live: Live) -> ShopCard:
    on_duty, free_now, queue = live[found.shop]
    return msgspec.structs.replace(found, on_duty=on_duty, free_now=free_now, queue_ms=queue)


def offers(conn: sqlite3.Connection, shop: str, now: int | None = None) -> list[Offer]:
    """The offers on sale, short ones first. ``now``: to count what is left of a day's."""
    rows = conn.execute(
        "SELECT offer, minutes, mode, price_fen, trial, most_a_day FROM offers"
        " WHERE shop = ? AND dropped_ms IS NULL ORDER BY trial DESC, minutes, price_fen",
        (shop,),
    ).fetchall()
    return [
        Offer(
            offer=offer,
            minutes=minutes,
            mode=mode,
            price_fen=price,
            trial=bool(trial),
            most_a_day=most,
            left_today=None
            if most is None or now is None
            else max(0, most - checkout.sold_today_in(conn, shop, offer, now)),
        )
        for offer, minutes, mode, price, trial, most in rows
    ]


def card(conn: sqlite3.Connection, shop: str, live: Live) -> ShopCard:
    """A shop's card; ``live`` where somebody of it is on duty."""
    name, freelancer, tags, praise, people, night = conn.execute(
        "SELECT s.name, s.freelancer, s.tags, s.praise_permille,"
        " (SELECT count(*) FROM people p JOIN accounts a ON a.account = p.responder"
        "   WHERE p.shop = s.shop AND a.banned_ms IS NULL),"
        " ifnull((SELECT night FROM cards c WHERE c.n = s.n), 0)"
        " FROM shops s WHERE s.shop = ?",
        (shop,),
    ).fetchone()
    stars, count = conn.execute(
        "SELECT ifnull(sum(stars), 0), count(*) FROM reviews WHERE shop = ?", (shop,)
    ).fetchone()
    sold = offers(conn, shop)
    usual = [offer for offer in sold if not offer.trial]
    cheapest = min(usual, key=lambda offer: (offer.price_fen, offer.minutes), default=None)
    trial = min(
        (offer for offer in sold if offer.trial), key=lambda offer: offer.price_fen, default=None
    )
    on_duty, free_now, queue = live.get(shop, (0, False, None))
    return ShopCard(
        shop=shop,
        name=name,
        freelancer=bool(freelancer),
        tags=json.loads(tags),
        modes=sorted({offer.mode for offer in sold}),
        people=people,
        on_duty=on_duty,
        free_now=free_now,
        queue_ms=queue,
        measured=statistics.read(conn, shop),
        claimed=Claimed(
            praise_permille=praise,
            stars_tenths=stars * 10 // count if count else None,
            reviews=count,
        ),
        from_fen=cheapest.price_fen if cheapest else 0,
        from_minutes=cheapest.minutes if cheapest else 0,
        trial_fen=trial.price_fen if trial else None,
        trial_minutes=trial.minutes if trial else None,
        night=bool(night),
    )
