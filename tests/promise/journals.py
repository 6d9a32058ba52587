"""Random journals of every kind of entry, as hypothesis strategies."""

import hashlib
import uuid
from typing import Any

from hypothesis import strategies as st

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
    "rule": "promise/1",
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
}
STEPS = (0, 0, 1, 900, 3_000, 5_000, 9_999, 10_000, 10_001, 30_000, 61_000, 200_000)


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


@st.composite
def journals(draw: st.DrawFn, most: int = 40) -> list[dict[str, Any]]:
    """Rows of a journal that holds: chained, in order, with recalls that point somewhere."""
    rows: list[dict[str, Any]] = [{**OPENED, "t": 0}]
    t, holder = 0, 0
    authors: dict[int, str] = {}
    for _ in range(draw(st.integers(0, most))):
        t += draw(st.sampled_from(STEPS))
        seq = len(rows) + 1
        what = draw(
            st.sampled_from(
                ("ask",) * 8
                + ("reply",) * 7
                + ("auto", "recalled", "recalled", "paused", "resumed", "resumed")
                + ("handover", "fault", "extended", "closing")
            )
        )
        if what == "ask":
            rows.append(message("customer", t, seq))
            authors[seq] = "customer"
        elif what in ("reply", "auto"):
            latest = draw(st.booleans())
            seen = seq - 1 if latest else draw(st.integers(0, seq - 1))
            row = message("responder", t, seq, responder=f"r{holder}", seen_seq=seen)
            row["origin"] = "human" if what == "reply" else "auto"
            labels = draw(st.sampled_from(([], [], [], ["closing_phrase"], ["begging", "hollow"])))
            rows.append({**row, "labels": labels} if labels else row)
            authors[seq] = "responder"
        elif what == "recalled" and authors:
            recent = draw(st.booleans())
            pool = list(authors)[-3:] if recent else list(authors)
            target = draw(st.sampled_from(pool))
            rows.append({"kind": what, "t": t, "target": target, "author": authors[target]})
        elif what in ("paused", "resumed"):
            rows.append({"kind": what, "t": t, "by": "customer", "reason": "asked"})
        elif what == "handover":
            row = {"kind": what, "t": t, "from": f"r{holder}", "reason": "asked"}
            holder = draw(st.integers(0, 3))
            rows.append({**row, "to": f"r{holder}"})
        elif what == "fault":
            back = draw(st.sampled_from((0, 1, 5_000, 10_000, 40_000)))
            start = max(0, t - back)
            rows.append(
                {"kind": what, "t": t, "from_t": start, "to_t": draw(st.integers(start, t))}
            )
        elif what == "extended":
            rows.append({"kind": what, "t": t, "paid_ms": 300_000, "price_fen": 999})
        elif what == "closing":
            rows.append({"kind": what, "t": t})
    if draw(st.booleans()):
        reasons = ("time", "customer", "responder", "safety", "no_show", "relay")
        t += draw(st.sampled_from(STEPS))
        rows.append({"kind": "closed", "t": t, "reason": draw(st.sampled_from(reasons))})
    return chained(rows)
