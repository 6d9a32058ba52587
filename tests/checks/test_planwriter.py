"""A plan written and read again is the same plan."""

from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from tests.checks.plans import SMALL, plans

from miaohui.care.rules import rules
from miaohui.checks.plan.plan import Plan
from miaohui.checks.plan.reader import read_plan
from miaohui.checks.plan.writer import write_plan


def again(plan: Plan) -> Plan:
    return replace(read_plan(write_plan(plan).encode()), sha256=plan.sha256)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=plans())
def test_round_trip(plan: Plan) -> None:
    said = [text for probe in plan.probes for text in probe.texts]
    said += [text for texts in plan.banks.values() for text in texts]
    assume(not any(map(rules().feigned, said)))
    assert again(plan) == plan


def test_the_small_plan_comes_back_whole() -> None:
    plan = read_plan(SMALL.encode())
    assert again(plan) == plan
    assert again(again(plan)) == plan


def test_long_lists_stand_one_item_a_line() -> None:
    plan = read_plan(SMALL.encode())
    many = tuple(f"第 {n} 种问法：考前一晚你会怎么安排？" for n in range(6))
    text = write_plan(replace(plan, banks={"study": many}))
    assert '\n  "第 3 种问法：考前一晚你会怎么安排？",\n' in text
