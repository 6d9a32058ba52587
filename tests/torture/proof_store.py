"""The local store and the relay's copies: keyrings in every state, everything deleted, backups.

Keyrings are the edge of this machine, in memory; client, vault, encrypted files and the relay's
store are the real ones. A backup is made while money and journal rows are written.
"""

import asyncio
import hashlib
import random
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

import keyring
from tests.client.keys import Box, Stray
from tests.torture import backups
from tests.torture.outcome import Outcome

from miaohui.client.facade import Client
from miaohui.client.settings import Settings
from miaohui.client.store import history, secrets
from miaohui.client.unsent import MessageDraft
from miaohui.desktop.strings import shell as words
from miaohui.relay.host import backup
from miaohui.relay.money import ledger
from miaohui.relay.storage.schema import prepare
from miaohui.relay.storage.store import Store
from miaohui.runtime.tasks import Tasks

ABOUT = "keyring states, deleting everything, backups under load"
PLANTED = "a stray keyring is trusted; “delete everything” forgets files; a backup is a plain copy"
COUNT = 60
SHORT = 2
CANARY = "金丝雀-7f3a9c-没人该读到"


@contextmanager
def _broken() -> Iterator[None]:
    def plain_copy(data: Path, out: Path) -> None:
        shutil.copyfile(data / "relay.db", out)

    with ExitStack() as stack:
        patch = mock.patch.object
        stack.enter_context(patch(secrets, "REAL", secrets.REAL | {"keyrings.alt.file"}))
        stack.enter_context(patch(backup, "back_up", plain_copy))
        stack.enter_context(patch(Path, "unlink"))
        yield


def run(seed: int, count: int, *, planted: bool) -> Outcome:
    outcome = Outcome()
    before = keyring.get_keyring()
    try:
        for number in range(count):
            source = random.Random(seed * 1_000_000 + number)
            folder = Path(tempfile.mkdtemp(prefix="miaohui-store-"))
            try:
                with ExitStack() as stack:
                    if planted:
                        stack.enter_context(_broken())
                    asyncio.run(_keyrings(folder / "app", source, outcome))
                    asyncio.run(_deleted(folder / "gone", outcome))
                    asyncio.run(_backups(folder / "relay", source, outcome))
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        if count > SHORT and not planted:
            keyring.set_keyring(Box())
            asyncio.run(backups.play(5, outcome))
    finally:
        keyring.set_keyring(before)
    return outcome


@contextmanager
def _with(ring: keyring.backend.KeyringBackend) -> Iterator[None]:
    keyring.set_keyring(ring)
    yield


async def _start(folder: Path, tasks: Tasks) -> Client:
    client = Client(Settings(None), folder)
    client._context.scope = 1  # a history of its own, without a relay
    tasks.start(client.run(), "client")
    async with asyncio.timeout(20):
        while not client.view.keyring:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    return client


async def _end(client: Client, tasks: Tasks) -> None:
    client.stop()
    await tasks.close()


def _readable(folder: Path) -> list[str]:
    """Files in which the canary can be read."""
    found = []
    for file in folder.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            if CANARY.encode() in data or CANARY.encode("utf-16-le") in data:
                found.append(file.name)
    return found


async def _write(client: Client) -> None:
    """Something to lose."""
    client.set_draft("s1", MessageDraft(CANARY))
    await client._context.store.run(
        lambda conn: history.put_cache(conn, 1, "note", CANARY.encode())
    )


async def _kept(client: Client) -> bool:
    draft = await client._context.store.run(lambda conn: history.draft(conn, 1, "s1"))
    note = await client._context.store.run(lambda conn: history.cached(conn, 1, "note"))
    return draft.text == CANARY and note == CANARY.encode()


async def _keyrings(folder: Path, source: random.Random, outcome: Outcome) -> None:
    """Written with a working keyring; then it is each of the others in turn; then back."""
    box = Box()
    tasks = Tasks()
    with _with(box):
        client = await _start(folder, tasks)
        await _write(client)
        outcome.check("working: said so", holds=client.view.keyring == "working")
        await _end(client, tasks)
    whole = hashlib.sha256((folder / "history.db").read_bytes()).hexdigest()
    empty, other, stray = Box(), Box(), Stray()
    states = [("gone", stray, "changed"), ("locked", box, "locked"), ("other", empty, "changed")]
    source.shuffle(states)
    for name, ring, expected in states:
        box.locked = name == "locked"
        tasks = Tasks()
        with _with(ring):
            client = await _start(folder, tasks)
            said = client.view.keyring
            await _write(client)  # what is typed now may not be readable either
            await _end(client, tasks)
        box.locked = False
        outcome.check(
            f"{name}: the state is said, in a sentence",
            holds=said == expected and words.unlock_about(said) != words.unlock_about("none"),
            example=said,
        )
        after = hashlib.sha256((folder / "history.db").read_bytes()).hexdigest()
        outcome.check(f"{name}: the history is untouched", holds=after == whole, example=name)
        outcome.check(
            f"{name}: no plain text", holds=not _readable(folder), example=str(_readable(folder))
        )
    outcome.check("a stray keyring is told nothing", holds=not stray.kept, example=str(stray.kept))
    tasks = Tasks()
    with _with(box):
        client = await _start(folder, tasks)
        outcome.check("back again: everything is there", holds=await _kept(client))
        await _end(client, tasks)
    fresh = folder.with_name("fresh")
    tasks = Tasks()
    with _with(stray):
        client = await _start(fresh, tasks)
        await _write(client)
        said = client.view.keyring
        await _end(client, tasks)
    outcome.check("none at a first start: said, in a sentence", holds=said == "none", example=said)
    outcome.check("none at a first start: no plain text", holds=not _readable(fresh))
    with _with(other):
        tasks = Tasks()
        client = await _start(folder, tasks)
        made = await client.unlock("", anew=True)  # “begin a new history”
        aside = list(folder.glob("history.aside-*.db"))  # noqa: ASYNC240
        await _end(client, tasks)
    outcome.check(
        "a new history sets the old one aside",
        holds=made and len(aside) == 1,
        example=f"{made} {aside}",
    )


async def _deleted(folder: Path, outcome: Outcome) -> None:
    box, tasks = Box(), Tasks()
    with _with(box):
        client = await _start(folder, tasks)
        await _write(client)
        (folder / "history.aside-1.db").write_bytes(b"an older one")
        # A first start follows in the same run: what it makes is new and empty.
        old = {name: _state(file) for name, file in _files(folder)}
        key = dict(box.kept)
        await client.delete_everything()
        await _end(client, tasks)
    left = {name for name, file in _files(folder) if old.get(name) == _state(file)}
    outcome.check("everything deleted: no file stays", holds=not left, example=str(left))
    same = {entry for entry, secret in box.kept.items() if key.get(entry) == secret}
    outcome.check("everything deleted: no key stays", holds=not same, example=str(same))
    outcome.check("everything deleted: nothing to read", holds=not _readable(folder))


def _state(file: Path) -> tuple[int, bytes]:
    """When it was written, and what it holds; its inode says nothing, as a freed one is given to
    the next file at once."""
    return file.stat().st_mtime_ns, file.read_bytes()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for file in folder.rglob("*"):
        if file.is_file():
            yield file.name, file


async def _backups(folder: Path, source: random.Random, outcome: Outcome) -> None:
    """Money moves and rows are written in the same commits while a copy is made."""
    folder.mkdir(parents=True)  # noqa: ASYNC240
    prepare(folder / "relay.db")
    store = Store(folder / "relay.db")
    done: list[int] = []
    begun = asyncio.Event()
    stop = threading.Event()

    def job(conn: sqlite3.Connection, number: int) -> None:
        ledger.move_in(
            conn,
            "grant",
            from_book=ledger.MINT,
            to_book=f"customer:{number % 7}",
            fen=100 + number,
            now_ms=number,
            customer=str(number % 7),
        )
        conn.execute(
            "INSERT INTO feed (session, pos, seq, utc_ms, line) VALUES (1, ?, NULL, ?, '{}')",
            (number + 1, number),
        )

    async def load() -> None:
        number = 0
        while not stop.is_set():
            await asyncio.gather(
                *(store.write(lambda conn, n=number + k: job(conn, n)) for k in range(8))  # type: ignore[misc]
            )
            number += 8
            done.append(number)
            begun.set()

    tasks = Tasks()
    writing = tasks.start(load(), "load")
    await begun.wait()  # before it, no copy could lack anything
    for _ in range(3):
        await asyncio.sleep(0.01 + source.random() * 0.05)
        known = done[-1]
        out = folder / "copy.db"
        await asyncio.to_thread(backup.back_up, folder, out)
        _restored(folder, out, known, outcome)
    stop.set()
    await writing
    await store.close()


def _restored(folder: Path, out: Path, known: int, outcome: Outcome) -> None:
    there = Path(tempfile.mkdtemp(dir=folder))
    try:
        backup.restore(there, out, new_key=True)
        conn = sqlite3.connect(there / "relay.db")
        rows = conn.execute("SELECT count(*), max(pos) FROM feed").fetchone()
        moved = conn.execute("SELECT count(*) FROM movements").fetchone()[0]
        wrong = ledger.audit_in(conn)
        conn.close()
    except (backup.BackupFailed, sqlite3.Error) as error:
        outcome.check("a backup under load restores", holds=False, example=str(error))
        return
    outcome.check("a backup under load restores", holds=True)
    whole = rows[0] == (rows[1] or 0) == moved and rows[0] % 1 == 0
    outcome.check("… to one moment, books at zero", holds=whole and not wrong, example=f"{rows}")
    outcome.check(
        "… with everything acknowledged before",
        holds=rows[0] >= known,
        example=f"{rows[0]} {known}",
    )
