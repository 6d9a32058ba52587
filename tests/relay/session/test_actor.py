"""The session's actor, from receipt to push: order, acknowledgement, dedupe, seen."""

import json
import uuid
from collections.abc import Callable

from tests.relay.conftest import SALT, World

from miaohui.relay.storage.idempotency import result_text
from miaohui.wire.sessions import Accepted


def test_a_message_is_durable_then_accepted_then_pushed_to_both(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        world.pass_ms(1500)
        accepted = await customer.send(session, "在吗")
        assert (accepted["pos"], accepted["seq"], accepted["t"]) == (2, 2, 1500)
        mine = await customer.entry(session, "message")
        assert mine == await responder.entry(session, "message")
        page = await responder.attach(session)
        assert [each["pos"] for each in page["items"]] == [1, 2]
        assert page["items"][1]["item"]["body"]["text"] == "在吗"
        assert page["now_t"] == 1500

    play(script)


def test_the_same_id_gets_the_first_answer_and_another_content_is_refused(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        body = {"salt": SALT, "text": "一"}
        id = "01a204ea-8fbf-7101-895a-9d4a0079e65e"
        first = await customer.ask(type="send", id=id, session=session, body=body)
        world.pass_ms(700)
        again = await customer.ask(type="send", id=id, session=session, body=body)
        assert again == first
        body["text"] = "二"
        other = await customer.ask(type="send", id=id, session=session, body=body)
        assert other["code"] == "id_reused"
        assert len((await customer.attach(session))["items"]) == 2

    play(script)


def test_the_answer_is_kept_as_the_wire_has_it(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        world.pass_ms(420)
        said = await customer.send(session, "在吗")
        kept = await world.relay.store.read(
            lambda conn: conn.execute("SELECT result FROM answer").fetchone()
        )
        accepted = Accepted(pos=said["pos"], seq=said["seq"], t=said["t"])
        assert kept == (result_text(accepted),)

    play(script)


def test_an_id_used_in_another_session_is_refused_and_the_session_goes_on(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        other = await world.open("cai", "rin")
        id = "01a204ea-8fbf-7101-895a-9d4a0079e65e"
        await customer.send(session, "一", id=id)
        refused = await customer.send(other, "一", id=id)
        assert refused["code"] == "id_reused"
        accepted = await customer.send(other, "二")
        assert accepted["seq"] == 2

    play(script)


def test_another_account_finds_nothing(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        _, _, session = await world.pair()
        stranger = await world.person("eve")
        assert (await stranger.send(session, "hi"))["code"] == "not_found"
        assert (await stranger.attach(session))["code"] == "not_found"
        assert (await stranger.ask(type="end", session=session))["code"] == "not_found"
        assert (await stranger.send("nowhere", "hi"))["code"] == "not_found"

    play(script)


def test_seen_is_clamped_to_what_was_acknowledged_300_ms_before(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        await customer.send(session, "问")
        await responder.entry(session, "message")
        responder.ack(session, 2)
        world.pass_ms(299)
        await responder.send(session, "early", seen_seq=2)
        world.pass_ms(1)
        await responder.send(session, "now", seen_seq=9)
        page = await customer.attach(session)
        seen = [each["item"]["entry"].get("seen_seq") for each in page["items"]]
        assert seen == [None, None, 0, 2]

    play(script)


def test_an_ack_beyond_what_was_sent_counts_for_nothing(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        await responder.ask(type="detach", session=session)
        await customer.send(session, "问")
        responder.ack(session, 99)
        world.pass_ms(1000)
        await responder.send(session, "答", seen_seq=99)
        page = await customer.attach(session)
        assert page["items"][-1]["item"]["entry"]["seen_seq"] == 0

    play(script)


def test_the_other_side_learns_what_was_stored_and_seen(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        await customer.send(session, "问")
        await responder.entry(session, "message")
        responder.ack(session, 2)
        stored = await customer.until(lambda frame: frame["type"] == "peer_progress")
        assert (stored["delivered"], stored["seen"]) == (2, 0)
        responder.say(type="seen", session=session, seq=2)
        seen = await customer.until(
            lambda frame: frame["type"] == "peer_progress" and frame["seen"] == 2
        )
        assert seen["delivered"] == 2
        responder.say(type="typing", session=session)
        assert await customer.until(lambda frame: frame["type"] == "peer_typing")

    play(script)


def test_what_cannot_be_a_message_is_refused(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        assert (await customer.send(session, "  "))["code"] == "text_empty"
        assert (await customer.send(session, "x" * 4001))["code"] == "text_too_long"
        assert (await customer.send(session, "x", id="7"))["code"] == "bad_frame"
        assert (await responder.send(session, "x"))["code"] == "not_allowed"
        bad = {"salt": "zz", "text": "x"}
        assert (await customer.ask(type="send", session=session, body=bad))["code"] == "bad_frame"
        assert (await customer.attach(session))["head"] == 1

    play(script)


def test_labels_are_given_when_the_entry_is_written(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        await customer.send(session, "问")
        await responder.send(session, "在的宝宝", seen_seq=2)
        page = await customer.attach(session)
        entry = page["items"][-1]["item"]["entry"]
        assert entry["labels"] == ["hollow"]
        assert "labels" not in page["items"][1]["item"]["entry"]

    play(script)


def test_a_message_beyond_the_end_is_outside_service_time(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        await customer.ask(type="end", session=session)
        await customer.entry(session, "closed")
        accepted = await responder.send(session, "再见", seen_seq=0)
        assert accepted["seq"] is None
        pushed = await customer.until(
            lambda frame: (
                frame["type"] == "feed_push" and frame["items"][0]["item"]["type"] == "outside_item"
            )
        )
        assert pushed["items"][0]["pos"] == accepted["pos"]
        world.clock.utc += 25 * 3_600_000
        assert (await customer.send(session, "还在吗"))["code"] == "session_closed"

    play(script)


def test_a_message_is_the_same_at_its_order_and_at_its_session(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        order = world.relay.sessions.live[session].actor.state.facts.order
        id = "01a204ea-8fbf-7101-895a-9d4a0079e65e"
        first = await customer.send(order, "在吗", id=id)
        assert await customer.send(order, "在吗", id=id) == first
        assert await customer.send(session, "在吗", id=id) == first
        await customer.ask(type="end", session=session, now=True)
        assert await customer.send(order, "在吗", id=id) == first
        assert (await customer.send(order, "别的", id=id))["code"] == "id_reused"

    play(script)


def test_a_repeat_holds_up_nobody_behind_it(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        order = world.relay.sessions.live[session].actor.state.facts.order
        id = "01a204ea-8fbf-7101-895a-9d4a0079e65e"
        await customer.send(order, "在吗", id=id)
        body = {"salt": SALT, "text": "在吗"}
        customer.say(type="send", id=id, session=order, body=body)
        next = "01a204ea-8fbf-7101-895a-9d4a0079e65f"
        customer.say(type="send", id=next, session=order, body=body)
        assert next in world.relay.sessions.live[session].actor.state.ids

    play(script)


def test_an_id_that_is_used_already_makes_no_fault_of_what_was_said_behind_it(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        other = await world.open("cai", "rin")
        used = "01a204ea-8fbf-7101-895a-9d4a0079e65e"
        await responder.send(other, "好", id=used, seen_seq=0)
        await customer.send(session, "在吗")
        world.pass_ms(12_000)
        body = {"salt": SALT, "text": "好"}
        behind = [f"01a204ea-8fbf-7101-895a-9d4a0079e66{number}" for number in range(3)]
        mark = len(responder.frames)
        for id in (used, *behind):
            responder.say(type="send", id=id, session=session, body=body, seen_seq=0)
        for id, code in ((used, "id_reused"), *((each, "relay_fault") for each in behind)):
            answer = await responder.until(lambda frame, id=id: frame.get("id") == id, mark)
            assert answer["code"] == code
        # Those behind it come again, and the wait of the question that is open stays what it was.
        answered = await responder.send(session, "好", id=behind[0], seen_seq=0)
        assert answered["seq"] == 3
        page = await customer.attach(session)
        kinds = [each["item"]["entry"]["kind"] for each in page["items"]]
        assert kinds == ["opened", "message", "message"]

    play(script)


def test_what_was_said_to_the_order_is_not_overtaken_by_what_was_said_to_the_session(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        order = world.relay.sessions.live[session].actor.state.facts.order
        # The session has to be read back: the first word to either waits for the disk.
        for addresses in ((order, session, order), (session, order, session)):
            del world.relay.sessions.live[session]
            ids = [str(uuid.uuid4()) for _ in addresses]
            for address, id in zip(addresses, ids, strict=True):
                body = {"salt": SALT, "text": "在吗"}
                customer.say(type="send", id=id, session=address, body=body)
            for id in ids:
                await customer.until(lambda frame, id=id: frame.get("id") == id)
            said = await world.relay.store.read(
                lambda conn: [
                    json.loads(line)["id"]
                    for (line,) in conn.execute(
                        'SELECT line FROM feed WHERE line LIKE \'%"kind":"message"%\' ORDER BY pos'
                    )
                ]
            )
            assert said[-3:] == ids

    play(script)
