"""Sample folders of a check, made without a relay: real journals, chains, receipts and folds.

Everything is drawn from a seed, so the same call makes the same bytes; the key signs nothing else.
"""

import hashlib
import json
import random
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from miaohui import resources
from miaohui.checks.plan.plan import (
    Claim,
    Coding,
    Day,
    Ethics,
    Plan,
    Probe,
    ProbeKind,
    Scope,
    Stratum,
)
from miaohui.checks.plan.writer import write_plan
from miaohui.checks.record.events import (
    FORMAT,
    AnyEvent,
    Bought,
    Buying,
    Countersigned,
    Finished,
    LoggedLine,
    Network,
    OrdersListed,
    Probed,
    RunBegun,
    Skipped,
    Slot,
    SlotEnded,
    SlotOpened,
)
from miaohui.promise.bundle import DisclosedBody, write_bundle
from miaohui.promise.commitment import commit_of
from miaohui.promise.fold import Fold
from miaohui.promise.heads import key_id_of, public_bytes, sign
from miaohui.promise.labels import LabelRules, labels_for
from miaohui.promise.planword import signed
from miaohui.wire.journal import NO_PREV, RULE, Entry, entry_from, entry_hash
from miaohui.wire.orders import OrderState
from miaohui.wire.plans import PlanOrder, PlanOrders, PlanRegistered

KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"a key for tests alone").digest())
BEGAN_MS = 1_787_054_400_000  # 2026-08-18 20:00 in Shanghai, the eve of Qixi
TERMS = {
    "give_back": True,
    "last_question": True,
    "refunds": [{"kept_below": 90, "min_turns": 4, "refund_percent": 20}],
}
ANSWERS = (
    "我在呢，刚才去倒了杯水，你今天怎么样",
    "这家店在二楼，上楼左转就是，周末九点以后人少",
    "听起来那件事让你很累，要不要从头讲讲",
    "我也看过那部电影，最后那场雨我记得很清楚",
    "你可以先把要紧的写下来，剩下的明天再说",
)
HOLLOW = ("嗯嗯", "在的宝", "好的呢", "哈哈哈")
BEGGING = "亲亲结束记得给个五星好评哦"
FIRST = "你好呀，我是今晚陪你的人"
UNASKED = "对了，你昨天说的那件事后来怎么样了"
GOODBYE = "服务时间到了，下次再来找我哦"
SMALL_TALK = ("今天有点累", "外面下雨了", "刚下班", "在看一部老电影")
QUESTIONS = ("你去过最远的地方是哪里", "明天该带伞吗，你怎么看", "推荐一部适合下雨天的电影吧")


@dataclass(frozen=True)
class Manner:
    """How a shop behaves. Shares 0..1."""

    name: str
    kept: float
    stall: float = 0.0
    hollow: float = 0.15
    speaks_first: float = 0.5
    begs: bool = False
    gone_at_end: bool = False
    moods: float = 0.0  # how far sessions differ from each other
    writes_after: bool = False


SHOPS = (
    Manner("晚风小屋", 0.98, hollow=0.05, speaks_first=0.9, writes_after=True),
    Manner("山茶树洞", 0.93, speaks_first=0.4, moods=0.03),
    Manner("橘子汽水秒回", 0.85, stall=0.01, hollow=0.3, speaks_first=0.1, begs=True, moods=0.05),
    Manner("星期八", 0.65, stall=0.05, hollow=0.4, speaks_first=0.0, begs=True, gone_at_end=True),
)


def plan_for(names: tuple[str, ...], sessions: int = 6, minutes: int = 15, seed: int = 7) -> Plan:
    """The plan that the sample runs follow."""
    return Plan(
        name="七夕前夜抽检",
        claim=Claim("付费会话里每一句都在十秒内有人回", threshold=0.9, p0=0.95, p1=0.85, icc=0.02),
        scope=Scope(names, (), sessions, minutes, 300_000, parallel=2),
        strata=(
            Stratum("傍晚", 1200, 1380, sessions - sessions // 2, Day.ANY),
            Stratum("深夜", 1380, 120, max(1, sessions // 2), Day.ANY),
        ),
        probes=(
            Probe(ProbeKind.PLAIN, 8, every_s=95, jitter_s=6, texts=SMALL_TALK),
            Probe(ProbeKind.BURST, 40, every_s=110, count=3, jitter_s=5, texts=SMALL_TALK),
            Probe(ProbeKind.QUESTION, 65, every_s=75, jitter_s=4, bank="问题"),
            Probe(ProbeKind.GAP, 400, seconds=100),
            Probe(ProbeKind.LAST_QUESTION, 12, texts=(QUESTIONS[0],)),
            Probe(ProbeKind.AFTER_END, 30, texts=("还在吗",)),
        ),
        banks={"问题": QUESTIONS},
        coding=Coding(),
        ethics=Ethics(notify_after_days=14, contact="tester@example.org"),
        seed=seed,
        about="样例",
    )


class Journal:
    """A session's journal as it grows: chained, folded, with its bodies."""

    def __init__(self, rng: random.Random, session: str, shop: str, responder: str, **own: Any):
        self.fold = Fold()
        self.entries: list[Entry] = []
        self.bodies: list[DisclosedBody] = []
        self.rng = rng
        self.head = NO_PREV
        self.rules = LabelRules.load(resources.path("label_rules", "labels-2.json").read_bytes())
        opened = {"rule": RULE, "label_rules": "labels/2", "session": session, "shop": shop}
        opened |= {"responder": responder, "mode": "text", "promise_ms": 10_000, "terms": TERMS}
        opened |= {"key_id": key_id_of(public_bytes(KEY))}
        self.add("opened", 0, **opened, **own)

    def add(self, kind: str, t: int, **own: Any) -> Entry:
        row = {"kind": kind, "t": t, "seq": len(self.entries) + 1, "prev": self.head, **own}
        entry = entry_from(row)
        self.fold.apply(entry)
        self.entries.append(entry)
        self.head = entry_hash(entry)
        return entry

    def say(self, author: str, t: int, text: str, **own: Any) -> str:
        message = str(uuid.UUID(int=self.rng.getrandbits(128), version=4))
        salt = self.rng.randbytes(16)
        row: dict[str, Any] = {"author": author, "id": message, "content": "text"}
        row |= {"origin": "human", "commit": commit_of(salt, text.encode()), **own}
        if author == "responder" and (labels := labels_for(text, self.rules)):
            row["labels"] = list(labels)
        entry = self.add("message", t, **row)
        self.bodies.append(DisclosedBody(seq=entry.seq, salt=salt.hex(), body=text))
        return message

    def bundle(self, *, bodies: bool) -> bytes:
        opened = self.fold.opened
        last = self.entries[-1]
        receipt = sign(KEY, session=opened.session, seq=last.seq, t=last.t, head=self.head)
        return write_bundle(self.entries, receipt, bodies=self.bodies if bodies else None)


@dataclass(frozen=True)
class Ask:
    """A bubble that the plan sends at ``at`` milliseconds."""

    at: int
    probe: int
    kind: ProbeKind
    step: int
    text: str


class Session:
    """One session played through: the asks of the plan, the replies of a manner."""

    def __init__(self, plan: Plan, slot: Slot, manner: Manner, seed: int) -> None:
        self.rng = random.Random(f"{seed}/{slot.slot}")
        self.plan, self.slot, self.manner = plan, slot, manner
        self.paid_ms = slot.minutes * 60_000
        self.journal = Journal(
            self.rng,
            f"session-{slot.slot}",
            slot.shop,
            slot.responder or f"{slot.shop}-r1",
            utc=_utc(slot.at_utc_ms + 2_000),
            paid_ms=self.paid_ms,
            price_fen=slot.price_fen,
        )
        self.responder = self.journal.fold.opened.responder
        self.kept = manner.kept + self.rng.uniform(-manner.moods, manner.moods)
        self.probed: list[Probed] = []
        self.gaps: list[tuple[int, int]] = []

    def asks(self) -> list[Ask]:
        found: list[Ask] = []
        for index, probe in enumerate(self.plan.probes):
            texts = probe.texts or self.plan.banks.get(probe.bank, ())
            at = round(probe.at_s * 1000)
            if probe.kind is ProbeKind.GAP:
                self.gaps.append((at, at + round(probe.seconds * 1000)))
                self._note(Ask(at, index, probe.kind, 0, ""), "", seconds=probe.seconds)
                continue
            if probe.kind is ProbeKind.LAST_QUESTION:
                at = self.paid_ms - at
            if probe.kind is ProbeKind.AFTER_END:
                continue
            while at <= self.paid_ms - 5_000:
                jitter = round(self.rng.uniform(0, probe.jitter_s) * 1000)
                for step in range(probe.count):
                    when = at + jitter + step * 1_400
                    found.append(Ask(when, index, probe.kind, step, self.rng.choice(texts)))
                if not probe.every_s:
                    break
                at += round(probe.every_s * 1000)
        quiet = [a for a in found if not any(start <= a.at < end for start, end in self.gaps)]
        return sorted(quiet, key=lambda ask: ask.at)

    def _note(
        self, ask: Ask, message: str, *, seconds: float = 0.0, sent: int | None = None
    ) -> None:
        self.probed.append(
            Probed(
                utc_ms=self.slot.at_utc_ms + ask.at,
                slot=self.slot.slot,
                probe=ask.probe,
                kind=ask.kind.value,
                step=ask.step,
                planned_ms=ask.at,
                sent_ms=ask.at if sent is None else sent,
                message=message,
                text=ask.text,
                seconds=seconds,
            )
        )

    def _wait(self, left: int) -> int:
        """How long the next reply takes."""
        if self.manner.gone_at_end and left < 15_000:
            return 2**40
        if self.rng.random() < self.manner.stall:
            return self.rng.randint(60_000, 200_000)
        if self.rng.random() < self.kept:
            return min(9_900, max(700, round(self.rng.lognormvariate(8.2, 0.45))))
        return self.rng.randint(10_050, 38_000)

    def _reply(self, t: int, text: str) -> None:
        seen = [e.seq for e in self.journal.entries if e.t <= t - 300]
        self.journal.say(
            "responder", t, text, responder=self.responder, seen_seq=max(seen, default=0)
        )

    def play(self) -> None:
        """Ask and reply until the paid time is over."""
        asks = self.asks()
        self._reply(1_500, FIRST)
        due: int | None = None
        unasked = [a + 68_000 for a, _ in self.gaps if self.rng.random() < self.manner.speaks_first]
        now = 1_500
        begged = not self.manner.begs
        while True:
            steps = [("ask", asks[0].at + 30)] if asks else []
            steps += [("reply", due)] if due is not None else []
            steps += [("unasked", unasked[0])] if unasked else []
            steps += [("beg", self.paid_ms - 30_000)] if not begged else []
            steps += [("leave", self.paid_ms + 150_000)] if self.manner.gone_at_end else []
            what, t = min(steps, key=lambda step: step[1]) if steps else ("", 2**40)
            t = max(t, now)
            if self._over(now, t):
                return
            now = t
            if what == "ask":
                ask = asks.pop(0)
                delay = self.rng.randint(20, 180)
                sent = ask.at + delay
                now = max(now, sent)
                self._note(ask, self.journal.say("customer", now, ask.text), sent=sent)
                due = now + self._wait(self.paid_ms - now) if due is None else due
            elif what == "reply":
                hollow = self.rng.random() < self.manner.hollow
                self._reply(now, self.rng.choice(HOLLOW if hollow else ANSWERS))
                open_turn = self.journal.fold.open_turn(now)
                due = None if open_turn is None else now + self._wait(self.paid_ms - now)
            elif what == "unasked":
                unasked.pop(0)
                self._reply(now, UNASKED)
            elif what == "beg":
                begged = True
                self._reply(now, BEGGING)
            else:
                self._close(now, reason="customer")
                return

    def _over(self, now: int, until: int) -> bool:
        """Close the session where its paid time ends before the next thing happens."""
        fold = self.journal.fold
        while (wake := fold.next_wake(now)) is not None and wake <= until:
            now = wake
            if fold.remaining_ms(now) == 0:
                self._close(now)
                return True
        return False

    def _close(self, t: int, reason: str = "time") -> None:
        self.journal.add("closing", t)
        if self.journal.fold.open_turn(t) is not None and not self.manner.gone_at_end:
            t += self.rng.randint(2_000, 7_000)
            self._reply(t, GOODBYE if self.manner.begs else ANSWERS[0])
        self.journal.add("closed", t, reason=reason)
        after = next(
            (i for i, p in enumerate(self.plan.probes) if p.kind is ProbeKind.AFTER_END), None
        )
        if after is not None:
            message = str(uuid.UUID(int=self.rng.getrandbits(128), version=4))
            self._note(Ask(t + 30_000, after, ProbeKind.AFTER_END, 0, "还在吗"), message)

    def events(self) -> list[AnyEvent]:
        """What a runner would have written of it after the purchase."""
        slot, fold = self.slot, self.journal.fold
        name = slot.slot
        settlement = fold.settlement()
        ends = slot.at_utc_ms + 2_000 + fold.last_t
        rtt = self.rng.randint(18, 60)
        return [
            SlotOpened(
                utc_ms=slot.at_utc_ms + 2_000,
                slot=name,
                session=fold.opened.session,
                responder=self.responder,
            ),
            *self.probed,
            Network(utc_ms=ends, slot=name, rtt_ms=rtt, cuts=int(self.rng.random() < 0.2)),
            SlotEnded(
                utc_ms=ends + 40_000,
                slot=name,
                state="settled",
                reason=fold.closed.reason if fold.closed else "",
                refund_fen=0 if settlement is None else settlement.refund_fen,
                given_back_ms=fold.late_ms(fold.last_t),
                bundle=True,
                after_end_replies=int(self.manner.writes_after),
            ),
        ]


def make(
    folder: Path,
    *,
    shops: tuple[Manner, ...] = SHOPS,
    sessions: int = 6,
    minutes: int = 15,
    seed: int = 7,
    done: int | None = None,
    plan: Plan | None = None,
) -> Plan:
    """A run's folder; with ``done``, one that still runs after so many sessions."""
    plan = plan or plan_for(tuple(shop.name for shop in shops), sessions, minutes, seed)
    data = write_plan(plan).encode()
    plan = replace(plan, sha256=hashlib.sha256(data).hexdigest())
    for name in ("sessions", "private", "coding"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "plan.toml").write_bytes(data)
    slots = [slot_for(i, shop, plan, minutes) for i in range(sessions) for shop in enumerate(shops)]
    events: list[AnyEvent] = [begun(plan), *slots, countersigned(plan)]
    spent = refunded = 0
    manners = {shop.name: shop for shop in shops}
    for slot in slots[: len(slots) if done is None else done]:
        ids = {"slot": slot.slot, "price_fen": slot.price_fen, "utc_ms": slot.at_utc_ms}
        events.append(Buying(quote_id=f"q-{slot.slot}", pay_id=f"p-{slot.slot}", **ids))
        events.append(Bought(order=f"o-{slot.slot}", **ids))
        played = Session(plan, slot, manners[slot.shop_name], seed)
        played.play()
        events += played.events()
        spent += slot.price_fen
        last = events[-1]
        refunded += last.refund_fen if isinstance(last, SlotEnded) else 0
        (folder / "sessions" / f"{slot.slot}.zip").write_bytes(played.journal.bundle(bodies=False))
        (folder / "private" / f"{slot.slot}.zip").write_bytes(played.journal.bundle(bodies=True))
    events.append(listed(plan, events, final=done is None))
    if done is None:
        last_ms = max(event.utc_ms for event in events)
        finished = Finished(utc_ms=last_ms + 1_000, spent_fen=spent, refunded_fen=refunded)
        events.append(finished)
    write_run(folder, events)
    return plan


def slot_for(number: int, shop: tuple[int, Manner], plan: Plan, minutes: int) -> Slot:
    index, manner = shop
    stratum = plan.strata[number * len(plan.strata) // max(1, plan.scope.sessions)]
    begins = BEGAN_MS + (stratum.from_min - plan.strata[0].from_min) * 60_000
    return Slot(
        utc_ms=BEGAN_MS,
        slot=f"s{number + 1:02d}-{index + 1}",
        target=manner.name,
        shop=f"shop-{index + 1}",
        shop_name=manner.name,
        responder=None,
        responder_name=None,
        offer=f"offer-{index + 1}",
        minutes=minutes,
        price_fen=2800,
        stratum=stratum.name,
        at_utc_ms=begins + (number * 37 + index * 5) * 60_000,
        account=index % 2,
    )


def handed_over(plan: Plan) -> tuple[Journal, Slot]:
    """A session of a chosen responder, r1, who answers, is late, and hands over to r2 twice."""
    rng = random.Random(plan.seed)
    own = {"utc": _utc(BEGAN_MS), "paid_ms": 900_000, "price_fen": 2800}
    journal = Journal(rng, "session-s01-1", "shop-1", "r1", **own)

    def reply(t: int, responder: str) -> None:
        seen = len(journal.entries)
        journal.say("responder", t, ANSWERS[0], responder=responder, seen_seq=seen)

    journal.say("customer", 1_000, SMALL_TALK[0])
    reply(4_000, "r1")
    journal.say("customer", 20_000, SMALL_TALK[1])
    journal.add("handover", 45_000, **{"from": "r1", "to": "r2", "reason": "link"})
    reply(52_000, "r2")
    journal.add("handover", 60_000, **{"from": "r2", "to": "r1", "reason": "responder"})
    journal.say("customer", 70_000, SMALL_TALK[2])
    journal.add("handover", 75_000, **{"from": "r1", "to": "r2", "reason": "responder"})
    reply(78_000, "r2")
    journal.add("closing", 90_000)
    journal.add("closed", 90_000, reason="customer")
    slot = slot_for(0, (0, SHOPS[0]), plan, 15)
    chosen = {"target": "小满", "responder": "r1", "responder_name": "小满"}
    return journal, msgspec.structs.replace(slot, **chosen)


def begun(plan: Plan) -> RunBegun:
    return RunBegun(
        utc_ms=BEGAN_MS - 60_000,
        format=FORMAT,
        run="run-sample",
        plan_sha256=plan.sha256,
        seed=plan.seed,
        relay="ws://127.0.0.1:8765",
        relay_key=public_bytes(KEY).hex(),
        rule=RULE,
        practice=True,
        version="0.1.0",
    )


def countersigned(plan: Plan, earlier: int = 0) -> Countersigned:
    """As the relay does before the first purchase."""
    word = PlanRegistered(
        registration="plan-sample",
        plan_sha256=plan.sha256,
        utc=_utc(BEGAN_MS - 30_000),
        earlier=earlier,
        key_id=key_id_of(public_bytes(KEY)),
        signature="",
    )
    return Countersigned(utc_ms=BEGAN_MS - 30_000, statement=signed(KEY, word))


def listed(plan: Plan, events: list[AnyEvent], *, final: bool) -> OrdersListed:
    """As the relay does at the end, from what a run's journal says truly."""
    sessions = {e.slot: e.session for e in events if isinstance(e, SlotOpened)}
    last_ms = max(event.utc_ms for event in events)
    word = PlanOrders(
        registration="plan-sample",
        plan_sha256=plan.sha256,
        utc=_utc(last_ms),
        final=final,
        orders=[
            PlanOrder(
                order=event.order,
                session=sessions.get(event.slot),
                price_fen=event.price_fen,
                state=OrderState.SETTLED,
                shut_out=False,
            )
            for event in events
            if isinstance(event, Bought)
        ],
        key_id=key_id_of(public_bytes(KEY)),
        signature="",
    )
    return OrdersListed(utc_ms=last_ms, statement=signed(KEY, word))


def skipped(slot: str, reason: str) -> Skipped:
    return Skipped(utc_ms=BEGAN_MS, slot=slot, reason=reason)


def write_run(folder: Path, events: list[AnyEvent]) -> None:
    """The events as run.jsonl, chained."""
    previous, lines = NO_PREV, []
    for number, event in enumerate(events, 1):
        line = msgspec.json.encode(LoggedLine(n=number, prev=previous, entry=event))
        lines.append(line + b"\n")
        previous = hashlib.sha256(line).hexdigest()
    (folder / "run.jsonl").write_bytes(b"".join(lines))


def rate(folder: Path, rater: str, labels: dict[str, str]) -> None:
    """A rater's file."""
    lines = [
        json.dumps({"item": k, "label": v, "utc_ms": BEGAN_MS}) + "\n" for k, v in labels.items()
    ]
    (folder / "coding" / f"{rater}.jsonl").write_text("".join(lines), encoding="utf-8")


def _utc(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat().replace("+00:00", "Z")
