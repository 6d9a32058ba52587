"""What is taken back, out of the database: by recall, by edit, with an account, and by age.

Every function runs in a transaction of the writing thread. Figures, receipts and money stay, and so
does the journal, which holds no words. ``secure_delete`` overwrites what is freed; files of pictures
go after the commit, by ``doomed``.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

__all__ = [
    "Closed",
    "Erased",
    "answers_of_in",
    "catch_up_in",
    "delete_account_in",
    "doomed_in",
    "due_in",
    "erase_aged_in",
    "erase_earlier_in",
    "erase_message_in",
    "erase_picture_in",
    "erase_words_in",
    "forget_answers_in",
    "forget_cards_in",
    "half_gone_in",
    "listed_in",
    "listed_lines",
    "read_lines",
    "take_in",
]

GONE = ""
_NO_WORDS = "json_set(line, '$.body.text', '', '$.body.name', NULL)"


@dataclass(frozen=True, slots=True)
class Erased:
    """One line of the erase list: an account, or a message of a session."""

    account: str | None = None
    session: str | None = None
    seq: int | None = None


# -- one message ------------------------------------------------------------------------------------


def erase_message_in(conn: sqlite3.Connection, num: int, seq: int) -> None:
    """A recalled message's words and picture are gone, wherever they stood."""
    erase_picture_in(conn, num, seq)
    _erase_words_in(conn, num, seq, before=2**62)
    _list_in(conn, num, seq)


def erase_earlier_in(conn: sqlite3.Connection, num: int, seq: int) -> None:
    """An edited message keeps its newest words alone."""
    newest = conn.execute(
        "SELECT max(pos) FROM feed WHERE session = ? AND seq IS NULL"
        " AND line ->> '$.type' = 'edited_item' AND line ->> '$.seq' = ?",
        (num, seq),
    ).fetchone()[0]
    _erase_words_in(conn, num, seq, before=newest or 0)


def _erase_words_in(conn: sqlite3.Connection, num: int, seq: int, *, before: int) -> None:
    conn.execute(
        "UPDATE feed SET body = NULL WHERE session = ? AND seq = ? AND pos < ?", (num, seq, before)
    )
    conn.execute(
        f"UPDATE feed SET line = {_NO_WORDS} WHERE session = ? AND pos < ?"
        " AND seq IS NULL AND line ->> '$.type' = 'edited_item' AND line ->> '$.seq' = ?",
        (num, before, seq),
    )


def erase_picture_in(conn: sqlite3.Connection, num: int, seq: int) -> None:
    """Its row goes at once, so that nobody is served it; its file after the commit."""
    row = conn.execute(
        "SELECT body ->> '$.media' FROM feed WHERE session = ? AND seq = ?", (num, seq)
    ).fetchone()
    if row is not None and row[0] is not None:
        _doom_in(conn, "id = ? AND session = ?", (row[0], num))


def _doom_in(conn: sqlite3.Connection, where: str, values: tuple[object, ...]) -> None:
    conn.execute(f"INSERT OR IGNORE INTO doomed_media SELECT id FROM media WHERE {where}", values)
    conn.execute(f"DELETE FROM media WHERE {where}", values)


def _list_in(conn: sqlite3.Connection, num: int, seq: int) -> None:
    conn.execute(
        "INSERT INTO erase_list (session, seq) SELECT id, ? FROM session WHERE num = ?", (seq, num)
    )


# -- by age -----------------------------------------------------------------------------------------


Closed = tuple[int, int]
"""When a session closed (UTC ms), and its number."""


def due_in(
    conn: sqlite3.Connection, before_ms: int, most: int, after: Closed = (-1, -1)
) -> list[Closed]:
    """Sessions that closed before then, still hold words and are not held back; the first so many
    behind ``after``, in their order, so that those that were erased long ago are passed over once."""
    rows = conn.execute(
        "SELECT closed_utc_ms, num FROM session WHERE state = 'closed' AND closed_utc_ms < ?"
        " AND (closed_utc_ms, num) > (?, ?)"
        " AND NOT EXISTS (SELECT 1 FROM erased WHERE erased.session = num AND account = '')"
        " AND id NOT IN (SELECT session FROM word_hold) ORDER BY closed_utc_ms, num LIMIT ?",
        (before_ms, *after, most),
    )
    return rows.fetchall()


def erase_aged_in(conn: sqlite3.Connection, nums: Iterable[int]) -> None:
    """Every word and picture of these sessions goes, whoever it was by."""
    for num in nums:
        conn.execute("UPDATE feed SET body = NULL WHERE session = ? AND body NOT NULL", (num,))
        conn.execute(
            f"UPDATE feed SET line = {_NO_WORDS} WHERE session = ? AND seq IS NULL"
            " AND line ->> '$.type' IN ('edited_item', 'outside_item')",
            (num,),
        )
        _doom_in(conn, "session = ?", (num,))
        conn.execute(
            "UPDATE orders SET card = NULL WHERE session = (SELECT id FROM session WHERE num = ?)",
            (num,),
        )
        conn.execute("INSERT OR IGNORE INTO erased VALUES (?, ?)", (num, GONE))


def forget_cards_in(conn: sqlite3.Connection) -> None:
    """Cards of orders that ended without a session: nobody needs them any more."""
    conn.execute(
        "UPDATE orders SET card = NULL WHERE card NOT NULL AND session IS NULL AND state IN"
        " ('void', 'declined', 'no_show', 'refunded')"
    )


# -- with an account --------------------------------------------------------------------------------


def delete_account_in(conn: sqlite3.Connection, account: str) -> bool:
    """The account and what it may do; what it paid and earned stays, under a number that names
    nobody. Its words go by ``erase_words_in`` and ``forget_answers_in``, in pieces. False where there
    is no such account."""
    row = conn.execute("SELECT shop FROM accounts WHERE account = ?", (account,)).fetchone()
    if row is not None and row[0] is not None:
        # Nobody stands in the rota of a shop that they left; what they asked of it goes as well.
        conn.execute("DELETE FROM shifts WHERE responder = ?", (account,))
        conn.execute(
            "DELETE FROM swaps WHERE shop = ?1 AND (giver = ?2 OR taker = ?2)", (row[0], account)
        )
        conn.execute("DELETE FROM work_limits WHERE shop = ? AND responder = ?", (row[0], account))
        conn.execute("DELETE FROM stretches WHERE responder = ?", (account,))
    known = conn.execute("DELETE FROM accounts WHERE account = ?", (account,)).rowcount > 0
    for table in ("tokens", "own_limits"):
        conn.execute(f"DELETE FROM {table} WHERE account = ?", (account,))
    conn.execute("DELETE FROM people WHERE responder = ?", (account,))
    conn.execute("DELETE FROM mark WHERE responder = ?", (account,))
    conn.execute("DELETE FROM block WHERE blocker = ?1 OR blocked = ?1", (account,))
    conn.execute("UPDATE orders SET customer_name = '', card = NULL WHERE customer = ?", (account,))
    conn.execute(
        "DELETE FROM queued_messages WHERE order_id IN"
        " (SELECT order_id FROM orders WHERE customer = ?)",
        (account,),
    )
    conn.execute("INSERT INTO erase_list (account) VALUES (?)", (account,))
    return known


def erase_words_in(conn: sqlite3.Connection, account: str, most: int) -> int:
    """Takes an ended account's name and words out of its sessions, of at most so many; of how many.
    A seat without a name is one that is done; words on hold stay until they are let go."""
    seats = conn.execute(
        "SELECT session, side FROM seat WHERE account = ? AND name <> '' LIMIT ?", (account, most)
    ).fetchall()
    for num, side in seats:
        conn.execute(
            "UPDATE session SET customer_name = iif(customer = ?1, '', customer_name),"
            " responder_name = iif(responder = ?1, '', responder_name) WHERE num = ?2",
            (account, num),
        )
        conn.execute(
            "UPDATE reviews SET text = '' WHERE customer = ? AND session ="
            " (SELECT id FROM session WHERE num = ?)",
            (account, num),
        )
        _erase_of_in(conn, num, account, side)
        conn.execute("UPDATE seat SET name = '' WHERE account = ? AND session = ?", (account, num))
    return len(seats)


def half_gone_in(conn: sqlite3.Connection) -> list[str]:
    """Accounts that ended and whose words were not all reached: the relay stopped meanwhile."""
    rows = conn.execute(
        "SELECT DISTINCT account FROM erase_list WHERE account NOT NULL AND EXISTS"
        " (SELECT 1 FROM seat WHERE seat.account = erase_list.account AND name <> '')"
    )
    return [account for (account,) in rows]


def answers_of_in(conn: sqlite3.Connection, account: str) -> list[str]:
    """The ids of the commands that are answered again. They stand in no order of accounts, so all
    answers are looked at: no work for the writing thread."""
    rows = conn.execute("SELECT id FROM answer WHERE account = ?", (account,))
    return [id for (id,) in rows]


def forget_answers_in(conn: sqlite3.Connection, account: str, ids: Iterable[str]) -> None:
    conn.executemany(
        "DELETE FROM answer WHERE id = ? AND account = ?", ((id, account) for id in ids)
    )


def _erase_of_in(conn: sqlite3.Connection, num: int, account: str, side: str) -> None:
    held = conn.execute(
        "SELECT 1 FROM word_hold JOIN session ON session.id = word_hold.session WHERE num = ?",
        (num,),
    ).fetchone()
    if held is not None:
        return
    if side == "customer":
        own, who = "line ->> '$.author' = ?", "customer"
    else:
        own, who = "line ->> '$.responder' = ?", account
    # Once over the session for each, however many messages it has.
    conn.execute(
        f"UPDATE feed SET line = {_NO_WORDS} WHERE session = ? AND seq IS NULL"
        " AND line ->> '$.type' = 'edited_item' AND line ->> '$.seq' IN"
        f" (SELECT iif(line ->> '$.kind' = 'edited', line ->> '$.target', seq) FROM feed"
        f" WHERE session = ? AND seq NOT NULL AND {own})",
        (num, num, who),
    )
    conn.execute(
        "UPDATE feed SET body = NULL WHERE session = ? AND seq NOT NULL AND body NOT NULL"
        f" AND {own}",
        (num, who),
    )
    conn.execute(
        f"UPDATE feed SET line = {_NO_WORDS} WHERE session = ? AND seq IS NULL"
        " AND line ->> '$.type' = 'outside_item' AND line ->> '$.author' = ?",
        (num, side),
    )
    _doom_in(conn, "session = ? AND owner = ?", (num, account))
    conn.execute("INSERT OR IGNORE INTO erased VALUES (?, ?)", (num, account))


def catch_up_in(conn: sqlite3.Connection, session: str) -> None:
    """A session is no longer held: words of accounts that ended meanwhile go now."""
    rows = conn.execute(
        "SELECT num, seat.account, side FROM session JOIN seat ON seat.session = num"
        " WHERE id = ? AND seat.account NOT IN (SELECT account FROM accounts)",
        (session,),
    ).fetchall()
    for num, account, side in rows:
        _erase_of_in(conn, num, account, side)


# -- files, and the list ----------------------------------------------------------------------------


def doomed_in(conn: sqlite3.Connection) -> list[str]:
    """Pictures whose files are to go."""
    return [media for (media,) in conn.execute("SELECT media FROM doomed_media")]


def listed_in(conn: sqlite3.Connection, after: int = 0) -> list[tuple[int, Erased]]:
    """The erase list from a number on."""
    rows = conn.execute(
        "SELECT n, account, session, seq FROM erase_list WHERE n > ? ORDER BY n", (after,)
    )
    return [(n, Erased(account, session, seq)) for n, account, session, seq in rows]


def listed_lines(listed: Iterable[Erased]) -> str:
    """As they stand in the file beside the database: JSON Lines without a word in them."""
    return "".join(
        json.dumps(
            {"account": each.account}
            if each.account is not None
            else {"session": each.session, "seq": each.seq}
        )
        + "\n"
        for each in listed
    )


def read_lines(text: str) -> Iterator[Erased]:
    """ValueError for a line that is none; the last one may be cut off."""
    lines = text.split("\n")
    for line in lines[:-1]:
        match json.loads(line):
            case {"account": str(account)}:
                yield Erased(account=account)
            case {"session": str(session), "seq": int(seq)}:
                yield Erased(session=session, seq=seq)
            case _:
                raise ValueError(f"no line of an erase list: {line[:60]}")


def take_in(
    conn: sqlite3.Connection,
    listed: Iterable[Erased],
    end_account: Callable[[sqlite3.Connection, str], bool] = delete_account_in,
) -> int:
    """Takes out of a copy what was taken back after it was made; how many lines applied."""
    count = 0
    for each in listed:
        if each.account is not None:
            count += end_account(conn, each.account)
            while erase_words_in(conn, each.account, 64):
                pass
            forget_answers_in(conn, each.account, answers_of_in(conn, each.account))
            continue
        row = conn.execute("SELECT num FROM session WHERE id = ?", (each.session,)).fetchone()
        if row is not None and each.seq is not None:
            erase_message_in(conn, row[0], each.seq)
            conn.execute(
                "INSERT OR IGNORE INTO erased SELECT ?, CASE line ->> '$.author' WHEN 'customer'"
                " THEN (SELECT customer FROM session WHERE num = ?) ELSE line ->> '$.responder' END"
                " FROM feed WHERE session = ? AND seq = ?",
                (row[0], row[0], row[0], each.seq),
            )
            count += 1
    return count
