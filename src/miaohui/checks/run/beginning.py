"""A run's beginning: whom it means, its first line, and all its slots, drawn before the first purchase."""

import secrets
from collections.abc import Callable
from datetime import date
from typing import Final

from miaohui import __version__
from miaohui.checks.plan import festivals
from miaohui.checks.plan.plan import Plan
from miaohui.checks.plan.schedule import TargetWanted, draw
from miaohui.checks.record.events import FORMAT, RunBegun, Slot
from miaohui.checks.run.account import GaveUp, TestAccount
from miaohui.checks.run.targets import Finder, Target
from miaohui.checks.trouble import Trouble
from miaohui.client.port import Refused
from miaohui.runtime.clock import Clock
from miaohui.wire.link import Welcome

LEAD_MS: Final = 20_000  # an account comes in so long before its session
ENTRY_MS: Final = 1_000  # and takes so long for it


class Beginning:
    """Of one plan."""

    def __init__(self, plan: Plan, clock: Clock, give_up: Callable[[], bool]) -> None:
        self._plan, self._clock, self._give_up = plan, clock, give_up

    async def targets(self, account: TestAccount) -> list[Target]:
        """Found in the catalogue; Trouble where one cannot be tried."""
        try:
            return await Finder(account, self._give_up).all(self._plan)
        except (Refused, GaveUp) as error:
            raise Trouble(f"查不到店铺：{error}", f"the shops cannot be read: {error}") from None

    def begun(self, url: str, welcome: Welcome, cap_fen: int | None, tester_key: str) -> RunBegun:
        return RunBegun(
            utc_ms=self._clock.utc_ms(),
            format=FORMAT,
            run=secrets.token_hex(8),
            plan_sha256=self._plan.sha256,
            seed=self._plan.seed,
            relay=url,
            relay_key=welcome.relay_key,
            rule=welcome.rule,
            practice=welcome.practice,
            version=__version__,
            budget_fen=cap_fen,
            tester_key=tester_key,
        )

    def slots(self, targets: list[Target], now: int) -> list[Slot]:
        """In the order of their times."""
        wanted = [
            TargetWanted(each.name, each.shop, each.utc_offset_min, each.offer.trial)
            for each in targets
        ]
        begins = now + min(LEAD_MS, ENTRY_MS * self._plan.scope.parallel)
        drawn = draw(self._plan, wanted, begins, _is_festival)
        width = len(str(len(drawn)))
        return [
            Slot(
                utc_ms=now,
                slot=f"s{number:0{width}d}",
                target=targets[each.target].name,
                shop=targets[each.target].shop,
                shop_name=targets[each.target].shop_name,
                responder=targets[each.target].responder,
                responder_name=targets[each.target].responder_name,
                offer=targets[each.target].offer.offer,
                minutes=targets[each.target].offer.minutes,
                price_fen=targets[each.target].offer.price_fen,
                stratum=each.stratum,
                at_utc_ms=each.at_utc_ms,
                until_utc_ms=each.until_utc_ms,
                account=each.account,
            )
            for number, each in enumerate(drawn, 1)
        ]


def _is_festival(name: str, day: date) -> bool:
    return day in festivals.dates(name)
