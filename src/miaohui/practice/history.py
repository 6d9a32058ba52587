"""The past of the sample catalogue, day by day: which sessions there were, and the file of them.

A day's sessions depend on the seed, the catalogue and the day alone, so the past can be topped up
later with the days that are missing.
"""

import random
import uuid
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from miaohui.practice.catalogue import Catalogue, OfferRow, ScriptedPerson, ShopRow, covers
from miaohui.practice.past import MIN_MS, PastPlan, PastSession, play
from miaohui.practice.topics import Topics
from miaohui.promise.labels import newest_rules
from miaohui.runtime.clock import utc_ms_of

DAYS = 30
LONGEST_MIN = 15
CUSTOMERS = ("练习顾客甲", "练习顾客乙", "练习顾客丙", "Practice customer D", "Practice customer E")


def days_before(today: date, count: int = DAYS) -> list[date]:
    """The `count` days before `today`, oldest first. `today` is a UTC date, so they are over in the shops."""
    return [today - timedelta(days=back) for back in range(count, 0, -1)]


def plans(catalogue: Catalogue, days: Iterable[date], today: date) -> Iterator[PastPlan]:
    """Every session of these days, in no order."""
    for day in days:
        age = (today - day).days
        for shop in catalogue.shops:
            for person in shop.people:
                if age <= person.history.since_days:
                    yield from _of_day(catalogue, shop, person, day)


def _of_day(
    catalogue: Catalogue, shop: ShopRow, person: ScriptedPerson, day: date
) -> Iterator[PastPlan]:
    seed = f"{catalogue.seed}/{person.responder}/{day.isoformat()}"
    draws = random.Random(f"day/{seed}")
    # Evenly spread, each person on days of their own, so that nobody's past is left to luck.
    every = round(100 / max(1, person.history.sessions_per_100_days))
    if (day.toordinal() + zlib.crc32(person.responder.encode())) % every:
        return
    hour = _hour(draws, shop, person)
    midnight = utc_ms_of(f"{day.isoformat()}T00:00:00+00:00") - shop.utc_offset_min * MIN_MS
    minute = draws.randrange(0, 60 - LONGEST_MIN)
    yield PastPlan(
        session=str(uuid.UUID(bytes=draws.randbytes(16), version=4)),
        seed=seed,
        shop=shop,
        person=person,
        colleagues=tuple(
            one for one in shop.people if one is not person and covers(one.duty, hour * 60 + minute)
        ),
        offer=_offer(draws, shop, trials=person.history.trials),
        opened_utc_ms=midnight + (hour * 60 + minute) * MIN_MS + draws.randrange(MIN_MS),
        customer_name=draws.choice(CUSTOMERS),
    )


def _hour(draws: random.Random, shop: ShopRow, person: ScriptedPerson) -> int:
    """An hour of the person's duty; the shop's busy hours come up more often."""
    hours = [hour for hour in range(24) if covers(person.duty, hour * 60)]
    weights = [2.5 if hour in shop.busy_hours else 1.0 for hour in hours]
    return draws.choices(hours, weights)[0]


def _offer(draws: random.Random, shop: ShopRow, *, trials: bool) -> OfferRow:
    if trials:
        return next(offer for offer in shop.offers if offer.trial)
    short = [o for o in shop.offers if 10 <= o.minutes <= LONGEST_MIN]
    return draws.choice(short)


def write_past(
    catalogue: Catalogue, topics: Topics, days: Iterable[date], today: date
) -> Iterator[PastSession]:
    """The finished sessions of these days, oldest first."""
    rules = newest_rules()
    ordered = sorted(plans(catalogue, days, today), key=lambda plan: plan.opened_utc_ms)
    for plan in ordered:
        yield play(plan, topics, rules)
