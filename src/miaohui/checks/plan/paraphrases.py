"""Banks of paraphrases to choose from, in each language: resources/plans/banks.

They are a start for a plan's own ``[banks]``; a plan holds every word that it says, so that its hash
covers them.
"""

import tomllib
from functools import lru_cache

from miaohui import resources

__all__ = ["banks", "languages"]


@lru_cache(maxsize=8)
def banks(language: str) -> dict[str, tuple[str, ...]]:
    """The banks of a language ("zh_CN", "en") by name; none for another."""
    file = resources.path("plans", "banks", f"{language}.toml")
    if language not in languages():
        return {}
    raw = tomllib.loads(file.read_text(encoding="utf-8"))
    return {name: tuple(texts) for name, texts in raw["banks"].items()}


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The languages that there are banks for."""
    return tuple(sorted(file.stem for file in resources.path("plans", "banks").glob("*.toml")))
