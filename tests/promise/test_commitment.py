"""Commitments, and what counts as words at all."""

import hashlib

import pytest

from miaohui.promise.commitment import commit_of, is_visible, new_salt


def test_commit() -> None:
    salt, body = bytes(range(16)), "在".encode()
    assert commit_of(salt, body) == hashlib.sha256(salt + body).hexdigest()
    assert len(new_salt()) == 16
    assert new_salt() != new_salt()
    for length in (0, 15, 17):
        with pytest.raises(ValueError, match="16 bytes"):
            commit_of(bytes(length), body)


BLANKS = [
    "\u200b",
    "\u2060",
    "\xad",
    "\ufeff",
    "⠀",
    "ㅤ",
    "ᅟ",
    "ᅠ",
    "ﾠ",
    "\u200c",
    "\u200d",
    "\u200e",
    "\u202e",
    "\u2066",
    "\u180e",
    "͏",
    "️",
    "󠄀",
    "\U000e0041",
    "\xa0",
    "\u3000",
    "\u2003",
    "\u2028",
    "\t",
    "\x00",
    "\x7f",
    "\u061c",
    "឴",
    "𝅙",
    "\ufff0",
    "\U000e0fff",
    "\u2065",
    "\ud800",
    "́",
]


@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
def test_what_nobody_can_see_is_no_message(blank: str) -> None:
    assert not is_visible(blank)
    assert not is_visible(blank * 3 + " ")
    assert is_visible(blank + "在")


@pytest.mark.parametrize(
    "text",
    ["在", "1", "?", "。", "👍", "👨\u200d👩\u200d👧", "❤\ufe0f", "\U0001fae8", "é", "่ก", "￼"],
)
def test_what_anybody_can_see(text: str) -> None:
    assert is_visible(text)


def test_no_text_is_none() -> None:
    assert not is_visible("")
