"""Asks for notices of new versions while the person wants them, and hands a newer one to the bridge."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from miaohui.desktop.bridge import Bridge

if TYPE_CHECKING:
    from miaohui.client.use.updates import Updates

__all__ = ["UpdateWatch"]

FIRST_MS = 60_000  # the start has better things to do
LOOK_MS = 30 * 60_000  # whether twelve hours are over
log = logging.getLogger(__name__)


class UpdateWatch(QObject):
    """``file``: where this installation remembers what it has seen."""

    def __init__(self, bridge: Bridge, file: Path) -> None:
        super().__init__(bridge)
        self._bridge, self._file = bridge, file
        self._updates: Updates | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        bridge.setting_changed.connect(self._setting_changed)
        if bridge.settings.update_notices:
            self._timer.start(FIRST_MS)

    def look(self) -> None:
        """Asks where it is due; tells what is known already in any case."""
        self._timer.setInterval(LOOK_MS)
        settings = self._bridge.settings
        if not settings.update_notices or settings.practice:
            return
        updates = self._known()
        self._tell()
        if updates.is_due:
            self._bridge.run(self, self._ask(updates, settings.relay_url))

    async def _ask(self, updates: Updates, relay_url: str) -> None:
        from miaohui.client.use.updates import UpdateInvalid

        try:
            await updates.ask(relay_url)
        except (UpdateInvalid, OSError) as error:
            log.warning("no notice of versions: %s", error)
        self._tell()

    def _tell(self) -> None:
        self._bridge.set_update(self._known().notice)

    def _known(self) -> Updates:
        # Made when it is first wanted: most people's start needs none of it.
        if self._updates is None:
            from miaohui.client.use.updates import Updates
            from miaohui.runtime.clock import SystemClock

            self._updates = Updates(self._file, SystemClock())
        return self._updates

    def _setting_changed(self, name: str) -> None:
        if name != "update_notices":
            return
        if self._bridge.settings.update_notices:
            self._timer.start(LOOK_MS)
            self.look()
        else:
            self._timer.stop()
            self._bridge.set_update(None)
