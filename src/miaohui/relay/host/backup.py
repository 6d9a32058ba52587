"""Backup and restore of a relay: a consistent copy while it runs, checked before it counts."""

import os
import shutil
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from miaohui.promise.knownkeys import key_id_of
from miaohui.relay.accounts.deletion import end_in
from miaohui.relay.host.retention import ERASE_LIST
from miaohui.relay.session.proof import Tell, unsound_in
from miaohui.relay.session.recovery import note_copied_in
from miaohui.relay.storage import erasure
from miaohui.relay.storage.data_dir import NoData, database, open_beside
from miaohui.relay.storage.erasure import Erased
from miaohui.relay.storage.keys import KEY_FILE, KeyFault, load_key
from miaohui.relay.storage.ownership import hand_over
from miaohui.relay.storage.receipt_log import begin_anew_in
from miaohui.relay.storage.schema import SchemaError, connect, prepare
from miaohui.runtime.arguments import ASKED_WRONGLY, Parser, complain
from miaohui.runtime.clock import SystemClock, rfc3339, stamp_ns

MEDIA = "media"  # in the relay's folder
SAY_NS = 3_000_000_000


class BackupFailed(Exception):
    """Nothing was replaced; the text is one sentence."""


def open_copy(path: Path) -> sqlite3.Connection:
    """For reading alone."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def check(path: Path) -> None:
    """BackupFailed where a file is no sound database of a relay."""
    try:
        conn = open_copy(path)
        try:
            answer = conn.execute("PRAGMA integrity_check(1)").fetchone()[0]
            total = conn.execute("SELECT fen FROM books_total").fetchone()
        finally:
            conn.close()
    except sqlite3.Error as error:
        raise BackupFailed(f"{path} is no sound copy of a relay: {error}") from None
    if answer != "ok":
        raise BackupFailed(f"{path} is damaged: {answer}")
    if total is None or total[0] != 0:
        raise BackupFailed(f"{path} holds books that do not add up")


def check_journals(path: Path, tell: Tell) -> None:
    """BackupFailed where a journal is not what was written."""
    try:
        conn = open_copy(path)
        try:
            wrong = next(unsound_in(conn, tell), None)
        finally:
            conn.close()
    except sqlite3.Error as error:
        wrong = str(error)
    if wrong is not None:
        raise BackupFailed(f"{path} is no sound copy of a relay: {wrong}")


def _into_place(fresh: Path, path: Path) -> None:
    """Durable under its name, or not there at all."""
    with fresh.open("r+b") as file:  # Windows flushes only what may be written
        os.fsync(file.fileno())
    hand_over(fresh)
    os.replace(fresh, path)
    if os.name != "posix":
        return  # only there can a folder be opened to be flushed
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _replaceable(data: Path, out: Path) -> None:
    """Refused over a relay's own files, or anything else that is no copy."""
    if not out.exists():
        return
    if out.is_dir():
        raise BackupFailed(f"{out} is a folder: name the file")
    if out.samefile(database(data)):
        raise BackupFailed(f"{out} is the relay's own: the copy needs a file of its own")
    try:
        check(out)
    except BackupFailed:
        raise BackupFailed(f"{out} exists and is no copy: nothing is written over it") from None


def back_up(data: Path, out: Path) -> None:
    """A copy of one moment, made while the relay writes on; an older copy stays until it is good,
    and nothing else is written over."""
    conn = open_beside(data)
    fresh = out.with_name(f"{out.name}.part")
    try:
        _replaceable(data, out)
        fresh.unlink(missing_ok=True)
        conn.execute("VACUUM INTO ?", (str(fresh),))
        os.chmod(fresh, 0o600)
        check(fresh)
        _copy_pictures(data / MEDIA, pictures_beside(out), _pictures_of(fresh))
        _into_place(fresh, out)
    except (sqlite3.Error, OSError) as error:
        raise BackupFailed(f"{out} could not be written: {error}") from None
    finally:
        conn.close()
        fresh.unlink(missing_ok=True)


def pictures_beside(copy: Path) -> Path:
    """The folder where a copy's pictures lie."""
    return copy.with_name(f"{copy.name}.media")


def _pictures_of(path: Path) -> set[str]:
    conn = open_copy(path)
    try:
        return {str(row[0]) for row in conn.execute("SELECT id FROM media WHERE complete = 1")}
    finally:
        conn.close()


def _copy_pictures(source: Path, target: Path, wanted: set[str]) -> None:
    """Of those wanted, what is not there yet; what is there and not wanted goes. A picture that was
    erased while the copy was made is missing, as it should be."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    hand_over(target)
    for there in target.iterdir():
        if there.is_file() and there.name not in wanted:
            there.unlink()
    for name in sorted(wanted):
        old, fresh = source / name, target / f"{name}.part"
        if (target / name).exists() or not old.is_file():
            continue
        shutil.copyfile(old, fresh)
        os.chmod(fresh, 0o600)
        _into_place(fresh, target / name)


def _key_in(path: Path) -> str | None:
    """The id of the key under which the copy's newest session was opened."""
    conn = open_copy(path)
    try:
        row = conn.execute(
            "SELECT line ->> '$.key_id' FROM feed WHERE seq <= 1 AND line ->> '$.key_id' IS NOT NULL"
            " ORDER BY session DESC LIMIT 1"
        ).fetchone()
    finally:
        conn.close()
    return None if row is None else str(row[0])


def _settle_key(data: Path, source: Path, key: Path | None, *, new_key: bool) -> None:
    """BackupFailed where the relay would go on under another key and nobody asked for that."""
    own = data / KEY_FILE
    found = own if own.exists() else key
    if found is None:
        if new_key:
            return
        raise BackupFailed(
            f"{own} is not there: give --key FILE, the copy of the relay's key; with --new-key it"
            " goes on under another one, which every app has to accept"
        )
    if not found.exists():
        raise BackupFailed(f"{found} is not there")
    signer, known = load_key(found), _key_in(source)
    before = {key_id_of(bytes.fromhex(step.key)) for step in signer.steps}
    if known not in (None, signer.key_id, *before) and not new_key:
        raise BackupFailed(
            f"{found} is key {signer.key_id}, and the copy was signed by {known}: --new-key"
        )


def _bring_key(key: Path, data: Path) -> None:
    """The key, and what lies beside it: how it changed, its forerunners, the labels' salt."""
    beside = [
        each
        for each in (*key.parent.glob(f"{KEY_FILE}.*"), key.parent / "labels.salt")
        if each.is_file() and each.suffix not in (".new", ".part")
    ]
    for source, name in [*((each, each.name) for each in beside), (key, KEY_FILE)]:
        fresh = data / f"{name}.part"
        if not (data / name).exists():
            shutil.copyfile(source, fresh)
            os.chmod(fresh, 0o600)
            _into_place(fresh, data / name)


def restore(
    data: Path,
    source: Path,
    tell: Tell = lambda _done, _of: None,
    erased: Sequence[Path] = (),
    *,
    key: Path | None = None,
    new_key: bool = False,
) -> None:
    """Puts a copy where there is no relay's database yet; never over one. ``tell`` hears how far
    its journals were gone through. ``erased``: erase lists besides the one that lies in ``data``;
    what they name is gone from the relay that comes of it. ``key``: the signing key's file, where
    none lies in ``data``; without one only with ``new_key``."""
    path = database(data)
    if path.exists():
        raise BackupFailed(f"{path} exists: move it away first, nothing is overwritten")
    listed = _erase_lists(data, erased)
    check(source)
    _settle_key(data, source, key, new_key=new_key)
    check_journals(source, tell)
    fresh = path.with_name(f"{path.name}.part")
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.unlink(missing_ok=True)
        conn = connect(source)
        try:
            conn.execute("VACUUM INTO ?", (str(fresh),))
        finally:
            conn.close()
        os.chmod(fresh, 0o600)
        prepare(fresh)
        _go_on_from_copy(fresh, listed)
        check(fresh)
        _copy_pictures(pictures_beside(source), data / MEDIA, _pictures_of(fresh))
        if key is not None and not (data / KEY_FILE).exists():
            _bring_key(key, data)
        _into_place(fresh, path)
    except (sqlite3.Error, SchemaError, OSError) as error:
        raise BackupFailed(f"{source} could not be restored: {error}") from None
    finally:
        fresh.unlink(missing_ok=True)


def _erase_lists(data: Path, more: Sequence[Path]) -> list[Erased]:
    """What was taken back after the copy was made, as far as it is known."""
    own = data / ERASE_LIST
    found: list[Erased] = []
    for path in ([own] if own.exists() else []) + list(more):
        try:
            found += erasure.read_lines(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BackupFailed(f"{path} is no erase list: {error}") from None
    return found


def _go_on_from_copy(path: Path, listed: Sequence[Erased]) -> None:
    """The copy's open sessions end, its log takes another name, and what was taken back since is
    taken out of it."""
    conn, now = connect(path), SystemClock().utc_ms()
    try:
        begin_anew_in(conn)
        note_copied_in(conn, rfc3339(now))
        conn.execute("BEGIN IMMEDIATE")
        erasure.take_in(conn, listed, lambda conn, account: end_in(conn, account, now))
        conn.execute("COMMIT")
    finally:
        conn.close()


class Progress:
    """Says on stderr every few seconds how far the journals were gone through."""

    def __init__(self) -> None:
        self._last = stamp_ns()

    def __call__(self, done: int, of: int) -> None:
        if stamp_ns() - self._last >= SAY_NS:
            self._last = stamp_ns()
            print(f"journals: {done:,} of {of:,}", file=sys.stderr, flush=True)


def main(argv: Sequence[str]) -> int:
    """``backup``: exit 0 done, 2 not done, with one sentence."""
    parser = Parser(prog="miaohui relay backup")
    parser.add_argument("--data", type=Path, required=True, help="the relay's folder")
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    options = parser.parse_args(argv)
    try:
        back_up(options.data, options.out)
    except (BackupFailed, NoData) as error:
        complain("miaohui relay backup", str(error))
        return ASKED_WRONGLY
    return 0


def main_restore(argv: Sequence[str]) -> int:
    """``restore``: exit 0 done, 2 not done, with one sentence."""
    parser = Parser(prog="miaohui relay restore")
    parser.add_argument("--data", type=Path, required=True, help="a folder without a relay")
    parser.add_argument("--from", dest="source", type=Path, required=True, help="the copy")
    parser.add_argument(
        "--erased",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help=f"an erase list ({ERASE_LIST}); the one in the relay's folder is taken by itself",
    )
    parser.add_argument(
        "--key",
        type=Path,
        metavar="FILE",
        help=f"the relay's signing key, where no {KEY_FILE} lies in its folder",
    )
    parser.add_argument(
        "--new-key", action="store_true", help="go on under another key; every app will ask"
    )
    options = parser.parse_args(argv)
    try:
        restore(
            options.data,
            options.source,
            Progress(),
            options.erased,
            key=options.key,
            new_key=options.new_key,
        )
    except (BackupFailed, KeyFault) as error:
        complain("miaohui relay restore", str(error))
        return ASKED_WRONGLY
    return 0
