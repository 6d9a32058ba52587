"""The bridge: the only place that knows both the client's facade and Qt."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QLocale, QObject, Signal
from shiboken6 import isValid

from miaohui.desktop.look.language import of_locale, set_language
from miaohui.desktop.look.look import Look
from miaohui.desktop.loop.scheduler import Scheduler

if TYPE_CHECKING:
    from miaohui.client.port import ClientPort, Refused
    from miaohui.client.settings import Settings, Values
    from miaohui.client.snapshots import Change
    from miaohui.client.use.updates import UpdateNotice
    from miaohui.runtime.clock import Clock
    from miaohui.runtime.tasks import Tasks
    from miaohui.wire.frame import Command, Request

__all__ = ["Bridge"]

T = TypeVar("T")
log = logging.getLogger(__name__)
LIVE_WITHIN_S = 15
LOOKS = {"appearance", "scale_percent", "calm", "motion"}


class RelayClock:
    """The relay's wall clock beside this machine's steady one: a Clock."""

    def __init__(self, machine: Clock, client: ClientPort) -> None:
        self._machine, self._client = machine, client

    def mono(self) -> int:
        return self._machine.mono()

    def utc_ms(self) -> int:
        return self._client.utc_ms()


class Bridge(QObject):
    """Commands go in as plain calls, facts come out as signals, all on the Qt thread.

    It exists before the client does: the window is shown first. Signals: ``attached`` (there is
    a client now), ``detached`` (the window is closing), ``app_changed``, ``session_changed(session)``,
    ``messages_changed(session, differences)``, ``command_failed(CommandFailed)``,
    ``notice(Notice)``, ``setting_changed(name)``, ``language_changed``,
    ``trouble(code, detail, retry_ms)``: a refusal that nobody else showed, ``update_changed``:
    ``update`` is another.
    """

    attached = Signal()
    detached = Signal()
    app_changed = Signal()
    session_changed = Signal(str)
    messages_changed = Signal(str, object)
    command_failed = Signal(object)
    notice = Signal(object)
    setting_changed = Signal(str)
    language_changed = Signal()
    trouble = Signal(str, str, int)
    update_changed = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._client: ClientPort | None = None
        self._tasks: Tasks | None = None
        self._stop_hearing: Callable[[], None] | None = None
        self.update: UpdateNotice | None = None
        self._say_language()
        self.look = Look(settings.values)
        self.scheduler = Scheduler(self)
        settings.on_changed(self._setting_changed)

    # --- the client ---------------------------------------------------------------------------
    def attach(self, client: ClientPort, tasks: Tasks) -> None:
        """From now on there is a client; ``tasks`` owns whatever the pages have running."""
        self._client, self._tasks = client, tasks
        self._stop_hearing = client.subscribe(self._hear)
        self.attached.emit()

    def detach(self) -> None:
        """No more facts reach the window: it is closing."""
        self.scheduler.clear()
        if self._stop_hearing is not None:
            self._stop_hearing()
            self._stop_hearing = None
            self.detached.emit()

    @property
    def is_attached(self) -> bool:
        return self._client is not None

    @property
    def is_hearing(self) -> bool:
        """There is a client, and the window is not on its way out."""
        return self._stop_hearing is not None

    @property
    def client(self) -> ClientPort:
        if self._client is None:
            raise RuntimeError("the window asked for the client before there was one")
        return self._client

    @property
    def is_quiet(self) -> bool:
        """True while nothing is sold, no stars are asked for and nothing is red."""
        until = None if self._client is None else self._client.view.quiet_until_ms
        return until is not None and self._machine.utc_ms() < until

    @property
    def clock(self) -> Clock:
        """For the pages' "today" and "in 3 minutes", by the relay's wall clock wherever it is
        known; waits come from the client."""
        return self._machine if self._client is None else RelayClock(self._machine, self._client)

    @property
    def _machine(self) -> Clock:
        from miaohui.runtime.clock import SystemClock

        return SystemClock()

    def _hear(self, change: Change) -> None:
        from miaohui.client.snapshots import (
            AppChanged,
            CommandFailed,
            MessagesChanged,
            Notice,
            SessionChanged,
        )

        match change:
            case SessionChanged(session=session):
                self.session_changed.emit(session)
            case MessagesChanged(session=session, differences=differences):
                self.messages_changed.emit(session, differences)
            case AppChanged():
                self.look.set_quiet(quiet=self.is_quiet)
                self.app_changed.emit()
            case CommandFailed():
                self.command_failed.emit(change)
            case Notice():
                self.notice.emit(change)

    # --- commands and questions ----------------------------------------------------------------
    def new_id(self) -> str:
        return self.client.new_id()

    def submit(self, command: Command) -> None:
        self.client.submit(command)

    def ask(
        self,
        owner: QObject,
        request: Request,
        then: Callable[[Any], None] | None = None,
        failed: Callable[[Refused], None] | None = None,
    ) -> None:
        """Asks the relay; one of the two is called later, on the Qt thread, if ``owner`` is still
        there. Without ``failed`` a refusal is shown as a notice."""
        self.run(owner, self.client.ask(request), then, failed)

    def run(
        self,
        owner: QObject,
        work: Coroutine[Any, Any, T],
        then: Callable[[T], object] | None = None,
        failed: Callable[[Refused], None] | None = None,
    ) -> None:
        """Carries a coroutine of the client's out. What is no refusal is logged and told once."""
        if self._tasks is None:
            work.close()
            raise RuntimeError("nothing can run before there is a client")
        if self._stop_hearing is None:
            work.close()  # the window is closing: a timer's last question has nobody to hear it
            return
        task = self._tasks.start(
            self._carry_out(owner, work, then, failed), name=getattr(work, "__qualname__", "work")
        )
        # A task cancelled before its first step never awaits what it was given.
        task.add_done_callback(lambda _task: work.close())

    async def _carry_out(
        self,
        owner: QObject,
        work: Coroutine[Any, Any, T],
        then: Callable[[T], object] | None,
        failed: Callable[[Refused], None] | None,
    ) -> None:
        from miaohui.client.port import Refused

        try:
            answer = await work
        except Refused as refused:
            self._refused(owner, refused, failed)
            return
        except Exception:
            log.exception("%s failed", getattr(work, "__qualname__", "work"))
            self._refused(owner, Refused("internal"), failed)
            return
        if then is not None and isValid(owner):
            then(answer)

    async def live(self) -> None:
        """Until the link stands; Refused("offline") where it does not come."""
        import asyncio

        from miaohui.client.port import Refused
        from miaohui.client.snapshots import LinkState

        moved = asyncio.Event()
        stop = self.client.subscribe(lambda _change: moved.set())
        try:
            async with asyncio.timeout(LIVE_WITHIN_S):
                while self.client.view.link.state is not LinkState.LIVE:
                    moved.clear()
                    await moved.wait()
        except TimeoutError:
            raise Refused("offline") from None
        finally:
            stop()

    def _refused(
        self, owner: QObject, refused: Refused, failed: Callable[[Refused], None] | None
    ) -> None:
        if failed is None:
            self.trouble.emit(refused.code, refused.detail, refused.retry_ms)
        elif isValid(owner):
            failed(refused)

    def set_update(self, notice: UpdateNotice | None) -> None:
        """A newer version than this one is there, or none that is known."""
        if notice != self.update:
            self.update = notice
            self.update_changed.emit()

    # --- settings ------------------------------------------------------------------------------
    @property
    def settings(self) -> Values:
        return self._settings.values

    @property
    def settings_recovered(self) -> bool:
        return self._settings.recovered

    def set(self, **changes: Any) -> None:
        """Changes settings; SettingsError where one does not take the value."""
        self._settings.set(**changes)

    def _setting_changed(self, name: str) -> None:
        if name in LOOKS:
            self.look.follow(self._settings.values)
        if name == "language":
            self._say_language()
            self.language_changed.emit()
        self.setting_changed.emit(name)

    def speak_english(self) -> None:
        """For this run, where no font draws Chinese; the setting stays what it is."""
        set_language("en")
        self.language_changed.emit()

    def _say_language(self) -> None:
        chosen = self._settings.values.language
        set_language(of_locale(QLocale.system()) if chosen == "system" else chosen)
