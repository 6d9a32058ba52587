"""Questions on their way: each waits for the ``ok`` or ``failed`` with its id."""

import asyncio
from collections.abc import Callable

from miaohui.client.port import Refused
from miaohui.wire.codec import Ok
from miaohui.wire.frame import Frame, Request, Result
from miaohui.wire.link import Failed

ANSWER_S = 15.0


class Requests:
    """Nothing here outlives a link: what must, goes through the outbox."""

    def __init__(self, send: Callable[[Frame], None]) -> None:
        self._send = send
        self._waiting: dict[str, asyncio.Future[Result]] = {}

    async def ask(self, request: Request) -> Result:
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting[request.id] = future
        self._send(request)
        try:
            return await asyncio.wait_for(future, ANSWER_S)
        except TimeoutError:
            raise Refused("timeout") from None
        finally:
            self._waiting.pop(request.id, None)

    def answered(self, frame: Ok) -> bool:
        """Whether somebody waited for it."""
        future = self._waiting.get(frame.id)
        if future is None:
            return False
        if not future.done():
            future.set_result(frame.result)
        return True

    def refused(self, frame: Failed) -> bool:
        future = self._waiting.get(frame.id)
        if future is None:
            return False
        if not future.done():
            future.set_exception(Refused(frame.code, frame.detail, retry_ms=frame.retry_ms))
        return True

    def lost(self) -> None:
        """The link went: nobody will answer."""
        for future in tuple(self._waiting.values()):
            if not future.done():
                future.set_exception(Refused("offline"))
