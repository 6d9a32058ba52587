"""The durable memory of commands: (account, id) → the first answer, for 30 days.

A session's refusals are answers like any other: a command whose refusal was lost with a link must
not come in later, after what its author wrote behind it.
"""

import hashlib
import sqlite3

import msgspec

from miaohui.relay.ports import Caller, Refused
from miaohui.wire.codec import AnyResult
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result

KEPT_DAYS = 30
_encode = msgspec.json.Encoder().encode


class _Refusal(msgspec.Struct, frozen=True, tag_field="type", tag="refused"):
    """A refusal as it is kept."""

    code: Code
    detail: str


_decoder: "msgspec.json.Decoder[AnyResult | _Refusal]" = msgspec.json.Decoder(AnyResult | _Refusal)


def digest_of(command: Request) -> str:
    """A command's digest, which tells it from another with the same id."""
    return hashlib.sha256(_encode(command)).hexdigest()[:32]


def result_text(result: Result) -> str:
    return _encode(result).decode()


def known_in(
    conn: sqlite3.Connection, caller: Caller, command: Request, *others: Request
) -> Result | None:
    """The first answer, or None; Refused where that was a refusal, and with ID_REUSED where the
    content is that of neither ``command`` nor one of its ``others`` forms."""
    row = conn.execute(
        "SELECT digest, result FROM answer WHERE id = ? AND account = ?",
        (command.id, caller.account),
    ).fetchone()
    if row is None:
        return None
    if all(row[0] != digest_of(form) for form in (command, *others)):
        raise Refused(Code.ID_REUSED)
    first = _decoder.decode(row[1])
    if isinstance(first, _Refusal):
        raise Refused(first.code, first.detail)
    return first


def remember_in(
    conn: sqlite3.Connection,
    caller: Caller,
    command: Request,
    result: Result,
    *,
    session: int | None = None,
) -> None:
    """``session``: the number of the session that must know the id again after a restart."""
    conn.execute(
        "INSERT INTO answer (account, id, digest, result, session) VALUES (?, ?, ?, ?, ?)",
        (caller.account, command.id, digest_of(command), result_text(result), session),
    )


def remember_refusal_in(
    conn: sqlite3.Connection,
    caller: Caller,
    command: Request,
    refusal: Refused,
    *,
    session: int,
) -> None:
    """An id that stands elsewhere keeps its answer from there: whoever is refused must not be able
    to make a session's writing fail."""
    kept = _encode(_Refusal(refusal.code, refusal.detail)).decode()
    conn.execute(
        "INSERT OR IGNORE INTO answer (account, id, digest, result, session)"
        " VALUES (?, ?, ?, ?, ?)",
        (caller.account, command.id, digest_of(command), kept, session),
    )


def forget_in(conn: sqlite3.Connection, most: int) -> int:
    """How many answers were forgotten that nobody will ask for again: at most so many."""
    return conn.execute(
        "DELETE FROM answer WHERE (id, account) IN (SELECT id, account FROM answer"
        " WHERE day < CAST(strftime('%s', 'now') AS INTEGER) / 86400 - ? LIMIT ?)",
        (KEPT_DAYS, most),
    ).rowcount
