"""The rules of promise/2 as the relay writes them, on both sides of their boundaries."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from tests.relay.conftest import SALT, START, World
from tests.relay.session.test_timers import begin

from miaohui.promise.constants import HEAD_EVERY_MS
from miaohui.promise.heads import head_from
from miaohui.relay.session.doubt import LagWatch, LostLink, OutageWatch
from miaohui.wire.accounts import Role
from miaohui.wire.journal import decode_line, entry_hash

MIN_MS = 60_000
ID = "01a204ea-8fbf-7101-895a-9d4a0079e65e"


async def entries(world: World, session: str) -> list[Any]:
    await world.settle()
    lines = await world.relay.store.read(
        lambda conn: conn.execute(
            "SELECT line FROM feed JOIN session ON num = feed.session WHERE id = ? AND seq"
            " IS NOT NULL ORDER BY pos",
            (session,),
        ).fetchall()
    )
    return [decode_line(line.encode()) for (line,) in lines]


def test_opened_names_rule_labels_and_key(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        _, _, session = await world.pair()
        (opened,) = await entries(world, session)
        assert opened.rule == "promise/2"
        assert opened.label_rules == "labels/2"
        assert opened.key_id == world.relay.key.key_id

    play(script)


def test_a_message_ends_the_pause_that_its_author_asked_for(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await begin(world)
        await customer.ask(type="pause", session=session)
        world.pass_ms(5_000)
        await customer.send(session, "问")
        *_, resumed, asked = await entries(world, session)
        assert (resumed.by, resumed.reason, resumed.t) == ("customer", "asked", asked.t)
        world.pass_ms(10_001)
        assert await customer.until(lambda frame: frame["type"] == "breach")

    play(script)


def test_a_message_in_distress_ends_nothing_and_the_relay_does_after_a_day(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        customer, _, session = await begin(world)
        await customer.ask(type="pause", session=session, reason="distress")
        await customer.send(session, "问")
        world.pass_ms(24 * 60 * MIN_MS - 1)
        assert (await entries(world, session))[-1].author == "customer"
        world.pass_ms(1)
        assert (await entries(world, session))[-1].reason == "safety"

    play(script)


def test_asked_pauses_last_30_minutes_in_all(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await begin(world)
        await customer.ask(type="pause", session=session)
        world.pass_ms(20 * MIN_MS)
        await customer.ask(type="resume", session=session)
        await customer.ask(type="pause", session=session)
        world.pass_ms(10 * MIN_MS - 1)
        assert "resumed" not in customer.kinds(session)[-1:]
        world.pass_ms(1)
        await world.settle()
        assert (await entries(world, session))[-1].by == "relay"
        used = await customer.ask(type="pause", session=session)
        assert (used["code"], used["detail"]) == ("wrong_state", "pauses_used")
        assert (await customer.ask(type="pause", session=session, reason="distress"))[
            "type"
        ] == "done"

    play(script)


@pytest.mark.parametrize(("more_ms", "last"), [(0, "resumed"), (1, "closed")])
def test_a_responder_ends_an_asked_pause_out_of_it_after_ten_minutes(
    play: Callable[..., None], more_ms: int, last: str
) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        await customer.ask(type="pause", session=session)
        world.pass_ms(10 * MIN_MS + more_ms)
        await responder.ask(type="end", session=session)
        written = [type(each).__name__.lower() for each in await entries(world, session)]
        assert written[written.index("paused") + 1] == last

    play(script)


@pytest.mark.parametrize(("who", "by"), [("cai", "customer"), ("rin", "relay")])
def test_whoever_ends_out_of_a_pause_lets_it_go_on_first(
    play: Callable[..., None], who: str, by: str
) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        await customer.ask(type="pause", session=session)
        world.pass_ms(1_000)
        person = customer if who == "cai" else responder
        await person.ask(type="end", session=session)
        resumed, closing = (await entries(world, session))[3:5]
        assert (resumed.by, resumed.reason, resumed.t) == (by, "asked", 1_000)
        assert type(closing).__name__ == "Closing"

    play(script)


def test_a_responder_ends_a_distress_pause_for_safety(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        await customer.ask(type="pause", session=session, reason="distress")
        await responder.ask(type="end", session=session)
        paused, closed = (await entries(world, session))[-2:]
        assert (paused.reason, closed.reason) == ("distress", "safety")

    play(script)


def test_a_handover_that_is_asked_for_waits_for_the_answer(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran")
        colleague = await world.person("ran", Role.RESPONDER)
        await colleague.ask(type="set_presence", state="on")
        customer, responder, session = await begin(world)
        before = len(responder.frames)
        asked = await customer.send(session, "问")
        await responder.entry(session, "message", before)
        responder.ack(session, asked["pos"])
        world.pass_ms(4_000)
        await customer.ask(type="ask_handover", session=session)
        assert "handover" not in customer.kinds(session)
        await responder.send(session, "答", seen_seq=asked["seq"])
        handed = await customer.entry(session, "handover")
        assert handed["reason"] == "customer"

    play(script)


def test_a_handover_that_is_asked_for_is_made_at_the_breach(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran")
        colleague = await world.person("ran", Role.RESPONDER)
        await colleague.ask(type="set_presence", state="on")
        customer, _, session = await begin(world)
        await customer.send(session, "问")
        await customer.ask(type="ask_handover", session=session)
        world.pass_ms(10_000)
        await world.settle()
        assert "handover" not in customer.kinds(session)
        world.pass_ms(1)
        assert (await customer.entry(session, "handover"))["t"] == 10_001

    play(script)


def test_closing_does_not_wait_for_what_is_asked_after_it(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        before = len(responder.frames)
        asked = await customer.send(session, "问")
        await responder.entry(session, "message", before)
        responder.ack(session, asked["pos"])
        world.pass_ms(1_000)
        await customer.ask(type="end", session=session)
        await customer.send(session, "再问")
        world.pass_ms(1_000)
        await responder.send(session, "答", seen_seq=asked["seq"])
        assert (await customer.entry(session, "closed"))["reason"] == "customer"

    play(script)


def test_a_reply_that_nobody_can_see_is_no_message(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        _, responder, session = await begin(world)
        for blank in ("\u200b", "\u2060", "\u00ad", "\ufeff", "\u2800", "\u3164", " \t"):
            assert (await responder.send(session, blank, seen_seq=0))["code"] == "text_empty"
        assert (await responder.send(session, "在", seen_seq=0))["seq"] == 3

    play(script)


@pytest.mark.parametrize(("ms", "seen"), [(299, 0), (300, 3)])
def test_an_acknowledgement_may_come_with_the_reply_300_ms_after_handing_on(
    play: Callable[..., None], ms: int, seen: int
) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        before = len(responder.frames)
        asked = await customer.send(session, "问")
        await responder.entry(session, "message", before)
        world.clock.now += ms
        responder.ack(session, asked["pos"])
        said = await responder.send(session, "答", seen_seq=asked["seq"])
        assert said["seen_seq"] == seen

    play(script)


@pytest.mark.parametrize(("ms", "seen"), [(2_999, 0), (3_000, 3)])
def test_what_was_acknowledged_3_s_before_counts_as_seen(
    play: Callable[..., None], ms: int, seen: int
) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        before = len(responder.frames)
        asked = await customer.send(session, "问")
        await responder.entry(session, "message", before)
        responder.ack(session, asked["pos"])
        world.clock.now += ms
        said = await responder.send(session, "答", seen_seq=0)
        assert said["seen_seq"] == seen

    play(script)


def test_without_an_acknowledgement_nothing_was_seen(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        asked = await customer.send(session, "问")
        world.clock.now += 9_000
        said = await responder.send(session, "答", seen_seq=asked["seq"])
        assert said["seen_seq"] == 0

    play(script)


def test_an_edit_of_a_responders_bears_its_labels(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        _, responder, session = await begin(world)
        body = {"salt": SALT, "text": "加我微信聊"}
        await responder.ask(type="edit", session=session, seq=2, body=body)
        edited = (await entries(world, session))[-1]
        assert (edited.target, edited.responder) == (2, "rin")
        assert edited.bears("off_platform")

    play(script)


def test_signed_heads_go_to_everybody_and_lie_on_the_chain(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        await customer.send(session, "问")
        await world.settle()
        assert await world.relay.sessions.sign_heads() == 1
        assert await world.relay.sessions.sign_heads() == 0
        last = (await entries(world, session))[-1]
        for person in (customer, responder):
            frame = await person.until(lambda each: each["type"] == "signed_head")
            head = head_from({name: frame[name] for name in frame if name != "type"})
            assert head.signed_by(bytes.fromhex(world.relay.key.public_hex))
            assert (head.seq, head.t, head.head) == (last.seq, last.t, entry_hash(last))

    play(script)


def test_a_head_is_signed_well_within_its_time() -> None:
    from miaohui.relay.session.registry import SIGN_S

    assert 2 * SIGN_S * 1000 <= HEAD_EVERY_MS


@pytest.mark.parametrize(
    ("beats", "found"),
    [
        ([(0, 0), (400, 0)], []),
        ([(0, 0), (401, 0)], [(0, 401, "overload")]),
        ([(0, 0), (10_000, 0)], [(0, 10_000, "overload")]),
        ([(0, 0), (10_001, 0)], [(0, 10_001, "restart")]),
        ([(0, 0), (100, 300), (200, 0)], []),
        ([(1_000, 0), (1_100, 301), (1_200, 0)], [(799, 1_100, "overload")]),
    ],
)
def test_a_lag_past_300_ms_is_doubted(
    beats: list[tuple[int, int]], found: list[tuple[int, int, str]]
) -> None:
    doubts: list[tuple[int, int, str]] = []
    watch = LagWatch(lambda *each: doubts.append(each))
    for now, commit_ms in beats:
        watch.beat(now, commit_ms)
    assert doubts == found


def test_a_frozen_disk_is_doubted_in_pieces_while_it_lasts() -> None:
    doubts: list[tuple[int, int, int]] = []
    at = 0
    watch = LagWatch(lambda start, end, _: doubts.append((start, end, at)))
    for at in range(0, 12_001, 100):
        watch.beat(at, at if at < 12_000 else 0)
    assert doubts[0][0] == 0
    assert doubts[-1][1] == 11_900
    for (_, end, _), (start, _, _) in pairwise(doubts):
        assert start == end
    assert all(end - start <= 10_000 and now - end <= 1_000 for start, end, now in doubts)


def test_a_doubt_is_written_into_every_open_session(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await begin(world)
        world.pass_ms(1_000)
        await customer.send(session, "问")
        world.pass_ms(2_000)
        world.relay.sessions.doubt(START + 500, START + 2_900, "overload")
        world.relay.sessions.doubt(START + 500, START + 2_950, "restart")
        *_, asked, slow = await entries(world, session)
        assert (slow.from_t, slow.to_t, slow.reason) == (500, 2_900, "overload")
        # Of a stretch in which something was written down there is no other fault.
        assert asked.t == 1_000

    play(script)


def test_most_links_lost_at_once_and_back_together_are_the_networks_fault(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        await customer.send(session, "问")
        await world.settle()
        customer.leave()
        responder.leave()
        world.pass_ms(12_000)
        await customer.arrive()
        await responder.arrive()
        fault = (await entries(world, session))[-1]
        assert (fault.from_t, fault.to_t, fault.reason) == (0, 12_000, "network")

    play(script)


def outage(*people: str) -> tuple[OutageWatch, list[tuple[int, int, frozenset[str]]]]:
    """A watch over these people ("anna" and whoever begins like her are customers), and what it
    says."""
    said: list[tuple[int, int, frozenset[str]]] = []
    watch = OutageWatch(lambda start, end, _, whose: said.append((start, end, whose)))
    for who in people:
        watch.come(who, 0, customer=who.startswith("anna"))
    return watch, said


def test_one_persons_lost_link_is_their_own() -> None:
    watch, said = outage("anna", "rin", "cai")
    watch.go(LostLink.closed("rin", 1_000))
    watch.come("rin", 9_000, customer=False)
    assert said == []


@pytest.mark.parametrize(("apart", "found"), [(2_000, 2), (2_001, 0)])
def test_links_are_lost_together_within_two_seconds(apart: int, found: int) -> None:
    watch, said = outage("anna", "cai")
    for at, who in ((1_000, "anna"), (1_000 + apart, "cai")):
        watch.go(LostLink.closed(who, at))
    for who in ("anna", "cai"):
        watch.come(who, 9_000, customer=who == "anna")
    assert len(said) == found
    assert all((start, end) == (1_000, 9_000) for start, end, _ in said)


@pytest.mark.parametrize("before", ["asked", "distress"])
def test_distress_goes_before_another_pause(play: Callable[..., None], before: str) -> None:
    async def script(world: World) -> None:
        customer, _, session = await begin(world)
        await customer.ask(type="pause", session=session, reason=before)
        again = await customer.ask(type="pause", session=session, reason="distress")
        written = [type(each).__name__ for each in await entries(world, session)]
        if before == "distress":
            assert again["code"] == "already_done"
            assert written[-1] == "Paused"
            return
        assert written[-3:] == ["Paused", "Resumed", "Paused"]
        assert (await entries(world, session))[-1].reason == "distress"
        world.pass_ms(40 * MIN_MS)
        await world.settle()
        assert (await entries(world, session))[-1].reason == "distress"
        other = await customer.ask(type="pause", session=session)
        assert other["code"] == "already_done"

    play(script)


def test_links_that_fell_silent_were_lost_when_last_heard_of() -> None:
    watch, said = outage("anna", "rin")
    watch.go(LostLink.silent("anna", 10_000, 13_800))
    watch.go(LostLink.silent("rin", 11_900, 15_700))
    assert watch.since("anna") == 11_900
    watch.come("rin", 22_000, customer=False)
    assert watch.since("anna") is None
    watch.come("anna", 24_000, customer=True)
    both = frozenset({"anna", "rin"})
    assert said == [(11_900, 22_000, both), (11_900, 24_000, frozenset({"anna"}))]


def test_those_who_answer_cannot_make_an_outage_among_themselves() -> None:
    watch, said = outage("anna", "rin", "cai", "bo")
    for who in ("rin", "cai", "bo"):
        watch.go(LostLink.closed(who, 1_000))
    watch.come("rin", 9_000, customer=False)
    assert said == []


def test_who_comes_back_much_later_was_away_by_themselves() -> None:
    watch, said = outage("anna", "rin", "cai")
    for who in ("anna", "rin", "cai"):
        watch.go(LostLink.closed(who, 1_000))
    watch.come("anna", 9_000, customer=True)
    watch.come("rin", 17_000, customer=False)
    watch.come("cai", 17_001, customer=False)
    assert [end for _, end, _ in said] == [9_000, 17_000]


def test_a_long_outage_stands_before_the_customers_pause(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        await customer.send(session, "问")
        await world.settle()
        customer.leave()
        responder.leave()
        world.pass_ms(40_000)
        found = await entries(world, session)
        await customer.arrive()
        await responder.arrive()
        fault = next(each for each in found if type(each).__name__ == "Fault")
        paused = next(each for each in found if type(each).__name__ == "Paused")
        assert (fault.from_t, fault.to_t, fault.reason) == (0, paused.t, "network")

    play(script)


def test_a_customer_who_ends_out_of_distress_gets_what_is_unused(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        customer, _, session = await begin(world)
        await customer.ask(type="pause", session=session, reason="distress")
        world.pass_ms(2 * MIN_MS)
        await customer.ask(type="end", session=session, now=True)
        assert (await entries(world, session))[-1].reason == "safety"
        orders = (await customer.ask(type="list_orders"))["orders"]
        assert orders[0]["refund_fen"] > 0

    play(script)


def test_a_wait_is_told_in_the_parts_that_are_known(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        await responder.attach(session)
        asked = await customer.send(session, "问")
        await world.settle()
        await responder.until(
            lambda each: each["type"] == "feed_push" and each["items"][-1]["pos"] == asked["pos"]
        )
        world.pass_ms(700)
        responder.ack(session, asked["pos"])
        world.pass_ms(2_000)
        await responder.send(session, "答", seen_seq=asked["seq"])
        parts = await customer.until(lambda each: each["type"] == "wait_parts")
        assert (parts["seq"], parts["relay_ms"], parts["line_ms"]) == (asked["seq"], 0, 700)

    play(script)


async def answered_after(world: World, session: str, times: dict[str, int] | None) -> Any:
    """The parts of a wait of 3 s, of which 700 ms went to the line: what the customer is told."""
    customer, responder = (
        next(each for each in world.people if each.account == name) for name in ("cai", "rin")
    )
    world.pass_ms(5_000)
    mark = len(customer.frames)
    asked = await customer.send(session, "问")
    await responder.until(
        lambda each: each["type"] == "feed_push" and each["items"][-1]["pos"] == asked["pos"]
    )
    world.pass_ms(700)
    responder.ack(session, asked["pos"])
    world.pass_ms(2_300)
    said: dict[str, Any] = {}
    if times is not None:
        signed = {"key": "00" * 32, "signature": "00" * 64}
        said = {"times": {"seq": asked["seq"], **times, **signed}}
    await responder.send(session, "答", seen_seq=asked["seq"], **said)
    return await customer.until(lambda each: each["type"] == "wait_parts", mark)


@pytest.mark.parametrize(
    ("times", "told"),
    [
        (None, False),
        ({"shown": 50_000, "pressed": 52_300}, True),
        ({"shown": 50_000, "pressed": 53_002}, True),
        ({"shown": 50_000, "pressed": 53_003}, False),  # longer than all of it
        ({"shown": 50_000, "pressed": 51_998}, True),
        ({"shown": 50_000, "pressed": 51_997}, False),  # the rest is more than the line's
        ({"seq": 1, "shown": 50_000, "pressed": 52_300}, False),  # of another question
    ],
)
def test_a_responders_own_times_are_passed_on_where_they_can_be_true(
    play: Callable[..., None], times: dict[str, int] | None, told: bool
) -> None:
    async def script(world: World) -> None:
        _, _, session = await begin(world)
        parts = await answered_after(world, session, times)
        assert (parts["session"], parts["relay_ms"], parts["line_ms"]) == (session, 0, 700)
        assert (parts["times"] is not None) is told
        if told and times is not None:
            assert parts["times"]["pressed"] == times["pressed"]

    play(script)


def test_the_way_of_the_newest_questions_is_known(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        first = await customer.send(session, "问")
        for number in range(63):
            newest = await customer.send(session, f"再问 {number}")
        await responder.until(
            lambda each: each["type"] == "feed_push" and each["items"][-1]["pos"] == newest["pos"]
        )
        responder.ack(session, newest["pos"])
        world.pass_ms(1_000)
        await responder.send(session, "答", seen_seq=newest["seq"])
        parts = await customer.until(lambda each: each["type"] == "wait_parts")
        assert parts["seq"] == first["seq"]
        # Of one more than 64 the oldest's way is forgotten: nothing is said rather than guessed.
        mark = len(customer.frames)
        for number in range(65):
            newest = await customer.send(session, f"又问 {number}")
        await responder.until(
            lambda each: each["type"] == "feed_push" and each["items"][-1]["pos"] == newest["pos"]
        )
        responder.ack(session, newest["pos"])
        world.pass_ms(1_000)
        await responder.send(session, "答", seen_seq=newest["seq"])
        await world.settle()
        assert "wait_parts" not in [each["type"] for each in customer.frames[mark:]]

    play(script)


def test_what_the_relay_wrote_is_told_as_its_part(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        world.pass_ms(5_000)
        body = {"salt": SALT, "text": "问"}
        mark = len(responder.frames)
        customer.say(type="send", id=ID, session=session, body=body)
        world.clock.now += 250  # before it is on disk
        pushed = await responder.until(lambda each: each["type"] == "feed_push", mark)
        responder.ack(session, pushed["items"][-1]["pos"])
        world.pass_ms(400)
        await responder.send(session, "答", seen_seq=3)
        parts = await customer.until(lambda each: each["type"] == "wait_parts")
        assert (parts["relay_ms"], parts["line_ms"]) == (250, 0)

    play(script)


def test_the_lag_is_felt_before_anything_is_taken_in() -> None:
    doubts: list[tuple[int, int, str]] = []
    watch = LagWatch(lambda *each: doubts.append(each))
    watch.look(10_000_000)  # nothing beats yet
    watch.beat(1_000, 0)
    watch.look(1_400)
    assert doubts == []
    watch.look(1_401)
    assert doubts == [(1_000, 1_401, "overload")]
    watch.look(1_500)
    assert len(doubts) == 1
