"""A ``miaohui://`` link: names a page or a thing in the app, and does nothing but go there.

Any program of this machine, and any page in a browser, may send one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["LINK_BYTES", "AppLink", "parsed"]

LINK_BYTES = 2048
PAGES = ("discover", "sessions", "check", "orders", "desk", "shop", "settings")
THINGS = ("session", "receipt", "shop-page")
_SHAPE = re.compile(r"miaohui://([a-z-]{1,16})(?:/([A-Za-z0-9_-]{1,64}))?/?", re.ASCII)


@dataclass(frozen=True, slots=True)
class AppLink:
    """``place``: a page, or the kind of what ``key`` names; ``key`` is empty for a page."""

    place: str
    key: str = ""

    def __str__(self) -> str:
        return f"miaohui://{self.place}" + (f"/{self.key}" if self.key else "")


def parsed(text: str) -> AppLink | None:
    """None where it is no link of ours: another scheme, a query, a name that we do not have."""
    found = _SHAPE.fullmatch(text) if len(text) <= LINK_BYTES else None
    if found is None:
        return None
    place, key = found[1], found[2] or ""
    if (place in PAGES and not key) or (place in THINGS and key):
        return AppLink(place, key)
    return None
