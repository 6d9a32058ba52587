"""Places, spans and copies, without a view."""

import pytest

from miaohui.desktop.chat.row import ChatRow, RowKind, RowPicture
from miaohui.desktop.chat.selection import Selection, TextPosition, copied, grapheme, word_around
from miaohui.desktop.chat.store import RowStore

ROWS = RowStore()
ROWS.append(
    [
        ChatRow("a", RowKind.THEIRS, "晚上好呀", "21:18:06", author="云朵"),
        ChatRow("s", RowKind.SYSTEM, "会话开始"),
        ChatRow("p", RowKind.THEIRS, "", "21:18:20", author="云朵", picture=RowPicture("m", 1, 1)),
        ChatRow("b", RowKind.MINE, "好😀的", "21:18:31"),
    ]
)


def spans(begun, reach):
    return Selection(TextPosition(*begun), TextPosition(*reach)).spans(ROWS.index_of)


def test_within_one_message():
    assert copied(spans(("a", 1), ("a", 3)), ROWS) == "上好"
    assert copied(spans(("a", 3), ("a", 1)), ROWS) == "上好"
    assert copied(spans(("b", 1), ("b", 3)), ROWS) == "😀"
    assert spans(("a", 2), ("a", 2)) is None
    assert spans(("gone", 0), ("a", 2)) is None


def test_across_messages_each_has_its_heading():
    text = copied(spans(("b", 3), ("a", 2)), ROWS)
    assert text == "云朵 21:18:06\n好呀\n\n云朵 21:18:20\n[图片]\n\n我 21:18:31\n好😀"


@pytest.mark.parametrize(
    ("text", "offset", "word"), [("hello world", 7, "world"), ("ab，cd", 0, "ab"), ("x", 0, "x")]
)
def test_words(text, offset, word):
    start, end = word_around(text, offset)
    assert text[start:end] == word


def test_a_word_in_chinese_holds_the_character_at_the_place():
    start, end = word_around("今天想聊点什么", 2)
    assert start <= 2 < end
    assert word_around("", 0) == (0, 0)


def test_graphemes_are_never_cut():
    text = "a👨‍👩‍👧b"
    assert grapheme(text, 1, forward=True) == len(text.encode("utf-16-le")) // 2 - 1
    assert grapheme(text, 0, forward=False) == 0
