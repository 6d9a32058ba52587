"""All scripted responders in one process: one link each, come and gone together."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from miaohui.practice import catalogue, topics
from miaohui.practice.link import Credential
from miaohui.practice.responder import Responder
from miaohui.runtime.clock import Clock, SystemClock
from miaohui.runtime.tasks import Tasks

log = logging.getLogger(__name__)

STAGGER_S = 0.012
READY_S = 20.0
AGAIN_S = 1.0


class CredentialsInvalid(ValueError):
    """A file of credentials that cannot be used."""


class Row(Struct, frozen=True, omit_defaults=True):
    """One responder's way in. `responder` is the catalogue's id, `name` the account's."""

    responder: str
    name: str
    password: str = ""
    token: str = ""


class Credentials:
    """The file that says how the responders sign in; new tokens are written back."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            rows = msgspec.json.decode(path.read_bytes(), type=list[Row])
        except (OSError, msgspec.MsgspecError) as error:
            raise CredentialsInvalid(f"{path.name}: {error}") from None
        self.all = [Credential(row.responder, row.name, row.password, row.token) for row in rows]

    def save(self) -> None:
        write_credentials(
            self._path, [Row(c.responder, c.name, c.password, c.token) for c in self.all]
        )


def write_credentials(path: Path, rows: Sequence[Row]) -> None:
    """Whole or not at all, and readable by nobody else."""
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_bytes(msgspec.json.encode(rows))
    fresh.replace(path)


class Staff:
    """Everybody at work at one relay."""

    def __init__(self, url: str, credentials: Credentials, clock: Clock | None = None) -> None:
        book = catalogue.read()
        lines = topics.read()
        self._tasks = Tasks()
        self.people: list[Responder] = []
        for each in credentials.all:
            shop, person = book.person(each.responder)
            self.people.append(
                Responder(url, each, shop, person, lines, clock or SystemClock(), credentials.save)
            )

    async def start(self) -> None:
        """Everybody signs in; returns once all are on duty, TimeoutError where that takes too
        long (they go on trying)."""
        for each in self.people:
            self._tasks.start(self._keep(each), "responder")
            await asyncio.sleep(STAGGER_S)
        async with asyncio.timeout(READY_S):
            for each in self.people:
                await each.ready.wait()

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
