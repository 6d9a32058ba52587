"""Strangers' text as it is shown: nothing in it acts on what stands around it."""

from __future__ import annotations

import re

from miaohui.desktop.look.language import say

__all__ = ["laid", "line", "notification", "quoted", "text", "tip"]

# What turns the direction of the text, its own and that of what follows.
_TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# What nobody sees, and what is blank though it counts as a letter: two names that look alike
# would else be two.
_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065"
    "\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
_ACTING = re.compile(f"[{_TURNING}{_UNSEEN}]")
_TURNS = re.compile(f"[{_TURNING}]")
# They join letters in Persian and Hindi and make families of emoji, and are nothing elsewhere.
_JOINERS = "\u200c\u200d"
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f"
)
# More marks on one letter than any language has: they would cover the lines around.
_PILE = re.compile(f"([{_MARKS}]{{3}})[{_MARKS}]+")
_BREAKS = re.compile(r"[\n\t\u2028\u2029]+")


def text(words: str) -> str:
    """A text of several lines."""
    if words.isascii() and words.isprintable():
        return words
    shown = words.replace("\u2028", "\n").replace("\u2029", "\n")
    return _PILE.sub(r"\1", _joined(_ACTING.sub("", shown)))


def _joined(words: str) -> str:
    if not any(one in words for one in _JOINERS):
        return words
    kept: list[str] = []
    for char in words:
        before = ord(kept[-1]) if kept else 0
        joins = 0x58A <= before < 0x1100 or 0x2000 <= before < 0x2E80 or before >= 0xD800
        if char not in _JOINERS or joins:
            kept.append(char)
    return "".join(kept)


def line(words: str) -> str:
    """A name, or anything else that is one line."""
    if words.isascii() and words.isprintable():
        return words
    return _BREAKS.sub(" ", text(words))


# Whatever could end a quotation before the name does.
_QUOTES = re.compile('["“”„‟«»‹›「」『』〝〞＂]')


def quoted(name: str) -> str:
    """A person's name in a sentence of ours: in quotation marks, and none of its own."""
    bare = _QUOTES.sub("", line(name)).strip()
    # The curly ones are as wide as a Chinese character in the fonts that have both.
    return say(f"“{bare}”", f'"{bare}"')


def laid(words: str) -> str:
    """A message as it is laid out: as many characters as before, so that places in it stay."""
    return words if words.isascii() else _TURNS.sub("\u200b", words)


def tip(words: str) -> str:
    """For a tool tip, which would take markup for markup."""
    from html import escape  # not while the window opens

    shown = text(words)
    return "<qt>" + escape(shown).replace("\n", "<br>") + "</qt>" if shown else ""


def notification(words: str) -> str:
    """For the system's notifications, of which some take markup for markup and some show it."""
    return line(words).replace("<", "\u2039").replace(">", "\u203a")
