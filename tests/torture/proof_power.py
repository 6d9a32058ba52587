"""Power loss: what the relay's and the app's databases really write and sync, replayed with a cut.

The calls are recorded by a small library loaded before libc (``record.c``) while the real code works
in a process of its own. Each image is a disk as a cut may leave it; it is opened as the next start
would, and everything that had been acknowledged by then must be in it.
"""

import hashlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from tests.torture.disk import Call, Disk, calls
from tests.torture.load_power import KEY, MARKS
from tests.torture.outcome import Outcome

ABOUT = "the recorded writes of relay and app, cut at any point, dropped, reordered and torn"
PLANTED = "synchronous=NORMAL: a commit that does not wait for the disk"
COUNT = 30_000
SHORT = 60
PER_LOAD = 2_500  # images of one recorded load
FEW = 500  # images for which a smaller load does
KINDS = ("dropped", "reordered", "torn")
HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def compiled(folder: Path) -> Path | None:
    """The recorder; None where there is no way to make it."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        return None
    library = folder / "record.so"
    command = [compiler, "-O1", "-shared", "-fPIC", "-o", str(library), str(HERE / "record.c")]
    made = subprocess.run([*command, "-ldl", "-lpthread"], capture_output=True, check=False)
    return library if made.returncode == 0 else None


def recorded(
    library: Path, folder: Path, which: str, seed: int, messages: int, how: str
) -> list[Call]:
    """The calls of one load, in their order."""
    folder.mkdir()
    log = folder.with_suffix(".log")
    loaded = {"LD_PRELOAD": str(library), "MIAOHUI_RECORD_DIR": f"{folder}"}
    subprocess.run(
        [sys.executable, "-m", "tests.torture.load_power", which, str(folder), str(seed),
         str(messages), how],
        env={**os.environ, **loaded, "MIAOHUI_RECORD_LOG": str(log)}, cwd=ROOT, check=True,
    )  # fmt: skip
    found = list(calls(log))
    log.unlink()
    return found


class Told:
    """What had been acknowledged before the cut."""

    def __init__(self) -> None:
        self.heads: dict[str, int] = {}
        self.opened: set[str] = set()
        self.closed: set[str] = set()
        self.fen: dict[str, int] = {}
        self.outbox: set[str] = set()
        self.items: dict[str, int] = {}

    def hear(self, line: bytes) -> None:
        match json.loads(line):
            case {"session": session, "pos": pos}:
                self.heads[session] = max(pos, self.heads.get(session, 0))
            case {"item": session, "pos": pos}:
                self.items[session] = pos
            case {"opened": session}:
                self.opened.add(session)
            case {"closed": session}:
                self.closed.add(session)
            case {"extended": session, "fen": fen}:
                self.fen[session] = fen
            case {"outbox": id}:
                self.outbox.add(id)

    def __bool__(self) -> bool:
        return any((self.heads, self.opened, self.outbox, self.items))


class Chains:
    """Hashes of lines, each made once for all images."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str]] = {}

    def broken(self, lines: list[str]) -> bool:
        prev = "0" * 64
        for line in lines:
            if line not in self._known:
                own = hashlib.sha256(line.encode()).hexdigest()
                self._known[line] = (msgspec.json.decode(line)["prev"], own)
            before, own = self._known[line]
            if before != prev:
                return True
            prev = own
        return False


def relay_faults(conn: Any, told: Told, chains: Chains) -> Iterator[str]:
    if conn.execute("SELECT fen FROM books_total").fetchone()[0] != 0:
        yield "the books do not add up"
    books = Counter[str]()
    for source, target, fen in conn.execute("SELECT from_book, to_book, fen FROM movements"):
        books[source] -= fen
        books[target] += fen
    for book, fen in conn.execute("SELECT book, fen FROM books"):
        if books[book] != fen:
            yield f"book {book} is not the sum of its movements"
    there = {}
    for num, session, state in conn.execute("SELECT num, id, state FROM session"):
        rows = conn.execute(
            "SELECT pos, seq, line FROM feed WHERE session = ? ORDER BY pos", (num,)
        ).fetchall()
        if [row[0] for row in rows] != list(range(1, len(rows) + 1)):
            yield f"a gap in the feed of {session}"
        if chains.broken([line for _, seq, line in rows if seq is not None]):
            yield f"the chain of {session} is broken"
        there[session] = (len(rows), state)
    for session in told.opened | told.heads.keys():
        head, _ = there.get(session, (0, ""))
        if head < max(1, told.heads.get(session, 0)):
            yield f"acknowledged up to {told.heads.get(session)}, there up to {head}"
    for session in told.closed:
        if there.get(session, (0, ""))[1] != "closed":
            yield "a closed session is open again"
    for session, fen in told.fen.items():
        row = conn.execute("SELECT extensions_fen FROM orders WHERE session = ?", (session,))
        if (row.fetchone() or (0,))[0] < fen:
            yield "a paid extension is missing"


def app_faults(conn: Any, told: Told, chains: Chains) -> Iterator[str]:
    del chains
    # The check looks at the file alone, and pages cut off on their way into it are in the log still.
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    if conn.execute("PRAGMA cipher_integrity_check").fetchall():
        yield "pages that do not decrypt"
    heads = dict(conn.execute("SELECT session, max(pos) FROM item GROUP BY session"))
    counts = dict(conn.execute("SELECT session, count(*) FROM item GROUP BY session"))
    if heads != counts:
        yield "a gap in a conversation"
    for session, pos in told.items.items():
        if heads.get(session, 0) < pos:
            yield f"stored up to {pos}, there up to {heads.get(session, 0)}"
    waiting = {row[0] for row in conn.execute("SELECT id FROM outbox")}
    gone = told.outbox - waiting
    if gone:
        yield f"{len(gone)} commands of the outbox are missing"


def _relay_open(path: Path) -> Any:
    return sqlite3.connect(path, isolation_level=None)


def _app_open(path: Path) -> Any:
    from miaohui.client.store.store import connect

    return connect(path, KEY)


Faults = Callable[[Any, Told, Chains], Iterator[str]]
SIDES: dict[str, tuple[str, Callable[[Path], Any], Faults, int]] = {
    "relay": ("relay.db", _relay_open, relay_faults, 90),
    "app": ("history.db", _app_open, app_faults, 120),
}


def fault_of(which: str, image: dict[str, bytes], folder: Path, told: Told, chains: Chains) -> str:
    """What is wrong with an image; "" where nothing is."""
    name, opening, faults, _ = SIDES[which]
    for file in folder.iterdir():
        file.unlink()
    if name not in image:
        return "the database is gone" if told else ""
    for file_name, content in image.items():
        if file_name.startswith(name):
            (folder / file_name).write_bytes(content)
    try:
        conn = opening(folder / name)
        try:
            said = conn.execute("PRAGMA integrity_check").fetchone()[0]
            if said != "ok":
                return f"integrity: {said}"
            if not told:
                return ""
            return next(faults(conn, told, chains), "")
        finally:
            conn.close()
    except Exception as error:
        # Whatever stands in the way of opening it is a finding, whichever library raises it.
        return f"it does not open: {type(error).__name__} {error}"


def replay(
    outcome: Outcome, which: str, log: list[Call], count: int, source: random.Random, folder: Path
) -> None:
    """Images at ``count`` points of one log."""
    points = Counter(source.randrange(len(log)) for _ in range(count))
    disk, told, chains = Disk(), Told(), Chains()
    owed = 0
    for index, call in enumerate(log):
        if Path(call.path).name == MARKS:
            if call.op == "W":
                told.hear(call.data)
        else:
            disk.take(call)
        owed += points[index]
        # Most of the time nothing is on its way: those cuts are taken where something is.
        if not disk.unsettled and owed < 200:
            continue
        for _ in range(owed):
            kind = source.choice(KINDS)
            found = fault_of(which, disk.image(source, kind), folder, told, chains)
            outcome.check(f"{which}: {kind}", holds=not found, example=f"call {index}: {found}")
        owed = 0


def run(seed: int, count: int, *, planted: bool) -> Outcome:
    outcome = Outcome()
    source = random.Random(seed)
    fast = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=fast if fast.is_dir() else None) as name:
        folder = Path(name)
        library = compiled(folder)
        if library is None:
            outcome.impossible = "no C compiler (or no Linux), so no calls can be recorded"
            return outcome
        images = folder / "image"
        images.mkdir()
        loads = syncs = 0
        for which, (_, _, _, messages) in SIDES.items():
            left = count // 2
            while left > 0:
                at = folder / f"{which}-{loads}"
                how = "normal" if planted else "full"
                most = messages if count > FEW else messages // 3
                log = recorded(library, at, which, source.randrange(1 << 30), most, how)
                loads += 1
                syncs += sum(call.op == "S" for call in log)
                replay(outcome, which, log, min(left, PER_LOAD), source, images)
                left -= PER_LOAD
                shutil.rmtree(at)
        outcome.notes.append(f"recorded loads: {loads}, syncs in them: {syncs}")
    return outcome
