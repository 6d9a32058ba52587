"""A whole run: targets found, slots drawn, then every account at its sessions until all are over.

Everything that it does stands in ``run.jsonl`` first. Killed at any point, it is begun again with the
same folder and goes on; stopped, it ends what is open, takes back what can be taken back, and can be
gone on with as well.
"""

import asyncio
import traceback
from dataclasses import dataclass
from typing import Final

from miaohui.checks.plan.plan import Plan
from miaohui.checks.record.course import Course
from miaohui.checks.record.events import (
    AnyEvent,
    Countersigned,
    Deviation,
    Finished,
    OrdersListed,
    RunHalted,
    Skipped,
)
from miaohui.checks.record.folder import RunFolder, write_new
from miaohui.checks.record.journal import Runbook
from miaohui.checks.record.signing import tester_key
from miaohui.checks.record.standing import RunState
from miaohui.checks.run.account import GaveUp, TestAccount
from miaohui.checks.run.beginning import LEAD_MS, Beginning
from miaohui.checks.run.binding import Binding
from miaohui.checks.run.looking import Looking
from miaohui.checks.run.slotrun import RunControl, SlotRun
from miaohui.checks.run.telling import Tell, telling_of
from miaohui.checks.trouble import Trouble
from miaohui.client.port import Refused
from miaohui.client.snapshots import LinkState
from miaohui.runtime.clock import Clock, SystemClock
from miaohui.runtime.tasks import Tasks
from miaohui.wire.link import Welcome

FIRST_MS: Final = 20_000
DIAL_MS: Final = (
    4_000  # a relay that is not there at the beginning is a mistake; a slow one is none
)
LOOK_MS: Final = 500
LISTING_MS: Final = 5_000  # a run that was stopped waits so long for the list of its orders
GONE_MS: Final = 5_000  # shorter cuts are the network's, and counted with each session


def hopeless(link: LinkState, waited_ms: int) -> bool:
    """True where a run need not begin: the relay turned us away, is not there, or lets us wait."""
    lost = link is LinkState.OFFLINE and waited_ms > DIAL_MS
    return link is LinkState.REFUSED or lost or waited_ms > FIRST_MS


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """A run's end for now."""

    finished: bool
    verdict: str
    spent_fen: int
    refunded_fen: int


class Runner:
    """One run in one folder. ``tell`` hears of every step after it is on disk."""

    def __init__(
        self,
        plan: Plan,
        plan_data: bytes,
        folder: RunFolder,
        url: str,
        *,
        tell: Tell = lambda told: None,
        budget_fen: int | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._plan, self._data, self._folder, self._url = plan, plan_data, folder, url
        self._tell, self._cap = tell, budget_fen
        self._clock = clock or SystemClock()
        self._control = RunControl()
        self._turned = asyncio.Event()
        self._accounts: dict[int, TestAccount] = {}
        self._starting = asyncio.Lock()
        self._standing = RunState(plan.scope.budget_fen)
        self._binding = Binding(plan, folder, lambda: self._control.stopping)
        self._book: Runbook | None = None
        self._tasks = Tasks(self._fell)
        self._fault: BaseException | None = None

    # --- what a person wants -----------------------------------------------------------------
    def pause(self) -> None:
        """Nothing new is bought; what is open goes on, since its time is paid for."""
        if not self._control.paused and not self._control.stopping:
            self._control.paused = True
            self._halt("paused")

    def resume(self) -> None:
        if self._control.paused and not self._control.stopping:
            self._control.paused = False
            self._halt("resumed")

    def stop(self) -> None:
        """Leaves queues and ends sessions, so that what is owed comes back; to be gone on with."""
        self._control.stopping = True
        self._turn()

    def _halt(self, how: str) -> None:
        if self._book is not None:
            self._write(RunHalted(utc_ms=self._clock.utc_ms(), how=how))
        self._turn()

    def _turn(self) -> None:
        turned, self._turned = self._turned, asyncio.Event()
        turned.set()
        for account in self._accounts.values():
            account.wake()

    def _fell(self, name: str, error: BaseException) -> None:
        self._fault = self._fault or error
        self.stop()

    # --- the run -----------------------------------------------------------------------------
    async def run(self) -> RunOutcome:
        """Begins, or goes on where the folder's journal says; Trouble where it cannot."""
        self._folder.hold()
        try:
            self._book = Runbook(self._folder.run)
            for event in self._book.events:
                self._standing.take(event)
            if self._standing.finished is not None:
                return self._outcome(self._standing.finished.verdict, finished=True)
            await self._prepare()
            await self._work()
            return await self._close()
        finally:
            await self._tasks.close()
            for account in self._accounts.values():
                await account.stop()
            if self._book is not None:
                self._book.close()
            self._folder.free()

    def _outcome(self, verdict: str, *, finished: bool) -> RunOutcome:
        budget = self._standing.budget
        return RunOutcome(finished, verdict, budget.paid_fen, budget.refunded_fen)

    def _write(self, *events: AnyEvent) -> None:
        assert self._book is not None
        self._book.append(*events)
        for event in events:
            self._standing.take(event)
            told = telling_of(event, self._plan, self._standing)
            if told is not None:
                self._tell(told)

    def _deviate(self, code: str, detail: str) -> None:
        self._write(Deviation(utc_ms=self._clock.utc_ms(), code=code, detail=detail))

    # --- beginning ---------------------------------------------------------------------------
    async def _prepare(self) -> None:
        assert self._book is not None
        begun = self._standing.begun
        if begun is not None and begun.plan_sha256 != self._plan.sha256:
            raise Trouble(
                "计划在开始之后被改动过；请用原来的计划继续，或换一个文件夹重新开始",
                "the plan was changed after the run began; go on with the old one, or begin anew"
                " in another folder",
            )
        # Written before the link is made, and again each time: an empty run has its plan, too.
        write_new(self._folder.plan, self._data)
        account = await self._first_account()
        welcome = account.client.welcome
        assert welcome is not None
        if begun is not None and begun.relay_key != welcome.relay_key:
            raise Trouble(
                "这个中继的密钥和开始时的不一样，不是同一个中继",
                "this relay has another key than the one that the run began on",
            )
        if not welcome.practice:
            raise Trouble(
                "这个中继不收练习币，检验目前只会用练习币付款",
                "this relay takes no practice money, and a check can pay with nothing else yet",
            )
        if begun is None:
            await self._begin(account, welcome)
            await self._countersign(account)
            return
        if self._book.torn:
            self._deviate("record_torn", f"{self._book.torn} bytes cut from the end of run.jsonl")
        halted = self._standing.halted
        if halted is None or halted.how not in ("stopped",):
            self._write(RunHalted(utc_ms=self._clock.utc_ms(), how="crashed"))
        self._write(RunHalted(utc_ms=self._clock.utc_ms(), how="resumed"))
        if begun.relay != self._url:
            self._deviate("relay_moved", self._url)
        await self._countersign(account)

    async def _first_account(self) -> TestAccount:
        account = await self._account(0)
        began = self._clock.mono()

        def enough() -> bool:
            waited = self._clock.mono() - began
            return self._control.stopping or hopeless(account.client.view.link.state, waited)

        gone = await account.enter(enough)
        if gone is None:
            return account
        if gone.reason == "banned":
            raise Trouble(
                "检验用的账号被这个中继封了", "the account of this check is banned on this relay"
            )
        raise Trouble(
            f"连不上中继 {self._url}（{gone.reason}）",
            f"the relay {self._url} cannot be reached ({gone.reason})",
        )

    async def _begin(self, account: TestAccount, welcome: Welcome) -> None:
        beginning = Beginning(self._plan, self._clock, lambda: self._control.stopping)
        targets = await beginning.targets(account)
        begun = beginning.begun(self._url, welcome, self._cap, tester_key(self._folder).public)
        slots = beginning.slots(targets, begun.utc_ms)
        self._write(begun, *slots)
        wanted = len(targets) * sum(stratum.quota for stratum in self._plan.strata)
        if len(slots) < wanted:
            self._deviate("stratum_never_comes", f"{wanted - len(slots)} sessions have no time")
        if any(target.offer.trial for target in targets):
            self._deviate("trial_offer", "only a newcomer's trial has the length of the plan")

    async def _countersign(self, account: TestAccount) -> None:
        """The relay's word that it knew the plan, before anything is bought."""
        if self._standing.countersigned is not None:
            return
        if any(course.buying is not None for course in self._standing.courses.values()):
            raise Trouble(
                "这次检验在买下第一场之前没有让中继会签计划，不能继续；请换一个文件夹重新开始",
                "this run bought sessions before the relay had countersigned its plan and cannot go"
                " on; begin anew in another folder",
            )
        statement = await self._binding.countersign(account)
        self._write(Countersigned(utc_ms=self._clock.utc_ms(), statement=statement))

    async def _list_orders(self, *, final: bool) -> bool:
        """The relay's list of what was bought; False where it could not be had: the run then stops
        and is gone on with."""
        if self._standing.countersigned is None:
            return True
        account = next((each for each in self._accounts.values() if not each.banned), None)
        if account is None:
            self._deviate("orders_unlisted", "banned")
            return final  # nobody is left who could ask, now or later
        ends = self._clock.mono() + LISTING_MS
        try:
            statement = await self._binding.orders(
                account,
                final=final,
                give_up=lambda: self._control.stopping and self._clock.mono() > ends,
            )
        except (Refused, GaveUp) as error:
            self._deviate("orders_unlisted", str(error)[:200])
            return False
        self._write(OrdersListed(utc_ms=self._clock.utc_ms(), statement=statement))
        return True

    # --- work --------------------------------------------------------------------------------
    async def _work(self) -> None:
        accounts: dict[int, list[Course]] = {}
        for course in self._standing.courses.values():
            if not course.over:
                accounts.setdefault(course.slot.account, []).append(course)
        lanes = asyncio.Semaphore(self._plan.scope.parallel)
        working = [
            self._tasks.start(self._one_account(courses, lanes), f"account {number}")
            for number, courses in accounts.items()
        ]
        watching = self._tasks.start(self._watch_relay(), "relay")
        if working:
            await asyncio.wait(working)
        watching.cancel()
        if self._fault is not None:
            raise self._explained(self._fault)

    def _explained(self, fault: BaseException) -> BaseException:
        """A sentence; what a programmer needs of it goes into the folder."""
        if isinstance(fault, Trouble | OSError):
            return fault
        name = type(fault).__name__
        self._deviate("runner_fault", f"{name}: {fault}"[:200])
        write_new(self._folder.fault, "".join(traceback.format_exception(fault)).encode())
        return Trouble(
            f"检验出了意外（{name}），已停下，什么都没丢；细节在 {self._folder.fault}，"
            "可以用 --resume 继续",
            f"the check came upon something unforeseen ({name}) and stopped, nothing is lost; see"
            f" {self._folder.fault}; --resume goes on",
        )

    async def _one_account(self, courses: list[Course], lanes: asyncio.Semaphore) -> None:
        """One account's sessions, one after another; what was begun before, first."""
        for course in sorted(courses, key=lambda c: (c.buying is None, c.slot.at_utc_ms)):
            if course.buying is None:
                if not await self._until_due(course, LEAD_MS):
                    return
                await self._sign_in(course)
                if not await self._until_due(course):
                    return
            if self._decided(course):
                continue
            async with lanes:
                if self._control.paused and not await self._until_due(course):
                    return
                await self._slot_run(course).run(await self._account(course.slot.account))
            if course.over:
                self._looking().take(course)

    def _slot_run(self, course: Course) -> SlotRun:
        begun = self._standing.begun
        assert begun is not None
        return SlotRun(
            self._plan,
            course,
            self._folder,
            self._standing.budget,
            self._clock,
            self._write,
            self._control,
            begun.relay_key,
            self._binding.secret,
        )

    def _looking(self) -> Looking:
        return Looking(self._plan, self._folder, self._control)

    def _decided(self, course: Course) -> bool:
        """Enough is known of this target: the plan had foreseen to stop there."""
        if course.buying is None and course.slot.target in self._control.decided:
            skipped = Skipped(utc_ms=self._clock.utc_ms(), slot=course.slot.slot, reason="decided")
            self._write(skipped)
            return True
        return False

    async def _sign_in(self, course: Course) -> None:
        """A new account takes a moment, and its first session is to begin in time."""
        account = await self._account(course.slot.account)
        due = course.slot.at_utc_ms
        await account.enter(lambda: self._control.stopping or self._clock.utc_ms() >= due)

    async def _until_due(self, course: Course, before_ms: int = 0) -> bool:
        """Its time has come and the run is not paused; False where the run stops first."""
        while not self._control.stopping:
            account = self._accounts.get(course.slot.account)
            if account is not None and account.banned:
                return True
            turned = self._turned
            left = course.slot.at_utc_ms - before_ms - self._clock.utc_ms()
            if left <= 0 and not self._control.paused:
                return True
            wait = None if left <= 0 else left / 1000
            try:
                async with asyncio.timeout(wait):
                    await turned.wait()
            except TimeoutError:
                continue
        return False

    async def _account(self, number: int) -> TestAccount:
        async with self._starting:
            if number not in self._accounts:
                taken = frozenset(account.owned.display for account in self._accounts.values())
                account = TestAccount(self._folder.account(number), self._url, self._clock, taken)
                await account.start()
                self._accounts[number] = account
            return self._accounts[number]

    async def _watch_relay(self) -> None:
        """Notes when no account reaches the relay, and for how long that was."""
        gone_at: int | None = None
        noted = False
        while True:
            now = self._clock.mono()
            gone = not any(account.live for account in self._accounts.values())
            if not gone and noted and gone_at is not None:
                self._deviate("relay_back", f"after {(now - gone_at + 500) // 1000} s")
            if not gone:
                gone_at, noted = None, False
            elif gone_at is None:
                gone_at = now
            elif not noted and now - gone_at >= GONE_MS:
                noted = True
                self._deviate("relay_gone", next(iter(self._accounts.values())).why_gone)
            await asyncio.sleep(LOOK_MS / 1000)

    # --- the end -----------------------------------------------------------------------------
    async def _close(self) -> RunOutcome:
        over = all(course.over for course in self._standing.courses.values())
        over = await self._list_orders(final=over) and over
        if not over:
            self._write(RunHalted(utc_ms=self._clock.utc_ms(), how="stopped"))
            return self._outcome("", finished=False)
        budget = self._standing.budget
        verdict = self._looking().verdict()
        self._write(
            Finished(
                utc_ms=self._clock.utc_ms(),
                spent_fen=budget.paid_fen,
                refunded_fen=budget.refunded_fen,
                verdict=verdict,
            )
        )
        return self._outcome(verdict, finished=True)
