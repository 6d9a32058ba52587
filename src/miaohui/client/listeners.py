"""Who hears of changes: one list, told in order, on the loop's thread."""

import logging
from collections.abc import Callable

from miaohui.client.snapshots import Change

log = logging.getLogger(__name__)


class Listeners:
    """A listener that raises is logged by its type alone and does not silence the others."""

    def __init__(self) -> None:
        self._all: list[Callable[[Change], None]] = []

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        self._all.append(listener)

        def stop() -> None:
            if listener in self._all:
                self._all.remove(listener)

        return stop

    def tell(self, change: Change) -> None:
        for listener in tuple(self._all):
            try:
                listener(change)
            except Exception:
                log.exception("a listener failed on %s", type(change).__name__)
