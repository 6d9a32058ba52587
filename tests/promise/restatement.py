"""A slow restatement of promise/2, written from the page alone: it scans all history every time.

It shares nothing with the product: raw dicts in, a dict with the keys of `figures` out, or the
number of the first entry that may not stand where it stands.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

Entry = dict[str, Any]
Run = Callable[[int, int], int]


def restate(entries: list[Entry], now: int) -> dict[str, Any]:
    return _Session(entries, now).figures()


class _Session:
    def __init__(self, entries: list[Entry], now: int) -> None:
        self.entries = entries
        self.opened = entries[0]
        self.closed = entries[-1] if entries[-1]["kind"] == "closed" else None
        self.now = self.closed["t"] if self.closed else max(now, entries[-1]["t"])
        self.promise = self.opened["promise_ms"]
        self.pauses = _pauses(entries)
        stops = [(p["t"], r["t"] if r else max(self.now, p["t"])) for p, r in self.pauses]
        faults = [(e["from_t"], e["to_t"]) for e in entries if e["kind"] == "fault"]
        self.run: Run = lambda a, b: _free(a, b, stops + faults)
        self.run_without_faults: Run = lambda a, b: _free(a, b, stops)
        self.messages = [e for e in entries if e["kind"] == "message"]
        taken = {
            e["target"] for e in entries if e["kind"] == "recalled" and e["author"] == "responder"
        }
        self.replies = [
            m for m in self.messages if m["author"] == "responder" and m["origin"] == "human"
        ]
        self.standing = [r for r in self.replies if r["seq"] not in taken]
        sent = [m for m in self.messages if m["author"] == "customer"]
        self.asks = [a for a in sent if not self._never_sent(a)]
        self.left = (
            self.closed is not None
            and self.closed["reason"] == "responder"
            and (not self.pauses or self.pauses[-1][1] is not None)
        )

    def resumed(self, ask: Entry) -> Entry | None:
        """The `resumed` that starts an ask sent in a pause."""
        for paused, resumed in self.pauses:
            if paused["seq"] < ask["seq"] and resumed and ask["seq"] < resumed["seq"]:
                return resumed
        return None

    def in_pause(self, ask: Entry) -> bool:
        return any(
            p["seq"] < ask["seq"] and (r is None or ask["seq"] < r["seq"]) for p, r in self.pauses
        )

    def start(self, ask: Entry) -> int | None:
        if not self.in_pause(ask):
            return int(ask["t"])
        resumed = self.resumed(ask)
        return None if resumed is None else int(resumed["t"])

    def started(self, ask: Entry, seq: int) -> bool:
        """Whether the ask had a start by this seq."""
        if not self.in_pause(ask):
            return True
        resumed = self.resumed(ask)
        return resumed is not None and resumed["seq"] < seq

    def cover(self, ask: Entry) -> Entry | None:
        return _first(self.standing, ask)

    def settled_in_pause(self, ask: Entry) -> bool:
        reply = self.cover(ask)
        return reply is not None and not self.started(ask, reply["seq"])

    def _never_sent(self, ask: Entry) -> bool:
        recall = next(
            (e for e in self.entries if e["kind"] == "recalled" and e["target"] == ask["seq"]), None
        )
        if recall is None:
            return False
        reply = self.cover(ask)
        if reply is not None and reply["seq"] < recall["seq"]:
            return False
        start = self.start(ask)
        begun = start is not None and self.started(ask, recall["seq"])
        if begun and start is not None and self.run(start, recall["t"]) > self.promise:
            return False
        return not (
            reply is not None
            and start is not None
            and self.started(ask, reply["seq"])
            and self.run(start, reply["t"]) <= self.promise
        )

    def open_at(self, seq: int) -> list[Entry]:
        """The asks open just before the entry of this seq."""
        return [
            a
            for a in self.asks
            if a["seq"] < seq and ((c := self.cover(a)) is None or c["seq"] >= seq)
        ]

    def groups(self) -> list[list[Entry]]:
        by_first: dict[int, list[Entry]] = {}
        for ask in self.asks:
            if self.settled_in_pause(ask) or self.start(ask) is None:
                continue
            first = _first(self.replies, ask)
            by_first.setdefault(first["seq"] if first else 0, []).append(ask)
        return list(by_first.values())

    def state(self, start: int, end: int, *, covered: bool) -> str:
        wait = self.run(start, end)
        if wait > self.promise or (self.left and not covered):
            return "breached"
        if self.run_without_faults(start, end) > wait:
            return "void"
        if covered:
            return "kept"
        return "censored" if self.closed else "open"

    def turn(self, members: list[Entry]) -> dict[str, Any]:
        starts = [s for a in members if (s := self.start(a)) is not None]
        ends = [
            r
            for r in self.standing
            if all(r["seen_seq"] >= a["seq"] and r["seq"] > a["seq"] for a in members)
        ]
        end = ends[0] if ends else None
        until = self.now if end is None else end["t"]
        wait = self.run(min(starts), until)
        state = self.state(min(starts), until, covered=end is not None)
        severity = None
        if state == "breached":
            steps = (("gone", 180_000), ("long", 30_000), ("late", 0))
            severity = next(name for name, least in steps if wait >= least)
            severity = "never" if end is None else severity
        return {
            "start": min(starts),
            "end": None if end is None else end["t"],
            "wait": wait,
            "state": state,
            "severity": severity,
            "asks": [a["seq"] for a in members],
        } | {"_end_seq": None if end is None else end["seq"], "_until": until}

    def ask_states(self, members: list[Entry]) -> list[str]:
        found, last = [], None
        for ask in members:
            start, reply = self.start(ask), self.cover(ask)
            assert start is not None
            if last is not None and self.run(last, start) < self.promise:
                continue
            last = start
            until = self.now if reply is None else reply["t"]
            found.append(self.state(start, until, covered=reply is not None))
        return found

    def shares(self, turn: dict[str, Any]) -> dict[str, str]:
        """Each person's result in a turn."""
        if turn["state"] == "void":
            return {}
        first, end_seq = turn["asks"][0], turn["_end_seq"] or len(self.entries) + 1
        handed = [e for e in self.entries if e["kind"] == "handover"]
        holder = self.opened["responder"]
        for each in handed:
            if each["seq"] < first:
                holder = each["to"]
        cuts = [e for e in handed if first < e["seq"] < end_seq]
        since = turn["start"]
        stretches: list[tuple[str, int, str | None]] = []
        for each in cuts:
            at = max(since, each["t"])
            stretches.append((holder, self.run(since, at), each["reason"]))
            holder, since = each["to"], at
        stretches.append((holder, self.run(since, turn["_until"]), None))
        found = {}
        for name in {s[0] for s in stretches}:
            own = [s for s in stretches if s[0] == name]
            wait, last = sum(s[1] for s in own), name == holder
            if wait == 0 and not last:
                continue
            on = any(s[2] is not None and s[2] != "customer" for s in own)
            if (
                wait > self.promise
                or (wait >= 1_000 and on and turn["state"] == "breached")
                or (last and self.left and turn["end"] is None)
            ):
                found[name] = "breached"
            else:
                found[name] = "kept" if last and turn["end"] is not None else "censored"
        return found

    def unused(self) -> list[tuple[int, int]]:
        """Stretches from a `closing` to the extension that takes it back."""
        found, since = [], None
        for entry in self.entries:
            if entry["kind"] == "closing" and since is None:
                since = entry["t"]
            elif entry["kind"] == "extended" and since is not None:
                found.append((since, entry["t"]))
                since = None
        return found

    def figures(self) -> dict[str, Any]:
        run, now, promise, closed = self.run, self.now, self.promise, self.closed
        groups = self.groups()
        turns = [self.turn(each) for each in groups]
        turns.sort(key=lambda t: (t["start"], t["end"] is None, t["end"] or 0, t["asks"][0]))
        states = [t["state"] for t in turns]
        ask_states = [state for each in groups for state in self.ask_states(each)]
        own: dict[str, dict[str, int]] = {}
        for turn in turns:
            for name, result in self.shares(turn).items():
                own.setdefault(name, {"kept": 0, "breached": 0, "censored": 0})[result] += 1
        t_s = self.replies[0]["t"] if self.replies else None
        elapsed = late = 0
        if t_s is not None:
            # On the running clock, where the instant of breach is the start and the promise.
            gone = [(run(0, a), run(0, b)) for a, b in self.unused()]
            elapsed = _free(run(0, t_s), run(0, now), gone)
            spans = [
                (run(0, t["start"]) + promise, run(0, t["_until"]))
                for t in turns
                if t["state"] == "breached"
            ]
            edges = sorted(
                {run(0, t_s), run(0, now), *(e for s in spans for e in s)}
                | {e for g in gone for e in g}
            )
            for a, b in pairwise(edges):
                if a >= run(0, t_s) and any(s <= a and b <= e for s, e in spans):
                    late += _free(a, b, gone)
        bought = [self.opened, *(e for e in self.entries if e["kind"] == "extended")]
        paid, price = sum(e["paid_ms"] for e in bought), sum(e["price_fen"] for e in bought)
        given = late if self.opened["terms"]["give_back"] else 0
        remaining = max(0, paid + given - elapsed)
        silences = self.silences(t_s)
        over = [[m for s, m in silences if s >= least and m] for least in (60_000, 300_000)]
        by = [sum(m["author"] == "responder" for m in each) for each in over]
        kept, breached = states.count("kept"), states.count("breached")
        waits = [t["wait"] for t in turns if t["state"] != "void"]
        names = ("kept", "breached", "censored", "open", "void")
        refund = None
        if closed is not None:
            refund = self.refund(price, paid, remaining, given, kept, breached)
        return {
            "turns": [{k: v for k, v in t.items() if k[0] != "_"} for t in turns],
            **{name: states.count(name) for name in names},
            "asks": {name: ask_states.count(name) for name in names},
            "by_responder": own,
            "late_ms": late,
            "elapsed_ms": elapsed,
            "remaining_ms": remaining,
            "longest_wait_ms": max(waits, default=None),
            "longest_silence_ms": max((s for s, _ in silences), default=None),
            "silences_60": len(over[0]),
            "broken_60_by_responder": by[0],
            "silences_300": len(over[1]),
            "broken_300_by_responder": by[1],
            "refund_fen": refund,
            "flags": sorted(self.flags()),
        }

    def silences(self, t_s: int | None) -> list[tuple[int, Entry | None]]:
        if t_s is None:
            return []
        gone = {r["seq"] for r in self.replies} - {r["seq"] for r in self.standing}
        spoken = [
            m
            for m in self.messages
            if m["origin"] == "human" and m["seq"] not in gone and m["t"] >= t_s
        ]
        found: list[tuple[int, Entry | None]] = []
        for one, other in zip(spoken, [*spoken[1:], None], strict=False):
            before = other["seq"] if other else len(self.entries) + 1
            length = self.run(one["t"], other["t"] if other else self.now)
            if length > 0 and not self.open_at(before):
                found.append((length, other))
        return found

    def flags(self) -> set[str]:
        found: set[str] = set()
        for entry in self.entries:
            if entry["kind"] in ("message", "edited") and entry["author"] == "responder":
                found |= {"begging", "off_platform"} & set(entry.get("labels", []))
        moments = [(r["seq"], r["t"]) for r in self.standing]
        for seq, t in [*moments, (len(self.entries) + 1, self.now)]:
            old = [
                a
                for a in self.open_at(seq)
                if self.started(a, seq)
                and (start := self.start(a)) is not None
                and self.run(start, t) > self.promise
            ]
            if len(old) >= 3:
                found.add("triple_miss")
        if self.closed is None:
            return found
        if not self.standing or self.closed["reason"] == "no_show":
            found.add("no_show")
        if self.open_at(len(self.entries) + 1):
            found.add("unanswered_at_end")
        elif self.asks:
            newest = self.asks[-1]
            seen = [
                set(r.get("labels", []))
                for r in self.standing
                if r["seq"] > newest["seq"] and r["seen_seq"] >= newest["seq"]
            ]
            if "closing_phrase" in seen[0] and all(
                labels & {"closing_phrase", "hollow"} for labels in seen
            ):
                found.add("unanswered_at_end")
        return found

    def refund(
        self, price: int, paid: int, remaining: int, given: int, kept: int, breached: int
    ) -> int:
        closed = self.closed
        assert closed is not None
        if closed["reason"] == "no_show" or not self.standing:
            return price
        u, less = remaining, min(remaining, given)
        if closed["reason"] == "customer":
            u = less
        elif closed["reason"] == "responder" and self.pauses and self.pauses[-1][1] is None:
            pause = self.pauses[-1][0]
            length = closed["t"] - pause["t"]
            if pause["by"] == "customer" and pause["reason"] == "asked" and length > 600_000:
                u = max(less, remaining - length, 0)
        total = (price * u + paid - 1) // paid
        turns = kept + breached
        best = 0
        for term in self.opened["terms"]["refunds"]:
            if turns and term["min_turns"] <= turns and term["kept_below"] * turns > 100 * kept:
                best = max(best, term["refund_percent"])
        return min(price, total + (price * best + 99) // 100)


def _pauses(entries: list[Entry]) -> list[tuple[Entry, Entry | None]]:
    found: list[tuple[Entry, Entry | None]] = []
    since: Entry | None = None
    for entry in entries:
        if entry["kind"] == "paused" and since is None:
            since = entry
        elif entry["kind"] == "resumed" and since is not None:
            found.append((since, entry))
            since = None
    return [*found, (since, None)] if since else found


def _first(replies: list[Entry], ask: Entry) -> Entry | None:
    return next((r for r in replies if r["seq"] > ask["seq"] and r["seen_seq"] >= ask["seq"]), None)


def _free(a: int, b: int, frozen: list[tuple[int, int]]) -> int:
    """Length of [a, b] outside every frozen stretch, by cutting at every edge there is."""
    edges = sorted({a, b, *(e for pair in frozen for e in pair if a < e < b)})
    return sum(y - x for x, y in pairwise(edges) if not any(s <= x and y <= e for s, e in frozen))


def refused(entries: list[Entry]) -> int | None:
    """The seq of the first entry that may not follow those before it; fields are taken to fit."""
    for index in range(len(entries)):
        if not _may_follow(entries[:index], entries[index]):
            return index + 1
    return None


def _may_follow(before: list[Entry], entry: Entry) -> bool:
    seq, t, kind = entry["seq"], entry["t"], entry["kind"]
    if seq != len(before) + 1 or (kind == "opened") is not (seq == 1):
        return False
    if not before:
        return bool(t == 0)
    if before[-1]["kind"] == "closed" or t < before[-1]["t"]:
        return False
    holder = before[0]["responder"]
    for each in before:
        holder = each["to"] if each["kind"] == "handover" else holder
    pauses = _pauses(before)
    pause = pauses[-1][0] if pauses and pauses[-1][1] is None else None
    if kind == "message":
        if any(each["kind"] == "message" and each["id"] == entry["id"] for each in before):
            return False
        if entry["author"] == "customer":
            ends = pause is not None and (
                pause["reason"] == "customer_offline"
                or (pause["by"] == "customer" and pause["reason"] == "asked")
            )
            return not ends
        return (
            entry["responder"] == holder
            and entry["seen_seq"] < seq
            and not any(
                a["kind"] == "message"
                and a["author"] == "customer"
                and a["seq"] <= entry["seen_seq"]
                and a["t"] > 0
                and t - a["t"] < 300
                for a in before
            )
        )
    if kind in ("edited", "recalled"):
        target = next((e for e in before if e["seq"] == entry["target"]), None)
        if target is None or target["kind"] != "message" or target["author"] != entry["author"]:
            return False
        if any(e["kind"] == "recalled" and e["target"] == entry["target"] for e in before):
            return False
        return entry["author"] == "customer" or (
            entry["responder"] == holder == target["responder"]
        )
    if kind == "resumed":
        return pause is not None
    if kind == "paused" and (entry["by"] == "responder" or entry["reason"] == "break"):
        return not _Session(before, t).open_at(seq)
    if kind == "handover":
        if entry["from"] != holder or entry["to"] == holder:
            return False
        turns = _Session(before, t).figures()["turns"] if entry["reason"] == "customer" else []
        return all(u["end"] is not None or u["state"] == "breached" for u in turns)
    if kind == "fault":
        a, b = entry["from_t"], entry["to_t"]
        if not a < b <= t:
            return False
        if entry["reason"] == "overload":
            return b - a <= 10_000 and t - b <= 1_000
        return not any(a < e["t"] < b for e in before)
    return True
