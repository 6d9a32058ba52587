"""Rectangles of one row, without a view."""

import pytest
from PySide6.QtCore import QPointF

from miaohui.desktop.chat.layout import NARROW, PAD_X, SHARE, SIDE, Fonts, RowPart, lay_out
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
from miaohui.desktop.look.theme import message_font, ui_font

LONG = "最近总是睡不着，躺下就开始想很多事。" * 12


@pytest.fixture
def fonts(qapp):
    return Fonts(message_font(), ui_font(pixels=12), ui_font(pixels=12, bold=True))


def mine(text="你好", **more):
    return ChatRow("1", RowKind.MINE, text, "21:18:31", **more)


@pytest.mark.parametrize("width", [260, 439, 664, 1400])
def test_everything_lies_within_the_width(fonts, width):
    row = mine(
        LONG,
        chip=Chip("34.8 s ✗ 补时 24.8 s", Tone.BREACH),
        quote=RowQuote("云朵", LONG),
        picture=RowPicture("m", 4000, 3000),
        labels=("空洞", "重复"),
        marks=Mark.EDITED | Mark.OUTSIDE_HOURS,
        avatar="#123456",
        author="小林",
    )
    layout = lay_out(row, width, fonts)
    for area in (layout.bubble, layout.chip, layout.quote, layout.picture, layout.avatar):
        assert area.left() >= 0
        assert area.right() <= width
        assert area.bottom() <= layout.height
    assert all(word.rect.right() <= width and word.rect.left() >= 0 for word in layout.words)
    if width >= NARROW:
        assert layout.bubble.width() <= width * SHARE + 0.01


def test_mine_is_right_theirs_left(fonts):
    right = lay_out(mine(), 664, fonts)
    left = lay_out(ChatRow("2", RowKind.THEIRS, "你好"), 664, fonts)
    assert right.bubble.right() == 664 - SIDE
    assert left.bubble.left() == SIDE


def test_lines_break_where_chinese_allows(fonts):
    layout = lay_out(mine(LONG), 400, fonts)
    text = LONG
    assert layout.text.lineCount() > 2
    for number in range(1, layout.text.lineCount()):
        assert text[layout.text.lineAt(number).textStart()] not in "，。"


def test_hit_test_and_offsets(fonts):
    layout = lay_out(mine("去 https://a.cn/x 看😀吧"), 664, fonts)
    (link,) = layout.links
    assert link.url == "https://a.cn/x"
    middle = layout.selection(link.start, link.end)[0].center()
    assert layout.hit_test(middle).part is RowPart.LINK
    assert layout.hit_test(middle).url == "https://a.cn/x"
    first = layout.selection(0, 1)[0].center()
    assert layout.hit_test(first).part is RowPart.TEXT
    assert layout.hit_test(QPointF(5, 5)).part is RowPart.NONE
    assert layout.offset_at(QPointF(0, -50)) == 0
    assert layout.offset_at(QPointF(0, 900)) == layout.text_units
    emoji = layout.text_units - 3
    inside = layout.selection(emoji, emoji + 2)[0]
    assert layout.offset_at(QPointF(inside.left() + 1, inside.center().y())) == emoji


def test_chip_state_quote_and_picture_are_parts(fonts):
    waiting = lay_out(mine(chip=Chip("2.9 s ✓", Tone.KEPT)), 664, fonts)
    assert waiting.hit_test(waiting.chip.center()).part is RowPart.CHIP
    lost = lay_out(mine(state=DeliveryMark.NOT_DELIVERED), 664, fonts)
    assert lost.hit_test(lost.state.center()).part is RowPart.STATE
    rich = lay_out(mine(quote=RowQuote("a", "b"), picture=RowPicture("m", 10, 10)), 664, fonts)
    assert rich.hit_test(rich.quote.center()).part is RowPart.QUOTE
    assert rich.hit_test(rich.picture.center()).part is RowPart.PICTURE


def test_selection_has_a_rectangle_a_line(fonts):
    layout = lay_out(mine("一\n二\n三"), 664, fonts)
    assert len(layout.selection(0, layout.text_units)) == 3
    assert layout.selection(2, 2) == []


def test_a_recalled_message_shows_nothing_of_itself(fonts):
    layout = lay_out(mine("https://a.cn", marks=Mark.RECALLED), 664, fonts)
    assert layout.links == ()
    assert layout.text_units == 0
    assert "a.cn" not in layout.text.text()


def test_a_larger_message_font_leaves_the_small_text(fonts):
    large = Fonts(message_font(21), fonts.meta, fonts.author)
    small, tall = lay_out(mine(), 664, fonts), lay_out(mine(), 664, large)
    assert tall.bubble.height() > small.bubble.height()
    assert tall.words[0].rect.height() == small.words[0].rect.height()
    assert tall.bubble.width() - 2 * PAD_X >= 2 * 27


@pytest.mark.parametrize("text", ["你好", LONG, "一\n二"])
@pytest.mark.parametrize("width", [200, 400, 700])
def test_lines_that_stay_give_the_same_rectangles(fonts, text, width):
    before = lay_out(mine(text), 500, fonts)
    kept, anew = lay_out(mine(text), width, fonts, before), lay_out(mine(text), width, fonts)
    assert (kept.bubble, kept.height, kept.text_at) == (anew.bubble, anew.height, anew.text_at)
    assert kept.text.lineCount() == anew.text.lineCount()


@pytest.mark.parametrize("width", [260, 664])
def test_only_a_sentence_of_ours_bears_the_seal(fonts, width):
    ours = lay_out(ChatRow("s", RowKind.SYSTEM, "计时继续" * 20), width, fonts)
    assert ours.seal is not None
    assert 0 <= ours.seal.left() < ours.seal.right() <= ours.bubble.left()
    assert ours.painted.contains(ours.seal)
    for kind in (RowKind.MINE, RowKind.THEIRS, RowKind.DAY, RowKind.UNREAD):
        assert lay_out(ChatRow("t", kind, "计时继续", "21:18:31"), width, fonts).seal is None
