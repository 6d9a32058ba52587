"""Verdicts: simulated shops whose kept rate is known, judged as a check would judge them.

A trial is a row of the error-rate table with ``count`` simulated plans; a violation is a rate beyond
what the plan claims by more than three standard errors.
"""

from collections.abc import Sequence

from tests.checks.error_rates import TABLES, Case, simulate, verdict_of
from tests.torture.outcome import Outcome

from miaohui.checks.plan.plan import Claim
from miaohui.checks.results import ClaimVerdict
from miaohui.checks.statistics.clusters import ClusterTally
from miaohui.checks.statistics.verdicts import decide

ABOUT = "simulated plans of shops with a known kept rate, per row of the error-rate table"
PLANTED = "a verdict that takes every turn for independent of the others of its session"
COUNT = 10_000
SHORT = 60
FOLDED_SHARE = 200  # one plan of so many goes through real journals and the real fold


def independent(claim: Claim, sessions: Sequence[tuple[int, int]]) -> ClaimVerdict:
    kept = sum(k for k, _ in sessions)
    turns = kept + sum(breached for _, breached in sessions)
    # As though each turn had been a session of its own.
    return decide(claim, ClusterTally(turns, turns, kept, turns, kept), 1)


def run(seed: int, count: int, *, planted: bool) -> Outcome:
    outcome = Outcome()
    judge = independent if planted else verdict_of
    # What a claim needs is itself counted, which would be most of a short run.
    tables = list(TABLES)
    if planted:
        tables = ["clustered"]
    elif count < 1000:
        tables = ["clustered", "away", "drift"]
    for case in (case for name in tables for case in TABLES[name]()):
        if planted and (case.claim.looks > 1 or case.shop.icc != case.claim.icc):
            continue  # turns in no order have no looks; the plan's own ICC is what counts
        plans = max(count, 600) if planted else count  # enough that chance is no excuse
        rates = simulate(case, seed, plans, plans // FOLDED_SHARE, judge)
        broken = rates.broken(case)
        outcome.check(case.group, holds=not broken, example=f"{described(case)}: {broken}")
    outcome.notes.append(f"{count} plans a row, {count // FOLDED_SHARE} of them folded")
    return outcome


def described(case: Case) -> str:
    return (
        f"truth {case.shop.share:g}, icc {case.shop.icc:g} ({case.claim.icc:g} planned), "
        f"{case.sessions} sessions of {case.shop.sizes} turns"
    )
