"""``miaohui relay admin shop``: a shop shown and set, its figures, money and reviews; no word of a
chat."""

import argparse
import json
import sqlite3
from pathlib import Path

import msgspec

from miaohui.relay.directory.statistics import DAY_MS, WINDOW_DAYS
from miaohui.relay.money.orderbook import terms_of
from miaohui.relay.shops import breakdown, catalogue, hours, replies, reviews, shopkeeping, takings
from miaohui.relay.storage import audit
from miaohui.runtime.arguments import Parser
from miaohui.runtime.clock import rfc3339
from miaohui.wire.catalogue import SpecialDay, TermsView
from miaohui.wire.shopkeeping import UpdateShop

REVIEWS_SHOWN = 50


class ShopWrong(Exception):
    """A command that cannot be carried out; the text is one sentence."""


def add_to(commands: "argparse._SubParsersAction[Parser]") -> None:
    made = commands.add_parser("shop", help="show or set a shop; its figures, money and reviews")
    what = made.add_subparsers(dest="about_shop", required=True)
    for name, about in (
        ("show", "everything that customers are told, and its terms"),
        ("figures", "by person, hour and mode, a line each, with 95 % intervals"),
        ("money", "payments and refunds, a line each, and the sums"),
        ("reviews", "the newest, with what was measured, and the complaints that are decided"),
        ("set", "change what is named, leave the rest"),
    ):
        command = what.add_parser(name, help=about)
        command.add_argument("shop")
        match name:
            case "figures":
                command.add_argument("--days", type=int, default=WINDOW_DAYS, metavar="1-30")
            case "money":
                command.add_argument("first", help="such as 2026-12-01, by the shop's clock")
                command.add_argument("last", help="such as 2026-12-31; it counts")
            case "set":
                command.add_argument("--name")
                command.add_argument("--about")
                command.add_argument("--tag", action="append")
                command.add_argument("--open-hours", help="such as 10:00-02:00")
                command.add_argument(
                    "--day",
                    action="append",
                    metavar="DAY=HOURS",
                    help="other hours on one day, 2027-02-06=closed or 2027-02-14=10:00-24:00;"
                    " those given replace all that were there",
                )
                command.add_argument("--no-days", action="store_true", help="no special days")
                command.add_argument("--terms", type=Path, help="a JSON file as `show` prints them")
                command.add_argument("--invoice", help="how a customer asks for one")


def carry_out(conn: sqlite3.Connection, options: argparse.Namespace, host: str, now: int) -> None:
    """Prints JSON Lines; ShopWrong, and what shopkeeping refuses."""
    shop = options.shop
    row = conn.execute(
        "SELECT name, about, tags, open_hours, utc_offset_min, terms, invoice FROM shops"
        " WHERE shop = ?",
        (shop,),
    ).fetchone()
    if row is None:
        raise ShopWrong(f"there is no shop {shop!r}")
    match options.about_shop:
        case "show":
            name, about, tags, usual, offset, terms, invoice = row
            today = hours.local_day(now, offset)
            told = {
                "shop": shop,
                "name": name,
                "about": about,
                "tags": json.loads(tags),
                "open_hours": usual,
                "special_days": hours.special_days(conn, shop, today),
                "terms": terms_of(terms),
                "invoice": invoice,
                "offers": catalogue.offers(conn, shop, now),
            }
            _print(told)
        case "set":
            _set(conn, options, host, now)
        case "figures":
            if not 1 <= options.days <= WINDOW_DAYS:
                raise ShopWrong(f"--days is 1 to {WINDOW_DAYS}")
            figures = breakdown.figures_in(conn, shop, now, options.days)
            _print({"days": options.days, "since": rfc3339(now - options.days * DAY_MS)})
            _print({"shop": shop, "measured": figures.measured})
            for part in (*figures.people, *figures.hours, *figures.modes):
                _print(part)
        case "money":
            _money(conn, options)
        case _:
            for each in reviews.page_in(conn, shop, None, REVIEWS_SHOWN):
                measured = replies.measured_in(conn, each.session)
                _print({"session": each.session, "review": each.view, "measured": measured})
            for complaint in replies.complaints_in(conn, shop):
                _print({"complaint": complaint})


def _set(conn: sqlite3.Connection, options: argparse.Namespace, host: str, now: int) -> None:
    try:
        days = None if options.day is None else [_day(each) for each in options.day]
        terms = None
        if options.terms is not None:
            terms = msgspec.json.decode(options.terms.read_bytes(), type=TermsView)
    except msgspec.DecodeError as error:
        raise ShopWrong(f"it does not fit: {error}") from None
    if options.no_days:
        days = []
    request = UpdateShop(
        id="host",
        name=options.name,
        about=options.about,
        tags=options.tag,
        open_hours=options.open_hours,
        special_days=days,
        terms=terms,
        invoice=options.invoice,
    )
    given = [
        name
        for name in UpdateShop.__struct_fields__
        if name != "id" and getattr(request, name) is not None
    ]
    if not given:
        raise ShopWrong("nothing was named that is to be set")
    shopkeeping.update_in(conn, options.shop, request, now)
    audit.note_in(conn, host, "shop set", options.shop, now, " ".join(given))
    _print({"shop": options.shop, "set": given})


def _day(text: str) -> SpecialDay:
    day, _, told = text.partition("=")
    return msgspec.convert({"day": day, "hours": "" if told == "closed" else told}, SpecialDay)


def _money(conn: sqlite3.Connection, options: argparse.Namespace) -> None:
    cursor: str | None = None
    while True:
        try:
            page = takings.takings_in(conn, options.shop, options.first, options.last, cursor)
        except ValueError:
            raise ShopWrong("a day is written like 2026-12-01") from None
        for line in page.lines:
            _print(line)
        if cursor is None:
            first = page
        cursor = page.cursor
        if cursor is None:
            break
    for each in first.providers:
        _print(each)
    sums = {"earned_fen": first.earned_fen, "sessions": first.sessions, "held_fen": first.held_fen}
    _print(sums)


def _print(line: object) -> None:
    print(json.dumps(msgspec.to_builtins(line), ensure_ascii=False))
