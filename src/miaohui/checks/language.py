"""The language of a tester's command line: Chinese or English, by `--lang` or the locale."""

import locale
import os
import sys
from collections.abc import Callable
from typing import Final

__all__ = ["LANGUAGES", "Say", "complain", "speaker"]

LANGUAGES: Final = ("zh_CN", "en")

Say = Callable[[str, str], str]


def speaker(lang: str | None = None) -> Say:
    """A function that picks the Chinese or the English of a pair."""
    if lang is None:
        names = (os.environ.get(key) for key in ("LC_ALL", "LC_MESSAGES", "LANG"))
        found = next((name for name in names if name), None) or locale.getlocale()[0] or ""
        lang = "zh_CN" if found.lower().startswith(("zh", "chinese")) else "en"
    return (lambda zh, en: zh) if lang == "zh_CN" else (lambda zh, en: en)


def complain(sentence: str) -> None:
    """One sentence on stderr; what a stranger wrote cannot steer the terminal."""
    if sys.stderr is None:
        return
    plain = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in sentence)
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    text = f"miaohui: {plain}".encode(encoding, "backslashreplace").decode(encoding)
    print(text, file=sys.stderr)
