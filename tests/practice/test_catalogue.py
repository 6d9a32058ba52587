"""The sample catalogue: enough of everything, in two languages, with prices that make sense."""

from pathlib import Path

import pytest

from miaohui.practice import catalogue
from miaohui.practice.catalogue import Behaviour, CatalogueInvalid, covers


def test_enough_shops_people_and_freelancers() -> None:
    found = catalogue.read()
    people = [person for shop in found.shops for person in shop.people]
    assert len(found.shops) >= 12
    assert len(people) >= 30
    assert sum(shop.freelancer for shop in found.shops) >= 4
    assert {shop.lang for shop in found.shops} == {"zh_CN", "en"}
    assert {person.behaviour for person in people} == set(Behaviour)
    assert len({person.name for person in people}) == len(people)
    assert all("脚本应答师" in p.about or "Scripted responder" in p.about for p in people)


def test_claims_are_alike_for_good_and_bad() -> None:
    assert all(970 <= shop.praise_permille <= 995 for shop in catalogue.read().shops)


def test_offers_are_varied_and_longer_ones_cost_more_but_less_a_minute() -> None:
    shops = catalogue.read().shops
    assert sum(any(o.trial and o.minutes == 1 for o in shop.offers) for shop in shops) >= 3
    assert {o.minutes for shop in shops for o in shop.offers} == {1, 10, 15, 30, 60, 120}
    for shop in shops:
        regular = sorted((o.minutes, o.price_fen) for o in shop.offers if not o.trial)
        assert [price for _, price in regular] == sorted({price for _, price in regular})
        rates = [price / minutes for minutes, price in regular]
        assert rates == sorted(rates, reverse=True)
        assert all(o.price_fen <= 1000 for o in shop.offers if o.trial)
        assert any(minutes == 30 and 2000 <= price <= 7000 for minutes, price in regular)


def test_the_shop_of_the_tour_stalls_on_the_second_question_and_has_a_colleague() -> None:
    shop, person = catalogue.read().person("qishui")
    assert person.behaviour is Behaviour.SLOW
    assert person.stall is not None
    assert (person.stall.ask, person.stall.ms) == (2, 180_000)
    assert any(one.responder == "bingtang" and one.duty == "00:00-24:00" for one in shop.people)
    assert any(offer.trial and offer.minutes == 1 for offer in shop.offers)


@pytest.mark.parametrize(
    ("hours", "minute", "inside"),
    [
        ("00:00-24:00", 0, True),
        ("00:00-24:00", 1439, True),
        ("05:00-21:30", 1289, True),
        ("05:00-21:30", 1290, False),
        ("22:00-05:30", 0, True),
        ("22:00-05:30", 329, True),
        ("22:00-05:30", 330, False),
        ("22:00-05:30", 1320, True),
    ],
)
def test_hours_may_cross_midnight(hours: str, minute: int, inside: bool) -> None:
    assert covers(hours, minute) is inside


def test_a_broken_catalogue_says_what_is_wrong(tmp_path: Path) -> None:
    text = catalogue.resources.path("practice", "catalogue.json").read_text(encoding="utf-8")
    broken = tmp_path / "catalogue.json"
    broken.write_text(text.replace('"abai"', '"yunduo"'), encoding="utf-8")
    with pytest.raises(CatalogueInvalid, match="'yunduo' is used twice"):
        catalogue.read(broken)
    broken.write_text(text[:200], encoding="utf-8")
    with pytest.raises(CatalogueInvalid, match=r"catalogue\.json"):
        catalogue.read(broken)
    with pytest.raises(CatalogueInvalid):
        catalogue.read(tmp_path / "absent.json")
