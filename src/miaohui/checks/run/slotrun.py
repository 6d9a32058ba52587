"""One slot from its time to its end: bought, probed, left, its bundles kept.

Begun anew after a crash it goes on where the journal says that it was.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from miaohui.checks.plan.plan import Plan
from miaohui.checks.plan.schedule import LISTEN_MS
from miaohui.checks.plan.timeline import after_steps
from miaohui.checks.record.course import Course
from miaohui.checks.record.events import (
    AnyEvent,
    Deviation,
    Network,
    Skipped,
    SlotEnded,
    SlotOpened,
)
from miaohui.checks.record.folder import RunFolder
from miaohui.checks.record.standing import Budget
from miaohui.checks.run.account import AccountGone, GaveUp, TestAccount
from miaohui.checks.run.probing import Probing
from miaohui.checks.run.purchase import WITHOUT_SESSION, NotBought, Purchase, paid_back
from miaohui.client.port import Refused
from miaohui.promise.bundle import MAX_BUNDLE_BYTES
from miaohui.promise.errors import JournalError
from miaohui.promise.verdict import verify_bundle
from miaohui.runtime.clock import Clock
from miaohui.wire.errors import Code
from miaohui.wire.orders import Order, OrderState
from miaohui.wire.sessions import End

SETTLE_MS: Final = 20_000
STOPPING_MS: Final = 20_000  # a run that was stopped waits so long for an end
LATE_MS: Final = 5_000  # a beginning later than that is noted


class RunControl:
    """A person's wishes for the run: ``stopping`` once, ``paused`` at times."""

    def __init__(self) -> None:
        self.stopping = False
        self.paused = False
        self.decided: set[str] = set()  # targets of which enough is known


class SlotRun:
    """``write`` returns when an event is on disk and taken in."""

    def __init__(
        self,
        plan: Plan,
        course: Course,
        folder: RunFolder,
        budget: Budget,
        clock: Clock,
        write: Callable[[AnyEvent], None],
        control: RunControl,
        relay_key: str,
        plan_secret: str,
    ) -> None:
        self._plan, self._course, self._folder = plan, course, folder
        self._budget, self._clock, self._write = budget, clock, write
        self._control, self._key = control, relay_key
        self._plan_secret = plan_secret
        self._slot = course.slot

    # --- the whole way -----------------------------------------------------------------------
    async def run(self, account: TestAccount) -> None:
        """Returns when the slot is over, or where the run stops and it is to go on later."""
        gone = await account.enter(self._waited_enough)
        if gone is not None:
            self._cannot(gone)
            return
        purchase = Purchase(
            self._course,
            account,
            self._budget,
            self._clock,
            self._write,
            lambda: self._stuck(account),
            self._plan_secret,
        )
        try:
            order = await self._bought(account, purchase)
            if order is not None:
                await self._served(account, purchase, order)
        except GaveUp:
            return
        except Refused as refused:
            if refused.code != Code.BANNED:
                raise
            self._cannot(AccountGone(Code.BANNED))

    def _waited_enough(self) -> bool:
        paid = self._course.bought is not None or self._course.buying is not None
        return self._control.stopping or (not paid and self._too_late())

    def _too_late(self) -> bool:
        return self._clock.utc_ms() > self._slot.until_utc_ms

    def _stuck(self, account: TestAccount) -> bool:
        """A run that stops finishes what it can finish at once."""
        return self._control.stopping and not account.live

    def _cannot(self, gone: AccountGone) -> None:
        """The account cannot come in: nothing of what was bought is known until it can."""
        if self._course.bought is not None:
            if gone.reason == Code.BANNED:
                self._end_unseen("banned")
        elif gone.reason == Code.BANNED:
            self._skip("banned")
        elif not self._control.stopping and self._course.buying is None:
            self._skip("relay_gone")

    def _skip(self, reason: str) -> None:
        self._write(Skipped(utc_ms=self._clock.utc_ms(), slot=self._slot.slot, reason=reason))

    def _deviate(self, code: str, detail: str) -> None:
        self._write(
            Deviation(utc_ms=self._clock.utc_ms(), code=code, detail=detail, slot=self._slot.slot)
        )

    # --- buying ------------------------------------------------------------------------------
    async def _bought(self, account: TestAccount, purchase: Purchase) -> Order | None:
        bought = self._course.bought
        if bought is not None:
            return await purchase.find(bought.order)
        begun = self._course.buying is not None
        if not begun and self._control.stopping:
            return None
        if not begun and self._too_late():
            self._skip("late")
            return None
        late = self._clock.utc_ms() - self._slot.at_utc_ms
        if not begun and late > LATE_MS:
            self._deviate("begun_late", f"{late} ms")
        order = await purchase.make()
        if isinstance(order, NotBought):
            self._skip(order.reason)
            return None
        return order

    async def _served(self, account: TestAccount, purchase: Purchase, order: Order) -> None:
        order = await self._opened(account, purchase, order)
        if order.state in WITHOUT_SESSION:
            self._end(order, order.state, bundle=False)
            return
        assert order.session is not None
        if self._course.opened is None:
            self._write(
                SlotOpened(
                    utc_ms=self._clock.utc_ms(),
                    slot=self._slot.slot,
                    session=order.session,
                    responder=order.responder or "",
                )
            )
        else:
            self._deviate("taken_up_again", order.session)
        await self._sit(account, purchase, order, order.session)

    async def _opened(self, account: TestAccount, purchase: Purchase, order: Order) -> Order:
        """The order once it is open, or has come to an end without that."""

        def settled() -> bool:
            now = purchase.newest(order)
            return now.session is not None or now.state in WITHOUT_SESSION

        cancelled = False
        while not await account.until(
            lambda: settled() or self._control.stopping or account.banned, self._left_ms()
        ):
            cancelled = await self._leave_queue(purchase, order, cancelled=cancelled)
        if account.banned:
            raise Refused(Code.BANNED)
        if not settled():
            cancelled = await self._leave_queue(purchase, order, cancelled=cancelled)
            if not await account.until(settled, STOPPING_MS):
                raise GaveUp
        return purchase.newest(order)

    def _left_ms(self) -> int:
        return max(1_000, self._slot.until_utc_ms - self._clock.utc_ms())

    async def _leave_queue(self, purchase: Purchase, order: Order, *, cancelled: bool) -> bool:
        if not cancelled:
            why = "stopped" if self._control.stopping else "late"
            self._deviate("left_queue", why)
            await purchase.cancel(order.order)
        return True

    # --- the session -------------------------------------------------------------------------
    async def _sit(
        self, account: TestAccount, purchase: Purchase, order: Order, session: str
    ) -> None:
        opened = self._course.opened
        assert opened is not None
        base = self._clock.mono() - max(0, self._clock.utc_ms() - opened.utc_ms)
        cuts = account.cuts
        # A client that just started has yet to read the session; what is due meanwhile is late.
        await account.until(
            lambda: account.client.panel(session) is not None or self._control.stopping, SETTLE_MS
        )
        probing = Probing(
            self._plan, self._course, account, session, base, self._clock, self._write
        )
        await probing.run(lambda: self._control.stopping or account.banned)
        if account.banned:
            raise Refused(Code.BANNED)
        await self._leave(account, purchase, order, session)
        replies = await self._after_end(account, session, probing)
        self._write(
            Network(
                utc_ms=self._clock.utc_ms(),
                slot=self._slot.slot,
                rtt_ms=account.client.view.link.rtt_ms,
                cuts=account.cuts - cuts,
            )
        )
        await self._close(account, purchase, order, session, replies)

    async def _leave(
        self, account: TestAccount, purchase: Purchase, order: Order, session: str
    ) -> None:
        """Ends it where it is still open. An open question is still owed its answer, unless the
        run was stopped."""
        ended = {OrderState.CLOSED, OrderState.SETTLED}
        if self._control.stopping:
            self._deviate("stopped", session)
        while purchase.state(order) not in ended:
            now = self._control.stopping
            try:
                await account.ask(
                    End(id=account.client.new_id(), session=session, now=now),
                    lambda: self._stuck(account),
                )
            except Refused as refused:
                if refused.code == Code.BANNED:
                    raise
                await account.until(lambda: purchase.state(order) in ended, SETTLE_MS)
                if purchase.state(order) not in ended:
                    raise
            await account.until(
                lambda n=now: (  # type: ignore[misc]
                    purchase.state(order) in ended
                    or account.banned
                    or self._control.stopping is not n
                )
            )
            if account.banned:
                raise Refused(Code.BANNED)
            if now and not await account.until(lambda: purchase.state(order) in ended, STOPPING_MS):
                raise GaveUp

    async def _after_end(self, account: TestAccount, session: str, probing: Probing) -> int:
        """Says what the plan has for after the end; how often the responder still wrote."""
        closed_ms = probing.now_ms
        left = [
            step
            for step in after_steps(self._plan, self._slot.slot)
            if (step.probe, step.step) not in self._course.probed
        ]
        for step in left:
            at = closed_ms + step.at_ms
            await account.until(lambda: self._control.stopping, max(0, at - probing.now_ms))
            if self._control.stopping:
                break
            probing.take(replace(step, at_ms=at))
        if left and not self._control.stopping:
            await account.until(lambda: self._control.stopping, LISTEN_MS)
        return sum(
            view.outside and not view.mine and not view.auto
            for view in account.client.messages(session)
        )

    async def _close(
        self, account: TestAccount, purchase: Purchase, order: Order, session: str, replies: int
    ) -> None:
        """The relay's last word on it: settled, receipt, what came back; then its bundles."""

        def settled() -> bool:
            view = account.client.session(session)
            return (
                purchase.state(order) is OrderState.SETTLED
                and view is not None
                and view.receipt is not None
            )

        account.client.focus(session)
        await account.until(lambda: settled() or self._stuck(account))
        if not settled():
            raise GaveUp
        newest = purchase.newest(order)
        await account.until(
            lambda: paid_back(purchase.newest(order)) >= newest.refund_fen, SETTLE_MS
        )
        newest = purchase.newest(order)
        if paid_back(newest) < newest.refund_fen:
            self._deviate("refund_missing", f"{newest.refund_fen - paid_back(newest)} fen")
        kept = await self._keep(account, session)
        account.client.focus(None)
        self._end(newest, newest.closed_reason or "", bundle=kept, replies=replies)

    async def _keep(self, account: TestAccount, session: str) -> bool:
        """Both bundles, checked; False (and a deviation) where they could not be had."""
        slot = self._slot.slot
        files = ((self._folder.bundle(slot), False), (self._folder.private_bundle(slot), True))
        try:
            for path, with_text in files:
                await account.client.export_bundle(session, path, with_text=with_text)
                data = await asyncio.to_thread(path.read_bytes)
                if len(data) > MAX_BUNDLE_BYTES:
                    raise OSError(f"{path.name} is too large")
                found = await asyncio.to_thread(verify_bundle, data, bytes.fromhex(self._key))
                if not found.sound:
                    self._deviate("bundle_unsound", found.reason)
                    return False
        except (Refused, OSError, ValueError, JournalError) as error:
            self._deviate("bundle_missing", f"{type(error).__name__}: {error}"[:200])
            return False
        return True

    # --- the end -----------------------------------------------------------------------------
    def _end(self, order: Order, reason: str, *, bundle: bool, replies: int = 0) -> None:
        self._write(
            SlotEnded(
                utc_ms=self._clock.utc_ms(),
                slot=self._slot.slot,
                state=order.state,
                reason=reason,
                refund_fen=paid_back(order),
                given_back_ms=order.given_back_ms,
                bundle=bundle,
                after_end_replies=replies,
            )
        )

    def _end_unseen(self, reason: str) -> None:
        """The account is shut out: how its session ended cannot be seen from here any more."""
        self._deviate("account_banned", f"account {self._slot.account}")
        self._write(
            SlotEnded(
                utc_ms=self._clock.utc_ms(),
                slot=self._slot.slot,
                state="unknown",
                reason=reason,
                refund_fen=0,
                given_back_ms=0,
                bundle=False,
            )
        )
