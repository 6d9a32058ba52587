"""The language of the window: two texts are given side by side, one is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from PySide6.QtCore import QLocale

__all__ = ["Language", "Phrase", "current", "of_locale", "say", "set_language"]

Language = Literal["zh_CN", "en"]

_current: Language = "zh_CN"


def say(zh: str, en: str) -> str:
    """The text in the language of this moment; never call it while importing."""
    return zh if _current == "zh_CN" else en


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text without places to fill, in both languages; called, it is said in the one of this
    moment."""

    zh: str
    en: str

    def __call__(self) -> str:
        return say(self.zh, self.en)


def set_language(language: Language) -> None:
    if language not in get_args(Language):
        raise ValueError(f"no such language: {language}")
    global _current
    _current = language


def current() -> Language:
    return _current


def of_locale(locale: QLocale) -> Language:
    """The language of the system's owner: the first of their languages that is one of ours."""
    for name in locale.uiLanguages():
        if name.startswith("zh"):
            return "zh_CN"
        if name.startswith("en"):
            return "en"
    return "en"
