"""Log lines of one kind, limited: the first few, then how many more there were."""

import logging
import re
from typing import Final

from miaohui.runtime.clock import stamp_ns

AT_ONCE: Final = 5  # lines of one kind in one stretch
STRETCH_NS: Final = 60 * 10**9
_NUMBER: Final = re.compile(r"(0x)?[0-9a-f]*[0-9][0-9a-f]*")
KINDS: Final = 1_000  # that are told apart


def _wording(record: logging.LogRecord) -> str:
    """A line without what differs from one to the next."""
    return _NUMBER.sub("#", str(record.msg)[:200])


class RepeatLimit(logging.Filter):
    """A handler's filter: of each kind of line (logger, level, wording without its values) the
    first few of a minute pass; the first one of a later minute says how many were left out."""

    def __init__(self, at_once: int = AT_ONCE, stretch_ns: int = STRETCH_NS) -> None:
        super().__init__()
        self._at_once = at_once
        self._stretch_ns = stretch_ns
        self._kinds: dict[tuple[str, int, str], tuple[int, int]] = {}  # began, how many came

    def filter(self, record: logging.LogRecord) -> bool:
        kind, now = (record.name, record.levelno, _wording(record)), stamp_ns()
        began, came = self._kinds.get(kind, (now, 0))
        if now - began < self._stretch_ns:
            self._kinds[kind] = (began, came + 1)
            if len(self._kinds) > KINDS:
                del self._kinds[next(iter(self._kinds))]
            return came < self._at_once
        left_out = came - self._at_once
        if left_out > 0:
            record.msg = f"{record.getMessage()} (and {left_out} more like it before)"
            record.args = ()
        self._kinds[kind] = (now, 1)
        return True
