"""Liars: real apps behind a relay that lies in one place of a session, and behind honest relays on bad
lines.

A trial is one session: bought, opened, talked in, ended, on the simulator's clock. A lie counts as
noticed where the app of whoever can know says so of itself, of the kind that it is, keeps it, and shows
the receipt as one that does not fit, also after it was started anew; two journals for two people, where
`miaohui verify BUNDLE OTHER` names the entry; an exchanged key, where nothing is sent until the
person has taken the new one. Behind an honest relay nothing may be said at all.
"""

import functools
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest import mock

from tests.torture.liar import (
    CUSTOMER,
    EXCHANGED,
    LIES,
    RESPONDER,
    TOGETHER,
    UNSIGNED,
    Liar,
    Lie,
)
from tests.torture.outcome import Outcome
from tests.torture.sim.checks import Record
from tests.torture.sim.house import House, simulated, template
from tests.torture.sim.people import Diary
from tests.torture.sim.stage import NeverHappened, Stage
from tests.torture.sim.weather import Weather

from miaohui.client.doubts import Doubt
from miaohui.client.facade import Client
from miaohui.client.feed.witness import Witness
from miaohui.client.snapshots import Change, Notice
from miaohui.promise.verdict import Outcome as Verified
from miaohui.promise.verdict import verify_bundle
from miaohui.relay.storage.keys import load_key
from miaohui.wire.sessions import End, Extend

ABOUT = "sessions behind a relay that lies in one place, and behind honest ones on bad lines"
PLANTED = "an app that takes its relay's word for everything"
COUNT = 10_000
SHORT = 56  # each kind once
HONEST_EVERY = 4  # of so many sessions one has an honest relay, on a bad line
LINES = ("slow", "jittery", "cut")
SETTLES_S = 200.0


@dataclass
class Heard:
    """What an app told the person at it."""

    doubts: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)

    def hear(self, change: Change) -> None:
        if isinstance(change, Notice):
            if change.code == "doubt":
                self.doubts.add(change.name)
            else:
                self.others.add(change.code)


class Play:
    """One session from the purchase to the receipt, by lot."""

    def __init__(self, stage: Stage, source: random.Random, lie: Lie | None) -> None:
        self.stage, self.source, self.lie = stage, source, lie
        self.shape = "" if lie is None else lie.shape
        self.heard = {name: Heard() for name in (CUSTOMER, RESPONDER)}
        self.session = ""

    def listen(self) -> None:
        self.stage.until(self.stage.house.live)
        for name, heard in self.heard.items():
            self.stage.client(name).subscribe(heard.hear)

    def pause(self, least: float, most: float) -> None:
        self.stage.run(self.source.uniform(least, most))

    def ask(self, text: str) -> None:
        self.stage.say(CUSTOMER, self.session, text)

    def reply(self, text: str) -> None:
        self.stage.look(RESPONDER, self.session)
        self.stage.run(0.02)
        self.stage.say(RESPONDER, self.session, text)
        self.pause(0.5, 0.9)
        self.stage.look(CUSTOMER, self.session)

    def turn(self, number: int, least: float = 2.0, most: float = 3.5) -> None:
        self.ask(f"question {number} {self.source.randrange(10_000)}")
        self.pause(least, most)
        self.reply(f"answer {number} {self.source.randrange(10_000)}")

    def crossing(self, number: int) -> None:
        """A second question that is on its way to the responder while they press Send."""
        self.ask(f"question {number}")
        self.pause(1.8, 2.2)
        for link in self.stage.house.net.of(self.stage.house.apps[RESPONDER]):
            link.down.stalled_until = self.stage.world.now + 1_500_000
        if self.shape == "burst":
            self.ask("and this")
            self.pause(0.9, 1.1)
            self.reply(f"answer {number}")
        else:
            self.reply_crossing(number)
        self.stage.run(1.5)

    def reply_crossing(self, number: int) -> None:
        """The relay has the question for less than 300 ms when the reply comes."""
        self.stage.look(RESPONDER, self.session)
        self.stage.run(0.02)
        self.ask("and this")
        self.stage.run(0.05)
        self.stage.say(RESPONDER, self.session, f"answer {number}")
        self.pause(0.5, 0.9)

    def change_words(self, name: str) -> None:
        client = self.stage.client(name)
        mine = [each for each in client.messages(self.session) if each.mine and each.seq]
        if not mine:  # nothing has got through yet
            return
        key = self.source.choice(mine).key
        self.stage.do(name, lambda app: app.edit_text(self.session, key, f"changed {key[-4:]}"))
        self.stage.run(0.6)

    def talk(self) -> None:
        """The victim is each side's second message."""
        self.turn(1)
        if self.shape in ("burst", "crossing"):
            self.crossing(2)
        elif self.shape == "late":
            self.turn(2, 11.0, 14.0)
        else:
            self.turn(2)
        if self.shape == "edit":
            self.change_words(CUSTOMER)
            self.change_words(RESPONDER)
        if self.shape == "extend":
            client = self.stage.client(CUSTOMER)
            self.stage.asks(
                CUSTOMER,
                Extend(
                    id=client.new_id(),
                    session=self.session,
                    offer="five",
                    price_fen=500,
                    provider="practice",
                ),
            )
        self.turn(3, 0.5, 6.0)

    def end(self) -> None:
        name = RESPONDER if self.shape == "theirs" else CUSTOMER
        client = self.stage.client(name)
        end = End(id=client.new_id(), session=self.session, now=name == CUSTOMER)
        self.stage.asks(name, end)
        self.settle()

    def settle(self) -> None:
        self.stage.until(self.settled, SETTLES_S, every=0.25)

    def settled(self) -> bool:
        """Both have the receipt and have checked it, and the refund was told."""
        for name in self.heard:
            client = self.stage.house.apps[name].client
            view = None if client is None else client.session(self.session)
            if view is None or view.receipt_sound is None or view.card.state != "closed":
                return False
        order = self.stage.client(CUSTOMER).session(self.session)
        return order is not None and order.order is not None and order.order.state == "settled"

    def doubts(self, name: str) -> tuple[Doubt, ...]:
        view = self.stage.client(name).session(self.session)
        return () if view is None else view.doubts

    def sound(self, name: str) -> bool | None:
        view = self.stage.client(name).session(self.session)
        return None if view is None else view.receipt_sound

    def start_anew(self, name: str) -> None:
        """The app is ended and started, and the conversation looked at."""
        app = self.stage.house.apps[name]
        app.down()
        app.up()
        self.stage.until(self.stage.house.live)
        self.stage.do(name, lambda client: client.focus(self.session))
        self.stage.until(lambda: self.sound(name) is not None, SETTLES_S, every=0.25)

    def bundle(self, name: str) -> bytes:
        """What the app exports."""
        path = self.stage.house.folder / f"{name}.zip"
        app, client = self.stage.house.apps[name], self.stage.client(name)
        done = app.spawn(client.export_bundle(self.session, path, with_text=True), "export")
        self.stage.until(done.done, 30)
        done.result()
        return path.read_bytes()


def _lines(stage: Stage, source: random.Random) -> None:
    """A line on which a conversation is pleasant: what it adds is far below any lie."""
    stage.house.net.base_us = source.choice((1_000, 10_000, 30_000, 80_000))
    stage.house.net.jitter_us = source.choice((0, 2_000, 20_000))


def lying(seed: int, lie: Lie) -> tuple[bool, str]:
    """Whether the lie was noticed, and what was seen."""
    source = random.Random(f"liars {seed}")
    record = Record()
    with (
        simulated(),
        House(seed, record, customers=1, responders=1, plain=True) as house,
    ):
        stage = Stage(house, record)
        key = load_key(house.folder / "relay.key").private
        liar = Liar(lie, key, source)
        house.net.between = liar
        house.begin()
        play = Play(stage, source, lie)
        _lines(stage, source)
        play.listen()
        play.session = stage.open()
        stage.look(CUSTOMER, play.session)
        if lie.what == EXCHANGED:
            return exchanged(play, liar)
        if lie.what == "a pause in the customer's name":
            play.turn(0)
            _in_their_name(play, liar, {"type": "pause"})
        elif lie.what == "a customer said to be offline who was not":
            stage.run(31)
            _in_their_name(play, liar, {"type": "pause"})
        elif lie.what == "an extension in the customer's name":
            _in_their_name(
                play,
                liar,
                {"type": "extend", "offer": "five", "price_fen": 500, "provider": "practice"},
            )
        play.talk()
        if "never written" in lie.what or "withheld" in lie.what:
            stage.run(34)
        elif "statement" in lie.what:
            stage.run(11)
            play.turn(4)
            stage.run(11)
        play.end()
        if not liar.told:
            return False, "the lie was never told"
        if lie.what == TOGETHER:
            return parted(play)
        return noticed(play, lie)


def _in_their_name(play: Play, liar: Liar, frame: dict[str, object]) -> None:
    (link,) = play.stage.house.net.of(play.stage.house.apps[CUSTOMER])
    id = str(uuid.UUID(int=play.source.getrandbits(128), version=4))
    liar.told += 1
    liar.makes(link, {"id": id, "session": play.session, **frame})
    play.stage.run(1)


def noticed(play: Play, lie: Lie) -> tuple[bool, str]:
    """Said, kept, in the seal, and all of that after a new start as well."""
    found = {each.kind for each in play.doubts(lie.at)}
    heard = play.heard[lie.at]
    if lie.what in UNSIGNED:
        if play.sound(lie.at) is not False or not (heard.others | heard.doubts):
            return False, f"the receipt is {play.sound(lie.at)}, said {heard}"
    elif not lie.kinds & found:
        return False, f"doubts: {sorted(found)}"
    elif not {*lie.kinds} & heard.doubts:
        return False, f"kept and not said: {heard}"
    elif play.sound(lie.at) is not False:
        return False, f"the receipt reads sound: {play.sound(lie.at)}"
    if play.source.random() < 0.5:
        play.start_anew(lie.at)
        again = {each.kind for each in play.doubts(lie.at)}
        if again < found or play.sound(lie.at) is not False:
            return False, f"after a new start {sorted(again)}, sound: {play.sound(lie.at)}"
    return True, ""


def parted(play: Play) -> tuple[bool, str]:
    """Two exports side by side: `miaohui verify BUNDLE OTHER` ends with 1."""
    one, other = play.bundle(CUSTOMER), play.bundle(RESPONDER)
    if verify_bundle(one).outcome is Verified.BROKEN:
        return False, "the forged journal does not hold by itself: no test of the other"
    verdict = verify_bundle(one, other=other)
    good = verdict.outcome is Verified.BROKEN and verdict.entry is not None
    return good, f"{verdict.outcome} {verdict.reason} at {verdict.entry}"


def exchanged(play: Play, liar: Liar) -> tuple[bool, str]:
    """Another key at the same address: nothing goes until the person has taken it."""
    stage = play.stage
    play.turn(1)
    liar.exchanged = True
    liar.told += 1
    for link in stage.house.net.of(stage.house.apps[CUSTOMER]):
        link.reset()
    stage.until(lambda: bool(stage.client(CUSTOMER).view.new_key_id), 60)
    stage.until(stage.house.live, 60)
    client = stage.client(CUSTOMER)
    id = stage.say(CUSTOMER, play.session, "a secret")
    key = _own(client, play.session)
    stage.do(CUSTOMER, lambda app: app.edit_text(play.session, key, "another secret"))
    done = stage.house.apps[CUSTOMER].spawn(
        client.ask(End(id=client.new_id(), session=play.session)), "end"
    )
    stage.run(play.source.uniform(3, 12))
    if id in liar.sent:
        return False, "a message went to whoever has the new key"
    if done.done():
        return False, f"a command was answered: {done.exception()!r}"
    if "relay_key_changed" not in play.heard[CUSTOMER].others:
        return False, "not said"
    if play.source.random() < 0.5:
        stage.house.apps[CUSTOMER].down()
        stage.house.apps[CUSTOMER].up()
        stage.until(stage.house.live, 60)
        stage.until(lambda: bool(stage.client(CUSTOMER).view.new_key_id), 60)
        stage.run(5)
        if id in liar.sent:
            return False, "after a new start it went"
    stage.do(CUSTOMER, Client.accept_relay_key)
    stage.until(lambda: id in liar.sent, 30)
    return True, ""


def _own(client: Client, session: str) -> str:
    return next(each.key for each in client.messages(session) if each.mine and each.seq)


def honest(seed: int, line: str) -> tuple[bool, str]:
    """Whether nothing was said of an honest relay on a bad line."""
    source = random.Random(f"honest {seed}")
    record = Record()
    with (
        simulated(),
        House(seed, record, customers=1, responders=1, plain=True) as house,
    ):
        stage = Stage(house, record)
        house.begin()
        shapes = [*(lie for lie in LIES if lie.shape), None, None, None]
        play = Play(stage, source, source.choice(shapes))
        _lines(stage, source)
        play.listen()
        play.session = stage.open()
        weather = _weather(stage, line, source)
        play.talk()
        play.turn(4)
        stage.run(source.choice((1, 15, 40)))
        weather()
        stage.until(house.live, 60)
        play.end()
        for name, heard in play.heard.items():
            doubts = play.doubts(name)
            if doubts or heard.doubts or play.sound(name) is not True:
                return False, f"{name}: {doubts} {heard} sound {play.sound(name)}"
    return True, ""


def _weather(stage: Stage, line: str, source: random.Random) -> "functools.partial[None]":
    """Lets it blow; what ends it."""
    net = stage.house.net
    match line:
        case "slow":
            net.base_us = source.choice((150_000, 300_000, 700_000))
        case "jittery":
            net.jitter_us = source.choice((100_000, 500_000, 1_500_000))
            net.double = source.choice((0.0, 0.3))
    weather = Weather(stage.house, Diary(), every_s=source.choice((1.0, 3.0, 8.0)))
    only = {"link cut", "half-open link", "no network", "stalled reader", "pushes lost"}
    if line != "cut":
        only = {"late and slow", "stalled reader", "frames doubled", "pushes lost"}
    weather._faults = [each for each in weather._faults if each[0] in only]
    weather.begin()
    return functools.partial(weather.clear)


@contextmanager
def credulous() -> Iterator[None]:
    """Whatever does not fit is let pass, and the key is taken as it comes."""
    with (
        mock.patch.object(Witness, "_take", return_value=[]),
        mock.patch("miaohui.client.use.identity.SignedInIdentity.pin"),
        mock.patch("miaohui.promise.verdict.fork_of_journals", return_value=None),
        mock.patch("miaohui.promise.verdict.fork_of_head", return_value=None),
        mock.patch("miaohui.promise.verdict.fork_of_heads", return_value=None),
        mock.patch("miaohui.client.store.export.check", _believes),
    ):
        yield


def _believes(found: object, pinned: str | None) -> object:
    from miaohui.client.port import ReceiptCheck

    return ReceiptCheck(sound=True, entries=1, key_known=True)


@contextmanager
def as_it_is() -> Iterator[None]:
    yield


def run(seed: int, count: int, *, planted: bool) -> Outcome:
    return part(seed, 0, count, planted=planted)


def part(seed: int, first: int, count: int, *, planted: bool) -> Outcome:
    """The sessions from the ``first`` on: each has a seed of its own."""
    outcome = Outcome()
    template()
    with credulous() if planted else as_it_is():
        for number in range(first, first + count):
            mine = seed * 1_000_000 + number
            if number % HONEST_EVERY == HONEST_EVERY - 1 and not planted:
                line = LINES[number // HONEST_EVERY % len(LINES)]
                row = f"honest, on a {line} line (false alarms)"
                _try(outcome, row, mine, functools.partial(honest, mine, line))
            else:
                at = number - number // HONEST_EVERY
                lie = LIES[at % len(LIES)]
                _try(outcome, lie.what, mine, functools.partial(lying, mine, lie))
            outcome.count("sessions")
    return outcome


def _try(
    outcome: Outcome, row: str, seed: int, trial: "functools.partial[tuple[bool, str]]"
) -> None:
    try:
        holds, why = trial()
    except NeverHappened as error:
        holds, why = False, repr(error)
    outcome.check(row, holds=holds, example=f"seed {seed}: {why}")
