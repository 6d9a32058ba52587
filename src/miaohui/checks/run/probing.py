"""The tester in one session: says what the timeline has, at its time, whatever came back by then.

Every bubble is written down before it is sent, with its planned and its actual time; one that cannot
be sent is written down with the reason. Nothing here waits for an answer.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from miaohui.checks.plan.plan import Plan, ProbeKind
from miaohui.checks.plan.timeline import Nudging, ProbeStep, last_steps, length_ms, timeline
from miaohui.checks.record.course import Course
from miaohui.checks.record.events import Probed
from miaohui.checks.run.account import TestAccount
from miaohui.client.snapshots import MessageView, PanelView
from miaohui.runtime.clock import Clock

MISSED_MS: Final = 3_000  # later than that, a bubble is not what was planned any more
LOOK_BACK: Final = 40


class Probing:
    """One session's bubbles. ``base``: our monotonic clock when the session opened."""

    def __init__(
        self,
        plan: Plan,
        course: Course,
        account: TestAccount,
        session: str,
        base: int,
        clock: Clock,
        write: Callable[[Probed], None],
    ) -> None:
        self._plan, self._account, self._session = plan, account, session
        self._base, self._clock, self._write = base, clock, write
        self._slot = course.slot.slot
        self._done = course.probed
        steps = timeline(plan, self._slot)
        self._steps = [step for step in steps if self._left(step)]
        self._gaps = [
            (step.at_ms, step.at_ms + round(step.seconds * 1000))
            for step in steps
            if step.kind is ProbeKind.GAP
        ]
        self._last = [] if plan.scope.stay_s else list(last_steps(plan, self._slot))
        self._last = [step for step in self._last if self._left(step)]
        self._nudges = [
            Nudging(plan, index, self._slot, self._number(index))
            for index, probe in enumerate(plan.probes)
            if probe.kind is ProbeKind.NUDGE
        ]
        self._checked: str | None = None
        self._seen = 0

    def _left(self, step: ProbeStep) -> bool:
        return (step.probe, step.step) not in self._done

    def _number(self, probe: int) -> int:
        return max((step for index, step in self._done if index == probe), default=-1) + 1

    @property
    def now_ms(self) -> int:
        """Since the session opened."""
        return self._clock.mono() - self._base

    @property
    def leave_ms(self) -> int | None:
        """The time at which the tester leaves; None: stays to the end."""
        return length_ms(self._plan) if self._plan.scope.stay_s else None

    # --- the loop ----------------------------------------------------------------------------
    async def run(self, stop: Callable[[], bool]) -> None:
        """Until the session is over, it is time to leave, or ``stop``."""
        while not (stop() or self._over()):
            self._look()
            now = self.now_ms
            self._say_due(now)
            leave = self.leave_ms
            if leave is not None and now >= leave:
                break
            due = self._next()
            await self._account.until(
                self._changed(stop), None if due is None else max(1, due - self.now_ms)
            )
        if self._over() and not stop():
            self._skip_rest()

    def _changed(self, stop: Callable[[], bool]) -> Callable[[], bool]:
        """Wakes where the panel's turn, or the session, is another than now."""
        panel, count = self._panel(), self._count()
        turn = None if panel is None else panel.wait_key
        phase = "" if panel is None else panel.phase

        def other() -> bool:
            now = self._panel()
            return (
                stop()
                or self._count() != count
                or (now is not None and (now.wait_key != turn or now.phase != phase))
            )

        return other

    def _panel(self) -> PanelView | None:
        return self._account.client.panel(self._session)

    def _over(self) -> bool:
        panel = self._panel()
        if panel is not None and panel.phase == "closed":
            return True
        view = self._account.client.session(self._session)
        return view is not None and view.card.state == "closed"

    def _count(self) -> int:
        return len(self._account.client.messages(self._session))

    def _look(self) -> None:
        """Reads all that came, as anybody reads it."""
        count = self._count()
        if count > self._seen:
            self._seen = count
            key = self._account.client.messages(self._session)[count - 1].key
            self._account.client.seen(self._session, key)

    # --- what is due -------------------------------------------------------------------------
    def _say_due(self, now: int) -> None:
        while self._steps and self._steps[0].at_ms <= now:
            self.take(self._steps.pop(0))
        while self._last and (at := self._last_ms(self._last[-1])) is not None and at <= now:
            self.take(replace(self._last.pop(), at_ms=at))
        panel = self._panel()
        if panel is None or panel.wait_ms is None or self._silence_ends(now):
            return
        for nudging in self._nudges:
            due = nudging.due_ms(panel.wait_key, now - panel.wait_ms)
            if due is not None and due <= now:
                self.take(nudging.take(due))

    def _next(self) -> int | None:
        """The time of what is due next, as far as it is known now."""
        times = [step.at_ms for step in self._steps[:1]]
        times += [at for step in self._last[-1:] if (at := self._last_ms(step)) is not None]
        if self.leave_ms is not None:
            times.append(self.leave_ms)
        panel = self._panel()
        if panel is not None and panel.wait_ms is not None:
            now = self.now_ms
            nudges = [
                nudging.due_ms(panel.wait_key, now - panel.wait_ms) for nudging in self._nudges
            ]
            times += [max(at, self._silence_ends(now) or 0) for at in nudges if at is not None]
        return min(times, default=None)

    def _last_ms(self, step: ProbeStep) -> int | None:
        """The time at which the paid time will have so much left; it moves while time is given back."""
        panel = self._panel()
        if panel is None or panel.phase != "active" or panel.paused_reason is not None:
            return None
        return self.now_ms + panel.remaining_ms - step.at_ms

    def _silence_ends(self, now: int) -> int | None:
        """The end of the deliberate silence that holds now."""
        return next((end for start, end in self._gaps if start <= now < end), None)

    # --- saying ------------------------------------------------------------------------------
    def take(self, step: ProbeStep) -> None:
        """Says what is due, or writes down why it is not said."""
        reason = step.skipped or self._hindrance(step)
        if reason or step.kind is ProbeKind.GAP:
            self._note(step, reason)
        else:
            self._say(step)

    def _hindrance(self, step: ProbeStep) -> str:
        if self.now_ms - step.at_ms > MISSED_MS:
            return "missed"
        if not self._account.live:
            return "offline"
        if step.kind is ProbeKind.REPLY_CHECK:
            reply = self._newest_reply()
            if reply is None or "hollow" not in reply.labels or reply.key == self._checked:
                return "not_hollow"
            self._checked = reply.key
        return ""

    def _newest_reply(self) -> MessageView | None:
        found = self._account.client.messages(self._session)
        for view in reversed(found[max(0, len(found) - LOOK_BACK) :]):
            if view.kind == "message" and not view.mine and not view.auto and not view.recalled:
                return view
        return None

    def _say(self, step: ProbeStep) -> None:
        """Written down, then sent."""
        client = self._account.client
        message = client.new_id()
        self._note(step, "", message)
        client.send_text(self._session, step.text, id=message)

    def _note(self, step: ProbeStep, skipped: str, message: str = "") -> None:
        self._done.add((step.probe, step.step))
        silent = bool(skipped)
        self._write(
            Probed(
                utc_ms=self._clock.utc_ms(),
                slot=self._slot,
                probe=step.probe,
                kind=step.kind,
                step=step.step,
                planned_ms=step.at_ms,
                sent_ms=None if silent else self.now_ms,
                message=message,
                text=step.text if message else "",
                seconds=step.seconds,
                skipped=skipped,
            )
        )

    def _skip_rest(self) -> None:
        """The session was over before they were due."""
        rest: Iterable[ProbeStep] = [
            *self._steps,
            *(replace(s, at_ms=self.now_ms) for s in self._last),
        ]
        for step in rest:
            self._note(step, step.skipped or "over")
        self._steps, self._last = [], []
