"""Questions on their way: each waits for the ``ok`` or ``failed`` with its id."""

import asyncio
from collections.abc import Callable

from miaohui.client.port import Refused
from miaohui.wire.codec import Ok
from miaohui.wire.frame import Frame, Request, Result
from miaohui.wire.link import Failed

ANSWER_S = 15.0


class Question:
    """One question; ``heard`` is called with its answer before anything else is read."""

    def __init__(self, future: asyncio.Future[Result], heard: Callable[[Result], None] | None):
        self._future = future
        self._heard = heard

    async def answer(self) -> Result:
        """Refused where the relay says no, says nothing for long, or the link goes."""
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._future
        except TimeoutError:
            raise Refused("timeout") from None

    def drop(self) -> None:
        """Nobody waits for it any more."""
        if not self._future.cancel() and not self._future.cancelled():
            self._future.exception()

    def settle(self, result: Result) -> None:
        if not self._future.done():
            self._future.set_result(result)
            if self._heard is not None:
                self._heard(result)

    def fail(self, refused: Refused) -> None:
        if not self._future.done():
            self._future.set_exception(refused)


class Requests:
    """Nothing here outlives a link: what must, goes through the outbox."""

    def __init__(self, send: Callable[[Frame], None]) -> None:
        self._send = send
        self._waiting: dict[str, Question] = {}

    async def ask(self, request: Request) -> Result:
        question = self.begin(request)
        try:
            return await question.answer()
        finally:
            self._waiting.pop(request.id, None)

    def begin(self, request: Request, heard: Callable[[Result], None] | None = None) -> Question:
        """Sends a request whose answer is awaited later, or dropped."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        question = self._waiting[request.id] = Question(future, heard)
        future.add_done_callback(lambda _: self._waiting.pop(request.id, None))
        self._send(request)
        return question

    def answered(self, frame: Ok) -> bool:
        """Whether somebody waited for it."""
        question = self._waiting.pop(frame.id, None)
        if question is None:
            return False
        question.settle(frame.result)
        return True

    def refused(self, frame: Failed) -> bool:
        question = self._waiting.pop(frame.id, None)
        if question is None:
            return False
        question.fail(Refused(frame.code, frame.detail, retry_ms=frame.retry_ms))
        return True

    def lost(self) -> None:
        """The link went: nobody will answer."""
        for question in tuple(self._waiting.values()):
            question.fail(Refused("offline"))
