"""Drafts on a real store: read before they are written, and joined where somebody was faster."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keyring
from tests.client.keys import Box
from tests.client.world import Person

from miaohui.client.facade import Client
from miaohui.client.settings import Settings
from miaohui.client.store import history
from miaohui.client.unsent import EMPTY, MessageDraft
from miaohui.runtime.tasks import Tasks

if TYPE_CHECKING:
    from sqlite3 import Connection


def _with_client(job: Callable[[Client], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        client, tasks = Client(Settings(None)), Tasks()
        tasks.start(client.run(), "client")
        await Person(client).until(lambda: client.view.keyring != "")
        await job(client)
        client.stop()
        await tasks.close()

    asyncio.run(run())


def _stored(client: Client, session: str) -> Coroutine[Any, Any, MessageDraft]:
    return client._context.store.run(lambda conn: history.draft(conn, 0, session))


def _write(client: Client, session: str, draft: MessageDraft) -> Coroutine[Any, Any, None]:
    return client._context.store.run(lambda conn: history.put_draft(conn, 0, session, draft))


def test_one_letter_does_not_overwrite_what_was_not_read_yet() -> None:
    async def job(client: Client) -> None:
        await _write(client, "s1", MessageDraft("昨天的草稿"))
        client.set_draft("s1", MessageDraft("a"))
        assert (await client.read_draft("s1")).text == "昨天的草稿\na"
        assert (await _stored(client, "s1")).text == "昨天的草稿\na"
        client.set_draft("s1", MessageDraft("整个换掉"))
        assert (await _stored(client, "s1")).text == "整个换掉"

    _with_client(job)


def test_words_that_come_back_stand_before_what_is_written() -> None:
    async def job(client: Client) -> None:
        assert await client.read_draft("s1") == EMPTY
        client.set_draft("s1", MessageDraft("正在写"))
        client.join_draft("s1", MessageDraft("退回的"))
        assert (await _stored(client, "s1")).text == "退回的\n正在写"

    _with_client(job)


def test_an_empty_draft_leaves_no_row() -> None:
    async def job(client: Client) -> None:
        await client.read_draft("s1")
        client.set_draft("s1", MessageDraft("一", quoting="q", editing="e", edited="二"))
        whole = await _stored(client, "s1")
        assert whole == MessageDraft("一", quoting="q", editing="e", edited="二")
        client.set_draft("s1", EMPTY)

        def rows(conn: "Connection") -> int:
            return int(conn.execute("SELECT count(*) FROM draft").fetchone()[0])

        assert await client._context.store.run(rows) == 0

    _with_client(job)


def test_asked_for_twice_while_the_disk_is_slow() -> None:
    async def job(client: Client) -> None:
        await _write(client, "s1", MessageDraft("旧"))
        both = await asyncio.gather(client.read_draft("s1"), client.read_draft("s1"))
        assert [one.text for one in both] == ["旧", "旧"]

    _with_client(job)


def test_an_app_that_ends_before_it_has_read_loses_nothing(tmp_path: Path) -> None:
    async def first() -> None:
        client, tasks = Client(Settings(None), tmp_path), Tasks()
        running = tasks.start(client.run(), "client")
        await Person(client).until(lambda: client.view.keyring == "working")
        await _write(client, "s1", MessageDraft("昨天的草稿"))
        client.set_draft("s1", MessageDraft("半"))
        client.set_draft("s1", MessageDraft("半句"))
        client.join_draft("s1", MessageDraft("退回的"))
        client.stop()
        await running
        await tasks.close()

    async def second() -> None:
        client, tasks = Client(Settings(None), tmp_path), Tasks()
        tasks.start(client.run(), "client")
        await Person(client).until(lambda: client.view.keyring == "working")
        assert (await client.read_draft("s1")).text == "昨天的草稿\n退回的\n半句"
        client.stop()
        await tasks.close()

    before = keyring.get_keyring()
    keyring.set_keyring(Box())
    try:
        asyncio.run(first())
        asyncio.run(second())
    finally:
        keyring.set_keyring(before)
