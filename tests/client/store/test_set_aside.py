"""What promise/1 left in a store: under its name, whole, and read by nobody."""

from sqlcipher3 import dbapi2 as sqlite3

from miaohui.client.store import history
from miaohui.client.store.schema import STEPS, migrate
from miaohui.client.unsent import EMPTY, MessageDraft


def test_sessions_of_the_old_rule_are_set_aside() -> None:
    conn = sqlite3.connect(":memory:", isolation_level=None)
    for statement in STEPS[0].split(";\n"):
        conn.execute(statement)
    conn.execute("PRAGMA user_version = 1")
    conn.execute("INSERT INTO item VALUES(1, 's1', 1, 'old')")
    conn.execute("INSERT INTO talk VALUES(1, 's1', 'a draft', 0)")
    migrate(conn)
    assert history.fact(conn, "set_aside") == b"promise/1"
    assert conn.execute("SELECT body FROM promise1_item").fetchall() == [("old",)]
    assert conn.execute("SELECT draft FROM promise1_talk").fetchall() == [("a draft",)]
    assert history.items(conn, 1, "s1", 0) == []
    assert (history.draft(conn, 1, "s1"), history.seen(conn, 1, "s1")) == (EMPTY, 0)


def test_an_empty_store_has_nothing_to_say() -> None:
    conn = sqlite3.connect(":memory:", isolation_level=None)
    migrate(conn)
    assert history.fact(conn, "set_aside") is None


def test_a_draft_of_words_alone_goes_on_as_one_of_more() -> None:
    conn = sqlite3.connect(":memory:", isolation_level=None)
    for step in STEPS[:2]:
        for statement in step.split(";\n"):
            conn.execute(statement)
    conn.execute("PRAGMA user_version = 2")
    conn.execute("INSERT INTO talk VALUES(1, 's1', '半句 \"话\"', 7)")
    conn.execute("INSERT INTO talk VALUES(1, 's2', '', 3)")
    migrate(conn)
    assert history.draft(conn, 1, "s1") == MessageDraft('半句 "话"')
    assert history.draft(conn, 1, "s2") == EMPTY
    assert (history.seen(conn, 1, "s1"), history.seen(conn, 1, "s2")) == (7, 3)
