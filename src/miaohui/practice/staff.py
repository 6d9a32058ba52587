"""All scripted responders in one process: one link each, come and gone together."""

import asyncio
import logging

from miaohui.practice import catalogue, topics
from miaohui.practice.credentials import Credentials
from miaohui.practice.responder import Responder
from miaohui.runtime.clock import Clock, SystemClock
from miaohui.runtime.tasks import Tasks

log = logging.getLogger(__name__)

STAGGER_S = 0.012
READY_S = 20.0
AGAIN_S = 1.0


class NobodyCame(Exception):
    """Not one responder could sign in."""


class Staff:
    """Everybody at work at one relay."""

    def __init__(self, url: str, credentials: Credentials, clock: Clock | None = None) -> None:
        book = catalogue.read()
        lines = topics.read()
        self._tasks = Tasks()
        self.people: list[Responder] = []
        here = {person.responder for shop in book.shops for person in shop.people}
        for each in credentials.all:
            if each.responder not in here:
                continue  # somebody of an earlier catalogue
            shop, person = book.person(each.responder)
            self.people.append(
                Responder(url, each, shop, person, lines, clock or SystemClock(), credentials.save)
            )

    @property
    def present(self) -> int:
        """How many have signed in."""
        return sum(each.ready.is_set() for each in self.people)

    async def start(self) -> None:
        """Everybody signs in; returns once all have, or after a while (the others go on trying).
        NobodyCame where nobody could."""
        for each in self.people:
            self._tasks.start(self._keep(each), "responder")
            await asyncio.sleep(STAGGER_S)
        try:
            async with asyncio.timeout(READY_S):
                for each in self.people:
                    await each.ready.wait()
        except TimeoutError:
            if self.present == 0:
                raise NobodyCame from None

    async def _keep(self, one: Responder) -> None:
        """A responder that fails is started again: the conversations are on the relay."""
        while True:
            try:
                await one.run()
            except Exception:
                log.exception("a scripted responder failed and starts again")
            one.forget_all()
            await asyncio.sleep(AGAIN_S)

    async def close(self) -> None:
        await self._tasks.close()
