"""Strangers' text: what acts on its surroundings is gone, what people really write stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextDocumentFragment

from miaohui.desktop.look import sanitize
from miaohui.desktop.system.weblink import shown


@pytest.mark.parametrize(
    ("given_", "seen"),
    [
        ("小\u200b林", "小林"),
        ("admin\u202etxt.exe", "admintxt.exe"),
        ("\u2066云朵\u2069", "云朵"),
        ("a\u00adb\u2060c\ufeff", "abc"),
        ("a\u200db", "ab"),
        ("one\ntwo\u2029three", "one two three"),
        ("bell\x07 and \x1b[31m", "bell and [31m"),
        ("e" + "\u0301" * 40, "e" + "\u0301" * 3),
    ],
)
def test_what_acts_is_gone(given_: str, seen: str) -> None:
    assert sanitize.line(given_) == seen


@pytest.mark.parametrize(
    "words",
    ["兰亭陪聊", "Zoë & co", "👩‍👩‍👧 家", "می‌خواهم", "क्‍ष", "שלום", "é", "⭐️", "<b>", "a & b"],
)
def test_what_people_write_stays(words: str) -> None:
    assert sanitize.line(words) == words
    assert sanitize.text(words) == words


def test_a_text_keeps_its_lines() -> None:
    assert sanitize.text("one\ntwo\u2028three") == "one\ntwo\nthree"


@given(st.text(st.sampled_from("ab\u202e\u2066\u200b\u200d\n林\u0301😀\u00ad"), max_size=40))
def test_a_message_keeps_its_places_and_cleaning_twice_changes_nothing(words: str) -> None:
    assert len(sanitize.laid(words).encode("utf-16")) == len(words.encode("utf-16"))
    assert not set(sanitize.laid(words)) & set("\u202e\u2066")
    assert sanitize.line(sanitize.line(words)) == sanitize.line(words)


@pytest.mark.parametrize("words", ["<b>bold</b>", "<img src=x>", "a < b & c > d", "&lt;b&gt;"])
def test_a_tip_reads_as_it_was_written(words: str) -> None:
    assert sanitize.tip(words).startswith("<qt>")  # what Qt takes for markup without doubt
    assert QTextDocumentFragment.fromHtml(sanitize.tip(words)).toPlainText() == words


def test_a_notification_has_no_markup() -> None:
    assert "<" not in sanitize.notification("<a href='https://x.example'>小林\u202e</a>")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://xn--80ak6aa92e.com/", "https://xn--80ak6aa92e.com/"),
        ("https://\u0430pple.com/a", "https://xn--pple-43d.com/a"),
        ("https://bank.example@evil.example/", None),
        ("http://sanitize.example/", None),
        ("javascript:alert(1)", None),
    ],
)
def test_a_link_shows_where_it_leads(url: str, address: str | None) -> None:
    assert shown(url) == address


@pytest.mark.parametrize(
    "name", ["云朵”，退款已到账“", "a” b", "「云」朵", '"x"', "\u202e云朵", "云\n朵"]
)
def test_a_name_in_a_sentence_cannot_end_its_quotation(name: str) -> None:
    quoted = sanitize.quoted(name)
    assert (quoted[0], quoted[-1]) == ("“", "”")
    assert not set(quoted[1:-1]) & set('“”"「」\n\u202e')
