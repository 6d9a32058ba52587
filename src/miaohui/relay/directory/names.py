"""Names that people give themselves: normal form, no invisible characters, no tricks."""

import re
import unicodedata
from functools import cache

from miaohui.care.boundary import forbidden
from miaohui.relay.ports import Refused
from miaohui.wire.characters import category
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
        kind = category(char)
        if kind in _FORBIDDEN or char in _BLANK:
            raise Refused(Code.NAME_INVALID, "characters")
        if kind == "Zs" and not spaces:
            raise Refused(Code.NAME_INVALID, "spaces")
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if marks > _MARKS_IN_A_ROW:
            raise Refused(Code.NAME_INVALID, "characters")
    if not any(category(char)[0] in "LN" for char in name):
        raise Refused(Code.NAME_INVALID, "characters")
    return " ".join(name.split())


def sign_in_name(text: str) -> str:
    """The name that one signs in with: no spaces in it."""
    return clean(text, spaces=False)


def display_name(text: str) -> str:
    """The name that others see."""
    return clean(text, spaces=True)


def nobodys(name: str) -> str:
    """The name again; Refused(NAME_INVALID, "reserved") where it, or one that looks like it, would
    pass for the relay's or the host's own voice."""
    folded = _look(name.casefold())
    letters = "".join(char for char in folded if category(char)[0] in "LN")
    if any(word in letters for word in _RESERVED_ANYWHERE):
        raise Refused(Code.NAME_INVALID, "reserved")
    # Digits that stand for letters, then digits that only follow: "adm1n", "support24".
    for form in (folded, folded.translate(_DIGITS_AS_LETTERS)):
        words = _WORDS.findall(form)
        bare = "".join(words)
        ends = {bare.removesuffix(end) for end in ("", "s", *_ENDS)}
        if not _RESERVED_WORDS.isdisjoint({*words, *ends}):
            raise Refused(Code.NAME_INVALID, "reserved")
    return name


_RESERVED_ANYWHERE = frozenset(
    [
        "系统",
        "系統",
        "客服",
        "官方",
        "平台",
        "平臺",
        "管理员",
        "管理員",
        "中继",
        "中繼",
        "运营",
        "運營",
        "秒回",
        "财务",
        "財務",
    ]
)
_RESERVED_WORDS = frozenset(
    [
        "admin",
        "administrator",
        "host",
        "miaohui",
        "mod",
        "moderator",
        "official",
        "operator",
        "platform",
        "relay",
        "root",
        "security",
        "staff",
        "support",
        "system",
        "sysadmin",
        "notice",
        "refund",
        "refunds",
    ]
)
_ENDS = ("team", "staff", "bot", "desk", "service", "official", "notice", "account")
_WORDS = re.compile("[a-z]+")
_DIGITS_AS_LETTERS = str.maketrans("01345$@|", "oieassal")


@cache
def _plain_of(char: str) -> str:
    """The Latin letter that a character is taken for, by Unicode's confusables (UTS 39); else it."""
    from confusable_homoglyphs import confusables  # its tables are large, and names are rare

    if char.isascii():
        return char
    for each in confusables.confusables_data.get(char, ()):
        other = each["c"].casefold()
        if len(other) == 1 and other.isascii() and other.isalpha():
            return str(other)
    return char


def _look(name: str) -> str:
    """What a name looks like: without marks, look-alikes as Latin letters."""
    bare = (
        char for char in unicodedata.normalize("NFKD", name) if category(char) not in ("Mn", "Me")
    )
    return unicodedata.normalize("NFKC", "".join(_plain_of(char) for char in bare)).casefold()


def key_of(name: str) -> str:
    """Two names with one key are the same name."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def offered(text: str, most: int, what: str) -> str:
    """As ``prose``, for what a shop says of itself; refused where it claims to treat."""
    if forbidden(text) is not None:
        raise Refused(Code.NOT_ALLOWED, "therapy")
    return prose(text, most, what)


def prose(text: str, most: int, what: str) -> str:
    """Text of many lines from a stranger: no control characters but the line feed, and none that
    Unicode does not know. Refused(TEXT_INVALID) where it has one: nothing is cut out of it."""
    for unlike, plain in (("\r\n", "\n"), ("\r", "\n"), ("\t", " ")):
        text = text.replace(unlike, plain)
    cleaned = unicodedata.normalize("NFC", text).strip()
    if any(char != "\n" and category(char) in {"Cc", "Cs", "Cn"} for char in cleaned):
        raise Refused(Code.TEXT_INVALID, what)
    if len(cleaned) > most:
        raise Refused(Code.TEXT_TOO_LONG, what)
    return cleaned
