"""The price of a session of each target, before anybody asks a relay: the practice catalogue's prices.

A relay's own prices are asked for by the runner, which never buys beyond the budget either way.
"""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from miaohui import resources
from miaohui.checks.plan.plan import Scope

__all__ = ["Prices", "flat", "practice"]


@dataclass(frozen=True, slots=True)
class Prices:
    """``fen``: by target as the plan names it. ``absent``: targets that the catalogue does not
    have, each with the nearest name it has, or "". ``no_offer``: targets that sell other lengths
    only, with those. ``practice``: they are the practice catalogue's."""

    fen: Mapping[str, int]
    absent: Mapping[str, str]
    no_offer: Mapping[str, tuple[int, ...]]
    practice: bool


def flat(scope: Scope, fen: int) -> Prices:
    """The same price for every session."""
    return Prices(dict.fromkeys((*scope.shops, *scope.responders), fen), {}, {}, practice=False)


def practice(scope: Scope) -> Prices | None:
    """Prices from the practice catalogue; None where it has none of the targets."""
    shops: list[dict[str, Any]] = json.loads(
        resources.path("practice", "catalogue.json").read_text(encoding="utf-8")
    )["shops"]
    by_shop = {name: shop for shop in shops for name in (shop["shop"], shop["name"])}
    by_person = {
        name: shop
        for shop in shops
        for person in shop["people"]
        for name in (person["responder"], person["name"])
    }
    fen: dict[str, int] = {}
    absent: dict[str, str] = {}
    no_offer: dict[str, tuple[int, ...]] = {}
    for names, known in ((scope.shops, by_shop), (scope.responders, by_person)):
        for name in names:
            shop = known.get(name)
            if shop is None:
                absent[name] = next(iter(difflib.get_close_matches(name, known, n=1)), "")
                continue
            offers = [each for each in shop["offers"] if each["mode"] == scope.mode]
            fitting = [each for each in offers if each["minutes"] == scope.minutes]
            if fitting:
                # As the runner buys: a trial only where nothing else is that long.
                best = min(fitting, key=lambda each: (each["trial"], each["price_fen"]))
                fen[name] = best["price_fen"]
            else:
                no_offer[name] = tuple(sorted(each["minutes"] for each in offers))
    if not fen and not no_offer:
        return None
    return Prices(fen, absent, no_offer, practice=True)
