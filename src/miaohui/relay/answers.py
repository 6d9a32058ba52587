"""The durable memory of commands: (account, id) → the first answer, for good."""

import hashlib
import sqlite3

import msgspec

from miaohui.relay.ports import Caller, Refused
from miaohui.wire.codec import AnyResult
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result

_encode = msgspec.json.Encoder().encode
_decoder: "msgspec.json.Decoder[AnyResult]" = msgspec.json.Decoder(AnyResult)


def digest_of(command: Request) -> str:
    """What tells a command from another with the same id."""
    return hashlib.sha256(_encode(command)).hexdigest()[:32]


def result_bytes(result: Result) -> bytes:
    return _encode(result)


def result_text(result: Result) -> str:
    return _encode(result).decode()


def check(row: tuple[str, str], digest: str) -> Result:
    """The first answer out of its row (digest, result)."""
    if row[0] != digest:
        raise Refused(Code.ID_REUSED)
    return _decoder.decode(row[1])


class DurableAnswers:
    """Answers in the relay's database."""

    def known_in(self, conn: sqlite3.Connection, caller: Caller, command: Request) -> Result | None:
        row = conn.execute(
            "SELECT digest, result FROM answer WHERE id = ? AND account = ?",
            (command.id, caller.account),
        ).fetchone()
        return None if row is None else check(row, digest_of(command))

    def remember_in(
        self, conn: sqlite3.Connection, caller: Caller, command: Request, result: Result
    ) -> None:
        self.remember_for_in(conn, caller, command, result, session=None)

    def remember_for_in(
        self,
        conn: sqlite3.Connection,
        caller: Caller,
        command: Request,
        result: Result,
        *,
        session: int | None,
    ) -> None:
        """``session``: the number of the session whose writer must know the id again after a
        restart."""
        conn.execute(
            "INSERT INTO answer (account, id, digest, result, session) VALUES (?, ?, ?, ?, ?)",
            (caller.account, command.id, digest_of(command), result_text(result), session),
        )
