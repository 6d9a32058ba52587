"""Says in good time that paid time is running out, once for each mark."""

import asyncio

from miaohui.client.feed.applied import Applied
from miaohui.client.snapshots import Notice
from miaohui.client.sync.context import Core
from miaohui.client.sync.session import Talk
from miaohui.client.sync.sessions import Feeds
from miaohui.promise.fold import Phase

MARKS_MS = (300_000, 60_000)
SLACK_MS = 200


class Endings:
    """One timer a session, to its next mark; set anew with everything that happens in it."""

    def __init__(self, core: Core, feeds: Feeds) -> None:
        self._core = core
        self._feeds = feeds
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._told: dict[str, set[int]] = {}
        feeds.followed.append(self._follow)

    def _follow(self, session: str, talk: Talk, done: Applied) -> None:
        if talk.attached:
            self._set(session, talk)

    def _set(self, session: str, talk: Talk) -> None:
        timer = self._timers.pop(session, None)
        if timer is not None:
            timer.cancel()
        watch = talk.feed.watch
        if not watch.begun or watch.fold.phase is not Phase.ACTIVE:
            return
        remaining = watch.fold.remaining_ms(self._feeds.now(talk))
        told = self._told.setdefault(session, set())
        # An extension makes a mark come again.
        told -= {mark for mark in told if remaining > mark + SLACK_MS}
        due = [mark for mark in MARKS_MS if remaining <= mark + SLACK_MS and mark not in told]
        told.update(due)
        # What was bought as five minutes is not news at its beginning.
        if due and watch.fold.paid_ms > 2 * min(due) and self._core.settings.values.ends_notice:
            self._core.tell(Notice("ends_soon", session, ms=min(due)))
        later = [mark for mark in MARKS_MS if remaining > mark + SLACK_MS]
        if later:
            wait = (remaining - max(later)) / 1000
            loop = asyncio.get_running_loop()
            self._timers[session] = loop.call_later(wait, self._set, session, talk)

    def stop(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
