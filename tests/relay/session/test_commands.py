"""What people may do in a session, and when they may not."""

from collections.abc import Callable

import pytest
from tests.relay.conftest import SALT, World
from tests.relay.session.test_timers import begin, order_of

from miaohui.relay.session.text_rules import commit_of
from miaohui.wire.accounts import Role


def test_a_pause_stops_the_clock_and_is_the_customers(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        refused = await responder.ask(type="pause", session=session)
        assert refused["code"] == "not_allowed"
        await customer.send(session, "问")
        world.pass_ms(4_000)
        await customer.ask(type="pause", session=session, reason="distress")
        world.pass_ms(100_000)
        assert (await customer.ask(type="pause", session=session))["code"] == "already_done"
        assert (await responder.ask(type="resume", session=session))["code"] == "not_allowed"
        await customer.ask(type="resume", session=session)
        world.pass_ms(6_000)
        assert not [frame for frame in customer.frames if frame["type"] == "breach"]
        world.pass_ms(1)
        assert await customer.until(lambda frame: frame["type"] == "breach")

    play(script)


def test_a_short_break_needs_consent_and_ends_by_itself(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        no = await customer.ask(type="answer_break", session=session, agree=True)
        assert no["code"] == "no_consent"
        await responder.ask(type="ask_break", session=session, ms=120_000)
        await customer.notice(session, "break_asked")
        await customer.ask(type="answer_break", session=session, agree=True)
        paused = await customer.entry(session, "paused")
        assert (paused["by"], paused["reason"]) == ("responder", "break")
        world.pass_ms(120_000)
        resumed = await customer.entry(session, "resumed")
        assert (resumed["by"], resumed["t"] - paused["t"]) == ("relay", 120_000)
        await customer.send(session, "问")
        refused = await responder.ask(type="ask_break", session=session, ms=60_000)
        assert refused["code"] == "wrong_state"

    play(script)


@pytest.mark.parametrize("ms", [999, 300_001])
def test_a_break_is_of_a_second_to_five_minutes(play: Callable[..., None], ms: int) -> None:
    async def script(world: World) -> None:
        _, responder, session = await begin(world)
        refused = await responder.ask(type="ask_break", session=session, ms=ms)
        assert (refused["code"], refused["detail"]) == ("not_allowed", "ms")
        nearest = min(max(ms, 1_000), 300_000)
        done = await responder.ask(type="ask_break", session=session, ms=nearest)
        assert done["type"] == "done"

    play(script)


def test_a_recalled_text_is_gone_and_its_ask_was_never_sent(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        asked = await customer.send(session, "秘密")
        theirs = await responder.ask(type="recall", session=session, seq=asked["seq"])
        assert theirs["code"] == "not_found"
        await customer.ask(type="recall", session=session, seq=asked["seq"])
        again = await customer.ask(type="recall", session=session, seq=asked["seq"])
        assert again["code"] == "already_done"
        page = await responder.attach(session)
        assert page["items"][2]["item"]["body"] is None
        world.pass_ms(20_000)
        assert not [frame for frame in customer.frames if frame["type"] == "breach"]
        late = await customer.send(session, "问")
        world.pass_ms(120_001)
        too_late = await customer.ask(type="recall", session=session, seq=late["seq"])
        assert too_late["code"] == "too_late"

    play(script)


def test_an_edit_lies_beside_the_journal(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        asked = await customer.send(session, "错字")
        body = {"salt": SALT, "text": "对的字"}
        await customer.ask(type="edit", session=session, seq=asked["seq"], body=body)
        page = await responder.attach(session)
        entry = page["items"][-2]["item"]["entry"]
        item = page["items"][-1]["item"]
        assert (entry["kind"], entry["target"]) == ("edited", asked["seq"])
        assert entry["commit"] == commit_of(SALT, "对的字".encode())
        assert (item["type"], item["body"]["text"]) == ("edited_item", "对的字")
        await customer.ask(type="recall", session=session, seq=asked["seq"])
        page = await responder.attach(session)
        assert "text" not in page["items"][4]["item"]["body"]

    play(script)


def test_a_customer_may_ask_for_somebody_else(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran")
        customer, responder, session = await begin(world)
        alone = await customer.ask(type="ask_handover", session=session)
        assert alone["code"] == "nobody_free"
        colleague = await world.person("ran", Role.RESPONDER)
        await colleague.ask(type="set_presence", state="on")
        await customer.ask(type="ask_handover", session=session)
        handed = await customer.entry(session, "handover")
        assert (handed["to"], handed["reason"]) == ("ran", "customer")
        assert world.relay.sessions.live_count("ran") == 1
        assert world.relay.sessions.live_count("rin") == 0
        back = await responder.ask(type="hand_over", session=session)
        assert back["code"] == "not_allowed"
        assert (await colleague.attach(session))["items"][0]["pos"] == 1

    play(script)


def test_a_customer_who_ends_gets_the_late_time_back(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world, minutes=30)
        asked = await customer.send(session, "问")
        responder.ack(session, asked["pos"])
        world.pass_ms(70_000)
        await responder.send(session, "答", seen_seq=asked["seq"])
        await customer.ask(type="end", session=session)
        assert (await customer.entry(session, "closed"))["reason"] == "customer"
        # 60 s of 30 min at 30.00; one turn is below the terms' minimum of five.
        assert await order_of(world, session) == ("settled", "customer", 100)
        assert (await customer.ask(type="pause", session=session))["code"] == "session_closed"

    play(script)


def test_an_open_question_is_waited_for_unless_waived(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        await customer.send(session, "问")
        assert (await responder.ask(type="end", session=session, now=True))["code"] == "not_allowed"
        await customer.ask(type="end", session=session)
        await customer.entry(session, "closing")
        assert (await customer.ask(type="end", session=session))["code"] == "already_done"
        assert "closed" not in customer.kinds(session)
        await customer.ask(type="end", session=session, now=True)
        assert (await customer.entry(session, "closed"))["reason"] == "customer"

    play(script)


def test_a_repeated_command_gets_its_first_answer(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await begin(world)
        pause = {"type": "pause", "id": "p-1", "session": session}
        assert (await customer.ask(**pause))["type"] == "done"
        await customer.ask(type="resume", session=session)
        assert (await customer.ask(**pause))["type"] == "done"
        other = await customer.ask(**pause, reason="distress")
        assert other["code"] == "id_reused"
        assert world.relay.sessions.live[session].actor.state.paused is None

    play(script)


def test_what_was_refused_does_not_come_in_later(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran")
        customer, responder, session = await begin(world)
        colleague = await world.person("ran", Role.RESPONDER)
        await responder.ask(type="set_presence", state="on")
        await colleague.ask(type="set_presence", state="on")
        await customer.ask(type="ask_handover", session=session)
        id = "01a204ea-8fbf-7101-895a-9d4a0079e65e"
        refused = await responder.send(session, "晚了", id=id, seen_seq=0)
        assert (refused["code"], refused["detail"]) == ("not_allowed", "handed_over")
        await customer.ask(type="ask_handover", session=session)
        said = await responder.send(session, "又是我", seen_seq=0)
        again = await responder.send(session, "晚了", id=id, seen_seq=0)
        assert (again["code"], again["detail"]) == ("not_allowed", "handed_over")
        assert world.relay.sessions.live[session].actor.state.seq == said["seq"]

        resume = {"type": "resume", "id": "r-1", "session": session}
        assert (await customer.ask(**resume))["code"] == "already_done"
        await customer.ask(type="pause", session=session)
        assert (await customer.ask(**resume))["code"] == "already_done"
        assert world.relay.sessions.live[session].actor.state.paused is not None

    play(script)


def test_who_was_handed_out_cannot_make_the_writing_fail(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran")
        customer, responder, session = await begin(world)
        await world.person("eve")
        other = await world.open("eve", "rin")
        id = "01a204ea-8fbf-7101-895a-9d4a0079e65e"
        await responder.send(other, "一", id=id, seen_seq=0)
        colleague = await world.person("ran", Role.RESPONDER)
        await colleague.ask(type="set_presence", state="on")
        await customer.ask(type="ask_handover", session=session)
        lineage = world.relay.sessions.live[session].lineage
        refused = await responder.send(session, "一", id=id, seen_seq=0)
        assert refused["code"] == "not_allowed"
        assert world.relay.sessions.live[session].lineage is lineage
        assert not lineage.dead

    play(script)
