"""Messages in a model: days apart, the unread line, news at the end, long histories lazily."""

from collections.abc import Sequence
from dataclasses import replace
from typing import overload

from miaohui.client.port import Conversation
from miaohui.client.snapshots import Inserted, MessageView, Removed, Updated
from miaohui.desktop.chat.model import CHIP_ROLE, ChatModel
from miaohui.desktop.chat.row import RowKind
from miaohui.desktop.chat.row_mapper import People
from miaohui.desktop.pages.sessions.lines import EAGER, ConversationLines, day_starts

PEOPLE = People("me", "you")
DAY = 86_400_000
NOON = 1_787_054_400_000


def message(number: int, utc_ms: int, text: str = "嗯") -> MessageView:
    return MessageView(
        key=f"m{number}", kind="message", mine=number % 2 == 0, utc_ms=utc_ms, text=text
    )


class Counted(Conversation):
    """A conversation that counts how often a message was made."""

    def __init__(self, count: int, per_day: int) -> None:
        self.made = 0
        self._count, self._per_day = count, per_day

    def __len__(self) -> int:
        return self._count

    def find(self, key: str) -> int | None:
        number = int(key.removeprefix("m")) if key.startswith("m") else -1
        return number if 0 <= number < self._count else None

    @overload
    def __getitem__(self, index: int) -> MessageView: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[MessageView]: ...
    def __getitem__(self, index: int | slice) -> MessageView | Sequence[MessageView]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(self._count))]
        if index < 0:
            index += self._count
        if not 0 <= index < self._count:
            raise IndexError(index)
        self.made += 1
        return message(index, NOON + index // self._per_day * DAY)


class Said(Conversation):
    """A conversation from a list, which the test goes on to change."""

    def __init__(self, messages: list[MessageView]) -> None:
        self._messages = messages

    def __len__(self) -> int:
        return len(self._messages)

    @overload
    def __getitem__(self, index: int) -> MessageView: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[MessageView]: ...
    def __getitem__(self, index: int | slice) -> MessageView | Sequence[MessageView]:
        return self._messages[index]

    def find(self, key: str) -> int | None:
        return next((at for at, one in enumerate(self._messages) if one.key == key), None)


def kinds(model: ChatModel) -> list[RowKind]:
    return [model.row(index).kind for index in range(model.rowCount())]


def test_days_begin_where_the_date_changes() -> None:
    messages = [message(1, NOON), message(2, NOON + 5), message(3, NOON + DAY)]
    assert day_starts(messages) == [0, 2]


def test_a_long_history_is_asked_for_few_messages() -> None:
    history = Counted(100_000, per_day=20_000)
    assert day_starts(history) == [0, 20_000, 40_000, 60_000, 80_000]
    assert history.made < 300


def test_a_conversation_has_days_and_an_unread_line(qapp: object) -> None:
    model = ChatModel()
    messages = [message(1, NOON), message(2, NOON + 1), message(3, NOON + DAY)]
    ConversationLines(model, PEOPLE).show(Said(messages), "m2")
    assert [model.row(index).id for index in range(model.rowCount())][1] == "m1"
    assert kinds(model).count(RowKind.DAY) == 2
    assert kinds(model)[2] is RowKind.UNREAD


def test_news_is_appended_and_an_update_keeps_its_place(qapp: object) -> None:
    model = ChatModel()
    lines = ConversationLines(model, PEOPLE)
    messages = [message(1, NOON)]
    lines.show(Said(messages), None)
    fresh = message(2, NOON + DAY)
    messages.append(fresh)
    lines.apply((Inserted(1, (fresh,)),), Said(messages), None)
    assert kinds(model) == [RowKind.DAY, RowKind.THEIRS, RowKind.DAY, RowKind.MINE]
    messages[0] = message(1, NOON, "改了")
    lines.apply((Updated(0, messages[0]),), Said(messages), None)
    assert model.row(1).text == "改了"
    assert model.rowCount() == 4


def test_history_before_and_a_removal_show_the_whole_anew(qapp: object) -> None:
    model = ChatModel()
    lines = ConversationLines(model, PEOPLE)
    messages = [message(5, NOON)]
    lines.show(Said(messages), None)
    older = message(4, NOON - 10)
    messages.insert(0, older)
    lines.apply((Inserted(0, (older,)),), Said(messages), None)
    assert [model.row(index).id for index in (1, 2)] == ["m4", "m5"]
    del messages[1]
    lines.apply((Removed(1),), Said(messages), None)
    assert model.rowCount() == 2


def test_a_long_history_is_shown_lazily_and_every_row_is_found(qapp: object) -> None:
    model = ChatModel()
    history = Counted(EAGER * 3, per_day=EAGER)
    ConversationLines(model, PEOPLE).show(history, f"m{EAGER * 3 - 2}")
    assert model.rowCount() == EAGER * 3 + 3 + 1
    assert history.made < 500
    assert model.theirs(0, model.rowCount()) == EAGER * 3 // 2
    assert model.theirs(1, 3) == 1
    for key in ("m0", f"m{EAGER}", f"m{EAGER * 3 - 1}", "unread"):
        found = model.index_of(key)
        assert found is not None
        assert model.row(found).id == key


def test_a_history_that_grows_long_is_asked_for_and_reading_stays(qapp: object) -> None:
    model = ChatModel()
    lines = ConversationLines(model, PEOPLE)
    history = Counted(EAGER, per_day=EAGER // 2)
    lines.show(history, "m2")
    resets: list[bool] = []
    model.modelReset.connect(lambda: resets.append(True))
    grown = Counted(EAGER * 3, per_day=EAGER // 2)
    lines.apply((Inserted(EAGER, grown[EAGER:]),), grown, "m2")
    assert model.rowCount() == EAGER * 3 + 6 + 1
    assert model.row(model.rowCount() - 1).id == f"m{EAGER * 3 - 1}"
    assert not resets
    assert grown.made < EAGER * 2 + 100


def test_a_history_whose_rows_moved_is_shown_anew_at_its_end_only(qapp: object) -> None:
    for at_end in (True, False):
        model = ChatModel()
        lines = ConversationLines(model, PEOPLE, at_end=lambda at_end=at_end: at_end)
        lines.show(Said([message(number, NOON) for number in range(EAGER)]), None)
        resets: list[bool] = []
        model.modelReset.connect(lambda resets=resets: resets.append(True))
        fresh = message(EAGER, NOON)
        other = [message(number + 1, NOON) for number in range(EAGER - 1)]
        messages = [*other, message(EAGER + 9, NOON), fresh]
        lines.apply((Inserted(EAGER, (fresh,)),), Said(messages), None)
        assert model.row(model.rowCount() - 1).id == fresh.key
        assert bool(resets) is at_end


def test_a_wait_in_a_lazy_row_is_told_as_a_wait(qapp: object) -> None:
    model = ChatModel()
    lines = ConversationLines(model, PEOPLE)
    history = Counted(EAGER * 2, per_day=EAGER)
    lines.show(history, None)
    told: list[list[int]] = []
    model.dataChanged.connect(lambda _first, _last, roles: told.append(list(roles)))
    view = history[EAGER]
    for wait_ms in (1_000, 1_100, 1_100):
        lines.update(replace(view, verdict="open", wait_ms=wait_ms))
    assert [roles == [CHIP_ROLE] for roles in told] == [False, True]
