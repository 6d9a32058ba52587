"""The last checkpoint that this machine has seen of a log, in a file: a log may only grow from it.

The file holds the log's key in its line, a blank line, and the note as it was served; a bare note,
as a friend or a witness hands it on, is read too.
"""

import hashlib
import os
from pathlib import Path
from typing import Final

from msgspec import Struct

from miaohui.receiptlog.checkpoint import Checkpoint, read_checkpoint, unchecked
from miaohui.receiptlog.faults import FaultKind, LogUnreadable
from miaohui.receiptlog.note import MAX_NOTE_BYTES, VerifierKey, verifier_key

FOLDER: Final = "logs"


class SeenCheckpoint(Struct, frozen=True):
    """A checkpoint as it was served, and the key that it was checked with, where one is noted."""

    note: bytes
    key: VerifierKey | None

    @property
    def told(self) -> Checkpoint:
        """What it says, whoever signed it."""
        return unchecked(self.note)

    def checkpoint(self, key: VerifierKey) -> Checkpoint:
        """What it says, checked anew: a file is nobody's word."""
        return read_checkpoint(self.note, key)


def own_folder() -> Path:
    """Where this machine's programs of ours keep what they know."""
    import platformdirs

    return platformdirs.user_data_path("miaohui", appauthor=False)


def place_of(folder: Path, url: str) -> Path:
    """The file for the log at an address. By address, not by name: a log that changes its name is
    noticed."""
    return folder / FOLDER / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.checkpoint"


def read_seen(file: Path) -> SeenCheckpoint | None:
    """What was seen last; None where there is no file. Raises `LogUnreadable`."""
    try:
        with file.open("rb") as source:
            data = source.read(MAX_NOTE_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LogUnreadable(FaultKind.SEEN, f"{file}: {error.strerror}") from None
    first, parted, rest = data.partition(b"\n\n")
    try:
        key = None
        if parted and b"\n" not in first:
            key, data = verifier_key(first.decode("utf-8", "replace")), rest
        unchecked(data)
    except LogUnreadable:
        raise LogUnreadable(FaultKind.SEEN, str(file)) from None
    return SeenCheckpoint(data, key)


def write_seen(file: Path, note: bytes, key: VerifierKey) -> None:
    """Notes a checkpoint, whole or not at all; raises `LogUnreadable`."""
    fresh = file.with_name(f"{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(key.line().encode() + b"\n\n" + note)
        os.replace(fresh, file)
    except OSError as error:
        raise LogUnreadable(FaultKind.SEEN, f"{file}: {error.strerror}") from None


def keep_fork(file: Path, note: bytes, key: VerifierKey) -> Path:
    """Keeps a checkpoint that contradicts the one in `file` beside it: the two prove it."""
    beside = file.with_name(f"{file.name}.fork")
    write_seen(beside, note, key)
    return beside
