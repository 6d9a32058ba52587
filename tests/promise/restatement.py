"""A slow restatement of promise/1, written from the page alone: it scans all history every time.

It shares nothing with the product: raw dicts in, a dict with the keys of `figures` out.
"""

from itertools import pairwise
from typing import Any

Entry = dict[str, Any]


def restate(entries: list[Entry], now: int) -> dict[str, Any]:
    opened, last = entries[0], entries[-1]
    closed = last if last["kind"] == "closed" else None
    now = closed["t"] if closed else max(now, last["t"])
    promise = opened["promise_ms"]
    frozen = _frozen(entries, now)

    def run(a: int, b: int) -> int:
        return _free(a, b, frozen)

    messages = [e for e in entries if e["kind"] == "message"]
    gone = {e["target"] for e in entries if e["kind"] == "recalled" and e["author"] == "responder"}
    replies = [
        e
        for e in messages
        if e["author"] == "responder" and e["origin"] == "human" and e["seq"] not in gone
    ]
    unsent: set[int] = set()
    for recall in entries:
        if recall["kind"] != "recalled" or recall["author"] != "customer":
            continue
        ask = entries[recall["target"] - 1]
        is_open = not any(
            ask["seq"] < r["seq"] < recall["seq"] and r["seen_seq"] >= ask["seq"] for r in replies
        )
        if is_open and run(ask["t"], recall["t"]) <= promise:
            unsent.add(ask["seq"])
    asks = [e for e in messages if e["author"] == "customer" and e["seq"] not in unsent]

    def cover(ask: Entry) -> Entry | None:
        for reply in replies:
            if reply["seq"] > ask["seq"] and reply["seen_seq"] >= ask["seq"]:
                return reply
        return None

    groups: dict[int | None, list[Entry]] = {}
    for ask in asks:
        reply = cover(ask)
        groups.setdefault(reply["seq"] if reply else None, []).append(ask)

    first_human = next(
        (e["t"] for e in messages if e["author"] == "responder" and e["origin"] == "human"), None
    )
    faults = [e for e in entries if e["kind"] == "fault"]
    turns, own, late = [], {}, []
    for key, members in groups.items():
        start, end = members[0]["t"], entries[key - 1]["t"] if key else None
        until = now if end is None else end
        wait = run(start, until)
        void = any(
            f["from_t"] < until
            and f["to_t"] > start
            and run(start, max(start, f["from_t"])) <= promise
            for f in faults
        )
        severity = None
        if void:
            state = "void"
        elif wait > promise:
            state = "breached"
            severity = (
                "never"
                if end is None
                else "gone"
                if wait >= 180_000
                else "long"
                if wait >= 30_000
                else "late"
            )
            late.append((start, until))
        elif end is not None:
            state = "kept"
        else:
            state = "censored" if closed else "open"
        turns.append(
            {
                "start": start,
                "end": end,
                "wait": wait,
                "state": state,
                "severity": severity,
                "asks": [m["seq"] for m in members],
            }
        )
        if not void:
            _pieces(entries, opened, members[0], key, now, promise, run, own)
    turns.sort(key=lambda t: (t["start"], t["end"] is None, t["end"] or 0))

    elapsed = 0 if first_human is None else run(first_human, now)
    late_ms = 0
    if first_human is not None:
        # The union, on the running clock: breach instants map to wait = promise there.
        marks = sorted((max(run(0, a) + promise, run(0, first_human)), run(0, b)) for a, b in late)
        reached = 0
        for a, b in marks:
            late_ms += max(0, b - max(a, reached))
            reached = max(reached, b)
    bought = [opened, *(e for e in entries if e["kind"] == "extended")]
    paid, price = sum(e["paid_ms"] for e in bought), sum(e["price_fen"] for e in bought)
    remaining = max(0, paid + late_ms - elapsed)

    silences = []
    if first_human is not None:
        spoken = [m for m in messages if m["t"] >= first_human]
        begin = next(
            i for i, m in enumerate(spoken) if m["author"] == "responder" and m["origin"] == "human"
        )
        spoken = spoken[begin:]
        for one, other in zip(spoken, [*spoken[1:], None], strict=True):
            before = other["seq"] if other else len(entries) + 1
            waiting = [
                a
                for a in asks
                if a["seq"] < before and ((c := cover(a)) is None or c["seq"] >= before)
            ]
            if not waiting:
                silences.append((run(one["t"], other["t"] if other else now), other))
    silences = [(s, m) for s, m in silences if s > 0]
    broken = [m for s, m in silences if s >= 60_000 and m is not None]
    states = [t["state"] for t in turns]
    kept, breached = states.count("kept"), states.count("breached")

    flags = set()
    for message in messages:
        if message["author"] == "responder":
            flags |= {"begging", "off_platform"} & set(message.get("labels", []))
    for moment in {*(r["seq"] for r in replies), None}:
        at = now if moment is None else entries[moment - 1]["t"]
        seq = len(entries) + 1 if moment is None else moment
        old = [
            a
            for a in asks
            if a["seq"] < seq
            and ((c := cover(a)) is None or c["seq"] >= seq)
            and run(a["t"], at) > promise
        ]
        if len(old) >= 3:
            flags.add("triple_miss")
    refund = None
    if closed:
        if closed["reason"] == "no_show":
            flags.add("no_show")
        if None in groups:
            flags.add("unanswered_at_end")
        elif groups:
            final = groups[max(k for k in groups if k)]
            could = [r for r in replies if r["seen_seq"] >= final[-1]["seq"] > 0]
            could = [r for r in could if r["seq"] > final[-1]["seq"]]
            if could and all("closing_phrase" in r.get("labels", []) for r in could):
                flags.add("unanswered_at_end")
        refund = _refund(
            opened, closed, first_human, price, paid, remaining, late_ms, kept, breached
        )
    return {
        "turns": turns,
        "kept": kept,
        "breached": breached,
        "censored": states.count("censored"),
        "open": states.count("open"),
        "void": states.count("void"),
        "by_responder": own,
        "late_ms": late_ms,
        "elapsed_ms": elapsed,
        "remaining_ms": remaining,
        "longest_wait_ms": max((t["wait"] for t in turns if t["state"] != "void"), default=None),
        "longest_silence_ms": max((s for s, _ in silences), default=None),
        "silences_60": len(broken),
        "broken_60_by_responder": sum(
            m["author"] == "responder" and m["origin"] == "human" for m in broken
        ),
        "refund_fen": refund,
        "flags": sorted(flags),
    }


def _frozen(entries: list[Entry], now: int) -> list[tuple[int, int]]:
    found = [(e["from_t"], e["to_t"]) for e in entries if e["kind"] == "fault"]
    since = None
    for entry in entries:
        if entry["kind"] == "paused" and since is None:
            since = entry["t"]
        elif entry["kind"] == "resumed" and since is not None:
            found.append((since, entry["t"]))
            since = None
    if since is not None:
        found.append((since, now))
    return found


def _free(a: int, b: int, frozen: list[tuple[int, int]]) -> int:
    """Length of [a, b] outside every frozen stretch, by cutting at every edge there is."""
    edges = sorted({a, b, *(e for pair in frozen for e in pair if a < e < b)})
    return sum(y - x for x, y in pairwise(edges) if not any(s <= x and y <= e for s, e in frozen))


def _pieces(
    entries: list[Entry],
    opened: Entry,
    first: Entry,
    key: int | None,
    now: int,
    promise: int,
    run: Any,
    own: dict[str, dict[str, int]],
) -> None:
    holder, since = opened["responder"], first["t"]
    end_seq = len(entries) + 1 if key is None else key
    cut: list[tuple[str, int]] = []
    for entry in entries:
        if entry["kind"] != "handover" or entry["seq"] > end_seq:
            continue
        if entry["seq"] > first["seq"]:
            cut.append((holder, run(since, entry["t"])))
            since = entry["t"]
        holder = entry["to"]
    cut.append((holder, run(since, now if key is None else entries[key - 1]["t"])))
    for index, (name, wait) in enumerate(cut):
        covered = key is not None and index == len(cut) - 1
        state = "breached" if wait > promise else "kept" if covered else "censored"
        own.setdefault(name, {"kept": 0, "breached": 0, "censored": 0})[state] += 1


def _refund(
    opened: Entry,
    closed: Entry,
    first_human: int | None,
    price: int,
    paid: int,
    remaining: int,
    late_ms: int,
    kept: int,
    breached: int,
) -> int:
    if closed["reason"] == "no_show" or first_human is None:
        return price
    unused = min(remaining, late_ms) if closed["reason"] == "customer" else remaining
    total = (price * unused + paid - 1) // paid
    turns = kept + breached
    best = 0
    for term in opened["terms"]["refunds"]:
        if turns and term["min_turns"] <= turns and term["kept_below"] > 100 * kept / turns:
            best = max(best, term["refund_percent"])
    return min(price, total + (price * best + 99) // 100)
