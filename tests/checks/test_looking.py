"""Planned looks: where a target's verdict stands, its rest is not bought any more."""

from dataclasses import replace
from pathlib import Path

from tests.checks import samples

from miaohui.checks.plan.plan import Plan
from miaohui.checks.record.folder import RunFolder
from miaohui.checks.record.journal import read_file
from miaohui.checks.record.standing import RunState
from miaohui.checks.run.looking import Looking
from miaohui.checks.run.slotrun import RunControl


def looked(folder: Path, plan: Plan) -> tuple[set[str], str]:
    control = RunControl()
    looking = Looking(plan, RunFolder(folder), control)
    standing = RunState(plan.scope.budget_fen, read_file(folder / "run.jsonl").events)
    for course in standing.courses.values():
        if course.over:
            looking.take(course)
    return control.decided, looking.verdict()


def test_what_is_decided_is_not_bought_any_more(tmp_path: Path) -> None:
    shops = (samples.SHOPS[0], samples.SHOPS[3])
    plan = samples.plan_for(tuple(shop.name for shop in shops), sessions=24)
    plan = replace(plan, claim=replace(plan.claim, looks=2))
    plan = samples.make(tmp_path, shops=shops, sessions=24, done=30, plan=plan)
    decided, verdict = looked(tmp_path, plan)
    assert samples.SHOPS[3].name in decided
    assert verdict == "not_met"


def test_without_planned_looks_everything_is_bought(tmp_path: Path) -> None:
    plan = samples.make(tmp_path, shops=(samples.SHOPS[3],), sessions=6)
    decided, verdict = looked(tmp_path, plan)
    assert decided == set()
    assert verdict == "not_met"


def test_a_folder_that_cannot_be_analysed_has_no_verdict(tmp_path: Path) -> None:
    plan = samples.plan_for(("a",))
    assert Looking(plan, RunFolder(tmp_path), RunControl()).verdict() == ""
