"""The sample catalogue: its shops, people and offers, read from resources/practice/catalogue.json."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from miaohui import resources
from miaohui.wire.journal import Terms

MIN_MS = 60_000
Permille = Annotated[int, Meta(ge=0, le=1000)]
Positive = Annotated[int, Meta(ge=1)]
Hours = Annotated[str, Meta(pattern=r"\A\d{2}:\d{2}-\d{2}:\d{2}\Z")]
Id = Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9-]{1,31}\Z")]
Lang = Literal["zh_CN", "en"]


class CatalogueInvalid(ValueError):
    """A catalogue that cannot be used; the sentence says why."""


class Behaviour(StrEnum):
    """How a scripted responder behaves."""

    PROMPT = "prompt"
    SLOW = "slow"
    HOLLOW = "hollow"
    SILENT = "silent"
    BREAKER = "breaker"
    VANISHER = "vanisher"
    DROPPER = "dropper"
    HANDOVER = "handover"
    CROSSER = "crosser"


class ReplyPace(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Reply times: log-normal around a median, and now and then (`slip`) a long one."""

    median_ms: Positive
    spread: Annotated[float, Meta(gt=0, le=1.5)]
    slip: Annotated[float, Meta(ge=0, le=1)]
    slip_ms: tuple[Positive, Positive]


class Stall(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the slow one stalls: on the Nth ask and on every ask with this word. `chance` is how
    often that happens in the generated past; with a customer it always happens."""

    ask: Positive
    word: Annotated[str, Meta(min_length=1)]
    ms: Positive
    chance: Annotated[float, Meta(ge=0, le=1)]


class Drop(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the link drops: on the Nth ask and every so many after it, for so long."""

    ask: Positive
    every: Positive
    ms: Positive


class PastShare(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of a past a person has: sessions in 100 days, since how many days at all, and
    whether all of them were one-minute trials."""

    sessions_per_100_days: Annotated[int, Meta(ge=0, le=100)]
    since_days: Annotated[int, Meta(ge=0, le=30)]
    trials: bool = False


class ScriptedPerson(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scripted responder."""

    responder: Id
    name: Annotated[str, Meta(min_length=1, max_length=32)]
    about: str
    behaviour: Behaviour
    lang: Lang
    pace: ReplyPace
    duty: Hours
    capacity: Positive
    history: PastShare
    stall: Stall | None = None
    drop: Drop | None = None
    hands_over_at: Positive | None = None


class OfferRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something on sale."""

    offer: Id
    minutes: Positive
    mode: Literal["text"]
    price_fen: Positive
    trial: bool


class ShopRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shop with its people. `busy_hours` multiply reply times in the past and now alike."""

    shop: Id
    name: Annotated[str, Meta(min_length=1, max_length=32)]
    lang: Lang
    freelancer: bool
    about: str
    tags: list[str]
    open_hours: Hours
    utc_offset_min: Annotated[int, Meta(ge=-720, le=840)]
    praise_permille: Permille
    busy_hours: list[Annotated[int, Meta(ge=0, le=23)]]
    busy_factor: Annotated[float, Meta(ge=1, le=5)]
    terms: Terms
    offers: Annotated[list[OfferRow], Meta(min_length=1)]
    people: Annotated[list[ScriptedPerson], Meta(min_length=1)]

    def load_at(self, hour: int) -> float:
        """How much slower people are at this local hour."""
        return self.busy_factor if hour in self.busy_hours else 1.0


class Catalogue(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything on show in practice."""

    version: Literal[1]
    seed: str
    note: list[str]
    shops: list[ShopRow]

    def person(self, responder: str) -> tuple[ShopRow, ScriptedPerson]:
        """The person and the shop; CatalogueInvalid where nobody has this id."""
        for shop in self.shops:
            for person in shop.people:
                if person.responder == responder:
                    return shop, person
        raise CatalogueInvalid(f"nobody in the catalogue is called {responder!r}")


def covers(hours: str, minute: int) -> bool:
    """Whether "HH:MM-HH:MM" covers a minute of the day; it may cross midnight."""
    start, end = (int(part[:2]) * 60 + int(part[3:]) for part in hours.split("-"))
    if start < end:
        return start <= minute < end
    return minute >= start or minute < end


def read(path: Path | None = None) -> Catalogue:
    """The catalogue in a file, by default the sample one; CatalogueInvalid where it is none."""
    path = resources.path("practice", "catalogue.json") if path is None else path
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Catalogue)
    except (OSError, msgspec.MsgspecError) as error:
        raise CatalogueInvalid(f"{path.name}: {error}") from None
    _check(found)
    return found


def _check(catalogue: Catalogue) -> None:
    seen: set[str] = set()
    for shop in catalogue.shops:
        ids = [shop.shop, *(offer.offer for offer in shop.offers)]
        for each in [*ids, *(person.responder for person in shop.people)]:
            if each in seen:
                raise CatalogueInvalid(f"the id {each!r} is used twice")
            seen.add(each)
        if shop.freelancer and len(shop.people) != 1:
            raise CatalogueInvalid(f"{shop.shop!r} is a shop of one with {len(shop.people)} people")
        for person in shop.people:
            needs = {
                Behaviour.SLOW: person.stall,
                Behaviour.DROPPER: person.drop,
                Behaviour.HANDOVER: person.hands_over_at,
            }
            if person.behaviour in needs and needs[person.behaviour] is None:
                raise CatalogueInvalid(f"{person.responder!r} lacks what its behaviour needs")
