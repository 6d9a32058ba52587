"""Reports to the host: taken in with the words held against the journal's commitments, decided with
a reason that both sides read, appealed against once; and the pages on which people see them.

What is reported stays until its report is final: ``word_hold`` keeps the session's words meanwhile.
"""

import json
import sqlite3
from dataclasses import dataclass

from miaohui.relay.directory import blocks, names
from miaohui.relay.ports import Caller, Handler, PushPort, Refused
from miaohui.relay.session.text_rules import commit_of
from miaohui.relay.storage import audit, erasure, idempotency
from miaohui.relay.storage.ids import new_id
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock, rfc3339
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result
from miaohui.wire.reports import (
    AppealReport,
    BlockedPeer,
    FileReport,
    ListReports,
    ReportCategory,
    ReportChanged,
    ReportedMessage,
    ReportFiled,
    Reports,
    ReportState,
    ReportView,
    Verdict,
)

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
DUE_MS = {
    ReportCategory.DANGER: HOUR_MS,
    ReportCategory.THREAT: HOUR_MS,
    ReportCategory.MINORS: DAY_MS,
    ReportCategory.EXTORTION: DAY_MS,
}
USUAL_DUE_MS = 7 * DAY_MS
APPEAL_MS = 14 * DAY_MS
A_DAY = 20  # reports of one account; who was wrong once is not punished for it
WORDS_CHARS = 1000
REASON_CHARS = 1000
HOLD = "report"
SHOWN = 64
_OPEN = "('received', 'read', 'decided', 'appealed')"


@dataclass(frozen=True, slots=True)
class Case:
    """A report as it stands in the database."""

    n: int
    id: str
    session: str
    reporter: str
    reported: str
    side: str
    category: ReportCategory
    words: str
    state: ReportState
    filed_ms: int
    due_ms: int
    verdict: Verdict | None
    reason: str
    decided_ms: int | None
    decided_by: str
    appeal_words: str
    appeal_verdict: Verdict | None
    appeal_reason: str
    final_ms: int | None

    @property
    def owed_ms(self) -> int:
        """By when the first decision was owed; ``due_ms`` is the appeal's once there is one."""
        return self.filed_ms + DUE_MS.get(self.category, USUAL_DUE_MS)

    @property
    def was_appealed(self) -> bool:
        return self.state is ReportState.APPEALED or self.appeal_verdict is not None

    @property
    def loser(self) -> str:
        """The side against which it was decided: the only one that may appeal."""
        return self.reported if self.verdict == "upheld" else self.reporter


_COLUMNS = ", ".join(Case.__dataclass_fields__)


def _case(row: tuple[object, ...]) -> Case:
    fields = dict(zip(Case.__dataclass_fields__, row, strict=True))
    fields["category"] = ReportCategory(str(fields["category"]))
    fields["state"] = ReportState(str(fields["state"]))
    return Case(**fields)  # type: ignore[arg-type]


def case_in(conn: sqlite3.Connection, report: str) -> Case:
    """By id, or by the number that the host's list shows; Refused where there is none."""
    listed = report.isascii() and report.isdigit() and len(report) < 19
    row = conn.execute(
        f"SELECT {_COLUMNS} FROM report WHERE {'n' if listed else 'id'} = ?",
        (int(report) if listed else report,),
    ).fetchone()
    if row is None:
        raise Refused(Code.NOT_FOUND, "report")
    return _case(row)


def cases_in(conn: sqlite3.Connection, where: str, values: tuple[object, ...]) -> list[Case]:
    return [_case(row) for row in conn.execute(f"SELECT {_COLUMNS} FROM report {where}", values)]


# -- taking one in ----------------------------------------------------------------------------------


def _found_in(conn: sqlite3.Connection, num: int, told: ReportedMessage) -> tuple[str, bool]:
    """(author's side, whether these are the words); Refused where no such message is there."""
    if told.seq is None:
        row = conn.execute(
            "SELECT line FROM feed WHERE session = ? AND seq IS NULL"
            " AND line ->> '$.type' = 'outside_item' AND line ->> '$.id' = ?",
            (num, told.message),
        ).fetchone()
        if row is None:
            raise Refused(Code.NOT_FOUND, "message")
        item = json.loads(row[0])
        return str(item["author"]), item["body"]["text"] == told.text
    row = conn.execute(
        "SELECT line, body FROM feed WHERE session = ? AND seq = ?"
        " AND line ->> '$.kind' = 'message' AND line ->> '$.id' = ?",
        (num, told.seq, told.message),
    ).fetchone()
    if row is None:
        raise Refused(Code.NOT_FOUND, "message")
    entry = json.loads(row[0])
    if entry["content"] != "text":
        body = json.loads(row[1]) if row[1] else {}
        return str(entry["author"]), told.media is not None and body.get("media") == told.media
    commits = {entry["commit"]} | {
        commit
        for (commit,) in conn.execute(
            "SELECT line ->> '$.commit' FROM feed WHERE session = ? AND seq NOT NULL"
            " AND line ->> '$.kind' = 'edited' AND line ->> '$.target' = ?",
            (num, told.seq),
        )
    }
    return str(entry["author"]), commit_of(told.salt, told.text.encode()) in commits


def file_in(conn: sqlite3.Connection, caller: str, request: FileReport, now_ms: int) -> Case:
    """A new report, and the hold on its session's words."""
    words = names.prose(request.words, WORDS_CHARS, "words")
    row = conn.execute(
        "SELECT num, customer, responder, seat.side FROM session JOIN seat"
        " ON seat.session = num AND seat.account = ? WHERE id = ?",
        (caller, request.session),
    ).fetchone()
    if row is None:
        raise Refused(Code.NOT_FOUND, "session")
    num, customer, responder, side = row
    if side == "responder" and caller != responder:
        raise Refused(Code.NOT_ALLOWED, "handed_over")
    filed = conn.execute(
        "SELECT filed_ms FROM report WHERE reporter = ? AND filed_ms > ? ORDER BY filed_ms",
        (caller, now_ms - DAY_MS),
    ).fetchall()
    if len(filed) >= A_DAY:
        raise Refused(Code.TOO_MANY, "reports", retry_ms=filed[0][0] + DAY_MS - now_ms)
    report = new_id()
    cursor = conn.execute(
        "INSERT INTO report (id, session, reporter, reported, side, category, words, state,"
        " filed_ms, due_ms) VALUES (?, ?, ?, ?, ?, ?, ?, 'received', ?, ?)",
        (
            report,
            request.session,
            caller,
            responder if side == "customer" else customer,
            side,
            request.category.value,
            words,
            now_ms,
            now_ms + DUE_MS.get(request.category, USUAL_DUE_MS),
        ),
    )
    for place, told in enumerate(request.messages):
        try:
            author, original = _found_in(conn, num, told)
            told.text.encode()
        except UnicodeEncodeError:
            raise Refused(Code.NOT_ALLOWED, "text") from None
        conn.execute(
            "INSERT INTO report_message VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                cursor.lastrowid,
                place,
                told.message,
                told.seq,
                author,
                told.text,
                told.media,
                int(original),
            ),
        )
    conn.execute("INSERT OR IGNORE INTO word_hold VALUES (?, ?)", (request.session, HOLD))
    audit.note_in(conn, side, "report", report, now_ms, request.category.value)
    return case_in(conn, report)


# -- deciding ---------------------------------------------------------------------------------------


def read_in(conn: sqlite3.Connection, case: Case, now_ms: int) -> Case:
    """The host has looked at it."""
    if case.state is ReportState.RECEIVED:
        conn.execute("UPDATE report SET state = 'read' WHERE n = ?", (case.n,))
        audit.note_in(conn, "host", "report-read", case.id, now_ms)
    return case_in(conn, case.id)


def decide_in(
    conn: sqlite3.Connection, case: Case, verdict: Verdict, reason: str, by: str, now_ms: int
) -> Case:
    """The decision, or, where there was an appeal, the last word: by somebody else."""
    reason, by = names.prose(reason, REASON_CHARS, "reason"), names.prose(by, 64, "by")
    if not reason or not by:
        raise Refused(Code.TEXT_EMPTY, "by" if reason else "reason")
    match case.state:
        case ReportState.RECEIVED | ReportState.READ:
            conn.execute(
                "UPDATE report SET state = 'decided', verdict = ?, reason = ?, decided_ms = ?,"
                " decided_by = ? WHERE n = ?",
                (verdict, reason, now_ms, by, case.n),
            )
        case ReportState.APPEALED:
            if by == case.decided_by:
                raise Refused(Code.NOT_ALLOWED, "by")
            conn.execute(
                "UPDATE report SET state = 'final', appeal_verdict = ?, appeal_reason = ?,"
                " final_ms = ? WHERE n = ?",
                (verdict, reason, now_ms, case.n),
            )
            _let_go_in(conn, case.session)
        case ReportState.DECIDED | ReportState.FINAL:
            raise Refused(Code.WRONG_STATE, case.state.value)
    audit.note_in(conn, by, "report-decided", case.id, now_ms, f"{verdict}: {reason}")
    return case_in(conn, case.id)


def appeal_in(conn: sqlite3.Connection, caller: str, request: AppealReport, now_ms: int) -> Case:
    words = names.prose(request.words, WORDS_CHARS, "words")
    case = case_in(conn, request.report)
    if caller not in (case.reporter, case.reported):
        raise Refused(Code.NOT_FOUND, "report")
    if case.state is not ReportState.DECIDED:
        raise Refused(Code.WRONG_STATE, case.state.value)
    if caller != case.loser:
        raise Refused(Code.NOT_ALLOWED, "side")
    if now_ms > (case.decided_ms or 0) + APPEAL_MS:
        raise Refused(Code.TOO_LATE, "appeal")
    conn.execute(
        "UPDATE report SET state = 'appealed', appeal_words = ?, due_ms = ? WHERE n = ?",
        (words, now_ms + DUE_MS.get(case.category, USUAL_DUE_MS), case.n),
    )
    audit.note_in(conn, caller, "report-appealed", case.id, now_ms)
    return case_in(conn, case.id)


def settle_in(conn: sqlite3.Connection, now_ms: int, keep_ms: int) -> int:
    """Decisions against which nobody appealed in time become final, and what was reported is
    forgotten ``keep_ms`` after that; how many became final."""
    due = cases_in(conn, "WHERE state = 'decided' AND decided_ms < ?", (now_ms - APPEAL_MS,))
    for case in due:
        conn.execute(
            "UPDATE report SET state = 'final', final_ms = ? WHERE n = ?", (now_ms, case.n)
        )
        _let_go_in(conn, case.session)
    old = "(SELECT n FROM report WHERE final_ms < ?)"
    conn.execute(
        f"UPDATE report_message SET text = '' WHERE text <> '' AND report IN {old}",
        (now_ms - keep_ms,),
    )
    conn.execute(
        "UPDATE report SET words = '', appeal_words = '' WHERE final_ms < ? AND"
        " (words <> '' OR appeal_words <> '')",
        (now_ms - keep_ms,),
    )
    return len(due)


def is_open_in(conn: sqlite3.Connection, session: str) -> bool:
    """A report on this session is not final yet."""
    found = conn.execute(
        f"SELECT 1 FROM report WHERE session = ? AND state IN {_OPEN}", (session,)
    ).fetchone()
    return found is not None


def _let_go_in(conn: sqlite3.Connection, session: str) -> None:
    """Ends the hold that reports took, unless another one is open; a host's own hold stays."""
    if is_open_in(conn, session):
        return
    gone = conn.execute(
        "DELETE FROM word_hold WHERE session = ? AND reason = ?", (session, HOLD)
    ).rowcount
    if gone:
        erasure.catch_up_in(conn, session)


def shields_in(conn: sqlite3.Connection, session: str, customer: str) -> bool:
    """Whether a responder's report on this customer stands in the way of a review: one that was not
    dismissed."""
    found = conn.execute(
        "SELECT 1 FROM report WHERE session = ? AND reported = ? AND side = 'responder'"
        " AND ifnull(appeal_verdict, ifnull(verdict, 'upheld')) = 'upheld'",
        (session, customer),
    ).fetchone()
    return found is not None


# -- showing ----------------------------------------------------------------------------------------


def view_in(conn: sqlite3.Connection, case: Case, account: str, now_ms: int) -> ReportView:
    mine = account == case.reporter
    count, original = conn.execute(
        "SELECT count(*), ifnull(sum(original), 0) FROM report_message WHERE report = ?", (case.n,)
    ).fetchone()
    until = None if case.decided_ms is None else case.decided_ms + APPEAL_MS
    may = case.state is ReportState.DECIDED and account == case.loser
    return ReportView(
        report=case.id,
        session=case.session,
        mine=mine,
        category=case.category,
        state=case.state,
        filed_utc=rfc3339(case.filed_ms),
        due_utc=rfc3339(case.due_ms),
        messages=count if mine else 0,
        original=original if mine else 0,
        verdict=case.verdict,
        reason=case.reason,
        decided_utc=None if case.decided_ms is None else rfc3339(case.decided_ms),
        may_appeal=may and until is not None and now_ms <= until,
        appeal_until_utc=rfc3339(until) if may and until is not None else None,
        appeal_verdict=case.appeal_verdict,
        appeal_reason=case.appeal_reason,
    )


class ReportBook:
    """The requests of people about reports; the host decides by the command line."""

    def __init__(self, store: Store, push: PushPort, clock: Clock) -> None:
        self._store = store
        self._push = push
        self._clock = clock

    def handlers(self) -> dict[type[Request], Handler]:
        return {FileReport: self._file, AppealReport: self._appeal, ListReports: self._list}

    async def _file(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, FileReport)
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> Result:
            known = idempotency.known_in(conn, caller, request)
            if known is not None:
                return known
            case = file_in(conn, caller.account, request, now)
            answer = ReportFiled(report=view_in(conn, case, caller.account, now))
            idempotency.remember_in(conn, caller, request, answer)
            return answer

        return await self._store.write(job)

    async def _appeal(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, AppealReport)
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> Result:
            known = idempotency.known_in(conn, caller, request)
            if known is not None:
                return known
            case = appeal_in(conn, caller.account, request, now)
            answer = ReportFiled(report=view_in(conn, case, caller.account, now))
            idempotency.remember_in(conn, caller, request, answer)
            return answer

        return await self._store.write(job)

    async def _list(self, caller: Caller, request: Request) -> Result:
        now, account = self._clock.utc_ms(), caller.account

        def job(conn: sqlite3.Connection) -> Reports:
            found = cases_in(
                conn,
                "WHERE reporter = ? OR (reported = ? AND state IN ('decided', 'appealed', 'final'))"
                " ORDER BY n DESC LIMIT ?",
                (account, account, SHOWN),
            )
            return Reports(
                reports=tuple(view_in(conn, each, account, now) for each in found),
                blocked=tuple(
                    BlockedPeer(session=session, name=name, utc=rfc3339(utc))
                    for session, name, utc in blocks.of_in(conn, account)
                ),
            )

        return await self._store.read(job)

    async def tell(self, report: str) -> None:
        """Both sides hear of what the host did."""
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> list[tuple[str, ReportView]]:
            case = case_in(conn, report)
            people = [case.reporter]
            if case.verdict is not None:
                people.append(case.reported)
            return [(each, view_in(conn, case, each, now)) for each in people]

        for account, view in await self._store.read(job):
            self._push.push(account, ReportChanged(report=view))
