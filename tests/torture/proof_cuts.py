"""Cut everywhere: one scripted session, and its link cut at every frame in turn.

Purchase, 16 or 200 messages with a breach among them, a break, an extension, a handover, the end, the
receipt, on the simulator's clock. The first run is not cut; it counts the frames. Every other run
is cut once: before a frame arrives, in the middle of it (it is lost, as a frame cut in two is), or
after it; rudely or with silence. Transcript, verdicts and settlement must be those of the first;
what the settlement counts by the second may differ by the seconds of the way back.

What lies before a cut is played once for all of them: at each frame the world forks, and one of the
two is cut (``sim.fork``). A long session's cuts are shared out among as many processes as the machine
has cores.

Then the same over real sockets, cut at bytes spread over the whole stream (``bytecuts``).
"""

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from tests.torture import bytecuts, side
from tests.torture.outcome import Outcome
from tests.torture.sim import fork
from tests.torture.sim.checks import check, journals
from tests.torture.sim.people import Diary
from tests.torture.sim.stage import Stage, staged
from tests.torture.sim.wires import Link

from miaohui.client.facade import Client
from miaohui.client.feed.outbox import Outbox
from miaohui.relay.storage.schema import connect as open_relay_store
from miaohui.wire.desk import SetPresence
from miaohui.wire.sessions import AcceptHandover, End, Extend, HandOver, Pause, Resume

ABOUT = "scripted sessions of 16 and of 200 messages, cut at every frame in turn"
PLANTED = "an outbox that forgets what was under way when the link went"
COUNT = 3500
SHORT = 2
EVERY = 420  # so many cut every frame of the short session; the rest go to the long one
SHARE = 120  # about so many for one process at a time
BYTES = 44
TURNS = 100
SHORT_TURNS = 8
PACE_S = 2.0
LATE_S = 12.0
WAY_BACK_FEN = 17  # 10 s of 35 minutes for 35 yuan


@dataclass
class Account:
    """What is compared."""

    transcript: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)
    money: dict[str, int] = field(default_factory=dict)
    order: tuple[Any, ...] = ()
    kinds: list[str] = field(default_factory=list)
    frames: int = 0
    broken: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Gate:
    """Counts the frames; ``places``: which of them cuts the link, and how: ``before`` (the frame is
    lost), ``after``, ``silent``. With a ``branch``, each of them does so in a child alone."""

    places: dict[int, str] = field(default_factory=dict)
    only: bytes = b""  # frames that hold this
    branch: fork.Fork | None = None
    seen: int = 0

    def __call__(self, link: Link, data: bytes, up: bool) -> bool:
        if self.only not in data:
            return False
        self.seen += 1
        how = self.places.get(self.seen)
        if how is None or (self.branch is not None and not self.branch.split(self.seen)):
            return False
        self.places = {}
        if how == "after":
            link.net.world.at(link.net.world.now, link.reset)
            return False
        if how == "silent":
            link.mute(up=True, down=True)
        else:
            link.reset()
        return True


def play(seed: int, turns: int, gate: Gate) -> Account:
    """The script, with at most one cut."""
    with staged(seed, responders=2) as stage:
        stage.house.net.gate = gate
        return _play(stage, turns, gate)


def ways(seed: int, turns: int, gate: Gate) -> Mapping[int, Account | str]:
    """What came of the script with each of the gate's cuts, and (0) with none."""
    if not fork.POSSIBLE:
        return {0: play(seed, turns, Gate(only=gate.only))} | {
            at: play(seed, turns, Gate({at: how}, gate.only)) for at, how in gate.places.items()
        }
    with staged(seed, responders=2) as stage:
        stage.house.net.gate = gate
        gate.branch = fork.Fork(stage.house.folder)
        try:
            got: Account | str = _play(stage, turns, gate)
        except BaseException as never:
            # Whatever ends a child, it must not go on where its parent will.
            if not isinstance(never, Exception) and not gate.branch.child:
                raise
            got = f"{type(never).__name__}: {never}"
        if gate.branch.child:
            gate.branch.tell(got)
        return {0: got} | {
            at: gate.branch.found.get(at) or "the run ended without a word" for at in gate.places
        }


def _play(stage: Stage, turns: int, gate: Gate) -> Account:
    diary = Diary()
    session = stage.open()
    began = stage.world.now
    holder = "rin"
    for turn in range(turns):
        due = began + round(turn * PACE_S * 1e6)
        if due > stage.world.now:
            stage.run((due - stage.world.now) / 1e6)
        if turn == turns // 4:
            began += round(LATE_S * 1e6)
        if turn == turns // 3:
            stage.asks("anna", Pause(id=stage.client("anna").new_id(), session=session))
            stage.asks("anna", Resume(id=stage.client("anna").new_id(), session=session))
        if turn == turns // 2:
            new = stage.client("anna").new_id()
            stage.asks(
                "anna",
                Extend(id=new, session=session, offer="five", price_fen=500, provider="practice"),
            )
        if turn == 2 * turns // 3:
            holder = _hand_over(stage, session)
        _say(stage, diary, "anna", session, f"问 {turn}")
        stage.until(lambda t=f"问 {turn}", h=holder: _shown(stage, h, session, t), 60)
        stage.look(holder, session)
        stage.run(LATE_S if turn == turns // 4 else 0.8)
        _say(stage, diary, holder, session, f"答 {turn}")
        stage.until(lambda t=f"答 {turn}": _shown(stage, "anna", session, t), 60)
    _end(stage, session)
    return _account(stage, diary, gate)


def _say(stage: Stage, diary: Diary, name: str, session: str, text: str) -> None:
    key = stage.say(name, session, text)
    diary.wrote(stage.house.apps[name], key, text, session)


def _shown(stage: Stage, name: str, session: str, text: str) -> bool:
    """Whether it is the newest on somebody's screen; to look through all takes most of the time."""
    lines = stage.client(name).messages(session)
    newest = next((each for each in reversed(lines) if each.kind == "message"), None)
    return newest is not None and newest.text == text


def _hand_over(stage: Stage, session: str) -> str:
    desk = stage.client("sui")
    stage.asks("sui", SetPresence(id=desk.new_id(), state="on"))
    relay = stage.house.relay.relay
    assert relay is not None
    duty = relay.services.on_duty
    stage.until(lambda: duty.presence("sui") == "on", 60)
    stage.asks("rin", HandOver(id=stage.client("rin").new_id(), session=session, to="sui"))
    stage.until(lambda: _lies_before(desk, session), 60)
    stage.asks("sui", AcceptHandover(id=desk.new_id(), session=session))
    stage.until(lambda: stage.synced("sui", session), 60)
    return "sui"


def _lies_before(client: Client, session: str) -> bool:
    desk = client.view.desk
    return desk is not None and any(each.session == session for each in desk.handover_offers)


def _end(stage: Stage, session: str) -> None:
    client = stage.client("anna")
    stage.asks("anna", End(id=client.new_id(), session=session))

    def told() -> bool:
        talk = client._syncs.get(session)
        return talk is not None and talk.feed.receipt is not None and not talk.feed.pending

    stage.until(told, 60)
    stage.until(lambda: any(order.state == "settled" for order in client.view.orders), 60)
    stage.run(6)


def _account(stage: Stage, diary: Diary, gate: Gate) -> Account:
    account = Account(frames=gate.seen)
    account.broken = list(check(stage.house, diary, stage.record, walls_moved=False))
    conn = open_relay_store(stage.house.folder / "relay.db")
    try:
        journal = journals(conn)[0]
        texts = {each.id: f"{each.author}: {each.text}" for each in diary.said.values()}
        account.transcript = [texts.get(id, id) for id in journal.spoken]
        figures = journal.fold.figures(journal.fold.last_t)
        account.states = [str(turn.state) for turn in figures.turns]
        account.waits = [turn.wait for turn in figures.turns]
        account.kinds = [
            type(entry).__name__ for entry in journal.entries if type(entry).__name__ != "Message"
        ]
        account.money = dict(
            conn.execute("SELECT what, sum(fen) FROM movements GROUP BY what").fetchall()
        )
        account.order = conn.execute(
            "SELECT state, price_fen, extensions_fen, extended_minutes, closed_reason"
            " FROM orders WHERE state <> 'void'"
        ).fetchone()
    finally:
        conn.close()
    return account


@contextmanager
def _forgetful() -> Iterator[None]:
    real = Outbox.link

    def link(self: Outbox, *, live: bool) -> None:
        for kept in self.all():
            if kept.state == "sent":
                self._forget(kept)
        real(self, live=live)

    with mock.patch.object(Outbox, "link", link):
        yield


HOWS = ("before", "after", "silent")


def run(seed: int, count: int, *, planted: bool) -> Outcome:
    outcome = Outcome()
    _series(seed, SHORT_TURNS, count, outcome, planted=planted)
    if count > EVERY:
        _series(seed, TURNS, count - EVERY, outcome, planted=planted)
    if not planted:
        messages = 2 * TURNS if count > EVERY else 4 if count <= SHORT else 2 * SHORT_TURNS
        places = min(count // 10 or 1, BYTES)
        asyncio.run(bytecuts.play(seed, places, messages, outcome))
    return outcome


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a session's cuts."""

    seed: int
    turns: int
    places: dict[int, str]
    only: bytes
    planted: bool
    whole: Account


@dataclass(slots=True)
class Found:
    """What came of them, and by how much a wait moved at most."""

    outcome: Outcome = field(default_factory=Outcome)
    worst: int = 0


def _series(seed: int, turns: int, count: int, outcome: Outcome, *, planted: bool) -> None:
    """A session of so many turns, cut at so many places spread over all its frames."""
    # The planted fault loses messages: it is looked for where messages set out.
    only = b'"type":"send"' if planted else b""
    length = f"{2 * turns} messages"
    whole = play(seed, turns, Gate(only=only))
    outcome.check(f"{length}, not cut", holds=not whole.broken, example=str(whole.broken[:2]))
    places = list(range(1, whole.frames + 1))
    if count < len(places):
        step = len(places) / count
        places = [1 + int(step * (number + 0.5)) for number in range(count)]
    cuts = {at: HOWS[(number + seed) % len(HOWS)] for number, at in enumerate(places)}
    shares = 1 + len(places) // SHARE
    parts = [
        Part(seed, turns, {at: cuts[at] for at in places[first::shares]}, only, planted, whole)
        for first in range(shares)
    ]
    worst = 0
    for found in side.play(cut, parts, os.cpu_count() or 1):
        outcome.merge(found.outcome)
        worst = max(worst, found.worst)
    outcome.notes.append(
        f"{length}: {whole.frames:,} frames, {len(places):,} of them cut; a cut moved a wait by"
        f" at most {worst / 1000:.2f} s (the way back), and no verdict"
    )


def cut(part: Part) -> Found:
    """A session's cuts, each held against the run without one."""
    found = Found()
    whole, length = part.whole, f"{2 * part.turns} messages"
    with ExitStack() as stack:
        if part.planted:
            stack.enter_context(_forgetful())
        got = ways(part.seed, part.turns, Gate(dict(part.places), part.only))
    for at, account in got.items():
        how = part.places.get(at, "")
        what = f"cut {how} a frame" if how != "silent" else "silent from there"
        if not isinstance(account, Account):
            wrong = account
        elif at:
            wrong = _compare(whole, account)
            moved = (abs(a - b) for a, b in zip(whole.waits, account.waits, strict=False))
            found.worst = max(found.worst, *moved)
        else:
            # Whatever its forks did, the run that they left must not have felt it.
            what, wrong = "forked and not cut", "" if account == whole else "it came out otherwise"
        found.outcome.check(
            f"{length}, {what}", holds=not wrong, example=f"seed {part.seed}, frame {at}: {wrong}"
        )
    return found


def _compare(whole: Account, got: Account) -> str:
    for name in ("transcript", "states", "order", "kinds"):
        mine, other = getattr(whole, name), getattr(got, name)
        if mine != other:
            return f"{name}: {_difference(mine, other)}"
    for what in {*whole.money, *got.money}:
        # An end that came later over a new link used more of the paid time: by so much, at most.
        apart = abs(whole.money.get(what, 0) - got.money.get(what, 0))
        if apart > (WAY_BACK_FEN if what in ("earning", "refund") else 0):
            return f"money: {what} {whole.money.get(what)}, cut {got.money.get(what)}"
    return str(got.broken[0]) if got.broken else ""


def _difference(mine: Any, other: Any) -> str:
    if isinstance(mine, list) and isinstance(other, list):
        for at, (a, b) in enumerate(zip(mine, other, strict=False)):
            if a != b:
                return f"at {at}: {a!r}, cut {b!r}"
        return f"{len(mine)} against {len(other)}"
    return f"{mine} against {other}"
