"""The model tells only what changed, and ends up with what was asked."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from miaohui.desktop.chat.model import CHIP_ROLE, ChatModel
from miaohui.desktop.chat.row import ChatRow, Chip, RowKind, Tone


def rows(names: str) -> list[ChatRow]:
    return [ChatRow(name, RowKind.THEIRS, name) for name in names]


class Heard:
    """The model's signals as plain tuples."""

    def __init__(self, model: ChatModel) -> None:
        self.said: list[tuple[object, ...]] = []
        model.rowsInserted.connect(lambda _, a, b: self.said.append(("in", a, b)))
        model.rowsRemoved.connect(lambda _, a, b: self.said.append(("out", a, b)))
        model.modelReset.connect(lambda: self.said.append(("reset",)))
        model.dataChanged.connect(
            lambda a, _b, roles: self.said.append(("changed", a.row(), list(roles)))
        )


def made(names: str) -> tuple[ChatModel, Heard]:
    model = ChatModel()
    model.append(*rows(names))
    return model, Heard(model)


def ids(model: ChatModel) -> str:
    return "".join(model.row(at).id for at in range(model.rowCount()))


def test_append(qapp):
    model, heard = made("cd")
    model.append(*rows("ef"))
    assert ids(model) == "cdef"
    assert heard.said == [("in", 2, 3)]


def test_a_known_id_is_an_update_not_a_second_row(qapp):
    model, heard = made("ab")
    model.append(ChatRow("a", RowKind.THEIRS, "new"), *rows("c"))
    assert ids(model) == "abc"
    assert model.row(0).text == "new"
    assert heard.said[0][:2] == ("changed", 0)


def test_updates(qapp):
    model, heard = made("ab")
    assert not model.update(ChatRow("z", RowKind.MINE, ""))
    assert model.update(model.row(0))
    assert heard.said == []
    model.update(replace(model.row(1), chip=Chip("等待中 7.3 s", Tone.WARN)))
    assert heard.said == [("changed", 1, [CHIP_ROLE])]


def test_one_row_in_the_middle_is_one_signal(qapp):
    model, heard = made("abd")
    model.replace_all(rows("abcd"))
    assert heard.said == [("in", 2, 2)]


@given(st.lists(st.sampled_from("abcdefgh"), unique=True), st.permutations("abcdefghij"))
def test_replace_all_becomes_just_that(before, after):
    model, _ = made("".join(before))
    model.replace_all(rows("".join(after[:7])))
    assert ids(model) == "".join(after[:7])
    assert [model.index_of(name) for name in after[:7]] == list(range(7))


def test_roles(qapp):
    model, _ = made("a")
    index = model.index(0, 0)
    assert model.data(index) == "a"
    assert model.data(index, Qt.ItemDataRole.AccessibleTextRole) == "对方：a"
    assert model.data(model.index(9, 0)) is None
