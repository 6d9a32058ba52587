"""Who goes without when the disk ends, and that nobody's hands are needed afterwards."""

import errno
import sqlite3
from pathlib import Path

import pytest

from miaohui.relay.ports import Refused
from miaohui.relay.storage.disk import MIB, Disk, DiskSpace, DiskState, Floors, is_full
from miaohui.wire.errors import Code

TOTAL = 100_000 * MIB


class Plays:
    """A disk of which somebody else says how much is free."""

    def __init__(self, free: int = TOTAL) -> None:
        self.free = free

    def __call__(self, _folder: Path) -> DiskSpace:
        return DiskSpace(TOTAL, self.free)


def test_pictures_go_first_and_conversations_last(tmp_path: Path) -> None:
    plays, floors = Plays(), Floors(reserve=MIB)
    disk = Disk(tmp_path, floors, space=plays)
    seen = []
    for free in (
        floors.pictures,
        floors.pictures - 1,
        floors.sign_ups - 1,
        floors.orders - 1,
        0,
        floors.sign_ups,
        floors.pictures,
    ):
        plays.free = free
        seen.append(disk.look())
    assert seen == [
        DiskState.ROOMY,
        DiskState.NO_PICTURES,
        DiskState.NO_SIGN_UPS,
        DiskState.NO_ORDERS,
        DiskState.FULL,
        DiskState.NO_PICTURES,
        DiskState.ROOMY,
    ]


def test_what_goes_without_is_refused_by_name(tmp_path: Path) -> None:
    plays = Plays(Floors().sign_ups - 1)
    disk = Disk(tmp_path, Floors(reserve=MIB), space=plays)
    disk.look()
    for state, what in ((DiskState.NO_PICTURES, "pictures"), (DiskState.NO_SIGN_UPS, "sign_up")):
        with pytest.raises(Refused) as caught:
            disk.want(state, what)
        assert (caught.value.code, caught.value.detail) == (Code.NO_ROOM, what)
    disk.want(DiskState.NO_ORDERS, "orders")


def test_the_reserve_is_real_and_given_up_at_the_end(tmp_path: Path) -> None:
    plays = Plays()
    disk = Disk(tmp_path, Floors(reserve=MIB), space=plays)
    disk.look()
    reserve = tmp_path / "reserve"
    assert reserve.stat().st_blocks * 512 >= MIB
    disk.failed(sqlite3.OperationalError("database or disk is full"))
    assert disk.state is DiskState.FULL
    assert not reserve.exists()
    disk.look()
    assert disk.state is DiskState.ROOMY
    assert reserve.stat().st_size == MIB
    start = tmp_path / "reserve.start"
    assert start.exists()
    plays.free = 1
    disk.look()
    assert not reserve.exists()
    assert start.exists()
    disk.make_room()
    assert not start.exists()
    disk.settle()
    assert start.exists()


def test_only_want_of_room_is_a_full_disk(tmp_path: Path) -> None:
    assert is_full(OSError(errno.ENOSPC, "no space"))
    assert is_full(sqlite3.OperationalError("database or disk is full"))
    assert not is_full(OSError(errno.EIO, "input"))
    assert not is_full(sqlite3.OperationalError("locked"))
    disk = Disk(tmp_path, Floors(reserve=MIB), space=Plays())
    disk.failed(OSError(errno.EIO, "input"))
    assert disk.state is DiskState.ROOMY


def test_a_small_disk_has_small_floors() -> None:
    floors = Floors().within(64 * MIB)
    assert (floors.pictures, floors.sign_ups, floors.orders, floors.reserve) == (
        16 * MIB,
        8 * MIB,
        4 * MIB,
        2 * MIB,
    )
