"""Drafts: read leniently, and each mistake at the field that it belongs to."""

import tomllib
from dataclasses import replace

import pytest

from miaohui import resources
from miaohui.checks.lint import lint
from miaohui.checks.plan.plan import Plan, Probe, ProbeKind, Stratum, Unit
from miaohui.checks.plan.positions import Path
from miaohui.checks.plan.reader import PlanError, read_plan
from miaohui.checks.plan.writer import write_plan
from miaohui.desktop.checking.draft import blank, draft_of, places_of, with_quotas


def places(plan: Plan) -> set[Path]:
    text = write_plan(plan)
    try:
        read_plan(text.encode())
    except PlanError as error:
        return set(places_of(text, error.mistakes))
    return set()


def fresh() -> Plan:
    made = blank("新", "每条十秒内有人回", "晚上", ("今天好累", "下雨了"), 7)
    return replace(made, scope=replace(made.scope, shops=("晚风小屋",)))


def test_a_draft_of_a_good_file_is_the_plan_itself() -> None:
    data = resources.path("plans", "practice.toml").read_bytes()
    assert draft_of(data.decode()) == replace(read_plan(data), sha256="")


def test_a_new_plan_lacks_only_a_target() -> None:
    assert places(fresh()) == set()
    nobody = replace(fresh(), scope=replace(fresh().scope, shops=()))
    assert places(nobody) == {("scope", "shops")}


def test_a_new_plan_claims_what_the_shipped_ones_do() -> None:
    made = fresh()
    assert made.claim.unit is Unit.MESSAGES
    assert made.claim.late_most < 1
    linted = lint(write_plan(made).encode())
    assert linted.plan is not None
    codes = {each.code for each in linted.advice}
    assert not codes & {"unseen", "few", "sample"}


def test_what_has_the_wrong_type_is_left_at_its_default() -> None:
    draft = draft_of('name = 5\n[claim]\nthreshold = "x"\np0 = 1\n[scope]\nsessions = 3.5\n')
    assert draft.name == ""
    assert (draft.claim.threshold, draft.claim.p0) == (0.9, 1.0)
    assert draft.scope.sessions == 1
    assert draft_of("[[strata]]\nfrom = 20:30:00\nto = 26\n").strata[0].from_min == 1230
    with pytest.raises(tomllib.TOMLDecodeError):
        draft_of("name =")


def test_mistakes_stand_at_their_fields() -> None:
    plan = fresh()
    assert places(replace(plan, claim=replace(plan.claim, threshold=1.4))) == {
        ("claim", "threshold")
    }
    silent = Probe(ProbeKind.QUESTION, at_s=4)
    assert ("probes", 1, "bank") in places(replace(plan, probes=(*plan.probes, silent)))
    gap = Probe(ProbeKind.GAP, at_s=4)
    assert ("probes", 1, "seconds") in places(replace(plan, probes=(*plan.probes, gap)))
    twice = (*plan.strata, Stratum("晚上", 60, 120, 1))
    assert ("strata", 1, "name") in places(with_quotas(replace(plan, strata=twice)))
    assert places(replace(plan, banks={"问": ("只有一种",)})) == {("banks", "问")}


def test_sessions_are_what_the_strata_ask_for() -> None:
    plan = replace(fresh(), strata=(Stratum("a", 0, 60, 2), Stratum("b", 60, 120, 5)))
    assert with_quotas(plan).scope.sessions == 7
