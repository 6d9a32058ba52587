"""A link's both ends as scripts of frames and times, and against each other over a bad network."""

import heapq
import random
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miaohui.wire.accounts import Account, Done, GetWallet, Role
from miaohui.wire.codec import Ok, decode_down, decode_up, encode
from miaohui.wire.errors import Code
from miaohui.wire.frame import Frame
from miaohui.wire.limits import PING_MS, PROTOCOL
from miaohui.wire.link import Failed, Goodbye, Hello, Ping, Pong, Welcome
from miaohui.wire.machine import (
    BACKLOG,
    BAD_FRAMES,
    CLIENT_SILENT_MS,
    FINAL,
    HELLO_MS,
    HURRIED,
    NEXT,
    RELAY_SILENT_MS,
    SLEPT_MS,
    TICK_MS,
    WELCOME_MS,
    ClientEnd,
    Cut,
    LinkEnded,
    LinkMachine,
    LinkPhase,
    RelayEnd,
    Shut,
    Transmit,
    WrongPhase,
)
from miaohui.wire.sessions import PeerTyping

HELLO = Hello(protocol=PROTOCOL, client="test", device="d")
CAI = Account(account="cai", name="cai", display="Cai", role=Role.CUSTOMER, shop=None, shop_name="")


def welcome(account: Account | None = None) -> Welcome:
    return Welcome(
        relay="r",
        software="s",
        rule="promise/1",
        key_id="0" * 16,
        relay_key="0" * 64,
        practice=True,
        mono=0,
        utc="2026-01-01T00:00:00.000Z",
        run="run",
        review_after_ms=0,
        account=account,
    )


def client(draw: float = 0.5) -> ClientEnd:
    end = ClientEnd(lambda: draw)
    end.use("ws://127.0.0.1:1")
    return end


def greeted(now: int = 1000, account: Account | None = CAI) -> ClientEnd:
    end = client()
    end.begin(now)
    end.opened(HELLO, now)
    end.receive(encode(welcome(account)), now)
    end.take()
    return end


def relay(*, signed_in: bool = True) -> RelayEnd:
    end = RelayEnd("relay", 1000)
    assert end.receive(encode(HELLO), 1000) == HELLO
    end.checked(signed_in=signed_in)
    return end


def said(end: LinkMachine) -> list[Frame]:
    """The frames that an end wants transmitted, by the relay or to it."""
    read = decode_down if isinstance(end, RelayEnd) else decode_up
    return [read(effect.data) for effect in end.take() if isinstance(effect, Transmit)]


def ended(end: ClientEnd, frame: Frame) -> LinkEnded:
    with pytest.raises(LinkEnded) as caught:
        end.receive(encode(frame), 2000)
    return caught.value


# -- the table -----------------------------------------------------------------------------------


def test_every_phase_can_be_left_and_reached() -> None:
    assert set(NEXT) == set(LinkPhase)
    for phase, following in NEXT.items():
        assert following - {phase}
        assert any(phase in others for others in NEXT.values()) or phase is LinkPhase.IDLE


def test_a_step_that_the_table_has_not_is_a_fault() -> None:
    with pytest.raises(WrongPhase):
        client().opened(HELLO, 0)


def test_each_change_is_told_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", logger="miaohui.wire.machine"):
        end = greeted()
        end.end("dead", 2000)
    assert [record.getMessage() for record in caplog.records] == [
        "client: idle -> opening (try)",
        "client: opening -> greeting (opened)",
        "client: greeting -> signed_in (welcome)",
        "client: signed_in -> waiting (dead)",
    ]


# -- the client's end ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "phase"), [(None, LinkPhase.GUEST), (CAI, LinkPhase.SIGNED_IN)]
)
def test_hello_is_answered_by_welcome(account: Account | None, phase: LinkPhase) -> None:
    end = client()
    end.begin(0)
    end.opened(HELLO, 0)
    assert said(end) == [HELLO]
    end.receive(encode(welcome(account)), 5)
    assert (end.phase, end.live, end.heard_at) == (phase, True, 5)


@pytest.mark.parametrize("answer", [Ok(id="1", result=Done()), Pong(t1=0, t2=0, t3=0)])
def test_another_first_answer_is_no_relay(answer: Frame) -> None:
    end = client()
    end.begin(0)
    end.opened(HELLO, 0)
    assert ended(end, answer).reason == "not_a_relay"
    end.end("not_a_relay", 10)
    assert end.phase is LinkPhase.ENDED


@pytest.mark.parametrize("frame", [Goodbye(code=Code.TOO_MANY, retry_ms=4000)])
@pytest.mark.parametrize("first", [True, False])
def test_a_goodbye_names_the_time_to_come_again(frame: Goodbye, *, first: bool) -> None:
    end = client(draw=0.5) if first else greeted()
    if first:
        end.begin(0)
        end.opened(HELLO, 0)
    why = ended(end, frame)
    assert (why.reason, why.retry_ms) == ("too_many", 4000)
    end.end(why.reason, 2000)
    assert (end.phase, end.wait_ms) == (LinkPhase.WAITING, 4100)
    end.begin(7000)
    end.end("refused", 7001)
    assert end.wait_ms == 100  # named once, for one try


@pytest.mark.parametrize("reason", sorted(FINAL))
def test_a_shut_door_waits_for_a_person(reason: str) -> None:
    end = client()
    end.begin(0)
    end.end(reason, 1)
    assert end.phase is LinkPhase.ENDED
    end.begin(2)
    assert end.phase is LinkPhase.OPENING


def test_what_stands_in_between_passes_where_the_relay_was_reached_before() -> None:
    end = greeted()
    end.end("dead", 2000)
    end.begin(3000)
    end.end("tls", 3001)
    assert end.phase is LinkPhase.WAITING
    end.use(end.url)
    end.begin(4000)
    end.end("tls", 4001)
    assert end.phase is LinkPhase.ENDED


def test_what_stands_in_between_passes_where_a_relay_was_met_before() -> None:
    end = client()
    end.use(end.url, known=True)
    for reason in ("tls", "certificate_time", "not_a_relay", "proxy_auth"):
        end.begin(0)
        end.end(reason, 1)
        assert end.phase is LinkPhase.WAITING


def test_only_answers_show_that_both_ways_are_open() -> None:
    end = greeted(1000)
    end.receive(encode(PeerTyping(session="s")), 2000)
    assert end.heard_at == 1000
    end.receive(encode(Pong(t1=0, t2=0, t3=0)), 3000)
    assert end.heard_at == 3000
    end.receive(encode(Failed(id="1", code=Code.NOT_FOUND)), 3100)
    assert end.heard_at == 3100
    end.binary(3200)
    assert end.heard_at == 3200


def test_a_silent_link_is_dead_at_the_deadline_and_not_before() -> None:
    end = greeted(1000)
    last = 1000 + CLIENT_SILENT_MS
    end.sleep_ms(last, 0)
    end.tick(last, 0)
    with pytest.raises(LinkEnded, match="dead"):
        end.tick(last + 1, 0)


def test_a_ping_is_due_every_two_seconds() -> None:
    end = greeted(1000)
    assert not end.tick(1000 + PING_MS - 1, 0)
    assert end.tick(1000 + PING_MS, 0)
    end.ping({"s": 3}, 1000 + PING_MS)
    assert said(end) == [Ping(t1=3000, acks={"s": 3})]
    assert not end.tick(1000 + PING_MS, 0)
    assert end.sleep_ms(3000, 0) == TICK_MS
    assert end.sleep_ms(4990, 0) == 10


@pytest.mark.parametrize("clock", ["mono", "wall"])
def test_a_late_timer_means_that_the_machine_slept(clock: str) -> None:
    late = TICK_MS + SLEPT_MS
    for over in (0, 1):
        end = greeted(10_000)
        end.sleep_ms(10_000, 50_000)
        passed = (late + over) if clock == "mono" else 0
        wall = (late + over) if clock == "wall" else 0
        if over:
            with pytest.raises(LinkEnded, match="slept"):
                end.tick(10_000 + passed, 50_000 + wall)
            end.end("slept", 20_000)
            assert (end.phase, end.wait_ms) == (LinkPhase.WAITING, 0)
        elif clock == "wall":
            end.tick(10_000, 50_000 + wall)


def test_no_welcome_in_time() -> None:
    end = client()
    end.begin(0)
    end.opened(HELLO, 0)
    end.sleep_ms(WELCOME_MS - 1, 0)
    assert not end.tick(WELCOME_MS - 1, 0)
    with pytest.raises(LinkEnded, match="timeout"):
        end.tick(WELCOME_MS, 0)


def test_without_an_address_it_is_idle() -> None:
    end = greeted()
    end.use("")
    end.end(HURRIED, 2000)
    assert end.phase is LinkPhase.IDLE
    end.begin(3000)
    assert end.phase is LinkPhase.IDLE


# -- the relay's end -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (GetWallet(id="1"), Code.HELLO_FIRST),
        (Ping(t1=0), Code.HELLO_FIRST),
        (Hello(protocol=PROTOCOL - 1, client="t", device="d"), Code.PROTOCOL),
    ],
)
def test_another_first_word_is_refused(frame: Frame, code: Code) -> None:
    end = RelayEnd("relay", 0)
    assert end.receive(encode(frame), 1) is None
    effects = end.take()
    assert effects[-1] == Shut(1008, code.value)
    assert isinstance(effects[-2], Transmit)
    assert decode_down(effects[-2].data) == Goodbye(code=code)
    assert end.phase is LinkPhase.ENDED


def test_what_comes_during_a_check_is_read_after_it() -> None:
    end = RelayEnd("relay", 0)
    end.receive(encode(HELLO), 1)
    first, second = GetWallet(id="1"), GetWallet(id="2")
    assert end.receive(encode(first), 5) is None
    assert end.receive(encode(second), 6) is None
    assert end.kept() is None
    end.checked(signed_in=True)
    assert [end.kept(), end.kept(), end.kept()] == [(first, 5), (second, 6), None]


def test_a_check_keeps_so_many_frames() -> None:
    end = RelayEnd("relay", 0)
    end.receive(encode(HELLO), 1)
    for number in range(BACKLOG):
        end.receive(encode(GetWallet(id=str(number))), 2)
    assert end.phase is LinkPhase.CHECKING
    end.receive(encode(GetWallet(id="over")), 3)
    assert (end.phase, said(end)) == (LinkPhase.ENDED, [Goodbye(code=Code.TOO_MANY)])


def test_unreadable_frames_are_answered_and_then_end_the_link() -> None:
    end = relay()
    for _ in range(BAD_FRAMES):
        assert end.receive(b"no json", 2000) is None
    assert {type(frame) for frame in said(end)} == {Failed}
    assert end.phase is LinkPhase.SIGNED_IN
    end.receive(b"no json", 2000)
    assert said(end)[-1] == Goodbye(code=Code.BAD_FRAME)


def test_a_second_hello_is_refused() -> None:
    end = relay()
    assert end.receive(encode(HELLO), 2000) is None
    assert said(end) == [Failed(id="", code=Code.WRONG_STATE, detail="hello")]
    assert end.live


def test_pictures_come_from_who_is_signed_in() -> None:
    assert relay().binary(1)
    guest = relay(signed_in=False)
    assert not guest.binary(1)
    assert said(guest) == [Goodbye(code=Code.SIGN_IN_FIRST)]
    new = RelayEnd("relay", 0)
    assert not new.binary(1)
    assert said(new) == [Goodbye(code=Code.HELLO_FIRST)]
    checking = RelayEnd("relay", 0)
    checking.receive(encode(HELLO), 1)
    assert not checking.binary(2)
    assert (checking.take(), checking.phase) == ([], LinkPhase.CHECKING)


def test_the_relays_deadlines() -> None:
    silent = relay()
    silent.tick(1000 + RELAY_SILENT_MS)
    assert silent.live
    silent.tick(1000 + RELAY_SILENT_MS + 1)
    assert (silent.phase, silent.take()) == (LinkPhase.ENDED, [Cut()])
    new = RelayEnd("relay", 0)
    new.tick(HELLO_MS)
    assert new.phase is LinkPhase.GREETING
    new.tick(HELLO_MS + 1)
    assert said(new) == [Goodbye(code=Code.HELLO_FIRST)]


def test_a_relay_that_stops_says_so_in_the_close_frame() -> None:
    end = relay()
    end.goodbye(Code.STOPPING, 1000)
    assert end.take()[-1] == Shut(1001, "stopping")
    end.goodbye(Code.REPLACED)
    assert end.take() == []


def test_nothing_happens_after_the_end() -> None:
    end = relay()
    end.gone()
    end.check("sign out")
    end.checked(signed_in=True)
    end.tick(99_000)
    assert end.receive(encode(GetWallet(id="1")), 2000) is None
    assert (end.phase, end.take()) == (LinkPhase.ENDED, [])


# -- both against each other ---------------------------------------------------------------------


class Wire:
    """Both machines on one clock; each frame is late, and may be lost with all that follow it."""

    def __init__(self, seed: int, silent_percent: int) -> None:
        self.random = random.Random(seed)
        self.silent_percent = silent_percent
        self.now = 0
        self.client = ClientEnd(self.random.random)
        self.client.use("ws://127.0.0.1:1")
        self.relay: RelayEnd | None = None
        self._events: list[tuple[int, int, str, bytes, int]] = []
        self._order = count()
        self._link = 0
        self._free = {"up": 0, "down": 0}
        self._silent: set[str] = set()

    def at(self, when: int, what: str, data: bytes = b"") -> None:
        heapq.heappush(self._events, (when, next(self._order), what, data, self._link))

    def put(self, way: str, data: bytes) -> None:
        if self.random.randrange(100) < self.silent_percent:
            self._silent.add(way)
        if way not in self._silent:
            self._free[way] = max(self._free[way], self.now + self.random.randrange(1, 400))
            self.at(self._free[way], way, data)

    def dial(self) -> None:
        self._link += 1
        self._silent.clear()
        self._free = {"up": 0, "down": 0}
        self.client.begin(self.now)
        self.relay = RelayEnd("relay", self.now)
        self.client.opened(HELLO, self.now)
        self.flush()
        self.at(self.now + self.client.sleep_ms(self.now, self.now), "client")
        self.at(self.now + 200, "relay")

    def flush(self) -> None:
        for effect in self.client.take():
            if isinstance(effect, Transmit):
                self.put("up", effect.data)
        for effect in self.relay.take() if self.relay else ():
            if isinstance(effect, Transmit):
                self.put("down", effect.data)
            elif "down" not in self._silent:
                self.at(max(self._free["down"], self.now + 1), "closed")

    def step(self) -> None:
        self.now, _, what, data, link = heapq.heappop(self._events)
        if what == "dial":
            self.dial()
            return
        if link != self._link or self.client.phase in (LinkPhase.WAITING, LinkPhase.ENDED):
            return
        try:
            self._do(what, data)
        except LinkEnded as why:
            self._over(why.reason)
        self.flush()

    def _do(self, what: str, data: bytes) -> None:
        relay = self.relay
        assert relay is not None
        if what == "up":
            frame = relay.receive(data, self.now)
            if isinstance(frame, Hello):
                relay.checked(signed_in=False)
                self.put("down", encode(welcome()))
            elif isinstance(frame, Ping):
                self.put("down", encode(Pong(t1=frame.t1, t2=self.now, t3=self.now)))
        elif what == "down":
            if isinstance(self.client.receive(data, self.now), Welcome):
                self.client.ping({}, self.now)
        elif what == "client":
            if self.client.tick(self.now, self.now):
                self.client.ping({}, self.now)
            self.at(self.now + self.client.sleep_ms(self.now, self.now), "client")
        elif what == "relay":
            relay.tick(self.now)
            self.at(self.now + 200, "relay")
        else:
            raise LinkEnded("dead")

    def _over(self, reason: str) -> None:
        self.client.end(reason, self.now)
        if self.relay is not None and self.relay.phase is not LinkPhase.ENDED:
            self.relay.gone()
        self.at(self.now + self.client.wait_ms, "dial")

    def run(self, until: int) -> None:
        while self._events and self._events[0][0] <= until:
            self.step()
        self.now = until


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), silent_percent=st.integers(0, 30))
def test_both_ends_are_live_again_once_the_network_is(seed: int, silent_percent: int) -> None:
    wire = Wire(seed, silent_percent)
    wire.at(0, "dial")
    wire.run(60_000)
    assert wire.client.phase is not LinkPhase.ENDED
    wire.silent_percent = 0
    # Unnoticed for 4 s, a wait of up to 5 s, and what a hello may take.
    wire.run(60_000 + 4_000 + WELCOME_MS + 5_000 + 2_000)
    assert wire.client.live
    assert wire.relay is not None
    assert wire.relay.live
    began = wire.client.heard_at
    wire.run(wire.now + 60_000)
    assert wire.client.live
    assert wire.client.heard_at > began + 50_000


def test_close_heartbeats_go_one_at_a_time() -> None:
    end = greeted(1000)
    end.sleep_ms(1000, 0, 300)
    assert not end.tick(1299, 0)
    assert end.tick(1300, 0)
    end.ping({}, 1300)
    end.sleep_ms(1300, 0, 300)
    assert not end.tick(1600, 0)  # the first is on its way, and feels what there is
    assert end.tick(1300 + PING_MS, 0)
    end.receive(encode(Pong(t1=1300, t2=0, t3=0)), 1700)
    assert end.tick(1700, 0)
