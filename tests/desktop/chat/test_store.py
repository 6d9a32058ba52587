"""Rows keep their order and their places over older, lazy and newer parts."""

from miaohui.desktop.chat.row import ChatRow, RowKind
from miaohui.desktop.chat.store import RowStore


class History:
    """A thousand rows made when asked for."""

    def __init__(self) -> None:
        self.made = 0
        self.texts: dict[int, str] = {}

    def __len__(self) -> int:
        return 1000

    def row(self, index: int) -> ChatRow:
        self.made += 1
        return ChatRow(f"h{index}", RowKind.THEIRS, self.texts.get(index, str(index)))

    def theirs(self, start: int, stop: int) -> int:
        return stop - start

    def index_of(self, row_id: str) -> int | None:
        return int(row_id[1:]) if row_id.startswith("h") else None


def named(*names: str) -> list[ChatRow]:
    return [ChatRow(name, RowKind.MINE, name) for name in names]


def test_order_and_places():
    store = RowStore()
    store.append(named("a", "b", "c", "d"))
    store.append(named("e"))
    assert [row.id for row in store] == ["a", "b", "c", "d", "e"]
    assert [store.index_of(name) for name in "abcde"] == [0, 1, 2, 3, 4]
    assert store.index_of("x") is None


def test_splice_keeps_places():
    store = RowStore()
    store.append(named("a", "b", "c", "d"))
    store.splice(1, 2, named("x", "y", "z"))
    assert [row.id for row in store] == ["a", "x", "y", "z", "d"]
    assert store.index_of("d") == 4


def test_lazy_history_makes_only_what_is_asked():
    history = History()
    store = RowStore(history)
    store.append(named("new"))
    assert len(store) == 1001
    assert store.index_of("h10") == 10
    assert store.index_of("new") == 1000
    assert store.theirs(0, 1001) == 1000
    assert store.theirs(999, 1001) == 1
    assert history.made == 0
    assert store.kept(10) is None
    changed = ChatRow("h10", RowKind.THEIRS, "changed")
    history.texts[10] = changed.text
    store.replace(10, changed)
    assert store.kept(10) is changed
    assert store.row(10).text == "changed"
    assert store.row(11).text == "11"
    assert history.made == 2


def test_of_a_source_only_the_newest_changes_are_kept():
    store = RowStore(History())
    for index in range(300):
        store.replace(index, ChatRow(f"h{index}", RowKind.THEIRS, "changed"))
    assert store.kept(0) is None
    assert store.kept(299) is not None
