"""What must hold after a simulation, read from the disks and from what really happened."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.torture.sim.clockwork import EPOCH_MS
from tests.torture.sim.house import House
from tests.torture.sim.people import Diary

from miaohui.client.feed.command_states import CommandState
from miaohui.client.store.store import connect as open_app_store
from miaohui.promise.chain import Chain
from miaohui.promise.fold import Fold
from miaohui.promise.heads import receipt_from
from miaohui.promise.turns import TurnState
from miaohui.relay.money import ledger
from miaohui.relay.storage.schema import connect as open_relay_store
from miaohui.wire.journal import Entry, Fault, Message, Paused, Resumed, decode_line

ENDS = {"settled", "declined", "no_show", "void", "refunded"}
SLACK_MS = 2
# For what simulated people's messages may be refused for good: by handing over, by the end (of the
# session, or of an order that nobody took), by the app's own disk.
CAUSES = {"not_allowed", "session_closed", "not_found", "store"}


@dataclass
class Record:
    """A Witness: when commands reached the relay, and what it answered."""

    now: Any = None
    came: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    double_answers: list[str] = field(default_factory=list)

    def command_came(self, id: str, life: int) -> None:
        self.came[id].append(self.now())

    def answered(self, id: str, result: dict[str, Any]) -> None:
        if result.get("type") != "accepted":
            return
        before = self.answers.setdefault(id, result)
        if before != result:
            self.double_answers.append(f"{id}: {before} and {result}")


@dataclass
class Journal:
    """A session as it stands on the relay's disk."""

    id: str
    order: str
    num: int
    customer: str
    opened_ms: int
    state: str
    entries: list[Entry]
    spoken: list[str]  # ids of messages, in the order of the feed
    items: list[tuple[int, str]]
    seats: dict[str, int | None]
    receipt: dict[str, Any] | None
    fold: Fold


def journals(conn: Any) -> list[Journal]:
    found = []
    for num, id, order, customer, opened, state in conn.execute(
        "SELECT num, id, order_id, customer, opened_utc_ms, state FROM session ORDER BY num"
    ).fetchall():
        entries: list[Entry] = []
        spoken: list[str] = []
        items: list[tuple[int, str]] = []
        receipt = None
        fold = Fold()
        for pos, seq, line in conn.execute(
            "SELECT pos, seq, line FROM feed WHERE session = ? ORDER BY pos", (num,)
        ):
            items.append((pos, line))
            if seq is None:
                item = json.loads(line)
                if item["type"] == "outside_item" and not item.get("queued"):
                    spoken.append(item["id"])
                elif item["type"] == "receipt_item":
                    receipt = item["receipt"]
                continue
            entry = decode_line(line.encode())
            entries.append(entry)
            fold.apply(entry)
            if isinstance(entry, Message):
                spoken.append(entry.id)
        seats = dict(
            conn.execute("SELECT account, to_pos FROM seat WHERE session = ?", (num,)).fetchall()
        )
        found.append(
            Journal(
                id,
                order,
                num,
                customer,
                opened,
                state,
                entries,
                spoken,
                items,
                seats,
                receipt,
                fold,
            )
        )
    return found


def check(
    house: House, diary: Diary, record: Record, *, walls_moved: bool
) -> Iterator[tuple[str, str]]:
    """(rule, what broke it), for everything that is not as it must be."""
    for each in house.world.complaints:
        yield "no errors of our own", each
    for each in house.unbalanced:
        yield "ledger zero at every commit", each
    conn = open_relay_store(house.folder / "relay.db")
    try:
        told = journals(conn)
        yield from _said(diary, record, told, house)
        for journal in told:
            yield from _journal(house, journal)
            yield from _sides(house, journal)
            yield from _waits(journal, record, walls_moved=walls_moved)
        yield from _doubted(house)
        yield from _money(conn, told)
        answer = conn.execute("PRAGMA integrity_check").fetchone()[0]
        if answer != "ok":
            yield "the relay's disk is sound", answer
    finally:
        conn.close()


def _said(
    diary: Diary, record: Record, told: list[Journal], house: House
) -> Iterator[tuple[str, str]]:
    where: dict[str, list[str]] = defaultdict(list)
    served = {journal.order for journal in told} | {journal.id for journal in told}
    for journal in told:
        for id in journal.spoken:
            where[id].append(journal.id)
    for id, places in where.items():
        if len(places) > 1:
            yield "each message once", f"{id} stands {len(places)} times"
        if id not in diary.said and not any(id in app.again for app in house.apps.values()):
            yield "each message once", f"{id} was never written"
    for line in record.double_answers:
        yield "each message once", line
    for id, answer in record.answers.items():
        if id not in where and diary.lanes.get(id) in served:
            yield "no accepted message is lost", f"{diary.said[id].text} was {answer}"
    # What was said to an order that nobody took stays with it.
    failed = {id for id, lane in diary.lanes.items() if lane not in served}
    for app in house.apps.values():
        assert app.client is not None
        for kept in app.client._context.outbox.all():
            if kept.state is CommandState.FAILED:
                failed.add(kept.command.id)
                if kept.code not in CAUSES:
                    id = kept.command.id
                    text = diary.said[id].text if id in diary.said else app.again[id]
                    yield "no message is refused without a cause", f"{text}: {kept.code}"
    for id, said in diary.said.items():
        if id not in where and id not in diary.maybe_lost and id not in failed:
            yield "no message is lost", f"{said.text} ({id}), typed at {said.at_us / 1e6:.3f} s"
    for journal in told:
        position = {id: at for at, id in enumerate(journal.spoken)}
        for ids in diary.by_author.values():
            here = [position[id] for id in ids if id in position]
            if here != sorted(here):
                early = next(
                    (first, second)
                    for first, second in pairwise(id for id in ids if id in position)
                    if position[first] > position[second]
                )
                texts = " after ".join(diary.said[id].text for id in early)
                yield "each author's messages in order", f"{journal.id}: {texts}"


def _journal(house: House, journal: Journal) -> Iterator[tuple[str, str]]:
    chain = Chain()
    try:
        for entry in journal.entries:
            chain.accept(entry)
    except Exception as error:
        yield "chain unbroken", f"{journal.id}: {error}"
        return
    if [pos for pos, _ in journal.items] != list(range(1, len(journal.items) + 1)):
        yield "feed without a gap", journal.id
    if journal.state == "closed":
        if journal.receipt is None:
            yield "every closed session has its receipt", journal.id
        else:
            receipt = receipt_from(journal.receipt)
            if (receipt.head, receipt.seq) != (chain.head, chain.length):
                yield "every closed session has its receipt", f"{journal.id}: other head or length"
    relay = house.relay.relay
    if relay is None:
        return
    live = relay.sessions.live.get(journal.id)
    if live is not None:
        mine, disk = live.actor.state.fold, journal.fold
        if mine.length != disk.length or mine.figures(mine.last_t) != disk.figures(disk.last_t):
            yield "fold of relay = fold from disk", journal.id


def _sides(house: House, journal: Journal) -> Iterator[tuple[str, str]]:
    for name, to_pos in journal.seats.items():
        app = house.apps[name]
        assert app.client is not None
        talk = app.client._syncs.get(journal.id)
        if to_pos is not None or talk is None or not talk.loaded:
            yield from _stored(house, journal, name)
            continue
        shown = [each.key for each in app.client.messages(journal.id) if each.kind == "message"]
        shown = shown[: len(talk.feed.rows)]
        pending = {each.key for each in talk.feed.pending}
        shown = [key for key in shown if key not in pending]
        if shown != journal.spoken:
            yield (
                "both sides show the journal",
                f"{name} shows {len(shown)} of {len(journal.spoken)} in {journal.id}",
            )
            continue
        if talk.feed.journal.broken is not None:
            yield "chain unbroken", f"{name}: {talk.feed.journal.broken}"
            continue
        mine, disk = talk.feed.journal.fold, journal.fold
        if mine.length != disk.length or mine.figures(mine.last_t) != disk.figures(disk.last_t):
            yield "fold of app = fold from disk", f"{name} in {journal.id}"
        if journal.state == "closed" and talk.feed.receipt != journal.receipt:
            yield "both sides hold the receipt", f"{name} in {journal.id}"
        yield from _stored(house, journal, name)


def _stored(house: House, journal: Journal, name: str) -> Iterator[tuple[str, str]]:
    """What the app has on disk is a beginning of the feed, without a gap."""
    conn = open_app_store(house.apps[name].database, house.key)
    try:
        kept = conn.execute(
            "SELECT pos FROM item WHERE session = ? ORDER BY pos", (journal.id,)
        ).fetchall()
        places = [pos for (pos,) in kept]
        if len(places) > len(journal.items) or len(set(places)) != len(places):
            yield "the app's disk holds the feed", f"{name} in {journal.id}"
    finally:
        conn.close()


def _doubted(house: House) -> Iterator[tuple[str, str]]:
    """What the apps say against a relay that is honest."""
    for name, app in house.apps.items():
        conn = open_app_store(app.database, house.key)
        try:
            for (body,) in conn.execute("SELECT body FROM doubt").fetchall():
                yield "no honest relay is doubted", f"{name}: {body.decode()}"
        finally:
            conn.close()


def _waits(journal: Journal, record: Record, *, walls_moved: bool) -> Iterator[tuple[str, str]]:
    """Booked waits against when the commands really reached the relay, by the harness's clock."""
    rule = "wait booked = wait that was"
    faults = [(e.from_t, e.to_t) for e in journal.entries if isinstance(e, Fault)]
    came: dict[int, list[int]] = {}  # seq → ms
    replies: dict[int, list[int]] = defaultdict(list)  # t → seqs
    for entry in journal.entries:
        if not isinstance(entry, Message) or (entry.t == 0 and entry.is_ask):
            continue  # what was sent while queued is an ask at the opening
        times = came[entry.seq] = [EPOCH_MS + each // 1000 for each in record.came[entry.id]]
        if not entry.is_ask:
            replies[entry.t].append(entry.seq)
        if walls_moved or faults:
            continue
        if not any(abs(journal.opened_ms + entry.t - each) <= SLACK_MS for each in times):
            beside = [journal.opened_ms + entry.t - each for each in times]
            yield rule, f"entry {entry.seq} of {journal.id} is booked {beside} ms beside its coming"
    pauses = list(_pauses(journal.entries))
    for turn in journal.fold.turns:
        if turn.end is None or turn.state in (TurnState.VOID, TurnState.CENSORED):
            continue
        if turn.asks[0] not in came or any(a < turn.end and b > turn.start for a, b in faults):
            continue
        stood = sum(
            min(b, turn.end) - max(a, turn.start)
            for a, b in pauses
            if a < turn.end and b > turn.start
        )
        was = [
            reply - ask - stood
            for seq in replies[turn.end]
            for reply in came[seq]
            for ask in came[turn.asks[0]]
        ]
        if not any(abs(each - turn.wait) <= 2 * SLACK_MS for each in was):
            yield rule, f"turn of {turn.asks} in {journal.id}: booked {turn.wait} ms, was {was} ms"


def _pauses(entries: list[Entry]) -> Iterator[tuple[int, int]]:
    began: int | None = None
    for entry in entries:
        if isinstance(entry, Paused) and began is None:
            began = entry.t
        elif isinstance(entry, Resumed) and began is not None:
            yield began, entry.t
            began = None


def _money(conn: Any, told: list[Journal]) -> Iterator[tuple[str, str]]:
    for each in ledger.audit_in(conn):
        yield "ledger zero at every commit", each
    by_order = {journal.order: journal for journal in told}
    for order, state, price, extensions, refund, session in conn.execute(
        "SELECT order_id, state, price_fen, extensions_fen, refund_fen, session FROM orders"
    ).fetchall():
        if state not in ENDS:
            yield "no order without an end", f"{order} is {state}"
            continue
        sums = dict(
            conn.execute(
                "SELECT what, sum(fen) FROM movements WHERE order_id = ? GROUP BY what", (order,)
            ).fetchall()
        )
        paid = sums.get("payment", 0) + sums.get("extension", 0)
        back, earned = sums.get("refund", 0), sums.get("earning", 0)
        if paid != back + earned:
            yield "no charge without a session or a refund", f"{order}: {sums}"
        if state == "settled":
            journal = by_order.get(order)
            if journal is None or session is None:
                yield "no charge without a session or a refund", f"{order} has no session"
                continue
            settlement = journal.fold.settlement()
            if settlement is None or settlement.refund_fen != back or refund != back:
                yield "settled as the journal says", f"{order}: {settlement} and {back} back"
            if paid != price + extensions or journal.fold.price_fen != paid:
                yield "settled as the journal says", f"{order}: {paid} paid, {price}+{extensions}"
        elif earned or paid != back:
            yield "no charge without a session or a refund", f"{order} {state}: {sums}"
    # What the provider took, and gave back, is what the books say.
    for number, fen, state, booked in conn.execute(
        "SELECT p.number, i.fen, i.state, p.booked FROM payments p"
        " JOIN practice_intents i USING (number)"
    ).fetchall():
        back = conn.execute(
            "SELECT ifnull(sum(fen), 0) FROM practice_refunds WHERE intent = ?", (number,)
        ).fetchone()[0]
        if state == "succeeded" and not booked and back != fen:
            yield "no charge without a session or a refund", f"{number}: {fen} taken, {back} back"
        if state == "pending":
            yield "no order without an end", f"payment {number} is pending"
    waiting = conn.execute("SELECT count(*) FROM refunds WHERE state = 'pending'").fetchone()[0]
    if waiting:
        yield "no charge without a session or a refund", f"{waiting} refunds not paid"
