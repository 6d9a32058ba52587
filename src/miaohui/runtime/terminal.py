"""The terminal: the one way in which a command's words leave it, in whatever encoding it takes.

A pipe on a Chinese Windows takes GBK, a cron job ASCII, a window without a console nothing. A
character that the other end has no place for goes out as an escape; it never ends a command.
"""

import io
import locale
import os
import sys
from collections.abc import Callable
from typing import Final, TextIO

__all__ = [
    "LANGUAGES",
    "Say",
    "complain",
    "is_chinese",
    "printable",
    "speaker",
    "take_any_encoding",
    "tell",
]

LANGUAGES: Final = ("zh_CN", "en")

Say = Callable[[str, str], str]
"""Picks the Chinese or the English of a pair."""


def take_any_encoding() -> None:
    """What the streams cannot encode becomes an escape from here on, whoever writes it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def is_chinese() -> bool:
    """True where the machine's owner reads Chinese and stdout can show it."""
    asked = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    found = next((name for name in asked if name), None) or locale.getlocale()[0] or ""
    return found.lower().startswith(("zh", "chinese")) and _shows_chinese(sys.stdout)


def speaker(lang: str | None = None) -> Say:
    """Picks the language that was asked for, or the machine's."""
    chinese = is_chinese() if lang is None else lang == "zh_CN"
    return (lambda zh, en: zh) if chinese else (lambda zh, en: en)


def tell(line: str) -> None:
    """One line on stdout, at once; a stranger's characters cannot steer the terminal."""
    _write(sys.stdout, printable(line))


def complain(program: str, sentence: str) -> None:
    """One sentence on stderr, likewise."""
    _write(sys.stderr, printable(f"{program}: {sentence}"))


def printable(line: str) -> str:
    """The line with what does not print, its ends of line too, as escapes."""
    return "".join(char if char.isprintable() else _escape(char) for char in line)


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def _write(stream: TextIO | None, line: str) -> None:
    if stream is None:  # a window without a console
        return
    encoding = stream.encoding or "utf-8"
    print(line.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)


def _shows_chinese(stream: TextIO | None) -> bool:
    try:
        "中文".encode((stream and stream.encoding) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
