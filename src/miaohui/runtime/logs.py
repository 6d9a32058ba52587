"""Log lines: as text or JSON, with the ids of what was being done, and limited: of one kind the
first few, then how many more there were."""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from typing import Final

from msgspec import Struct

from miaohui.runtime.clock import rfc3339, stamp_ns

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


class LogIds(Struct, frozen=True, gc=False):
    """What was being done: numbers and UUIDs, never a name."""

    connection: int = 0
    command: str = ""
    session: str = ""


IDS: ContextVar[LogIds] = ContextVar("log ids", default=LogIds())  # noqa: B039
"""Goes along into the tasks that are started meanwhile."""
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def _told(ids: LogIds) -> dict[str, str | int]:
    """Those that there are; what a stranger wrote in an id's place is left out."""
    told: dict[str, str | int] = {} if not ids.connection else {"connection": ids.connection}
    for name in ("command", "session"):
        value = getattr(ids, name)
        if _ID.fullmatch(value):
            told[name] = value
    return told


def _trace(record: logging.LogRecord) -> list[str]:
    """The kind of an error and where it came from; its own text may quote what people wrote."""
    if not record.exc_info or record.exc_info[0] is None:
        return []
    kind, _, where = record.exc_info
    places = [f"{each.filename}:{each.lineno} {each.name}" for each in traceback.extract_tb(where)]
    return [kind.__name__, *places]


class TextLines(logging.Formatter):
    """Time, level, ids, message; a trace below it."""

    def format(self, record: logging.LogRecord) -> str:
        ids = " ".join(f"{name}={value}" for name, value in _told(IDS.get()).items())
        head = f"{rfc3339(int(record.created * 1000))} {record.levelname}"
        line = f"{head}{f' [{ids}]' if ids else ''} {record.getMessage()}"
        return "\n    ".join([line.replace("\n", " "), *_trace(record)])


class JsonLines(logging.Formatter):
    """One object a line: ``ts``, ``level``, ``logger``, ``message``, the ids, ``error``, ``at``."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "ts": rfc3339(int(record.created * 1000)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_told(IDS.get()),
        }
        if trace := _trace(record):
            line["error"], line["at"] = trace[0], trace[1:]
        return json.dumps(line, ensure_ascii=False)
