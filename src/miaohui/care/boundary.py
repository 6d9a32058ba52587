"""The boundary of the trade in an offer's words: nobody here treats or diagnoses."""

import re
import tomllib
import unicodedata
from functools import lru_cache
from typing import Any

from miaohui import resources

__all__ = ["forbidden"]

FILE = "boundary-1.toml"


def forbidden(text: str) -> str | None:
    """The first word of treatment that a text claims; None where it claims none."""
    words, denied, harmless = _rules()
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    for each in harmless:
        plain = plain.replace(each, "\x00" * len(each))
    for match in words.finditer(plain):
        if not denied.search(plain[: match.start()]):
            return match.group()
    return None


@lru_cache(maxsize=1)
def _rules() -> tuple[re.Pattern[str], re.Pattern[str], tuple[str, ...]]:
    raw: dict[str, Any] = tomllib.loads(resources.path("care", FILE).read_text(encoding="utf-8"))
    # Blanks inside a Chinese word hide nothing.
    chinese = "|".join(r"\s*".join(map(re.escape, word)) for word in raw["chinese"])
    english = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in raw["english"])
    words = re.compile(rf"{chinese}|(?<![a-z])(?:{english})(?![a-z])")
    denied = re.compile(f"(?:{raw['denied_zh']})|(?:{raw['denied_en']})")
    return words, denied, tuple(raw["harmless"])
