"""Messages as rows: figures with a mark, waits never flattered, the app never declares a breach."""

from dataclasses import replace

import pytest

from miaohui.client.snapshots import Delivery, MessageView, Picture, WaitShare
from miaohui.desktop.chat.row import Mark, RowKind, RowQuote, Tone
from miaohui.desktop.chat.row_mapper import People, chip_of, row_of, system_text
from miaohui.desktop.look.language import set_language

PEOPLE = People(mine="小林", peer="云朵")
ASK = MessageView(key="a", kind="message", mine=True, utc_ms=1_787_000_000_000, text="在吗", seq=2)


@pytest.fixture(autouse=True)
def _chinese() -> None:
    set_language("zh_CN")


@pytest.mark.parametrize(
    ("wait", "verdict", "final", "given", "text", "tone"),
    [
        (2_901, "kept", True, 0, "3.0 s ✓", Tone.KEPT),
        (10_000, "kept", True, 0, "10.0 s ✓", Tone.KEPT),
        (10_001, "breached", True, 1, "10.1 s ✗ 补时 0.1 s", Tone.BREACH),
        (34_800, "breached", True, 24_800, "34.8 s ✗ 补时 24.8 s", Tone.BREACH),
        (192_000, "breached", True, 0, "192.0 s ✗", Tone.BREACH),
        (3_000, "open", False, 0, "等待中 3.0 s", Tone.NEUTRAL),
        (7_300, "open", False, 0, "等待中 7.3 s", Tone.WARN),
        (12_000, "open", False, 0, "等待中 10.0 s", Tone.WARN),
        (12_000, "open", True, 2_000, "等待中 12.0 s ✗", Tone.BREACH),
    ],
)
def test_a_wait_is_said_in_figures_and_a_mark(
    wait: int, verdict: str, final: bool, given: int, text: str, tone: Tone
) -> None:
    view = replace(ASK, wait_ms=wait, verdict=verdict, verdict_final=final, given_back_ms=given)
    chip = chip_of(view, 10_000)
    assert chip is not None
    assert (chip.text, chip.tone) == (text, tone)


def test_a_message_that_opened_no_turn_has_no_figure() -> None:
    assert chip_of(ASK, 10_000) is None


def test_a_message_keeps_its_side_its_state_and_its_marks() -> None:
    row = row_of(replace(ASK, edited=True, outside=True, delivery=Delivery.SEEN), PEOPLE)
    assert row.kind is RowKind.MINE
    assert row.state.name == "SEEN"
    assert row.marks == Mark.EDITED | Mark.OUTSIDE_HOURS
    assert row.author == "小林"


def test_a_recalled_message_says_so_and_shows_no_text() -> None:
    row = row_of(replace(ASK, recalled=True), PEOPLE)
    assert "撤回" in row.text
    assert row.shown_text == ""


def test_the_network_is_told_apart_from_the_person() -> None:
    row = row_of(replace(ASK, wait_ms=2_000, verdict="kept", network_ms=36), PEOPLE)
    assert "36 毫秒，不在其内" in row.hint
    assert "对方" not in row.hint  # of whom nothing is known
    told = replace(ASK, wait_ms=2_000, verdict="kept", network_ms=36, parts=WaitShare(4, 250))
    hint = row_of(told, PEOPLE).hint
    assert "中继 4 毫秒，对方线路最多 250 毫秒，其余 1.7 秒" in hint
    signed = replace(told, parts=WaitShare(4, 250, 1_800))
    hint = row_of(signed, PEOPLE).hint
    assert "中继 4 毫秒，对方线路来回 196 毫秒" in hint
    assert "按下发送 1.8 秒（由其设备签名" in hint


def test_a_failed_message_says_why() -> None:
    row = row_of(replace(ASK, delivery=Delivery.FAILED, code="session_closed"), PEOPLE)
    assert row.hint


def test_a_picture_comes_with_its_size() -> None:
    picture = Picture(media="m", mime="image/png", width=30, height=20, bytes=99, progress=0.5)
    row = row_of(replace(ASK, picture=picture), PEOPLE)
    assert row.picture is not None
    assert (row.picture.width, row.picture.progress) == (30, 0.5)


def test_who_takes_over_is_named_as_soon_as_the_name_is_known() -> None:
    view = MessageView(key="pos:3", kind="handover", mine=False, utc_ms=0)
    assert system_text(view) == "已转单，等过的都算数"
    assert "阿云" in system_text(replace(view, name="阿云"))


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize(
    "kind",
    ["start", "handover", "paused", "resumed", "fault", "extended", "closing", "end", "notice"],
)
def test_every_system_line_has_words_in_both_languages(language: str, kind: str) -> None:
    set_language("en" if language == "en" else "zh_CN")
    code = {"notice": "break_asked", "end": "time", "paused": "break"}.get(kind, "")
    view = MessageView(key="pos:3", kind=kind, mine=False, utc_ms=0, code=code, ms=60_000)
    assert system_text(view).strip()
    set_language("zh_CN")


def test_a_quote_leads_to_the_message_it_quotes() -> None:
    answer = replace(ASK, reply_to=2, reply_text="周末去哪", reply_key="q", reply_kind="text")
    row = row_of(answer, PEOPLE)
    assert row.quote == RowQuote(author="云朵", text="周末去哪", row_id="q")
    row = row_of(replace(answer, reply_mine=True), PEOPLE)
    assert row.quote is not None
    assert row.quote.author == "小林"


@pytest.mark.parametrize(
    ("kind", "words"), [("picture", "[图片]"), ("recalled", "已撤回"), ("", "不在这台电脑上")]
)
def test_a_quote_of_no_words_says_what_it_quotes(kind: str, words: str) -> None:
    row = row_of(replace(ASK, reply_to=2, reply_kind=kind), PEOPLE)
    assert row.quote is not None
    assert words in row.quote.text
    assert bool(row.quote.author) is bool(kind)


def test_a_system_line_is_told_from_the_readers_side() -> None:
    end = MessageView(key="pos:9", kind="end", mine=False, utc_ms=ASK.utc_ms, code="customer")
    assert "你" in row_of(end, PEOPLE).text
    assert "顾客" in row_of(end, replace(PEOPLE, responder=True)).text
