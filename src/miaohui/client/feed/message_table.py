"""The lines of a conversation in columns: a hundred thousand of them take a few megabytes.

An object for every line would take hundreds of bytes each; views are made when somebody looks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from miaohui.client.feed.packed_texts import PackedTexts
from miaohui.client.feed.run_length import RunLengths
from miaohui.promise.column import Column
from miaohui.wire.media import VOICE_TYPE
from miaohui.wire.sessions import Body

_ID = 16
REPLY_CHARS = 80


class Kind(IntEnum):
    """What a line is; the name in lower case is MessageView.kind."""

    MESSAGE = 0
    NOTICE = 1
    START = 2
    HANDOVER = 3
    PAUSED = 4
    RESUMED = 5
    FAULT = 6
    EXTENDED = 7
    CLOSING = 8
    END = 9


class Flag:
    """What may be true of a line: bits of an int, since enums are slow and lines are many."""

    NONE: Final = 0
    MINE: Final = 1
    AUTO: Final = 2
    RECALLED: Final = 4
    EDITED: Final = 8
    OUTSIDE: Final = 16
    ASK: Final = 32


@dataclass(frozen=True, slots=True)
class Remark:
    """What a line that is no message says."""

    code: str
    ms: int | None = None
    name: str = ""


KINDS: Final = tuple(kind.name.lower() for kind in Kind)


def uuid_bytes(id: str) -> bytes:
    """16 bytes; zeros for what is no UUID, so that a strange id finds nothing."""
    try:
        raw = bytes.fromhex(id.replace("-", ""))
    except ValueError:
        return bytes(_ID)
    return raw if len(raw) == _ID else bytes(_ID)


@dataclass(frozen=True, slots=True)
class Quoting:
    """The message that another one answers, as far as it is known here."""

    text: str = ""
    key: str = ""
    kind: str = ""  # text, picture, voice, recalled; empty where it is not here
    mine: bool = False


class MessageTable:
    """Append-only; texts and remarks may be replaced and flags set."""

    def __init__(self) -> None:
        self._ids = bytearray()
        self._kind = bytearray()
        self._flags = bytearray()
        self._pos = RunLengths()
        # The newest seq of the journal so far: it rises at each message of it and stays at other
        # lines, so a seq is found by halving.
        self._seq = RunLengths()
        self._began = 0  # the first line's time; the others count from it
        self._since = Column()
        self._texts = PackedTexts()
        # What few lines have.
        self._reworded: dict[int, str] = {}
        self._remarks: dict[int, Remark] = {}
        self._labels: dict[int, tuple[str, ...]] = {}
        self._replies: dict[int, int] = {}
        # Few people write in a conversation: each line names one by number, 0 for nobody.
        self._people: list[str] = [""]
        self._names = bytearray()
        self._media: dict[int, Body] = {}

    def __len__(self) -> int:
        return len(self._kind)

    def add_message(
        self,
        *,
        id: str,
        pos: int,
        seq: int,
        utc_ms: int,
        flags: int,
        body: Body | None,
        labels: tuple[str, ...] = (),
    ) -> int:
        """A message; ``seq`` 0 outside the journal. Returns its row."""
        row = self._add(uuid_bytes(id), Kind.MESSAGE, flags, pos, seq, utc_ms)
        if body is not None:
            if body.media is not None:
                self._media[row] = body
            if body.reply_to is not None:
                self._replies[row] = body.reply_to
            if body.name:
                self._names[row] = self._person(body.name)
        self._texts.append("" if body is None else body.text)
        if labels:
            self._labels[row] = labels
        return row

    def add_remark(
        self, kind: Kind, *, pos: int, utc_ms: int, remark: Remark, mine: bool = False
    ) -> int:
        flags = Flag.MINE if mine else Flag.NONE
        row = self._add(bytes(_ID), kind, flags, pos, 0, utc_ms)
        self._texts.append("")
        self._remarks[row] = remark
        return row

    def turn_into(self, row: int, kind: Kind, remark: Remark) -> None:
        """A line that is no message says something else from now on."""
        self._kind[row] = kind
        self._remarks[row] = remark

    def _add(self, id: bytes, kind: Kind, flags: int, pos: int, seq: int, utc_ms: int) -> int:
        self._ids += id
        self._kind.append(kind)
        self._flags.append(flags)
        self._pos.append(pos)
        self._seq.append(seq or (self._seq[-1] if self._seq else 0))
        if not self._since:
            self._began = utc_ms
        self._since.append(utc_ms - self._began)
        self._names.append(0)
        return len(self._kind) - 1

    # --- reading -----------------------------------------------------------------------------
    def kind(self, row: int) -> int:
        """One of Kind."""
        return self._kind[row]

    def flags(self, row: int) -> int:
        return self._flags[row]

    def has(self, row: int, flag: int) -> bool:
        return bool(self._flags[row] & flag)

    def pos(self, row: int) -> int:
        return self._pos[row]

    def seq(self, row: int) -> int | None:
        seq = self._seq[row]
        return seq if seq > (self._seq[row - 1] if row else 0) else None

    def utc_ms(self, row: int) -> int:
        return self._began + self._since[row]

    def key(self, row: int) -> str:
        if self._kind[row] != Kind.MESSAGE:
            return f"pos:{self._pos[row]}"
        raw = self._ids[row * _ID : row * _ID + _ID].hex()
        return f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"

    def text(self, row: int) -> str:
        if (new := self._reworded.get(row)) is not None:
            return new
        return self._texts[row]

    def remark(self, row: int) -> Remark | None:
        return self._remarks.get(row)

    def remarks_naming(self, name: str) -> list[int]:
        return [row for row, remark in self._remarks.items() if remark.name == name]

    def labels(self, row: int) -> tuple[str, ...]:
        return self._labels.get(row, ())

    def labelled(self, label: str) -> int:
        """How many messages bear it."""
        return sum(label in labels for labels in self._labels.values())

    def reply_to(self, row: int) -> int | None:
        return self._replies.get(row)

    def quoted(self, row: int) -> int | None:
        """The row that this one answers; None where it is not kept here."""
        to = self._replies.get(row)
        return None if to is None else self.row_of_seq(to)

    def quoting(self, quoted: int | None) -> Quoting:
        """What is told of a row in the one that answers it."""
        if quoted is None:
            return Quoting()
        key, mine = self.key(quoted), self.has(quoted, Flag.MINE)
        if self.has(quoted, Flag.RECALLED):
            return Quoting("", key, "recalled", mine)
        media = self._media.get(quoted)
        kind = "text" if media is None else "voice" if media.mime == VOICE_TYPE else "picture"
        return Quoting(self.text(quoted)[:REPLY_CHARS], key, kind, mine)

    def name(self, row: int) -> str:
        return self._people[self._names[row]]

    def _person(self, name: str) -> int:
        if name not in self._people:
            if len(self._people) > 255:
                return 0
            self._people.append(name)
        return self._people.index(name)

    def media(self, row: int) -> Body | None:
        return self._media.get(row)

    def media_rows(self, media: str) -> list[int]:
        return [row for row, body in self._media.items() if body.media == media]

    def newest_media(self, count: int) -> list[Body]:
        """The bodies of those that were not taken back, newest first."""
        kept = [body for row, body in self._media.items() if not self.has(row, Flag.RECALLED)]
        return kept[-count:][::-1]

    def row_of_seq(self, seq: int) -> int | None:
        row = self._seq.left(seq) if seq > 0 else len(self._seq)
        return row if row < len(self._seq) and self._seq[row] == seq else None

    def messages(self) -> int:
        """How many lines are messages."""
        return self._kind.count(Kind.MESSAGE)

    def theirs(self, start: int, stop: int) -> int:
        """How many messages among these rows are not the reader's own."""
        lines = zip(self._kind[start:stop], self._flags[start:stop], strict=True)
        return sum(kind == Kind.MESSAGE and not flags & Flag.MINE for kind, flags in lines)

    def rows_between(self, after_seq: int, to_seq: int) -> Iterator[int]:
        """The rows of messages with after_seq < seq <= to_seq, the newest first."""
        low, high = self._seq.left(after_seq + 1), self._seq.left(to_seq + 1)
        return (row for row in reversed(range(low, high)) if self.seq(row) is not None)

    def find(self, key: str) -> int | None:
        """The row of a key, newest first: the recent ones are asked for."""
        if key.startswith("pos:"):
            try:
                pos = int(key[4:])
            except ValueError:
                return None
            row = self._pos.left(pos)
            return row if row < len(self._pos) and self._pos[row] == pos else None
        id = uuid_bytes(key)
        if not any(id):
            return None
        end = len(self._ids)
        while (at := self._ids.rfind(id, 0, end)) >= 0:
            if at % _ID == 0:
                return at // _ID
            end = at + _ID - 1
        return None

    # --- changing ----------------------------------------------------------------------------
    def set(self, row: int, flag: int) -> None:
        self._flags[row] |= flag

    def reword(self, row: int, body: Body) -> None:
        """Other words; with whatever else only the first ones said, which may be gone."""
        self._reworded[row] = body.text
        if body.reply_to is not None:
            self._replies[row] = body.reply_to
        if body.name and not self._names[row]:
            self._names[row] = self._person(body.name)
        self.set(row, Flag.EDITED)
