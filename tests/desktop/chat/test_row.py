"""Rows are values, and a screen reader hears all of one."""

import pytest

from miaohui.desktop.chat import speech
from miaohui.desktop.chat.row import (
    ChatRow,
    Chip,
    DeliveryMark,
    Mark,
    RowKind,
    RowPicture,
    RowQuote,
    Tone,
)
from miaohui.desktop.look import language
from miaohui.desktop.strings import chat as words

ASKED = ChatRow(
    "1",
    RowKind.MINE,
    "在吗",
    "21:18:31",
    state=DeliveryMark.ANSWERED,
    chip=Chip("2.9 s ✓", Tone.KEPT),
    hint="网络占 0.3 s",
    labels=("空洞",),
    quote=RowQuote("云朵", "晚上好"),
    marks=Mark.EDITED,
)


def test_equal_by_value_and_recalled_text_is_gone():
    assert ChatRow("1", RowKind.MINE, "a") == ChatRow("1", RowKind.MINE, "a")
    assert ChatRow("1", RowKind.MINE, "a", marks=Mark.RECALLED).shown_text == ""


def test_spoken_row_holds_author_text_time_state_and_wait():
    assert speech.spoken(ASKED) == (
        "我：在吗，引用 云朵：晚上好，21:18:31，已回复，已编辑，空洞，等待 2.9 s ✓，网络占 0.3 s"
    )


def test_spoken_in_english():
    language.set_language("en")
    try:
        assert speech.spoken(ASKED).startswith("Me: 在吗, Quoting 云朵: 晚上好, 21:18:31, Answered")
    finally:
        language.set_language("zh_CN")


def test_recalled_and_picture_are_said():
    gone = ChatRow("1", RowKind.THEIRS, "secret", marks=Mark.RECALLED)
    assert "secret" not in speech.spoken(gone)
    assert "[图片]" in speech.spoken(
        ChatRow("2", RowKind.THEIRS, "", picture=RowPicture("m", 1, 1))
    )


@pytest.mark.parametrize("state", list(DeliveryMark))
def test_every_state_has_a_word(state):
    assert words.delivery(state.value)
