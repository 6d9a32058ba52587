"""A plan looked over: turns, sample, price, and advice on the right lines."""

from dataclasses import replace
from datetime import date

import pytest
from tests.checks.plans import SMALL

from miaohui import resources
from miaohui.checks.lint import Linted, lint, turns_of
from miaohui.checks.plan.prices import Prices, flat
from miaohui.checks.plan.reader import read_plan

PRACTICE = resources.path("plans", "practice.toml").read_bytes()


def linted(text: str) -> Linted:
    return lint(text.encode(), today=date(2026, 8, 1))


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


def test_mistakes_of_the_file_end_it() -> None:
    found = linted(SMALL.replace("sessions = 4", "sessions = 5"))
    assert [each.code for each in found.mistakes] == ["quotas"]
    assert (found.plan, found.need, found.cost_fen) == (None, None, None)


def test_turns_are_counted_from_the_schedule() -> None:
    plan = read_plan(SMALL.encode())
    # Questions at 3, 23, 43, 63, 83, 103 s; the last one at 115.
    assert turns_of(plan) == 7
    # A minute and a half of silence swallows those in it; the last question is asked.
    gap = SMALL.replace("[banks]", '[[probes]]\nkind = "gap"\nat_s = 20\nseconds = 90\n\n[banks]')
    assert turns_of(read_plan(gap.encode())) == 2
    # Asks within ten seconds of each other are one turn.
    quick = SMALL.replace("every_s = 20", "every_s = 5")
    assert turns_of(read_plan(quick.encode())) == 12


def test_a_last_question_of_a_session_that_is_stayed_out_counts() -> None:
    plan = read_plan(SMALL.encode())
    whole = replace(plan, scope=replace(plan.scope, stay_s=0, minutes=2))
    assert turns_of(whole) == 7


def test_too_few_sessions_for_met_is_said_before_anybody_pays() -> None:
    short = PRACTICE.replace(b"sessions = 14", b"sessions = 13").replace(
        b"quota = 14", b"quota = 13"
    )
    assert "unseen" in {each.code for each in lint(short).advice}
    assert "unseen" not in {each.code for each in lint(PRACTICE).advice}


def test_a_person_is_not_judged_by_a_whole_sessions_figures() -> None:
    plan = PRACTICE.replace(b"responders = []", b'responders = ["qishui"]')
    assert "unit" in {each.code for each in lint(plan).mistakes}
    turns = plan.replace(b'unit = "messages"', b'unit = "turns"')
    assert "unit" in {each.code for each in lint(turns).mistakes}
    alone = turns.replace(b"late_most = 0.20", b"late_most = 1")
    assert "unit" not in {each.code for each in lint(alone).mistakes}


def test_price_and_sample_of_the_practice_plan() -> None:
    found = lint(PRACTICE)
    assert found.mistakes == ()
    assert found.plan is not None
    assert found.prices is not None
    assert found.prices.practice
    assert found.cost_fen == sum(found.prices.fen.values()) * found.plan.scope.sessions
    assert found.cost_fen <= found.plan.scope.budget_fen
    assert found.need is not None
    assert found.need.sessions is not None
    assert found.need.sessions <= found.plan.scope.sessions
    assert found.power is not None
    assert min(found.power) > found.plan.claim.power


def test_a_budget_too_small_for_the_prices() -> None:
    text = SMALL.replace("budget_fen = 20000", "budget_fen = 8000")
    (mistake,) = linted(text).mistakes
    assert (mistake.code, mistake.line) == ("budget", line_of(text, "budget_fen"))
    # The whole sum is named: four sessions at the catalogue's 28 yuan.
    assert "112.00" in mistake.english
    assert "112.00" in mistake.chinese


def test_a_target_that_the_catalogue_does_not_have() -> None:
    text = SMALL.replace('shops = ["wanfeng"]', 'shops = [\n "wanfeng",\n "shanca",\n]')
    (mistake,) = linted(text).mistakes
    assert (mistake.code, mistake.line) == ("target", line_of(text, "shanca"))
    assert "did you mean 'shancha'" in mistake.english


def test_a_length_that_nobody_sells() -> None:
    text = SMALL.replace("minutes = 15", "minutes = 17")
    (mistake,) = linted(text).mistakes
    assert mistake.code == "no_offer"
    assert "30" in mistake.english


def test_responders_cost_what_their_shop_takes() -> None:
    text = SMALL.replace('shops = ["wanfeng"]', 'responders = ["云朵"]')
    assert linted(text).cost_fen == 4 * 2800


def test_other_relays_prices_are_not_known() -> None:
    text = SMALL.replace("wanfeng", "a shop elsewhere")
    found = linted(text)
    assert (found.mistakes, found.prices, found.cost_fen) == ((), None, None)
    told = lint(text.encode(), lambda scope: flat(scope, 500))
    assert told.cost_fen == 2000


def test_a_sample_too_small_is_advice_not_a_mistake() -> None:
    found = linted(SMALL)
    assert found.mistakes == ()
    (advice,) = [each for each in found.advice if each.code == "sample"]
    assert advice.line == line_of(SMALL, "sessions = 4")
    assert found.need is not None
    assert str(found.need.sessions) in advice.english
    assert found.needed_fen == 2800 * (found.need.sessions or 0)


@pytest.mark.parametrize(
    ("old", "new", "code", "where"),
    [
        ("[ethics]", 'spare = ["一", "二"]\n[ethics]', "unused", "spare"),
        ('contact = "tester@example.org"', "", "contact", "[ethics]"),
        ("stay_s = 120", "stay_s = 120\nparallel = 5", "parallel", "parallel"),
        ("p0 = 0.97\np1 = 0.75", "p0 = 0.9004\np1 = 0.8996", "sample", "p0 ="),
        ('kind = "last_question"', 'kind = "plain"', "no_last", "[[probes]]"),
    ],
)
def test_advice(old: str, new: str, code: str, where: str) -> None:
    text = SMALL.replace(old, new)
    assert (code, line_of(text, where)) in [(each.code, each.line) for each in linted(text).advice]


def test_a_festival_that_is_past() -> None:
    codes = [each.code for each in lint(SMALL.encode(), today=date(2099, 1, 1)).advice]
    assert "past" in codes
    assert "past" not in [each.code for each in linted(SMALL).advice]


def test_few_sessions_cannot_show_that_turns_are_more_alike() -> None:
    assert "few" in [each.code for each in linted(SMALL).advice]
    many = SMALL.replace("sessions = 4", "sessions = 44").replace("quota = 3", "quota = 43")
    prices = Prices({"wanfeng": 100}, {}, {}, practice=False)
    assert "few" not in [each.code for each in lint(many.encode(), lambda _: prices).advice]
