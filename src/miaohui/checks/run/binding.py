"""A run bound to its plan: the relay countersigns the hash first, and lists what was bought last."""

from collections.abc import Callable

from miaohui.checks.plan.plan import Plan
from miaohui.checks.record.folder import RunFolder
from miaohui.checks.record.signing import tester_key
from miaohui.checks.run.account import GaveUp, TestAccount
from miaohui.checks.trouble import Trouble
from miaohui.client.port import Refused
from miaohui.promise.planword import Statement, signed_by
from miaohui.wire.errors import Code
from miaohui.wire.plans import ListPlanOrders, PlanOrders, PlanRegistered, RegisterPlan


class Binding:
    """Of one plan's run: any of its accounts may speak for it."""

    def __init__(self, plan: Plan, folder: RunFolder, give_up: Callable[[], bool]) -> None:
        self._plan, self._folder, self._give_up = plan, folder, give_up

    @property
    def secret(self) -> str:
        """Whatever is bought under it stands in the relay's list."""
        return tester_key(self._folder).secret_for(self._plan.sha256)

    async def countersign(self, account: TestAccount) -> PlanRegistered:
        """Trouble where the relay will not, or says something else than was asked."""
        request = RegisterPlan(
            id=account.client.new_id(), plan_sha256=self._plan.sha256, secret=self.secret
        )
        try:
            said = await account.ask(request, self._give_up)
        except (Refused, GaveUp) as error:
            raise Trouble(
                f"中继没有会签计划：{error}", f"the relay did not countersign the plan: {error}"
            ) from None
        if not isinstance(said, PlanRegistered) or not self._holds(account, said):
            raise Trouble(
                "中继会签的不是这份计划", "the relay countersigned something else than this plan"
            )
        return said

    async def orders(
        self,
        account: TestAccount,
        *,
        final: bool,
        give_up: Callable[[], bool],
    ) -> PlanOrders:
        """All that was bought so far; Refused or GaveUp where the list cannot be had."""
        said = await account.ask(
            ListPlanOrders(id=account.client.new_id(), secret=self.secret, final=final),
            give_up,
        )
        if not isinstance(said, PlanOrders) or not self._holds(account, said):
            raise Refused(Code.BAD_FRAME)
        return said

    def _holds(self, account: TestAccount, said: Statement) -> bool:
        welcome = account.client.welcome
        return (
            welcome is not None
            and said.plan_sha256 == self._plan.sha256
            and signed_by(bytes.fromhex(welcome.relay_key), said)
        )
