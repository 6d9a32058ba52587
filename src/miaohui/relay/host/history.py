"""Past sessions out of journals: through the same fold and the same figures as live ones."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from miaohui.promise.errors import JournalBroken
from miaohui.promise.fold import Fold
from miaohui.promise.paidtime import RunningTime
from miaohui.relay.directory import statistics
from miaohui.relay.session.facts import Facts
from miaohui.relay.session.measurement import measure
from miaohui.runtime.clock import utc_ms_of
from miaohui.wire.journal import Closed, Entry, EntryInvalid, Fault, Opened, decode_line


class HistoryWrong(ValueError):
    """A history that cannot be taken in; the text is one sentence. Nothing of it was."""


def read_journals(lines: Iterable[bytes]) -> Iterator[list[Entry]]:
    """Whole journals, one after another; each begins with its ``opened``."""
    gathered: list[Entry] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = decode_line(line)
        except EntryInvalid as error:
            raise HistoryWrong(f"line {number} is no entry of a journal: {error}") from None
        if isinstance(entry, Opened) and gathered:
            yield gathered
            gathered = []
        gathered.append(entry)
    if gathered:
        yield gathered


def import_history_in(conn: sqlite3.Connection, entries: Sequence[Entry]) -> list[tuple[str, bool]]:
    """Adds one closed session's waits; returns whose figures have to follow, nobody's where the
    session was taken in before."""
    fold = Fold()
    sound = RunningTime()
    try:
        for entry in entries:
            fold.apply(entry)
            if isinstance(entry, Fault):
                sound.freeze(entry.from_t, entry.to_t)
        opened = fold.opened
    except JournalBroken as error:
        raise HistoryWrong(f"a journal does not hold: {error}") from None
    if not isinstance(entries[-1], Closed):
        raise HistoryWrong(f"session {opened.session} is not closed")
    shop = conn.execute(
        "SELECT name, utc_offset_min FROM shops WHERE shop = ?", (opened.shop,)
    ).fetchone()
    if shop is None:
        raise HistoryWrong(f"session {opened.session} is of a shop {opened.shop!r} unknown here")
    measurement = measure(fold, facts_of(opened, fold, shop[0], shop[1]), sound)
    if measurement is None:
        return []
    if conn.execute(
        "SELECT 1 FROM measured_sessions WHERE subject = ? AND closed_ms = ? AND session = ?",
        (opened.shop, measurement.closed_utc_ms, opened.session),
    ).fetchone():
        return []
    return statistics.add_in(conn, measurement)


def facts_of(opened: Opened, fold: Fold, shop_name: str, utc_offset_min: int) -> Facts:
    return Facts(
        num=0,
        id=opened.session,
        order="",
        customer=f"{statistics.NAMELESS}{opened.session}",  # a journal names nobody
        customer_name="",
        shop=opened.shop,
        shop_name=shop_name,
        responder=fold.holder,
        responder_name="",
        minutes=opened.paid_ms // 60_000,
        utc_offset_min=utc_offset_min,
        opened_utc_ms=utc_ms_of(opened.utc),
        run="",
        base=0,
        state="closed",
        ending=None,
        closed_utc_ms=utc_ms_of(opened.utc) + fold.last_t,
        refund_fen=0,
    )


def load_in(conn: sqlite3.Connection, journals: Iterable[Sequence[Entry]], now_ms: int) -> int:
    """Takes in many sessions, then brings the figures up to date once; how many were new."""
    count = 0
    subjects: set[tuple[str, bool]] = set()
    for entries in journals:
        changed = import_history_in(conn, entries)
        subjects.update(changed)
        count += bool(changed)
    for subject, person in sorted(subjects):
        statistics.refresh_in(conn, subject, now_ms, person=person)
    return count
