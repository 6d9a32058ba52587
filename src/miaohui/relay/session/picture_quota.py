"""How much of the disk pictures may take: of an account, of a session, of the whole relay."""

import sqlite3
from dataclasses import dataclass

from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code

MIB = 1024 * 1024
UNFINISHED_KEPT_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class PictureQuota:
    """Bytes of pictures, counted as announced; ``unfinished``: uploads of an account at a time."""

    account: int = 256 * MIB
    session: int = 64 * MIB
    relay: int = 20 * 1024 * MIB
    unfinished: int = 3

    def check_in(self, conn: sqlite3.Connection, owner: str, session: int, size: int) -> None:
        """Refused(NO_ROOM) for a picture that is too much for somebody."""
        for most, what, question, values in (
            (self.account, "account", "SELECT sum(bytes) FROM media WHERE owner = ?", (owner,)),
            (self.session, "session", "SELECT sum(bytes) FROM media WHERE session = ?", (session,)),
            (self.relay, "relay", "SELECT bytes FROM media_total", ()),
        ):
            (held,) = conn.execute(question, values).fetchone()
            if (held or 0) + size > most:
                raise Refused(Code.NO_ROOM, what)
        open_ = conn.execute(
            "SELECT count(*) FROM media WHERE complete = 0 AND begun_ms > 0 AND owner = ?", (owner,)
        ).fetchone()[0]
        if open_ >= self.unfinished:
            raise Refused(Code.TOO_MANY, "media", retry_ms=5_000)


def expired_in(conn: sqlite3.Connection, now_ms: int, most: int) -> list[str]:
    """Takes out the uploads that nobody finished in a day, and names them: at most so many."""
    rows = conn.execute(
        "DELETE FROM media WHERE id IN (SELECT id FROM media WHERE complete = 0 AND begun_ms < ?"
        " ORDER BY begun_ms LIMIT ?) RETURNING id",
        (now_ms - UNFINISHED_KEPT_MS, most),
    ).fetchall()
    return [media for (media,) in rows]
