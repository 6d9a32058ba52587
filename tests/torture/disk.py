"""A disk rebuilt from recorded calls, as a power cut may leave it.

Durable is what a sync covered. Of everything after it, any part may have arrived: writes dropped, in
another order, or torn at sectors. Names (made, renamed, removed) become durable with their folder's
sync and arrive in order, but any number of the newest may be missing.
"""

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

HEAD = struct.Struct("<c3xIIQ")


@dataclass(frozen=True, slots=True)
class Call:
    """C made, W written, T cut to a length, S synced, U removed, R renamed."""

    op: str
    path: str
    offset: int
    data: bytes


def calls(log: Path) -> Iterator[Call]:
    raw = log.read_bytes()
    at = 0
    while at + HEAD.size <= len(raw):
        op, path, size, offset = HEAD.unpack_from(raw, at)
        at += HEAD.size
        name = raw[at : at + path].decode()
        at += path
        yield Call(op.decode(), name, offset, raw[at : at + size])
        at += size


@dataclass(slots=True)
class File:
    """One inode: what is durable, and what is on its way."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Call] = field(default_factory=list)


def apply(content: bytearray, offset: int, data: bytes) -> None:
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def cut(content: bytearray, size: int) -> None:
    del content[size:]
    content.extend(bytes(size - len(content)))


class Disk:
    """Calls in, images out."""

    def __init__(self, ignored: tuple[str, ...] = ("-shm",)) -> None:
        self._ignored = ignored
        self._names: dict[str, File] = {}
        self._durable: dict[str, File] = {}
        self._moves: list[Call | tuple[str, File]] = []

    @property
    def unsettled(self) -> bool:
        return bool(self._moves) or any(file.pending for file in self._names.values())

    def take(self, call: Call) -> None:
        if call.path.endswith(self._ignored):
            return
        if call.op == "S" and call.path not in self._names:
            self._settle(call.path)
            return
        if call.op == "C":
            file = self._names[call.path] = File()
            self._moves.append((call.path, file))
        elif call.op in "UR":
            if call.path in self._names:
                self._move(self._names, call)
                self._moves.append(call)
        else:
            file = self._names.setdefault(call.path, File())
            if call.op == "S":
                for each in file.pending:
                    self._carry_out(file.durable, each)
                file.pending.clear()
            else:
                file.pending.append(call)

    @staticmethod
    def _carry_out(content: bytearray, call: Call) -> None:
        if call.op == "W":
            apply(content, call.offset, call.data)
        else:
            cut(content, call.offset)

    @staticmethod
    def _move(names: dict[str, File], call: Call) -> None:
        file = names.pop(call.path, None)
        if call.op == "R" and file is not None:
            names[call.data.decode()] = file

    def _settle(self, folder: str) -> None:
        """A folder was synced: what happened to the names in it is durable."""
        del folder
        self._durable = dict(self._names)
        self._moves.clear()

    # -- after the cut ---------------------------------------------------------------------------

    def image(self, source: random.Random, kind: str) -> dict[str, bytes]:
        """File names to contents."""
        names = dict(self._durable)
        for each in self._moves[: source.randint(0, len(self._moves))]:
            if isinstance(each, Call):
                self._move(names, each)
            else:
                names[each[0]] = each[1]
        return {
            PurePosixPath(path).name: self._after(source, file, kind)
            for path, file in names.items()
        }

    def _after(self, source: random.Random, file: File, kind: str) -> bytes:
        if not file.pending:
            return bytes(file.durable)
        content = bytearray(file.durable)
        odds = source.choice((0.0, 0.2, 0.5, 0.8, 1.0))
        arrived = [each for each in file.pending if source.random() < odds]
        if kind == "reordered":
            source.shuffle(arrived)
        for each in arrived:
            if kind == "torn" and each.op == "W" and source.random() < 0.5:
                self._torn(source, content, each)
            else:
                self._carry_out(content, each)
        return bytes(content)

    @staticmethod
    def _torn(source: random.Random, content: bytearray, call: Call) -> None:
        """Sectors of a write that arrived, others that did not."""
        sector = source.choice((512, 4096))
        at, end = call.offset, call.offset + len(call.data)
        while at < end:
            until = min(end, (at // sector + 1) * sector)
            if source.random() < 0.5:
                apply(content, at, call.data[at - call.offset : until - call.offset])
            at = until
