"""What one account's history holds, as statements on the store's connection.

Every function runs in the store's thread, inside a transaction.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from miaohui.client.doubts import Doubt
from miaohui.client.store import bulk, search
from miaohui.client.unsent import EMPTY, MessageDraft
from miaohui.client.waitpart import WaitPart
from miaohui.runtime.clock import told_utc_ms, within_years
from miaohui.wire.journal import Entry, Message, Opened, Recalled, entry_hash
from miaohui.wire.sessions import EditedItem, EntryItem, Item, OutsideItem, Placed

if TYPE_CHECKING:
    from sqlite3 import Connection

    from miaohui.promise.heads import Head, Restored

_item: msgspec.json.Decoder[Item] = msgspec.json.Decoder(Item)
PAGE = 500
PIN = "key:"  # a relay's key, by its address


def scope_of(conn: "Connection", relay: str, account: str, now_ms: int) -> int:
    """The number of an account at a relay; made where it is new."""
    conn.execute(
        "INSERT INTO scope(relay, account, used) VALUES(?,?,?)"
        " ON CONFLICT(relay, account) DO UPDATE SET used = excluded.used",
        (relay, account, now_ms),
    )
    row = conn.execute(
        "SELECT scope FROM scope WHERE relay=? AND account=?", (relay, account)
    ).fetchone()
    return int(row[0])


def knows(conn: "Connection", relay: str, account: str) -> bool:
    """Whether somebody of that account was here."""
    row = conn.execute("SELECT 1 FROM scope WHERE relay=? AND account=?", (relay, account))
    return row.fetchone() is not None


def put_fact(conn: "Connection", name: str, value: bytes | None) -> None:
    """Something about the installation; None takes it away."""
    if value is None:
        conn.execute("DELETE FROM fact WHERE name=?", (name,))
    else:
        conn.execute("INSERT OR REPLACE INTO fact VALUES(?,?)", (name, value))


def fact(conn: "Connection", name: str) -> bytes | None:
    row = conn.execute("SELECT value FROM fact WHERE name=?", (name,)).fetchone()
    return None if row is None else bytes(row[0])


def put_cache(conn: "Connection", scope: int, name: str, value: bytes) -> None:
    conn.execute("INSERT OR REPLACE INTO cache VALUES(?,?,?)", (scope, name, value))


def cached(conn: "Connection", scope: int, name: str) -> bytes | None:
    row = conn.execute("SELECT value FROM cache WHERE scope=? AND name=?", (scope, name)).fetchone()
    return None if row is None else bytes(row[0])


def put_items(
    conn: "Connection", scope: int, session: str, items: Iterable[Placed], opened_ms: int
) -> None:
    """Feed items with what follows from them: the head seen, the index, the outbox's end.

    ``opened_ms``: the wall clock at the session's t = 0, for the index.
    """
    items = tuple(items)
    rows = [(scope, session, each.pos, msgspec.json.encode(each.item)) for each in items]
    bulk.put(conn, "INSERT OR IGNORE INTO item", rows)
    newest: Entry | None = None
    said: list[tuple[str, int, str]] = []
    for placed in items:
        match placed.item:
            case EntryItem(entry=entry, body=body):
                newest = entry
                if isinstance(entry, Message):
                    text = "" if body is None else body.text
                    said.append((entry.id, within_years(opened_ms + entry.t), text))
                elif isinstance(entry, Opened):
                    opened_ms = told_utc_ms(entry.utc)
                elif isinstance(entry, Recalled):
                    _said(conn, scope, session, said)
                    _reword(conn, scope, session, entry.target, None)
                    _erase(conn, scope, session, entry.target, 2**62)
            case OutsideItem(id=id, utc=utc, body=body):
                said.append((id, told_utc_ms(utc), body.text))
            case EditedItem(seq=seq, body=body):
                _said(conn, scope, session, said)
                _reword(conn, scope, session, seq, body.text)
                _erase(conn, scope, session, seq, placed.pos)
            case _:
                pass
    _said(conn, scope, session, said)
    if newest is not None:
        conn.execute(
            "INSERT OR REPLACE INTO head VALUES(?,?,?,?)",
            (scope, session, newest.seq, entry_hash(newest)),
        )


def _said(conn: "Connection", scope: int, session: str, said: list[tuple[str, int, str]]) -> None:
    """Indexes messages and ends their way through the outbox; empties the list."""
    search.remember_all(conn, scope, session, said)
    for some in bulk.pieces([key for key, _, _ in said]):
        marks = ",".join("?" * len(some))
        conn.execute(f"DELETE FROM outbox WHERE scope=? AND id IN ({marks})", (scope, *some))
    said.clear()


def _reword(conn: "Connection", scope: int, session: str, seq: int, text: str | None) -> None:
    """The index follows an edit or a recall (``text`` None)."""
    # Every entry has a position of its own, so the position is never below the seq.
    row = conn.execute(
        "SELECT json_extract(CAST(body AS TEXT), '$.entry.id') FROM item"
        " WHERE scope=? AND session=? AND pos>=?"
        " AND json_extract(CAST(body AS TEXT), '$.entry.seq')=? ORDER BY pos LIMIT 1",
        (scope, session, seq, seq),
    ).fetchone()
    if row is None or row[0] is None:
        return
    key = str(row[0])
    when = conn.execute(
        "SELECT utc_ms FROM said WHERE scope=? AND session=? AND key=?", (scope, session, key)
    ).fetchone()
    if text is None:
        search.forget(conn, scope, session, key)
    else:
        search.remember(conn, scope, session, key, 0 if when is None else when[0], text)


def _erase(conn: "Connection", scope: int, session: str, seq: int, before: int) -> None:
    """Words that were recalled or edited go, and a picture with them; those from a position on
    stay."""
    row = conn.execute(
        "SELECT pos, json_extract(CAST(body AS TEXT), '$.body.media') FROM item"
        " WHERE scope=? AND session=? AND pos>=? AND pos<?"
        " AND json_extract(CAST(body AS TEXT), '$.entry.seq')=? ORDER BY pos LIMIT 1",
        (scope, session, seq, before, seq),
    ).fetchone()
    if row is None:
        return
    if row[1] is not None:
        drop_media(conn, str(row[1]))
    conn.execute(
        "UPDATE item SET body=CAST(json_set(CAST(body AS TEXT), '$.body', NULL) AS BLOB)"
        " WHERE scope=? AND session=? AND pos=?",
        (scope, session, row[0]),
    )
    conn.execute(
        "UPDATE item SET body=CAST(json_set(CAST(body AS TEXT), '$.body.text', '') AS BLOB)"
        " WHERE scope=? AND session=? AND pos>? AND pos<?"
        " AND json_extract(CAST(body AS TEXT), '$.type')='edited_item'"
        " AND json_extract(CAST(body AS TEXT), '$.seq')=?",
        (scope, session, row[0], before, seq),
    )


def items(conn: "Connection", scope: int, session: str, after: int) -> list[Placed]:
    """The next page of what is stored, gapless from ``after``."""
    rows = conn.execute(
        "SELECT pos, body FROM item WHERE scope=? AND session=? AND pos>? ORDER BY pos LIMIT ?",
        (scope, session, after, PAGE),
    )
    page: list[Placed] = []
    for pos, body in rows:
        if pos != after + len(page) + 1:
            break
        page.append(Placed(pos=pos, item=_item.decode(body)))
    return page


def head(conn: "Connection", scope: int, session: str) -> tuple[int, str] | None:
    """The newest entry seen: its seq and its hash."""
    row = conn.execute(
        "SELECT seq, hash FROM head WHERE scope=? AND session=?", (scope, session)
    ).fetchone()
    return None if row is None else (int(row[0]), str(row[1]))


def seen(conn: "Connection", scope: int, session: str) -> int:
    """The highest position of the other side's that was on a focused screen."""
    row = conn.execute(
        "SELECT seen FROM talk WHERE scope=? AND session=?", (scope, session)
    ).fetchone()
    return 0 if row is None else int(row[0])


def draft(conn: "Connection", scope: int, session: str) -> MessageDraft:
    row = conn.execute(
        "SELECT body FROM draft WHERE scope=? AND session=?", (scope, session)
    ).fetchone()
    return EMPTY if row is None else msgspec.json.decode(row[0], type=MessageDraft)


def put_draft(conn: "Connection", scope: int, session: str, draft: MessageDraft) -> None:
    """One in place of the other; an empty one leaves nothing behind."""
    if draft == EMPTY:
        conn.execute("DELETE FROM draft WHERE scope=? AND session=?", (scope, session))
        return
    body = msgspec.json.encode(draft)
    conn.execute("INSERT OR REPLACE INTO draft VALUES(?,?,?)", (scope, session, body))


def put_seen(conn: "Connection", scope: int, session: str, pos: int) -> None:
    conn.execute(
        "INSERT INTO talk(scope, session, seen) VALUES(?,?,?)"
        " ON CONFLICT(scope, session) DO UPDATE SET seen = max(seen, excluded.seen)",
        (scope, session, pos),
    )


def put_observed(
    conn: "Connection", scope: int, session: str, waits: Iterable[tuple[int, int, int]]
) -> None:
    """``waits``: (seq, felt_ms, wait_ms)."""
    conn.executemany(
        "INSERT OR IGNORE INTO observed(scope, session, seq, felt_ms, wait_ms, network_ms)"
        " VALUES(?,?,?,?,?,?)",
        [(scope, session, seq, felt, wait, max(0, felt - wait)) for seq, felt, wait in waits],
    )


def put_trips(conn: "Connection", scope: int, session: str, trips: Mapping[int, int]) -> None:
    """The round trip (ms) measured beside an observed wait, by its ask's seq."""
    conn.executemany(
        "UPDATE observed SET rtt_ms=? WHERE scope=? AND session=? AND seq=?",
        [(rtt, scope, session, seq) for seq, rtt in trips.items()],
    )


def trips(conn: "Connection", scope: int, session: str) -> dict[int, int]:
    rows = conn.execute(
        "SELECT seq, rtt_ms FROM observed WHERE scope=? AND session=? AND rtt_ms IS NOT NULL",
        (scope, session),
    )
    return {int(seq): int(rtt) for seq, rtt in rows}


def put_part(conn: "Connection", scope: int, session: str, part: WaitPart) -> None:
    """What is known of a wait's parts; the first word on it stands."""
    conn.execute(
        "INSERT OR IGNORE INTO part(scope, session, seq, body) VALUES(?,?,?,?)",
        (scope, session, part.seq, msgspec.json.encode(part)),
    )


def parts(conn: "Connection", scope: int, session: str) -> list[WaitPart]:
    rows = conn.execute("SELECT body FROM part WHERE scope=? AND session=?", (scope, session))
    return [msgspec.json.decode(body, type=WaitPart) for (body,) in rows]


def put_doubts(conn: "Connection", scope: int, session: str, doubts: Iterable[Doubt]) -> None:
    """What did not fit; nothing takes one away."""
    conn.executemany(
        "INSERT OR IGNORE INTO doubt(scope, session, kind, seq, field, body) VALUES(?,?,?,?,?,?)",
        [(scope, session, *each.key, msgspec.json.encode(each)) for each in doubts],
    )


def doubts(conn: "Connection", scope: int, session: str) -> list[Doubt]:
    rows = conn.execute(
        "SELECT body FROM doubt WHERE scope=? AND session=? ORDER BY n", (scope, session)
    )
    return [msgspec.json.decode(body, type=Doubt) for (body,) in rows]


def put_signed(conn: "Connection", scope: int, session: str, head: "Head") -> None:
    """A signed statement of the relay's."""
    row = (scope, session, head.seq, head.head, head.signature, msgspec.json.encode(head))
    conn.execute("INSERT OR IGNORE INTO signed VALUES(?,?,?,?,?,?)", row)


def signed(conn: "Connection", scope: int, session: str) -> "list[Head]":
    from miaohui.promise.heads import Head  # its cryptography is large, and few sessions are read

    rows = conn.execute(
        "SELECT body FROM signed WHERE scope=? AND session=? ORDER BY seq", (scope, session)
    )
    return [msgspec.json.decode(body, type=Head) for (body,) in rows]


def put_restored(conn: "Connection", scope: int, session: str, notice: "Restored") -> None:
    """The relay's notice of a restore, in a session of which this machine has more."""
    put_cache(conn, scope, f"restored:{session}", msgspec.json.encode(notice))


def restored(conn: "Connection", scope: int, session: str) -> "Restored | None":
    raw = cached(conn, scope, f"restored:{session}")
    if raw is None:
        return None
    from miaohui.promise.heads import Restored

    return msgspec.json.decode(raw, type=Restored)


def put_deed(conn: "Connection", scope: int, session: str, deed: str) -> None:
    """Something that the person did here, by its frame's name."""
    conn.execute("INSERT OR IGNORE INTO deed VALUES(?,?,?)", (scope, session, deed))


def deeds(conn: "Connection", scope: int, session: str) -> list[str]:
    rows = conn.execute("SELECT deed FROM deed WHERE scope=? AND session=?", (scope, session))
    return [str(deed) for (deed,) in rows]


def observed(conn: "Connection", scope: int, session: str) -> list[tuple[int, int, int, int]]:
    """(seq, felt_ms, wait_ms, network_ms)."""
    rows = conn.execute(
        "SELECT seq, felt_ms, wait_ms, network_ms FROM observed"
        " WHERE scope=? AND session=? ORDER BY seq",
        (scope, session),
    )
    return [(int(a), int(b), int(c), int(d)) for a, b, c, d in rows]


def put_media(conn: "Connection", media: str, mime: str, data: bytes) -> None:
    conn.execute("INSERT OR REPLACE INTO media VALUES(?,?,?)", (media, mime, data))


def media(conn: "Connection", media: str) -> tuple[str, bytes] | None:
    row = conn.execute("SELECT mime, bytes FROM media WHERE media=?", (media,)).fetchone()
    return None if row is None else (str(row[0]), bytes(row[1]))


def drop_media(conn: "Connection", media: str) -> None:
    conn.execute("DELETE FROM media WHERE media=?", (media,))


# What only this machine has; the words come from the relay again.
OWN_TABLES = (
    *("fact", "scope", "talk", "draft", "outbox", "observed", "part"),
    *("doubt", "signed", "deed"),
)


def salvage(old: "Connection", fresh: "Connection") -> None:
    """Takes along what can be read of a damaged store, row by row, until a table gives no more."""
    fresh.execute("BEGIN IMMEDIATE")
    for table in OWN_TABLES:
        try:
            for row in old.execute(f"SELECT * FROM {table}"):
                marks = ",".join("?" * len(row))
                fresh.execute(f"INSERT OR IGNORE INTO {table} VALUES({marks})", row)
        except Exception as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (11, 26):
                fresh.execute("ROLLBACK")
                raise
    fresh.execute("COMMIT")


def carry(old: "Connection", fresh: "Connection") -> None:
    """Takes what a store in memory held along into the one that was just opened."""
    for old_scope, relay, account, used in old.execute("SELECT * FROM scope").fetchall():
        scope = scope_of(fresh, relay, account, used)
        for (session,) in old.execute(
            "SELECT DISTINCT session FROM item WHERE scope=?", (old_scope,)
        ).fetchall():
            after = 0
            while page := items(old, old_scope, session, after):
                put_items(fresh, scope, session, page, 0)
                after = page[-1].pos
        for table in ("cache", "talk", "observed", "signed", "deed"):
            for row in old.execute(f"SELECT * FROM {table} WHERE scope=?", (old_scope,)):
                marks = ",".join("?" * len(row))
                fresh.execute(f"INSERT OR REPLACE INTO {table} VALUES({marks})", (scope, *row[1:]))
        for (session,) in old.execute(
            "SELECT session FROM draft WHERE scope=?", (old_scope,)
        ).fetchall():
            both = draft(fresh, scope, session).joined(draft(old, old_scope, session))
            put_draft(fresh, scope, session, both)
        for (session,) in old.execute(
            "SELECT DISTINCT session FROM doubt WHERE scope=?", (old_scope,)
        ).fetchall():
            put_doubts(fresh, scope, session, doubts(old, old_scope, session))
        fresh.executemany(
            "INSERT OR IGNORE INTO outbox(scope, id, lane, body, state, code, utc_ms)"
            " VALUES(?,?,?,?,?,?,?)",
            [
                (scope, *row)
                for row in old.execute(
                    "SELECT id, lane, body, state, code, utc_ms FROM outbox"
                    " WHERE scope=? ORDER BY n",
                    (old_scope,),
                )
            ],
        )
    for row in old.execute("SELECT * FROM media"):
        fresh.execute("INSERT OR IGNORE INTO media VALUES(?,?,?)", row)
    for name, value in old.execute("SELECT * FROM fact"):
        # A relay's key that is known here stands: another one is for the person to accept.
        word = "IGNORE" if name.startswith(PIN) else "REPLACE"
        fresh.execute(f"INSERT OR {word} INTO fact VALUES(?,?)", (name, value))
