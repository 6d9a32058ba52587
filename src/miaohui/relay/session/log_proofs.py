"""A receipt's place in the log of receipts, told to the people of its session."""

import sqlite3

from miaohui.relay.ports import Caller, Handler, Refused
from miaohui.relay.session.session_list import card_in
from miaohui.relay.storage.keys import HeldKey
from miaohui.relay.storage.receipt_log import proof_of_session_in
from miaohui.relay.storage.store import Store
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result
from miaohui.wire.sessions import GetLogProof, LogProof


class LogProofs:
    """Answers `get_log_proof`: what is open, is nobody's of the caller, or is in no log that is
    served, is not found."""

    def __init__(self, store: Store, key: HeldKey) -> None:
        self._store = store
        self._key = key

    def handlers(self) -> dict[type[Request], Handler]:
        return {GetLogProof: self._get}

    async def _get(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, GetLogProof)

        def job(conn: sqlite3.Connection) -> bytes | None:
            if card_in(conn, request.session, caller.account) is None:
                raise Refused(Code.NOT_FOUND, "session")
            return proof_of_session_in(conn, self._key.now.private, request.session)

        found = await self._store.read(job)
        if found is None:
            raise Refused(Code.NOT_FOUND, "log")
        return LogProof(proof=found.decode())
