"""What people may do in a session, and when they may not."""

from collections.abc import Callable
from typing import Any

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


def test_a_break_that_was_refused_has_to_be_asked_for_anew(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        world.pass_ms(2_500)
        theirs = await customer.ask(type="ask_break", session=session, ms=60_000)
        assert (theirs["code"], theirs["detail"]) == ("not_allowed", "role")
        await responder.ask(type="ask_break", session=session, ms=60_000)
        asked = (await customer.notice(session, "break_asked"))["items"][0]["item"]
        assert (asked["ms"], asked["name"], asked["t"]) == (60_000, "Rin", 2_500)
        own = await responder.ask(type="answer_break", session=session, agree=True)
        assert own["code"] == "not_allowed"
        await customer.ask(type="answer_break", session=session, agree=False)
        refused = (await responder.notice(session, "break_refused"))["items"][0]["item"]
        assert refused["t"] == 2_500
        again = await customer.ask(type="answer_break", session=session, agree=True)
        assert (again["code"], again["detail"]) == ("no_consent", "not_asked")
        assert "paused" not in customer.kinds(session)
        # Nobody rests while a question is open, or while time stands still already.
        await responder.ask(type="ask_break", session=session, ms=60_000)
        await customer.send(session, "问")
        late = await customer.ask(type="answer_break", session=session, agree=True)
        assert (late["code"], late["detail"]) == ("wrong_state", "open_turn")
        await customer.ask(type="pause", session=session)
        during = await responder.ask(type="ask_break", session=session, ms=60_000)
        assert (during["code"], during["detail"]) == ("wrong_state", "open_turn")

    play(script)


def test_a_responder_ends_their_own_break_and_no_other_pause(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        assert (await responder.ask(type="resume", session=session))["code"] == "already_done"
        await responder.ask(type="ask_break", session=session, ms=60_000)
        await customer.ask(type="answer_break", session=session, agree=True)
        world.pass_ms(20_000)
        assert (await responder.ask(type="resume", session=session))["type"] == "done"
        resumed = await customer.entry(session, "resumed")
        assert (resumed["by"], resumed["reason"], resumed["t"]) == ("responder", "break", 20_000)
        world.pass_ms(40_000)
        await world.settle()
        assert customer.kinds(session).count("resumed") == 1
        await customer.ask(type="pause", session=session)
        theirs = await responder.ask(type="resume", session=session)
        assert (theirs["code"], theirs["detail"]) == ("not_allowed", "pause")

    play(script)


def test_what_is_quoted_has_been_said(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        said = await customer.send(session, "问")

        async def quoted(seq: int) -> dict[str, Any]:
            body = {"salt": SALT, "text": "答", "reply_to": seq, "name": "Somebody", "bytes": 7}
            return await responder.ask(type="send", session=session, body=body, seen_seq=0)

        told = await quoted(said["seq"] + 1)
        assert (told["code"], told["detail"]) == ("not_found", "reply_to")
        assert (await quoted(said["seq"]))["type"] == "accepted"
        shown = (await customer.attach(session))["items"][-1]["item"]["body"]
        assert shown == {"salt": SALT, "text": "答", "reply_to": said["seq"], "name": "Rin"}

    play(script)


@pytest.mark.parametrize(("command", "within_ms"), [("edit", 900_000), ("recall", 120_000)])
def test_ones_own_words_are_changed_for_a_while(
    play: Callable[..., None], command: str, within_ms: int
) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair(minutes=60)
        await responder.send(session, "你好", seen_seq=0)
        mine, later = await customer.send(session, "一"), await customer.send(session, "二")
        body = {"body": {"salt": SALT, "text": "别的"}} if command == "edit" else {}

        async def change(person: Any, seq: int) -> tuple[str, str]:
            told = await person.ask(type=command, session=session, seq=seq, **body)
            return told.get("code", told["type"]), told.get("detail", "")

        assert await change(responder, mine["seq"]) == ("not_found", "seq")
        assert await change(customer, 99) == ("not_found", "seq")
        world.pass_ms(within_ms)
        assert await change(customer, mine["seq"]) == ("done", "")
        world.pass_ms(1)
        assert (await change(customer, later["seq"]))[0] == "too_late"
        await customer.ask(type="end", session=session, now=True)
        assert (await change(customer, later["seq"]))[0] == "session_closed"

    play(script)


def test_a_recalled_reply_is_taken_back_by_its_author(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        said = await responder.send(session, "秘密", seen_seq=0)
        await responder.ask(type="recall", session=session, seq=said["seq"])
        entry = await customer.entry(session, "recalled")
        told = (entry["target"], entry["author"], entry["responder"])
        assert told == (said["seq"], "responder", "rin")
        asked = await customer.send(session, "问")
        await customer.ask(type="recall", session=session, seq=asked["seq"])
        mine = await customer.entry(session, "recalled", len(customer.frames) - 2)
        assert (mine["author"], mine.get("responder")) == ("customer", None)
        edited = {"salt": SALT, "text": "又"}
        gone = await customer.ask(type="edit", session=session, seq=asked["seq"], body=edited)
        assert gone["code"] == "already_done"

    play(script)


def test_nobody_types_after_the_end(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        customer.say(type="typing", session=session)
        assert responder.frames[-1] == {"type": "peer_typing", "session": session}
        await customer.ask(type="end", session=session, now=True)
        await responder.entry(session, "closed")
        mark = len(responder.frames)
        customer.say(type="typing", session=session)
        await world.settle()
        assert "peer_typing" not in [each["type"] for each in responder.frames[mark:]]

    play(script)


def test_what_is_said_after_the_end_is_said_within_a_day(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await begin(world)
        await customer.ask(type="end", session=session, now=True)
        await customer.entry(session, "closed")
        world.clock.utc += 24 * 3_600_000
        said = await customer.send(session, "谢谢")
        assert (said["type"], said["seq"]) == ("accepted", None)
        world.clock.utc += 1
        assert (await customer.send(session, "谢谢"))["code"] == "session_closed"

    play(script)
