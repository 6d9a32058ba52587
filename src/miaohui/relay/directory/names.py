"""Names that people give themselves: normal form, no invisible characters, no tricks."""

import unicodedata

from miaohui.care.boundary import forbidden
from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code
from miaohui.wire.limits import NAME_CHARS

MIN_CHARS = 2
# Controls, formats (zero width, direction marks), surrogates, private use, unassigned, separators.
_FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Blank to the eye though Unicode calls them letters or symbols.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u00ad\u034f")
_MARKS_IN_A_ROW = 2


def clean(text: str, *, spaces: bool) -> str:
    """The name in NFKC, trimmed; Refused(NAME_INVALID) where it cannot be one."""
    name = unicodedata.normalize("NFKC", text).strip()
    if not MIN_CHARS <= len(name) <= NAME_CHARS:
        raise Refused(Code.NAME_INVALID, "length")
    marks = 0
    for char in name:
        category = unicodedata.category(char)
        if category in _FORBIDDEN or char in _BLANK:
            raise Refused(Code.NAME_INVALID, "characters")
        if category == "Zs" and not spaces:
            raise Refused(Code.NAME_INVALID, "spaces")
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > _MARKS_IN_A_ROW:
            raise Refused(Code.NAME_INVALID, "characters")
    if not any(unicodedata.category(char)[0] in "LN" for char in name):
        raise Refused(Code.NAME_INVALID, "characters")
    return " ".join(name.split())


def sign_in_name(text: str) -> str:
    """The name that one signs in with: no spaces in it."""
    return clean(text, spaces=False)


def display_name(text: str) -> str:
    """The name that others see."""
    return clean(text, spaces=True)


def key_of(name: str) -> str:
    """Two names with one key are the same name."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def offered(text: str, most: int, what: str) -> str:
    """As ``prose``, for what a shop says of itself; refused where it claims to treat."""
    if forbidden(text) is not None:
        raise Refused(Code.NOT_ALLOWED, "therapy")
    return prose(text, most, what)


def prose(text: str, most: int, what: str) -> str:
    """Text of many lines from a stranger: no control characters but the line feed."""
    cleaned = "".join(
        char
        for char in unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
        if char == "\n" or unicodedata.category(char) not in {"Cc", "Cs", "Cn"}
    ).strip()
    if len(cleaned) > most:
        raise Refused(Code.TEXT_TOO_LONG, what)
    return cleaned
