"""A catalogue out of a file: shops, offers, people with accounts that can sign in."""

import json
import secrets
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from miaohui.relay.accounts import accounts, passwords
from miaohui.relay.directory import listing_index, names, people
from miaohui.relay.money.orderbook import USUAL_TERMS, terms_text
from miaohui.relay.ports import Refused
from miaohui.relay.shops import shopkeeping
from miaohui.relay.storage import control
from miaohui.wire.accounts import Role
from miaohui.wire.catalogue import TermsView

Id = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")]


class PersonIn(Struct, frozen=True, kw_only=True):
    """A responder; fields not named here are somebody else's business."""

    responder: Id
    name: str
    about: str = ""
    capacity: Annotated[int, Meta(ge=1, le=people.MOST_CAPACITY)] = people.CAPACITY


class OfferIn(Struct, frozen=True, kw_only=True):
    """Something on sale."""

    offer: Id
    minutes: int
    price_fen: int
    mode: Literal["text"] = "text"
    trial: bool = False


class ShopIn(Struct, frozen=True, kw_only=True):
    """A shop."""

    shop: Id
    name: str
    about: str = ""
    freelancer: bool = False
    tags: list[str] = []
    open_hours: str = "00:00-24:00"
    utc_offset_min: Annotated[int, Meta(ge=-720, le=840)] = 480
    praise_permille: Annotated[int, Meta(ge=0, le=1000)] | None = None
    terms: TermsView = USUAL_TERMS
    offers: list[OfferIn] = []
    people: list[PersonIn] = []


class CatalogueIn(Struct, frozen=True, kw_only=True):
    """The whole file."""

    shops: list[ShopIn]


class CatalogueWrong(ValueError):
    """A catalogue that cannot be loaded; the text is one sentence. Nothing of it was."""


@dataclass(frozen=True, slots=True)
class MadeCredential:
    """A newly made responder's name and password."""

    responder: str
    name: str
    password: str
    shop: str


def load_catalogue_in(
    conn: sqlite3.Connection,
    catalogue: object,
    now_ms: int,
    *,
    seal: Callable[[str], str] = passwords.seal,
) -> list[MadeCredential]:
    """Adds what is not there yet; the ids in the file become the relay's. Returns the passwords
    of the people that it made: they are kept nowhere else."""
    try:
        wanted = msgspec.convert(catalogue, CatalogueIn)
    except msgspec.ValidationError as error:
        raise CatalogueWrong(f"the catalogue does not fit: {error}") from None
    made: list[MadeCredential] = []
    for shop in wanted.shops:
        try:
            made += _load_shop_in(conn, shop, now_ms)
        except Refused as refused:
            raise CatalogueWrong(f"shop {shop.shop!r} does not fit: {refused}") from None
        except sqlite3.IntegrityError as error:
            raise CatalogueWrong(f"shop {shop.shop!r} meets one that is there: {error}") from None
    _seal_in(conn, made, seal)
    return made


def _load_shop_in(conn: sqlite3.Connection, shop: ShopIn, now_ms: int) -> list[MadeCredential]:
    if conn.execute("SELECT 1 FROM shops WHERE shop = ?", (shop.shop,)).fetchone() is None:
        make_shop_in(conn, shop, now_ms)
    known = {
        each[0]
        for each in conn.execute("SELECT responder FROM people WHERE shop = ?", (shop.shop,))
    }
    made = [
        _make_person_in(conn, shop, person, now_ms)
        for person in shop.people
        if person.responder not in known
    ]
    listing_index.refresh_all_in(conn, shop.shop)
    return made


def make_shop_in(conn: sqlite3.Connection, shop: ShopIn, now_ms: int) -> None:
    """A new shop with its offers; Refused where something of it is not allowed."""
    listing_index.parse_hours(shop.open_hours)
    conn.execute(
        "INSERT INTO shops (shop, name, about, freelancer, tags, open_hours, utc_offset_min, terms,"
        " praise_permille, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            shop.shop,
            names.display_name(names.offered(shop.name, shopkeeping.ABOUT_CHARS, "name")),
            names.offered(shop.about, shopkeeping.ABOUT_CHARS, "about"),
            shop.freelancer,
            json.dumps(shopkeeping.clean_tags(shop.tags), ensure_ascii=False),
            shop.open_hours,
            shop.utc_offset_min,
            terms_text(shop.terms),
            shop.praise_permille,
            now_ms,
        ),
    )
    for offer in shop.offers:
        shopkeeping.check_offer(offer.minutes, offer.price_fen)
        conn.execute(
            "INSERT INTO offers (offer, shop, minutes, mode, price_fen, trial)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (offer.offer, shop.shop, offer.minutes, offer.mode, offer.price_fen, offer.trial),
        )
    listing_index.refresh_all_in(conn, shop.shop)


def _make_person_in(
    conn: sqlite3.Connection, shop: ShopIn, person: PersonIn, now_ms: int
) -> MadeCredential:
    display = names.display_name(person.name)
    accounts.make_account_in(
        conn,
        account=person.responder,
        name=person.responder,
        display=display,
        role=Role.RESPONDER,
        shop=shop.shop,
        sealed="",
        now_ms=now_ms,
    )
    people.add_in(
        conn,
        person.responder,
        shop.shop,
        display,
        names.offered(person.about, shopkeeping.ABOUT_CHARS, "about"),
        person.capacity,
    )
    control.say_in(conn, "people", person.responder, now_ms)
    password = secrets.token_urlsafe(18)
    return MadeCredential(person.responder, person.responder, password, shop.shop)


def _seal_in(
    conn: sqlite3.Connection, made: list[MadeCredential], seal: Callable[[str], str]
) -> None:
    plain = [each.password for each in made]
    with ThreadPoolExecutor(2) as pool:
        for credential, sealed in zip(made, pool.map(seal, plain), strict=True):
            conn.execute(
                "UPDATE accounts SET password = ? WHERE account = ?",
                (sealed, credential.responder),
            )
