"""The standing page on fraud: dated lines, each with its source."""

import tomllib
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from miaohui import resources

__all__ = ["FraudPage", "page"]

FILE = "fraud-1.toml"


class FraudPage(NamedTuple):
    """What it says, as (Chinese, English) pairs, and when it was looked at."""

    lines: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]
    checked: date
    review: date


@lru_cache(maxsize=1)
def page() -> FraudPage:
    raw: dict[str, Any] = tomllib.loads(resources.path("care", FILE).read_text(encoding="utf-8"))
    lines = raw["line"]
    return FraudPage(
        tuple((each["chinese"], each["english"]) for each in lines),
        tuple(each["source"] for each in lines),
        raw["checked"],
        raw["review"],
    )
