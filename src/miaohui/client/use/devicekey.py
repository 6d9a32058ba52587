"""This installation's own key, with which a responder's app signs when a question was shown and when
Send was pressed. It lies in the encrypted store, and never leaves this machine."""

import secrets
from typing import TYPE_CHECKING, Final

from miaohui.client.store import history
from miaohui.client.sync.context import Context
from miaohui.promise.replytimes import sign_times
from miaohui.wire.sessions import ReplyTimes

if TYPE_CHECKING:
    from sqlite3 import Connection

_FACT: Final = "device_key"
_BYTES: Final = 32


class DeviceKey:
    """Read, or made, when a responder comes in; before that nothing is signed."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._secret: bytes | None = None

    async def load(self) -> None:
        def job(conn: "Connection") -> bytes:
            kept = history.fact(conn, _FACT)
            if kept is None or len(kept) != _BYTES:
                kept = secrets.token_bytes(_BYTES)
                history.put_fact(conn, _FACT, kept)
            return kept

        self._secret = await self._context.store.run(job)

    def forget(self) -> None:
        self._secret = None

    def times(
        self, *, session: str, id: str, seq: int, shown: int, pressed: int
    ) -> ReplyTimes | None:
        """The statement for a reply; None while there is no key."""
        if self._secret is None:
            return None
        return sign_times(
            self._secret, session=session, id=id, seq=seq, shown=shown, pressed=pressed
        )
