"""The run's journal ``run.jsonl``: appended and synced, each line bound to the one before by its hash.

Reading is strict: a line that cannot be read, or that does not follow from the one before, is refused
with its number. Only a last line that a crash tore off is cut away, since what it announced was never
done: nothing is done before its line is on disk.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from miaohui.checks.record.events import AnyEvent, LoggedLine, RunBegun
from miaohui.checks.trouble import Trouble

NO_PREV: Final = "0" * 64
MAX_RUN_BYTES: Final = 512 * 1024 * 1024
_decoder: Final = msgspec.json.Decoder(LoggedLine)


@dataclass(frozen=True, slots=True)
class JournalRead:
    """A journal's content: its events, the hash of its last line, its length without the torn
    end, and how many bytes that end has."""

    events: tuple[AnyEvent, ...]
    head: str
    whole: int
    torn: int


def digest(line: bytes) -> str:
    """The hash that the next line's ``prev`` gives of this one."""
    return hashlib.sha256(line).hexdigest()


def encode(number: int, prev: str, event: AnyEvent) -> bytes:
    """A line without its line feed."""
    return msgspec.json.encode(LoggedLine(n=number, prev=prev, entry=event))


def read(data: bytes) -> JournalRead:
    """The journal in these bytes; Trouble where it does not hold."""
    whole = data.rfind(b"\n") + 1
    prev, events = NO_PREV, list[AnyEvent]()
    for number, raw in enumerate(data[:whole].split(b"\n")[:-1], 1):
        try:
            line = _decoder.decode(raw)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise _broken(number, "读不了", f"cannot be read ({str(error)[:120]})") from None
        if line.n != number or line.prev != prev:
            raise _broken(
                number,
                "接不上前一行：有行被改动、删去或插入",
                "does not follow from the one before",
            )
        if isinstance(line.entry, RunBegun) is not (number == 1):
            raise _broken(number, "不该在这里", "stands where it cannot stand")
        events.append(line.entry)
        prev = digest(raw)
    return JournalRead(tuple(events), prev, whole, len(data) - whole)


def read_file(path: Path) -> JournalRead:
    """The journal of a run's folder; an absent one is empty."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_RUN_BYTES + 1)
    except FileNotFoundError:
        return JournalRead((), NO_PREV, 0, 0)
    except OSError as error:
        raise Trouble(
            f"读不了 {path}：{error.strerror}", f"{path} cannot be read: {error.strerror}"
        ) from None
    if len(data) > MAX_RUN_BYTES:
        raise Trouble(f"{path} 太大", f"{path} is too large")
    return read(data)


class Runbook:
    """The writing end. One process has it at a time; the run's folder is held meanwhile."""

    def __init__(self, path: Path) -> None:
        """Reads what is there and cuts a torn end away; Trouble where the rest does not hold."""
        found = read_file(path)
        self.events = found.events
        self.torn = found.torn
        self._number = len(found.events)
        self._prev = found.head
        self._length = found.whole
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        try:
            if found.torn:
                os.ftruncate(self._handle, found.whole)
                os.fsync(self._handle)
            os.lseek(self._handle, found.whole, os.SEEK_SET)
            _sync_folder(path.parent)
        except BaseException:
            os.close(self._handle)
            raise

    def append(self, *events: AnyEvent) -> None:
        """On disk when this returns; where the disk refuses (OSError), as if it was never said."""
        number, prev, lines = self._number, self._prev, list[bytes]()
        for event in events:
            number += 1
            line = encode(number, prev, event)
            prev = digest(line)
            lines.append(line + b"\n")
        try:
            left = memoryview(b"".join(lines))
            while left:
                left = left[os.write(self._handle, left) :]
            os.fsync(self._handle)
        except OSError:
            os.ftruncate(self._handle, self._length)
            os.lseek(self._handle, self._length, os.SEEK_SET)
            raise
        self._number, self._prev = number, prev
        self._length += sum(map(len, lines))

    def close(self) -> None:
        os.close(self._handle)


def _sync_folder(folder: Path) -> None:
    """The file's name is durable too; where a system has no such thing, it needs none."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)


def _broken(number: int, chinese: str, english: str) -> Trouble:
    return Trouble(f"run.jsonl 第 {number} 行{chinese}", f"line {number} of run.jsonl {english}")
