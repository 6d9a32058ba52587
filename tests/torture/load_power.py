"""Real load on one database, in a process of its own whose file calls are recorded.

    python -m tests.torture.load_power relay|app DIR SEED MESSAGES full|normal

What was acknowledged is written, the moment it is heard, into DIR/marks: so it has its place in the
recorded order. ``normal`` is the planted fault: commits that do not wait for the disk.
"""

import asyncio
import json
import os
import random
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from tests.relay.conftest import Person, ScriptClock, World, world_in
from tests.torture.sessions import journal

from miaohui.client.feed.command_states import CommandState
from miaohui.client.feed.outbox import KeptCommand, put_row
from miaohui.client.store import history
from miaohui.client.store import store as app_store
from miaohui.relay.storage import store as relay_store
from miaohui.wire.accounts import Role
from miaohui.wire.sessions import Body, EntryItem, Placed, Send

MARKS = "marks"
KEY = bytes(range(32))
TALKS = 3


class Marks:
    """What the other side was told, one JSON line each."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / MARKS, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)

    def put(self, **told: object) -> None:
        os.write(self._file, json.dumps(told).encode() + b"\n")


class Brisk(ScriptClock):
    """A wall clock that runs ahead whenever it is asked, so that no payment has to be waited for."""

    def utc_ms(self) -> int:
        self.utc += 500
        return self.utc


class Witness(Person):
    """Somebody who notes down everything that the relay let them know."""

    marks: Marks

    def hear(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "feed_push":
            self.marks.put(session=frame["session"], pos=frame["items"][-1]["pos"])
        super().hear(frame)


async def relay(folder: Path, seed: int, messages: int) -> None:
    """Talks with purchases, extensions, ends and settlements."""
    source = random.Random(seed)
    Witness.marks = marks = Marks(folder)
    with mock.patch("tests.relay.conftest.Person", Witness):
        async with world_in(folder, Brisk()) as world:
            await world.shop("rin", capacity=TALKS)
            await asyncio.gather(
                *(talk(world, source, marks, number, messages) for number in range(TALKS))
            )


async def talk(
    world: World, source: random.Random, marks: Marks, number: int, messages: int
) -> None:
    name = f"customer-{number}"
    customer = await world.person(name)
    responder = await world.person("rin", Role.RESPONDER) if number == 0 else None
    session = await world.open(name, "rin")
    marks.put(opened=session)
    await customer.attach(session)
    if responder is not None:
        await responder.attach(session)
    for index in range(messages // TALKS):
        said = await customer.send(session, f"{index} " + "今天有点难过 " * source.randrange(1, 60))
        marks.put(session=session, pos=said["pos"])
        if responder is not None and index % 3 == 0:
            said = await responder.send(session, "我在听", seen_seq=said["seq"])
            marks.put(session=session, pos=said["pos"])
        if index % 8 == number:
            extended = await customer.ask(
                type="extend", session=session, offer="half", price_fen=3000, provider="practice"
            )
            if extended["type"] == "extended":
                marks.put(extended=session, fen=extended["order"]["extensions_fen"])
        if source.random() < 0.1:
            # A quiet moment, in which the relay brings its log back into the database.
            await asyncio.sleep(0.12)
    ended = await customer.ask(type="end", session=session, now=True)
    if ended["type"] != "failed":
        await customer.entry(session, "closed")
        marks.put(closed=session)


async def app(folder: Path, seed: int, messages: int) -> None:
    """The app's store: feed items, drafts and the outbox."""
    source = random.Random(seed)
    marks = Marks(folder)
    store = app_store.LocalStore()
    await store.open(folder / "history.db", KEY)
    scope = await store.run(lambda conn: history.scope_of(conn, "relay", "me", 1))
    entries: Iterator[Any] = iter(())
    pos = session = 0
    for index in range(messages):
        entry = next(entries, None)
        if entry is None:
            session, pos = session + 1, 0
            entries = iter(journal(source, f"s{session}", "0" * 16)[0])
            entry = next(entries)
        pos += 1
        body = Body(salt="00" * 16, text="说过的话 " * source.randrange(60)) if pos > 1 else None
        placed = Placed(pos=pos, item=EntryItem(entry=entry, body=body))
        name = f"s{session}"
        await store.run(
            lambda conn, name=name, placed=placed: history.put_items(conn, scope, name, [placed], 0)
        )
        marks.put(item=name, pos=pos)
        if index % 3 == 0:
            id = str(uuid.UUID(bytes=source.randbytes(16)))
            command = Send(id=id, session=name, body=Body(salt="00" * 16, text="写好了"))
            kept = KeptCommand(command, name, CommandState.READY, 1)
            await store.run(lambda conn, kept=kept: put_row(conn, scope, kept, CommandState.READY))
            marks.put(outbox=id)
        if index % 40 == 39:
            await store.run(
                lambda conn, size=20_000: history.put_media(
                    conn, str(uuid.uuid4()), "image/png", os.urandom(size)
                )
            )
    await store.close()


@contextmanager
def lazy() -> Iterator[None]:
    """The planted fault, on both sides."""
    with (
        mock.patch.object(relay_store, "connect", _lazily(relay_store.connect)),
        mock.patch.object(app_store, "connect", _lazily(app_store.connect)),
    ):
        yield


def _lazily(real: Any) -> Any:
    def connect(*arguments: Any) -> Any:
        conn = real(*arguments)
        conn.execute("PRAGMA synchronous = NORMAL")
        return conn

    return connect


def main() -> None:
    which, folder, seed, messages, how = sys.argv[1:]
    work = {"relay": relay, "app": app}[which](Path(folder), int(seed), int(messages))
    if how == "normal":
        with lazy():
            asyncio.run(work)
    else:
        asyncio.run(work)


if __name__ == "__main__":
    main()
