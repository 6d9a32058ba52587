"""The host's commands: shops, invitations, bans, lists; they work while the relay runs."""

import argparse
import json
import os
import re
import secrets
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import msgspec

from miaohui.care.lures import hides_bait
from miaohui.promise.succession import key_lines
from miaohui.relay.accounts import invites, passwords
from miaohui.relay.directory import listing_index, shop_closing
from miaohui.relay.directory.names import key_of
from miaohui.relay.host import backup, history, loading, reportdesk, tillroom
from miaohui.relay.money import ledger, orderbook
from miaohui.relay.ports import Refused
from miaohui.relay.session import proof
from miaohui.relay.shops import reports, shopkeeping
from miaohui.relay.storage import audit, control, erasure
from miaohui.relay.storage.data_dir import NoData, open_beside
from miaohui.relay.storage.keys import KEY_FILE, KeyFault, RelayKey, load_key, rotate_key
from miaohui.runtime.arguments import ASKED_WRONGLY, Parser, complain, reason
from miaohui.runtime.clock import SystemClock, rfc3339
from miaohui.wire.accounts import Role
from miaohui.wire.errors import MEANINGS

HOST = "host"
_HEX = re.compile(r"[0-9a-f]{12,64}")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,31}")


class Wrong(Exception):
    """A command that cannot be carried out; the text is one sentence."""


def _parser() -> Parser:
    parser = Parser(prog="miaohui relay admin", description="Commands for the host of a relay.")
    parser.add_argument("--data", type=Path, required=True, help="the relay's folder")
    commands = parser.add_subparsers(dest="command", required=True)
    shop = commands.add_parser("create-shop", help="make a shop")
    shop.add_argument("id", help="a-z, 0-9, hyphen")
    shop.add_argument("name")
    shop.add_argument("--about", default="")
    shop.add_argument("--tag", action="append", default=[])
    shop.add_argument("--open-hours", default="00:00-24:00")
    shop.add_argument("--utc-offset-min", type=int, default=480)
    shop.add_argument("--praise-permille", type=int, help="what the shop claims of itself")
    shop.add_argument("--freelancer", action="store_true", help="a shop of one")
    offer = commands.add_parser("put-offer", help="put something on sale")
    offer.add_argument("shop")
    offer.add_argument("minutes", type=int)
    offer.add_argument("price_fen", type=int)
    offer.add_argument("--trial", action="store_true")
    for who in ("owner", "responder"):
        invite = commands.add_parser(f"invite-{who}", help="print an invitation, good for 7 days")
        invite.add_argument("shop")
    for what in ("ban", "unban"):
        ban = commands.add_parser(what)
        ban.add_argument("name", help="the account's name or id")
        ban.add_argument("--reason", default="")
    drop = commands.add_parser("drop-offer", help="withdraw an offer; orders under it stand")
    drop.add_argument("shop")
    drop.add_argument("offer")
    drop = commands.add_parser("drop-invite", help="withdraw an invitation that is not used yet")
    drop.add_argument("invite", help="as `list invites` names it")
    close = commands.add_parser(
        "close-shop", help="withdraw its offers and invitations; everybody goes off duty"
    )
    close.add_argument("shop")
    close.add_argument("--reason", default="")
    password = commands.add_parser(
        "reset-password", help="print a new one, and sign every device of the account out"
    )
    password.add_argument("name", help="the account's name or id")
    password.add_argument("--reason", default="")
    listing = commands.add_parser("list", help="print a list")
    listing.add_argument("what", choices=sorted(_LISTS))
    listing.add_argument("--state", help="of orders or sessions: those alone")
    for what in ("hold-words", "release-words"):
        hold = commands.add_parser(what, help="of a session, while a report on it is open")
        hold.add_argument("session")
        hold.add_argument("--reason", default="")
    commands.add_parser(
        "baits", help="who led off the platform how often; in disguise counts double"
    )
    minor = commands.add_parser("minor", help="on proof: nothing is sold to this account any more")
    minor.add_argument("name", help="the account's name or id")
    minor.add_argument("--reason", required=True)
    refund = commands.add_parser("refund", help="give back all that an order cost, or an account's")
    refund.add_argument("what", help="an order's id, or an account's name or id")
    refund.add_argument("--reason", required=True)
    reportdesk.add_to(commands)
    commands.add_parser("check", help="recompute the ledger and every journal's chain")
    key = commands.add_parser(
        "key", help="print the relay's public key, its id and its past, for --relay-key"
    )
    key.add_argument(
        "what", nargs="?", choices=["show", "rotate"], default="show", help="rotate: a new key"
    )
    load = commands.add_parser("load-catalogue", help="shops, offers and people from a file")
    load.add_argument("file", type=Path)
    load.add_argument("--credentials-out", type=Path, help="where new passwords go")
    tillroom.add_to(commands)
    past = commands.add_parser("load-history", help="closed journals from a JSON Lines file")
    past.add_argument("file", type=Path)
    return parser


def main(argv: Sequence[str]) -> int:
    """Exit 0 done, 1 the ledger or a journal is off (``check``), 2 not done, with one sentence.
    The first word may be ``admin``, or name one of the neighbours: ``backup``, ``restore``."""
    match list(argv):
        case ["backup", *rest]:
            return backup.main(rest)
        case ["restore", *rest]:
            return backup.main_restore(rest)
        case ["admin", *rest]:
            argv = rest
        case _:
            pass
    options = _parser().parse_args(argv)
    if options.command == "key":
        return _key(options.data, rotate=options.what == "rotate")
    try:
        conn = open_beside(options.data, make=options.command in ("load-catalogue", "create-shop"))
    except NoData as error:
        return _say_no(str(error))
    try:
        # Going through everything takes long: it must not hold up a relay that writes.
        conn.execute("BEGIN" if options.command in ("check", "baits") else "BEGIN IMMEDIATE")
        code = _carry_out(conn, options, SystemClock().utc_ms())
        conn.execute("COMMIT")
    except (Wrong, tillroom.PaymentsWrong, loading.CatalogueWrong, history.HistoryWrong) as error:
        return _say_no(str(error))
    except Refused as refused:
        what = f"{refused.detail}: " if refused.detail else ""
        return _say_no(f"not done: {what}{MEANINGS[refused.code]}")
    except (sqlite3.Error, OSError) as error:
        return _say_no(f"not done: {reason(error)}")
    finally:
        conn.close()
    return code


def _key(folder: Path, *, rotate: bool) -> int:
    """The public key in hex and its id on one line, and the changes that led to it, a JSON object a
    line: what ``verify --relay-key`` takes."""
    file = folder / KEY_FILE
    if not file.exists():
        return _say_no(f"{folder} holds no relay's key")
    try:
        key = _rotated(file) if rotate else load_key(file)
    except (KeyFault, OSError) as error:
        return _say_no(str(error) if isinstance(error, KeyFault) else f"not done: {reason(error)}")
    print(key_lines(key.public_hex, key.steps).decode(), end="")
    return 0


def _rotated(file: Path) -> RelayKey:
    old = load_key(file)
    key = rotate_key(file, rfc3339(SystemClock().utc_ms()))
    complain(
        "miaohui relay admin",
        f"key {old.key_id} is followed by {key.key_id}; a relay that runs takes it up within 30 "
        "seconds, or at once on SIGHUP",
    )
    return key


def _say_no(sentence: str) -> int:
    complain("miaohui relay admin", sentence)
    return ASKED_WRONGLY


def _carry_out(conn: sqlite3.Connection, options: argparse.Namespace, now: int) -> int:
    match options.command:
        case "create-shop":
            _create_shop(conn, options, now)
        case "put-offer":
            _shop_exists(conn, options.shop)
            offer = shopkeeping.add_offer_in(
                conn, options.shop, options.minutes, "text", options.price_fen, trial=options.trial
            )
            listing_index.refresh_in(conn, options.shop)
            audit.note_in(conn, HOST, "put-offer", options.shop, now, offer)
            print(offer)
        case "invite-owner" | "invite-responder":
            _shop_exists(conn, options.shop)
            role = Role.OWNER if options.command == "invite-owner" else Role.RESPONDER
            print(invites.make_in(conn, options.shop, role, HOST, now))
            audit.note_in(conn, HOST, options.command, options.shop, now)
        case "ban" | "unban":
            _ban(conn, options, now)
        case "hold-words" | "release-words":
            _hold_words(conn, options, now)
        case "drop-offer":
            shopkeeping.drop_offer_in(conn, options.shop, options.offer, now)
            listing_index.refresh_in(conn, options.shop)
            audit.note_in(conn, HOST, "drop-offer", options.shop, now, options.offer)
            print(options.offer)
        case "drop-invite":
            _drop_invite(conn, options.invite, now)
        case "close-shop":
            _close_shop(conn, options, now)
        case "reset-password":
            _reset_password(conn, options, now)
        case "list":
            _list(conn, options.what, options.state)
        case "baits":
            _baits(conn)
        case "minor":
            _minor(conn, options, now)
        case "refund":
            _refund(conn, options, now)
        case "reports":
            reportdesk.carry_out(conn, options, now)
        case "check":
            return _check(conn)
        case "payments":
            tillroom.carry_out(conn, options, HOST, now)
        case "load-catalogue":
            _load_catalogue(conn, options, now)
        case _:
            with options.file.open("rb") as lines:
                count = history.load_in(conn, history.read_journals(lines), now)
            audit.note_in(conn, HOST, "load-history", str(count), now)
            print(json.dumps({"sessions": count}))
    return 0


def _shop_exists(conn: sqlite3.Connection, shop: str) -> None:
    if conn.execute("SELECT 1 FROM shops WHERE shop = ?", (shop,)).fetchone() is None:
        raise Wrong(f"there is no shop {shop!r}")


def _create_shop(conn: sqlite3.Connection, options: argparse.Namespace, now: int) -> None:
    if _ID.fullmatch(options.id) is None:
        raise Wrong("a shop's id is 2 to 32 characters of a-z, 0-9 and hyphen")
    if conn.execute("SELECT 1 FROM shops WHERE shop = ?", (options.id,)).fetchone():
        raise Wrong(f"there is a shop {options.id!r} already")
    shop = {
        "shop": options.id,
        "name": options.name,
        "about": options.about,
        "freelancer": options.freelancer,
        "tags": options.tag,
        "open_hours": options.open_hours,
        "utc_offset_min": options.utc_offset_min,
        "praise_permille": options.praise_permille,
    }
    try:
        loading.make_shop_in(conn, msgspec.convert(shop, loading.ShopIn), now)
    except msgspec.ValidationError as error:
        raise Wrong(f"the shop does not fit: {error}") from None
    audit.note_in(conn, HOST, "create-shop", options.id, now)
    print(options.id)


def _drop_invite(conn: sqlite3.Connection, invite: str, now: int) -> None:
    gone = conn.execute(
        "DELETE FROM invites WHERE used_by IS NULL AND lower(hex(hash)) LIKE ? || '%' RETURNING shop",
        (invite.lower() if _HEX.fullmatch(invite) else "-",),
    ).fetchall()
    if len(gone) != 1:
        raise Wrong("there is no such open invitation" if not gone else "more than one begin so")
    audit.note_in(conn, HOST, "drop-invite", gone[0][0], now, invite)
    print(invite)


def _close_shop(conn: sqlite3.Connection, options: argparse.Namespace, now: int) -> None:
    """Nothing is on sale any more; sessions that run go on to their end."""
    shop = options.shop
    _shop_exists(conn, shop)
    closed = shop_closing.close_in(conn, shop, now)
    audit.note_in(conn, HOST, "close-shop", shop, now, options.reason)
    print(json.dumps(asdict(closed)))


def _reset_password(conn: sqlite3.Connection, options: argparse.Namespace, now: int) -> None:
    account = _account(conn, options.name)
    if account is None:
        raise Wrong("there is no account of that name")
    password = secrets.token_urlsafe(18)
    conn.execute(
        "UPDATE accounts SET password = ? WHERE account = ?", (passwords.seal(password), account)
    )
    conn.execute(
        "UPDATE tokens SET revoked_ms = ? WHERE account = ? AND revoked_ms IS NULL", (now, account)
    )
    control.say_in(conn, "sign-out", account, now)
    audit.note_in(conn, HOST, "reset-password", account, now, options.reason)
    print(password)


def _account(conn: sqlite3.Connection, name: str) -> str | None:
    row = conn.execute(
        "SELECT account FROM accounts WHERE account = ? OR name_key = ?", (name, key_of(name))
    ).fetchone()
    return None if row is None else str(row[0])


def _baits(conn: sqlite3.Connection) -> None:
    """JSON Lines, the most points first. ``hidden``: found only after folding; words that are erased
    cannot be looked at again and count once."""
    found: dict[str, list[int]] = {}
    rows = conn.execute(
        "SELECT line ->> '$.responder', ifnull(body ->> '$.text', '') FROM feed"
        " WHERE seq NOT NULL AND line LIKE '%\"off_platform\"%'"
        " AND line ->> '$.kind' = 'message' AND line ->> '$.author' = 'responder'"
    )
    for responder, text in rows:
        count = found.setdefault(responder, [0, 0])
        count[0] += 1
        count[1] += hides_bait(text)
    for responder, (all_, hidden) in sorted(found.items(), key=lambda each: -sum(each[1])):
        who = conn.execute(
            "SELECT name, shop FROM people WHERE responder = ?", (responder,)
        ).fetchone() or (None, None)
        line = {
            "responder": responder,
            "name": who[0],
            "shop": who[1],
            "found": all_,
            "hidden": hidden,
            "points": all_ + hidden,
        }
        print(json.dumps(line, ensure_ascii=False))


def _minor(conn: sqlite3.Connection, options: argparse.Namespace, now: int) -> None:
    account = _account(conn, options.name)
    if account is None:
        raise Wrong("there is no account of that name")
    conn.execute("UPDATE accounts SET age = 'minor', age_ms = ? WHERE account = ?", (now, account))
    control.say_in(conn, "minor", account, now)
    audit.note_in(conn, HOST, "minor", account, now, options.reason)
    print(account)


def _refund(conn: sqlite3.Connection, options: argparse.Namespace, now: int) -> None:
    """JSON Lines: what each order gave back; of an account, whatever is settled."""
    row = orderbook.look(conn, options.what)
    if row is not None:
        rows = [row]
    else:
        account = _account(conn, options.what)
        if account is None:
            raise Wrong("there is no such order, and no account of that name")
        orders = conn.execute(
            "SELECT order_id FROM orders WHERE customer = ? AND state = 'settled'"
            " ORDER BY created_ms, order_id",
            (account,),
        ).fetchall()
        rows = [orderbook.get(conn, order) for (order,) in orders]
    for each in rows:
        fen = orderbook.take_back_in(conn, each, now)
        control.say_in(conn, "refund", each.order_id, now)
        audit.note_in(conn, HOST, "refund", each.order_id, now, options.reason)
        print(json.dumps({"order": each.order_id, "refund_fen": fen}))


def _ban(conn: sqlite3.Connection, options: argparse.Namespace, now: int) -> None:
    account = _account(conn, options.name)
    if account is None:
        raise Wrong("there is no account of that name")
    banned = now if options.command == "ban" else None
    conn.execute("UPDATE accounts SET banned_ms = ? WHERE account = ?", (banned, account))
    if banned is not None:
        conn.execute(
            "UPDATE tokens SET revoked_ms = ? WHERE account = ? AND revoked_ms IS NULL",
            (now, account),
        )
        conn.execute("UPDATE people SET presence = 'off' WHERE responder = ?", (account,))
    control.say_in(conn, options.command, account, now)
    audit.note_in(conn, HOST, options.command, account, now, options.reason)
    print(account)


def _hold_words(conn: sqlite3.Connection, options: argparse.Namespace, now: int) -> None:
    """Neither age nor the end of an account erases what a report is about before it is decided."""
    session = options.session
    if conn.execute("SELECT 1 FROM session WHERE id = ?", (session,)).fetchone() is None:
        raise Wrong(f"there is no session {session!r}")
    if options.command == "hold-words":
        conn.execute("INSERT OR REPLACE INTO word_hold VALUES (?, ?)", (session, options.reason))
    else:
        if reports.is_open_in(conn, session):
            raise Wrong("a report on this session is not final: its words stay until then")
        conn.execute("DELETE FROM word_hold WHERE session = ?", (session,))
        erasure.catch_up_in(conn, session)
    audit.note_in(conn, HOST, options.command, session, now, options.reason)
    print(session)


_LISTS = {
    "shops": "SELECT shop, name, freelancer, open_hours, created_ms FROM shops ORDER BY n",
    "people": "SELECT responder, shop, name, capacity, presence FROM people ORDER BY shop, name",
    "accounts": "SELECT account, name, display, role, shop, created_ms, banned_ms FROM accounts"
    " ORDER BY created_ms, account",
    "invites": "SELECT lower(substr(hex(hash), 1, 12)) AS invite, role, shop, made_by, created_ms,"
    " expires_ms, used_by FROM invites ORDER BY created_ms",
    "offers": "SELECT offer, shop, minutes, mode, price_fen, trial, dropped_ms FROM offers"
    " ORDER BY shop, minutes, offer",
    "orders": "SELECT order_id, state, customer, shop, responder, minutes, price_fen, refund_fen,"
    " session, created_ms FROM orders WHERE ifnull(state = :state, 1) ORDER BY created_ms, order_id",
    "sessions": "SELECT id AS session, state, order_id, customer, shop, responder, minutes,"
    " refund_fen, opened_utc_ms, closed_utc_ms FROM session WHERE ifnull(state = :state, 1)"
    " ORDER BY num",
    "audit": "SELECT utc_ms, actor, action, subject, detail FROM audit ORDER BY n",
}


def _list(conn: sqlite3.Connection, what: str, state: str | None = None) -> None:
    """JSON Lines; times as RFC 3339. Numbers and ids: no words of a session."""
    cursor = conn.execute(_LISTS[what], {"state": state})
    columns = [column[0] for column in cursor.description]
    for row in cursor:
        line = {
            column.removesuffix("_ms") if column.endswith("_ms") else column: rfc3339(value)
            if column.endswith("_ms") and value is not None
            else value
            for column, value in zip(columns, row, strict=True)
        }
        print(json.dumps(line, ensure_ascii=False))


def _check(conn: sqlite3.Connection) -> int:
    wrong = [*ledger.audit_in(conn), *proof.unsound_in(conn, backup.Progress())]
    print(json.dumps({"sound": not wrong, "wrong": wrong}, ensure_ascii=False))
    return 1 if wrong else 0


def _load_catalogue(conn: sqlite3.Connection, options: argparse.Namespace, now: int) -> None:
    try:
        catalogue = json.loads(options.file.read_bytes())
    except ValueError as error:
        raise Wrong(f"{options.file} is not JSON: {error}") from None
    made = loading.load_catalogue_in(conn, catalogue, now)
    audit.note_in(conn, HOST, "load-catalogue", options.file.name, now)
    if options.credentials_out is not None and (made or not options.credentials_out.exists()):
        text = json.dumps(
            {
                "responders": [
                    {
                        "responder": each.responder,
                        "name": each.name,
                        "password": each.password,
                        "shop": each.shop,
                    }
                    for each in made
                ]
            }
        )
        _write_secret(options.credentials_out, text)
    count = conn.execute("SELECT count(*) FROM shops").fetchone()[0]
    print(json.dumps({"shops": count, "new_people": len(made)}))


def _write_secret(path: Path, text: str) -> None:
    """Readable by its owner alone from the first byte on."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
