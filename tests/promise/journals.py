"""Random journals of every kind of entry, as hypothesis strategies."""

import hashlib
import uuid
from typing import Any

from hypothesis import strategies as st

from miaohui.promise.errors import JournalBroken
from miaohui.promise.fold import Fold
from miaohui.wire.journal import NO_PREV, Entry, entry_from, entry_hash

TERMS = {
    "give_back": True,
    "last_question": True,
    "refunds": [
        {"kept_below": 90, "min_turns": 2, "refund_percent": 20},
        {"kept_below": 50, "min_turns": 3, "refund_percent": 100},
    ],
}
OPENED = {
    "kind": "opened",
    "rule": "promise/2",
    "label_rules": "labels/1",
    "session": "s-1",
    "shop": "shop-1",
    "responder": "r0",
    "mode": "text",
    "utc": "2026-08-19T13:18:00Z",
    "paid_ms": 600_000,
    "price_fen": 2801,
    "promise_ms": 10_000,
    "terms": TERMS,
    "key_id": "0123456789abcdef",
}
STEPS = (0, 0, 1, 299, 300, 900, 3_000, 5_000, 9_999, 10_000, 10_001, 30_000, 61_000, 200_000)


def chained(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with `seq` and `prev` filled in."""
    prev, done = NO_PREV, []
    for seq, row in enumerate(rows, 1):
        full = {**row, "seq": seq, "prev": prev}
        prev = entry_hash(entry_from(full))
        done.append(full)
    return done


def typed(rows: list[dict[str, Any]]) -> list[Entry]:
    return [entry_from(row) for row in rows]


def message(author: str, t: int, number: int, **fields: Any) -> dict[str, Any]:
    """A message row; `number` makes its id and commit."""
    row = {
        "kind": "message",
        "t": t,
        "author": author,
        "id": str(uuid.UUID(int=number)),
        "content": "text",
        "origin": "human",
        "commit": hashlib.sha256(str(number).encode()).hexdigest(),
    }
    return {**row, **fields}


PAUSES = (
    ("customer", "asked"),
    ("customer", "asked"),
    ("relay", "customer_offline"),
    ("customer", "distress"),
    ("responder", "break"),
    ("relay", "asked"),
)
KINDS = (
    ("ask",) * 9
    + ("reply",) * 8
    + ("auto", "edited", "recalled", "recalled", "recalled", "paused", "paused")
    + ("resumed", "resumed", "resumed", "handover", "fault", "extended", "closing")
)


@st.composite
def _row(draw: st.DrawFn, seq: int, t: int, holder: str, authors: dict[int, str]) -> dict[str, Any]:
    """A row that might follow."""
    what = draw(st.sampled_from(KINDS))
    if what == "ask":
        return message("customer", t, seq)
    if what in ("reply", "auto"):
        seen = seq - 1 if draw(st.booleans()) else draw(st.integers(0, seq - 1))
        row = message("responder", t, seq, responder=holder, seen_seq=seen)
        row["origin"] = "human" if what == "reply" else "auto"
        labels = draw(
            st.sampled_from(([], [], ["closing_phrase"], ["begging", "hollow"], ["hollow"]))
        )
        return {**row, "labels": labels} if labels else row
    if what in ("edited", "recalled"):
        pool = list(authors)[-3:] if draw(st.booleans()) else list(authors)
        target = draw(st.sampled_from(pool)) if pool else 1
        row = {"kind": what, "t": t, "target": target, "author": "customer"}
        if authors.get(target, "customer") != "customer":
            row |= {"author": "responder", "responder": holder}
        if what == "edited":
            row["commit"] = hashlib.sha256(str(seq).encode()).hexdigest()
            labels = draw(st.sampled_from(([], ["off_platform"], ["closing_phrase"])))
            row |= {"labels": labels} if labels else {}
        return row
    if what in ("paused", "resumed"):
        by, reason = draw(st.sampled_from(PAUSES))
        return {"kind": what, "t": t, "by": by, "reason": reason}
    if what == "handover":
        reason = draw(st.sampled_from(("customer", "responder", "late", "link", "shift")))
        to = f"r{draw(st.integers(0, 3))}"
        return {"kind": what, "t": t, "from": holder, "to": to, "reason": reason}
    if what == "fault":
        end = max(0, t - draw(st.sampled_from((0, 0, 1, 1_000, 1_001, 5_000))))
        start = max(0, end - draw(st.sampled_from((1, 900, 5_000, 10_000, 10_001, 40_000))))
        reason = draw(st.sampled_from(("restart", "network", "overload", "overload")))
        return {"kind": what, "t": t, "from_t": start, "to_t": end, "reason": reason}
    if what == "extended":
        return {"kind": what, "t": t, "paid_ms": 300_000, "price_fen": 999}
    return {"kind": "closing", "t": t}


@st.composite
def attempts(draw: st.DrawFn, most: int = 14) -> list[dict[str, Any]]:
    """Rows of a journal up to one that may not stand there, or all of one that holds."""
    return draw(_rows(most, everything=True))


@st.composite
def journals(draw: st.DrawFn, most: int = 40) -> list[dict[str, Any]]:
    """Rows of a journal that holds."""
    return draw(_rows(most, everything=False))


@st.composite
def _rows(draw: st.DrawFn, most: int, *, everything: bool) -> list[dict[str, Any]]:
    give_back = draw(st.sampled_from((True, True, True, False)))
    rows: list[dict[str, Any]] = [{**OPENED, "terms": {**TERMS, "give_back": give_back}, "t": 0}]
    authors: dict[int, str] = {}
    t, holder, fold, refused = 0, "r0", Fold(), False

    def add(row: dict[str, Any]) -> bool:
        full = {**row, "seq": len(rows) + 1, "prev": NO_PREV}
        try:
            fold.apply(entry_from(full))
        except JournalBroken:
            if not everything:
                return False
            rows.append(row)
            return True
        rows.append(row)
        if row["kind"] == "message":
            authors[len(rows)] = row["author"]
        return False

    fold.apply(entry_from({**rows[0], "seq": 1, "prev": NO_PREV}))
    for _ in range(draw(st.integers(0, most))):
        later = t + draw(st.sampled_from(STEPS))
        length = len(rows)
        refused = add(draw(_row(length + 1, later, holder, authors)))
        if refused:
            break
        if len(rows) > length:
            t = later
            holder = rows[-1]["to"] if rows[-1]["kind"] == "handover" else holder
    if not refused and draw(st.booleans()):
        reasons = ("time", "customer", "responder", "responder", "safety", "no_show", "relay")
        t += draw(st.sampled_from((*STEPS, 600_000, 600_001)))
        rows.append({"kind": "closed", "t": t, "reason": draw(st.sampled_from(reasons))})
    return chained(rows)
