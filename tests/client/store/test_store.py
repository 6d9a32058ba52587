"""The store: one thread, groups, encryption, and what a crash leaves."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.client.script import OPENED_MS, Script, send, uid

from miaohui.client.feed import outbox
from miaohui.client.feed.outbox import Outbox
from miaohui.client.store import history, search
from miaohui.client.store.schema import STEPS, SchemaNewer
from miaohui.client.store.store import LocalStore, StoreClosed, StoreUnreadable, connect

KEY = bytes(range(32))


def test_jobs_before_opening_wait_for_it() -> None:
    async def job() -> None:
        store = LocalStore()
        done: list[str] = []
        store.post(lambda conn: history.put_fact(conn, "a", b"1"), lambda: done.append("posted"))
        await store.open(None, None)
        assert await store.run(lambda conn: history.fact(conn, "a")) == b"1"
        assert done == ["posted"]
        await store.close()
        with pytest.raises(StoreClosed):
            await store.run(lambda conn: None)

    asyncio.run(job())


def test_a_job_that_fails_undoes_itself_alone() -> None:
    async def job() -> None:
        store = LocalStore()
        await store.open(None, None)

        def bad(conn: object) -> None:
            history.put_fact(conn, "b", b"2")  # type: ignore[arg-type]
            raise ValueError("no")

        first = store.run(lambda conn: history.put_fact(conn, "a", b"1"))
        results = await asyncio.gather(first, store.run(bad), return_exceptions=True)
        assert isinstance(results[1], ValueError)
        both = await store.run(lambda conn: (history.fact(conn, "a"), history.fact(conn, "b")))
        assert both == (b"1", None)
        await store.close()

    asyncio.run(job())


def test_the_file_is_unreadable_without_its_key(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    conn = connect(path, KEY)
    conn.execute("BEGIN")
    history.put_fact(conn, "secret", "悄悄话".encode())
    conn.execute("COMMIT")
    conn.close()
    assert "悄悄话".encode() not in path.read_bytes()
    assert b"SQLite format" not in path.read_bytes()
    for wrong in (None, bytes(32)):
        with pytest.raises(StoreUnreadable):
            connect(path, wrong)
    conn = connect(path, KEY)
    assert history.fact(conn, "secret") == "悄悄话".encode()
    conn.close()


def test_a_newer_store_is_left_alone(tmp_path: Path) -> None:
    conn = connect(tmp_path / "h.db", KEY)
    conn.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    conn.close()
    with pytest.raises(SchemaNewer):
        connect(tmp_path / "h.db", KEY)


WRITER = """
import asyncio, os, signal, sys
from pathlib import Path
from miaohui.client.feed.outbox import Outbox
from miaohui.client.store.store import LocalStore
from tests.client.script import send

async def job():
    store = LocalStore()
    await store.open(Path(sys.argv[1]), bytes(range(32)))
    box = Outbox(store, lambda frame: None, lambda kept, result: None)
    box.open(1, [])
    for number in range(1, 40):
        box.put(send(number, f"第{number}句"), number)
        if number % 10 == 0:
            await store.run(lambda conn: None)
            print(number, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(job())
"""


def test_what_was_durable_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(path)],
        capture_output=True,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(root / "src"), str(root)))},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    durable = int(done.stdout.split()[-1])
    conn = connect(path, KEY)
    kept = outbox.rows(conn, 1)
    conn.close()
    texts = [each.command.body.text for each in kept]  # type: ignore[attr-defined]
    assert len(texts) >= durable == 30
    assert texts == [f"第{number}句" for number in range(1, len(texts) + 1)]


def test_items_come_back_gapless_and_empty_the_outbox() -> None:
    script = Script()
    script.ask(1_000, "早安，up主", 1)
    script.reply(2_000, "hello there", 2, 2)
    conn = connect(None, None)
    conn.execute("BEGIN")
    scope = history.scope_of(conn, "wss://r", "a1", 5)
    assert history.scope_of(conn, "wss://r", "a1", 6) == scope
    kept = outbox.KeptCommand(send(1, "早安，up主"), "s1", outbox.CommandState.READY, 5)
    outbox.put_row(conn, scope, kept, outbox.CommandState.READY)
    history.put_items(conn, scope, "s1", script.all, 0)
    history.put_items(conn, scope, "s1", script.all, 0)
    assert outbox.rows(conn, scope) == []
    assert history.items(conn, scope, "s1", 0) == script.all
    assert history.items(conn, scope, "s1", 2) == script.all[2:]
    assert history.head(conn, scope, "s1") == (3, script.prev)
    conn.close()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("早", {1}),
        ("安，up", {1}),
        ("早安", {1}),
        ("安早", set()),
        ("HELLO", {2}),
        ("h", {2}),
        ("hello the", {2}),
        ("there hello", set()),
        ("😀", {3}),
        ("  ", set()),
        ('"', set()),
        ("改", {4}),
        ("错", set()),
    ],
)
def test_search_from_one_character(asked: str, found: set[int]) -> None:
    script = Script()
    script.ask(1_000, "早安，up主", 1)
    script.reply(2_000, "Hello there", 2, 2)
    script.ask(3_000, "😀！", 3)
    script.ask(4_000, "错字", 4)
    script.edited(5, "改了")
    script.ask(5_000, "错了，撤回", 5)
    script.recalled(6_000, 6, "customer")
    conn = connect(None, None)
    conn.execute("BEGIN")
    history.put_items(conn, 1, "s1", script.all, 0)
    rows = search.find(conn, 1, asked)
    assert {key for _, key, _, _ in rows} == {uid(number) for number in found}
    assert search.find(conn, 2, asked) == []
    assert search.find(conn, 1, asked, "s2") == []
    conn.close()


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("我的电话是13812345678", "1234"),
        ("我的电话是１３８１２３４", "8123"),
        ("她說謝謝你，這裡很熱鬧", "说谢谢"),
        ("她说谢谢你", "謝謝"),
        ("ＡＢＣ公司", "abc"),
        ("ABC公司", "ａｂｃ公"),
        ("明天见👩🏽‍🚀加油❤️再见", "加油"),
        ("ok👍🏽great❤️fine", "fine"),
        ("好🫨好", "好"),
        ("找\U00031350村的人", "\U00031350村"),
        ("找\U000323b1的人", "\U000323b1"),
        ("Café crème", "cafe"),
        ("Straße", "STRASSE"),
        ("hello早安world", "早安wor"),
        ("订单A12-34", "a12"),
    ],
)
def test_search_folds_width_case_and_script(said: str, asked: str) -> None:
    conn = connect(None, None)
    search.remember(conn, 1, "s1", "k", 5, said)
    assert [key for _, key, _, _ in search.find(conn, 1, asked)] == ["k"]
    assert search.find(conn, 1, asked + "没有") == []
    conn.close()


def test_an_index_of_an_older_version_is_split_anew() -> None:
    conn = connect(None, None)
    search.remember(conn, 1, "s1", "k", 5, "电话13812345678")
    conn.execute("DELETE FROM words")
    conn.execute("INSERT INTO words(rowid, text) SELECT said, '电 话 13812345678' FROM said")
    assert [key for _, key, _, _ in search.find(conn, 1, "1234")] == ["k"]
    assert [key for _, key, _, _ in search.find(conn, 1, "1234")] == ["k"]
    conn.close()


def test_a_store_that_was_shrunk_goes_on() -> None:
    async def job() -> None:
        store, script = LocalStore(), Script()
        await store.open(None, None)
        await store.run(lambda c: history.put_items(c, 1, "s1", script.all, 0))
        await store.shrink()
        assert await store.run(lambda c: history.items(c, 1, "s1", 0)) == script.all
        await store.close()

    asyncio.run(job())


def test_a_page_at_once_is_kept_as_item_by_item() -> None:
    script = Script()
    script.outside(1, "先说一句", queued=True)
    for number in range(1, 160):  # the first is the line that waited in the queue
        script.ask(number * 1_000, f"第{number}句", number)
        if number % 40 == 0:
            script.edited(number, f"改过{number}")
            script.recalled(number * 1_000 + 500, number - 1, "customer")
    script.ask(200_000, "", 500)
    found = []
    for step in (1, len(script.all)):
        conn = connect(None, None)
        conn.execute("BEGIN")
        for at in range(0, len(script.all), step):
            history.put_items(conn, 1, "s1", script.all[at : at + step], OPENED_MS)
        said = conn.execute("SELECT key, utc_ms, text FROM said ORDER BY key").fetchall()
        hits = [search.find(conn, 1, asked) for asked in ("句", "改", "第7", "1")]
        found.append((said, hits, history.head(conn, 1, "s1")))
        conn.close()
    assert found[0] == found[1]


def test_memory_comes_along_when_a_real_store_opens(tmp_path: Path) -> None:
    async def job() -> None:
        path, script = tmp_path / "h.db", Script()
        script.ask(1_000, "早安", 1)
        conn = connect(path, KEY)
        conn.execute("BEGIN")
        history.scope_of(conn, "wss://other", "a9", 1)
        conn.execute("COMMIT")
        conn.close()
        store = LocalStore()
        await store.open(None, None)
        scope = await store.run(lambda c: history.scope_of(c, "wss://r", "a1", 1))
        box = Outbox(store, lambda frame: None, lambda kept, result: None)
        box.open(scope, [])
        await store.run(lambda c: history.put_items(c, scope, "s1", script.all, 0))
        box.put(send(2, "还没发"), 7)
        await store.open(path, KEY)
        fresh = await store.run(lambda c: history.scope_of(c, "wss://r", "a1", 2))
        assert fresh != scope
        assert await store.run(lambda c: history.items(c, fresh, "s1", 0)) == script.all
        assert [k.command.id for k in await store.run(lambda c: outbox.rows(c, fresh))] == [uid(2)]
        assert len(await store.run(lambda c: search.find(c, fresh, "早"))) == 1
        await store.close()

    asyncio.run(job())
