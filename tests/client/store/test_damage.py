"""A damaged, cut or empty history: set aside under a name, said, and begun anew with what can be
read of it; two folders on one machine; and a history that a newer version wrote."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import keyring
import pytest
from tests.client.keys import Box

from miaohui.client.facade import Client
from miaohui.client.settings import Settings
from miaohui.client.snapshots import Change, Notice, NoticeCode
from miaohui.client.store import history
from miaohui.client.store.secrets import SERVICE, KeyringState
from miaohui.client.store.store import StoreUnreadable, connect
from miaohui.client.store.vault import KEY_ENTRY, Vault
from miaohui.client.unsent import MessageDraft
from miaohui.runtime.tasks import Tasks

PAGE = 4096


@pytest.fixture(autouse=True)
def box() -> Iterator[Box]:
    before, mine = keyring.get_keyring(), Box()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


@contextlib.asynccontextmanager
async def started(folder: Path) -> AsyncIterator[tuple[Client, list[Change]]]:
    """A client without a relay, once its history is open."""
    client, heard, tasks = Client(Settings(None), folder), [], Tasks()
    opened = asyncio.Event()

    def hear(change: Change) -> None:
        heard.append(change)
        if client.view.keyring:
            opened.set()

    client.subscribe(hear)
    running = tasks.start(client.run(), "client")
    await asyncio.wait_for(opened.wait(), 20)
    try:
        yield client, heard
    finally:
        client.stop()
        await running
        await tasks.close()


def notices(heard: list[Change]) -> list[Notice]:
    return [each for each in heard if isinstance(each, Notice)]


def filled(folder: Path) -> bytes:
    """A history of many pages, opened once; its bytes."""

    async def job() -> None:
        async with started(folder) as (client, _):
            store = client._context.store
            await store.run(lambda conn: history.put_fact(conn, "pin", b"kept"))
            await store.run(lambda conn: history.put_draft(conn, 1, "s", MessageDraft("a draft")))
            await store.run(
                lambda conn: conn.executemany(
                    "INSERT INTO item VALUES(1, 's', ?, ?)",
                    [(each, bytes(400)) for each in range(1, 2000)],
                )
            )

    asyncio.run(job())
    return (folder / "history.db").read_bytes()


CUTS: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda whole: whole[: len(whole) // 2 // PAGE * PAGE],
    "cut within a page": lambda whole: whole[: len(whole) // 2 + 7],
    "its first page damaged": lambda whole: whole[:20] + bytes(40) + whole[60:],
    "shorter than a page": lambda whole: whole[:1000],
    "empty": lambda whole: b"",
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_what_cannot_be_opened_is_set_aside_and_said(
    cut: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    damaged = cut(filled(tmp_path))
    (tmp_path / "history.db").write_bytes(damaged)

    async def job() -> None:
        async with started(tmp_path) as (client, heard):
            said = Notice(NoticeCode.STORE_RECOVERED, name="history.aside-1.db")
            assert notices(heard) == [said]
            assert client.view.keyring == KeyringState.WORKING
            await client._context.store.run(lambda conn: history.put_fact(conn, "new", b"x"))

    asyncio.run(job())
    aside = (tmp_path / "history.aside-1.db").read_bytes()
    assert aside == damaged or not damaged


def test_a_page_that_is_read_later_is_noticed_then(tmp_path: Path) -> None:
    whole = filled(tmp_path)
    middle = len(whole) // PAGE // 2 * PAGE
    (tmp_path / "history.db").write_bytes(whole[: middle + 50] + bytes(40) + whole[middle + 90 :])

    async def job() -> None:
        async with started(tmp_path) as (client, heard):
            store, recovered = client._context.store, asyncio.Event()
            client.subscribe(
                lambda change: (
                    recovered.set()
                    if isinstance(change, Notice) and change.code is NoticeCode.STORE_RECOVERED
                    else None
                )
            )
            with pytest.raises(Exception, match="malformed"):
                await store.run(lambda conn: conn.execute("SELECT body FROM item").fetchall())
            await asyncio.wait_for(recovered.wait(), 20)
            assert notices(heard) == [Notice(NoticeCode.STORE_RECOVERED, name="history.aside-1.db")]
            # What only this machine had came along; the words come from the relay.
            assert await store.run(lambda conn: history.fact(conn, "pin")) == b"kept"
            kept = await store.run(lambda conn: history.draft(conn, 1, "s"))
            assert kept == MessageDraft("a draft")
            assert await store.run(lambda conn: history.items(conn, 1, "s", 0)) == []

    asyncio.run(job())


def test_a_history_that_is_gone_is_said(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "history.db").unlink()

    async def job() -> None:
        async with started(tmp_path) as (_, heard):
            assert notices(heard) == [Notice(NoticeCode.HISTORY_MISSING, name="history.db")]

    asyncio.run(job())


def test_a_newer_history_is_no_other_keyring(tmp_path: Path) -> None:
    filled(tmp_path)
    key = Vault(tmp_path).open().key
    conn = connect(tmp_path / "history.db", key)
    conn.execute("PRAGMA user_version = 99")
    conn.close()

    async def job() -> None:
        async with started(tmp_path) as (client, _):
            assert client.view.keyring == KeyringState.NEWER

    asyncio.run(job())


def test_two_folders_on_one_machine_know_nothing_of_each_other(box: Box, tmp_path: Path) -> None:
    one, two = Vault(tmp_path / "one"), Vault(tmp_path / "two")
    first, second = one.open(), two.open()
    assert first.key != second.key
    assert first.secrets is not None
    assert second.secrets is not None
    first.secrets.put("token:relay", "a")
    second.secrets.put("token:relay", "b")
    assert first.secrets.get("token:relay") == "a"
    connect(two.database, second.key).close()
    one.destroy(first.secrets)
    assert two.open().key == second.key
    connect(two.database, two.open().key).close()


def test_a_key_of_before_goes_on_under_the_folders_id(box: Box, tmp_path: Path) -> None:
    old = bytes(range(32))
    box.kept[SERVICE, KEY_ENTRY] = old.hex()
    for name in ("one", "two"):
        connect(tmp_path / name / "history.db", old).close()
        (tmp_path / name / "vault.json").write_text(
            '{"kept_by":"keyring","backend":"keyring.backends.SecretService.Box"}'
        )
    one, two = Vault(tmp_path / "one"), Vault(tmp_path / "two")
    first = one.open()
    assert first.key == old
    one.destroy(first.secrets)
    assert two.open().key == old  # the other folder lived by the same entry
    assert Vault(tmp_path / "three").open().key != old
    box.kept.pop((SERVICE, KEY_ENTRY))
    assert two.open().key == old


def test_another_key_is_still_another_key(tmp_path: Path) -> None:
    filled(tmp_path)
    with pytest.raises(StoreUnreadable):
        connect(tmp_path / "history.db", bytes(32))
