"""The disk under a relay: how much is left, and who goes without first when it ends.

Pictures are refused first, then new accounts, then new orders: the conversations that were paid for
are the last to lose. For the very end two files of nothing are kept: giving up the first lets what
runs be written to its end, giving up the second lets a relay start again on a disk that is full.
"""

import errno
import logging
import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code

log = logging.getLogger(__name__)
MIB = 1024 * 1024
RESERVE_NAME = "reserve"
START_NAME = "reserve.start"


class DiskState(IntEnum):
    """How much of the disk is left; each includes what the one before it refuses."""

    ROOMY = 0
    NO_PICTURES = 1
    NO_SIGN_UPS = 2
    NO_ORDERS = 3
    FULL = 4  # the last write found no room


@dataclass(frozen=True, slots=True)
class Floors:
    """So many bytes have to be free for each; of a small disk, at most so much of it."""

    pictures: int = 1024 * MIB
    sign_ups: int = 512 * MIB
    orders: int = 256 * MIB
    reserve: int = 8 * MIB
    start: int = 2 * MIB

    def within(self, total: int) -> "Floors":
        """The floors of a disk of this size: none takes more than a quarter of it."""
        return Floors(
            pictures=min(self.pictures, total // 4),
            sign_ups=min(self.sign_ups, total // 8),
            orders=min(self.orders, total // 16),
            reserve=min(self.reserve, total // 32),
            start=min(self.start, total // 32),
        )


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """Bytes of the disk that the relay lies on."""

    total: int
    free: int


def space_of(folder: Path) -> DiskSpace:
    usage = shutil.disk_usage(folder)
    return DiskSpace(usage.total, usage.free)


def is_full(error: BaseException) -> bool:
    """Whether it says that a disk, or what this account may use of it, is at its end."""
    if isinstance(error, sqlite3.Error):
        return "full" in str(error)
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


class Disk:
    """The disk's state, looked at about once a second. ``space``: measures it."""

    def __init__(
        self,
        folder: Path,
        floors: Floors = Floors(),
        *,
        space: Callable[[Path], DiskSpace] = space_of,
    ) -> None:
        self._folder = folder
        self._wanted = floors
        self._measure = space
        self._reserve = folder / RESERVE_NAME
        self._start = folder / START_NAME
        self.space = DiskSpace(0, 0)
        self.state = DiskState.ROOMY

    def make_room(self) -> None:
        """Before anything is opened: a disk without room for that gets the reserves'."""
        for reserve in (self._reserve, self._start):
            if self.look() < DiskState.NO_ORDERS:
                return
            _give_up(reserve)
        self.look()

    def settle(self) -> None:
        """After everything is closed: what that freed is kept for the next start."""
        self.look()
        start = self._wanted.within(self.space.total).start
        if _held(self._start) < start:
            _keep(self._start, start)

    def look(self) -> DiskState:
        """Measures anew; what is there now is what counts, so a disk with room again needs nobody's
        hands."""
        try:
            self.space = self._measure(self._folder)
        except OSError as error:
            log.error("the disk could not be measured: %s", error.strerror)
            return self.state
        floors, free = self._wanted.within(self.space.total), self.space.free
        # The reserve counts as room only where it was given up.
        before, state = self.state, DiskState.ROOMY
        if free < floors.pictures:
            state = DiskState.NO_PICTURES
        if free < floors.sign_ups:
            state = DiskState.NO_SIGN_UPS
        if free < floors.orders:
            state = DiskState.NO_ORDERS
        if free < floors.reserve // 4:
            state = DiskState.FULL
        if state is DiskState.FULL:
            _give_up(self._reserve)
        elif state < DiskState.NO_ORDERS:
            for reserve, size in ((self._start, floors.start), (self._reserve, floors.reserve)):
                if _held(reserve) < size:
                    _keep(reserve, size)
        if state is not before:
            self._say(before, state)
        self.state = state
        return state

    def failed(self, error: BaseException) -> None:
        """A write was refused: where for want of room, the reserve goes."""
        if is_full(error):
            _give_up(self._reserve)
            if self.state is not DiskState.FULL:
                self._say(self.state, DiskState.FULL)
            self.state = DiskState.FULL

    def want(self, state: DiskState, what: str) -> None:
        """Refused(NO_ROOM) for what goes without from ``state`` on."""
        if self.state >= state:
            raise Refused(Code.NO_ROOM, what, retry_ms=60_000)

    def _say(self, before: DiskState, state: DiskState) -> None:
        say = log.error if state > before else log.warning
        say("disk: %s, %d MiB free", state.name.lower(), self.space.free // MIB)


def _held(reserve: Path) -> int:
    try:
        return reserve.stat().st_size
    except OSError:
        return 0


def _give_up(reserve: Path) -> None:
    try:
        reserve.unlink(missing_ok=True)
    except OSError as error:
        log.error("the reserve stays: %s", error.strerror)


def _keep(reserve: Path, size: int) -> None:
    """Real bytes: a file with holes would keep no room."""
    try:
        with open(reserve, "wb") as file:
            os.chmod(reserve, 0o600)
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                for at in range(0, size, MIB):
                    file.write(bytes(min(MIB, size - at)))
    except OSError as error:
        log.warning("no reserve could be made: %s", error.strerror)
        _give_up(reserve)
