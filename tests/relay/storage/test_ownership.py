"""Files that root makes in the folder of a relay that runs as a user of its own."""

import os
from pathlib import Path

import pytest

from miaohui.relay.host.backup import back_up, restore
from miaohui.relay.storage.data_dir import open_beside
from miaohui.relay.storage.keys import KEY_FILE, load_key, rotate_key

RELAY = 54_321  # nobody's number

pytestmark = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can give files away"
)


def owners(folder: Path) -> dict[str, tuple[int, int]]:
    """Whose the files are that a relay needs."""
    return {
        each.name: (each.stat().st_uid, each.stat().st_gid)
        for each in folder.rglob("*")
        if not each.name.endswith((".part", ".new"))
    }


def test_what_root_writes_is_the_relays(tmp_path: Path) -> None:
    data, copies, new = [tmp_path / name for name in ("relay", "copies", "new")]
    for folder in (data, copies, new):
        folder.mkdir()
    for folder in (data, new):
        os.chown(folder, RELAY, RELAY)
    open_beside(data, make=True).close()
    load_key(data / KEY_FILE)
    rotate_key(data / KEY_FILE, "2026-11-30T12:00:00.000Z")
    back_up(data, copies / "copy.db")
    restore(new, copies / "copy.db", key=data / KEY_FILE)
    for folder in (data, new):
        found = owners(folder)
        assert {"relay.db", KEY_FILE, f"{KEY_FILE}.steps", "labels.salt"} <= set(found)
        assert set(found.values()) == {(RELAY, RELAY)}
    assert set(owners(copies).values()) == {(0, 0)}
