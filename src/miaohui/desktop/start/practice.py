"""Practice from the window: starts the house on this machine and signs the customer in."""

from __future__ import annotations

import asyncio
import logging
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from miaohui.client.port import Refused
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.strings import start as words
from miaohui.wire.errors import Code

if TYPE_CHECKING:
    from miaohui.practice.house import ChildFailed, Practice

__all__ = ["PracticeHost"]

log = logging.getLogger(__name__)
RETRY_MS = 200
IN_S = 120.0  # a relay that refuses for longer is not busy


class PracticeHost(QObject):
    """At most one practice at a time. Signals: ``progressed(stage)``, ``failed``, ``ready``."""

    progressed = Signal(str)
    failed = Signal()
    ready = Signal()

    def __init__(self, bridge: Bridge, home: Path) -> None:
        super().__init__()
        self._bridge, self._home = bridge, home
        self._house: Practice | None = None
        self._starting = False

    def start(self) -> None:
        """Starts in the background; ``ready`` or ``failed`` follows."""
        if self._starting or self._house is not None:
            return
        self._starting = True
        self._bridge.run(self, self._start())

    async def _start(self) -> None:
        from miaohui.practice.house import Practice

        house = Practice(self._home, progress=self.progressed.emit, failed=self._fell_over)
        try:
            url = await house.start()
            self._house = house
            await self._enter(url)
        except Exception:
            # Whatever it was, the person can go on; the log has the rest.
            log.exception("practice did not start")
            await self.stop()
            self._bridge.set(practice=False)
            self.failed.emit()
            return
        finally:
            self._starting = False
        self.ready.emit()

    async def _enter(self, url: str) -> None:
        client = self._bridge.client
        self._bridge.set(practice=True)
        client.choose_relay(url)
        await self._bridge.live()
        if client.view.account is None:
            # Practice needs no name or password of anybody's: the token is all that is kept.
            name = f"practice-{secrets.token_hex(4)}"
            await self._sign_up(name, secrets.token_urlsafe(18))

    async def _sign_up(self, name: str, password: str) -> None:
        """On a slow machine the responders' passwords are still being checked: later, then."""
        client = self._bridge.client
        async with asyncio.timeout(IN_S):
            while True:
                try:
                    await client.sign_up(name, password, words.practice_name())
                    return
                except Refused as refused:
                    if refused.code != Code.TOO_MANY:
                        raise
                    await asyncio.sleep(max(RETRY_MS, refused.retry_ms) / 1000)

    def _fell_over(self, error: ChildFailed) -> None:
        log.error("practice ended: %s", error)
        self.failed.emit()

    async def stop(self) -> None:
        """Ends relay and responders; what was practised stays in its folder."""
        house, self._house = self._house, None
        if house is not None:
            await house.stop()
