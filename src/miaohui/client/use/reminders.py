"""Says in good time that paid time is running out, once for each mark."""

import asyncio

from miaohui.client.feed.conversation import Applied
from miaohui.client.snapshots import Notice, NoticeCode
from miaohui.client.sync.context import Context
from miaohui.client.sync.session import SessionSync
from miaohui.client.sync.sessions import SyncedSessions
from miaohui.promise.fold import Phase

MARKS_MS = (300_000, 60_000)
SLACK_MS = 200


class Reminders:
    """One timer a session, to its next mark; set anew with everything that happens in it."""

    def __init__(self, context: Context, syncs: SyncedSessions) -> None:
        self._context = context
        self._syncs = syncs
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._told: dict[str, set[int]] = {}
        syncs.followed.append(self._follow)

    def _follow(self, sync: SessionSync, done: Applied) -> None:
        if sync.attached:
            self._set(sync.session, sync)

    def _set(self, session: str, sync: SessionSync) -> None:
        timer = self._timers.pop(session, None)
        if timer is not None:
            timer.cancel()
        journal = sync.feed.journal
        if not journal.begun or journal.fold.phase is not Phase.ACTIVE:
            return
        remaining = journal.fold.remaining_ms(sync.now)
        told = self._told.setdefault(session, set())
        # An extension makes a mark come again.
        told -= {mark for mark in told if remaining > mark + SLACK_MS}
        due = [mark for mark in MARKS_MS if remaining <= mark + SLACK_MS and mark not in told]
        told.update(due)
        # What was bought as five minutes is not news at its beginning.
        if (
            due
            and journal.fold.paid_ms > 2 * min(due)
            and self._context.settings.values.ends_notice
        ):
            self._context.tell(Notice(NoticeCode.ENDS_SOON, session, ms=min(due)))
        later = [mark for mark in MARKS_MS if remaining > mark + SLACK_MS]
        if later:
            wait = (remaining - max(later)) / 1000
            loop = asyncio.get_running_loop()
            self._timers[session] = loop.call_later(wait, self._set, session, sync)

    def stop(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
