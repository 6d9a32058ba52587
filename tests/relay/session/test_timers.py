"""What a session does by itself when a moment comes, and what its end settles."""

from collections.abc import Callable
from typing import Any

from tests.relay.conftest import World

from miaohui.promise.heads import receipt_from
from miaohui.wire.accounts import Role


async def order_of(world: World, session: str) -> tuple[Any, ...]:
    """(state, closed_reason, refund_fen) of the session's order."""
    row: tuple[Any, ...] = await world.relay.store.read(
        lambda conn: conn.execute(
            "SELECT state, closed_reason, refund_fen FROM orders WHERE session = ?", (session,)
        ).fetchone()
    )
    return row


def test_the_breach_is_told_by_the_timer_when_the_promise_has_passed(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        world.pass_ms(500)
        await customer.send(session, "在吗")
        world.pass_ms(10_000)
        assert not [frame for frame in customer.frames if frame["type"] == "breach"]
        world.pass_ms(1)
        for person in (customer, responder):
            breach = await person.until(lambda frame: frame["type"] == "breach")
            assert (breach["seq"], breach["t"]) == (2, 10_501)
        world.pass_ms(5_000)
        assert len([frame for frame in customer.frames if frame["type"] == "breach"]) == 1

    play(script)


def test_a_late_ring_still_tells_when_the_promise_passed(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        await customer.send(session, "在吗")
        world.pass_ms(12_345)
        breach = await customer.until(lambda frame: frame["type"] == "breach")
        assert breach["t"] == 10_001

    play(script)


def test_nobody_comes_within_60_s_and_the_whole_price_goes_back(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair(queued=("在吗", "有人吗"))
        page = await customer.attach(session)
        assert [each["item"]["entry"]["t"] for each in page["items"]] == [0, 0, 0]
        world.pass_ms(59_999)
        await world.settle()
        assert "closed" not in customer.kinds(session)
        world.pass_ms(1)
        closed = await customer.entry(session, "closed")
        assert closed["reason"] == "no_show"
        assert (await order_of(world, session))[1:] == ("no_show", 3000)

    play(script)


async def begin(world: World, minutes: int = 10) -> tuple[Any, Any, str]:
    """A session in which the responder greeted and paid time runs."""
    customer, responder, session = await world.pair(minutes=minutes)
    await responder.send(session, "你好", seen_seq=0)
    return customer, responder, session


def test_paid_time_ends_with_a_receipt_that_holds(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await begin(world)
        world.pass_ms(599_999)
        await world.settle()
        assert "closing" not in customer.kinds(session)
        world.pass_ms(1)
        closed = await customer.entry(session, "closed")
        assert closed["reason"] == "time"
        page = await customer.attach(session)
        receipt = receipt_from(page["items"][-1]["item"]["receipt"])
        assert receipt.holds()
        assert receipt.session == session
        assert (await order_of(world, session)) == ("settled", "time", 0)

    play(script)


def test_the_last_question_is_owed_its_answer_for_120_s(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        world.pass_ms(595_000)
        before = len(responder.frames)
        asked = await customer.send(session, "最后一个问题")
        await responder.entry(session, "message", before)
        responder.ack(session, asked["pos"])
        world.pass_ms(5_000)
        await customer.entry(session, "closing")
        assert "closed" not in customer.kinds(session)
        world.pass_ms(1_000)
        await responder.send(session, "答", seen_seq=asked["seq"])
        closed = await customer.entry(session, "closed")
        assert closed["t"] == 601_000

    play(script)


def test_closing_waits_no_longer_than_120_s(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await begin(world)
        world.pass_ms(595_000)
        await customer.send(session, "最后一个问题")
        world.pass_ms(5_000)
        await customer.entry(session, "closing")
        world.pass_ms(119_999)
        await world.settle()
        assert "closed" not in customer.kinds(session)
        world.pass_ms(1)
        assert (await customer.entry(session, "closed"))["reason"] == "time"

    play(script)


def test_time_given_back_puts_the_end_off(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        asked = await customer.send(session, "问")
        responder.ack(session, asked["pos"])
        world.pass_ms(40_000)
        await responder.send(session, "答", seen_seq=asked["seq"])
        world.pass_ms(560_000)
        await world.settle()
        assert "closing" not in customer.kinds(session)
        world.pass_ms(30_000)
        assert (await customer.entry(session, "closed"))["t"] == 630_000

    play(script)


def test_a_customer_offline_for_30_s_pauses_and_coming_back_resumes(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        customer.leave()
        assert await responder.until(
            lambda frame: frame["type"] == "peer_presence" and not frame["online"]
        )
        world.pass_ms(30_000)
        paused = await responder.entry(session, "paused")
        assert (paused["by"], paused["reason"]) == ("relay", "customer_offline")
        world.pass_ms(60_000)
        await customer.arrive()
        resumed = await responder.entry(session, "resumed")
        assert resumed["t"] - paused["t"] == 60_000

    play(script)


def test_offline_pauses_last_30_minutes_in_all(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await begin(world)
        customer.leave()
        world.pass_ms(30_000)
        await responder.entry(session, "paused")
        world.pass_ms(30 * 60_000)
        resumed = await responder.entry(session, "resumed")
        assert (resumed["by"], resumed["reason"]) == ("relay", "customer_offline")
        world.pass_ms(60_000)
        await world.settle()
        assert responder.kinds(session).count("paused") == 1

    play(script)


def test_a_lost_responder_is_replaced_at_60_s(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran")
        colleague = await world.person("ran", Role.RESPONDER)
        await colleague.ask(type="set_presence", state="on")
        customer, responder, session = await begin(world)
        await responder.ask(type="set_presence", state="on")
        asked = await customer.send(session, "问")
        responder.leave()
        world.pass_ms(30_000)
        await customer.notice(session, "handover_offered")
        world.pass_ms(30_000)
        handed = await customer.entry(session, "handover")
        assert (handed["from"], handed["to"], handed["reason"]) == ("rin", "ran", "link")
        page = await colleague.attach(session)
        assert page["items"][-1]["item"]["entry"]["kind"] == "handover"
        colleague.ack(session, page["head"])
        world.pass_ms(1_000)
        await colleague.send(session, "我来了", seen_seq=asked["seq"])
        await responder.arrive()
        former = await responder.attach(session)
        assert former["head"] == page["head"]
        assert (await responder.send(session, "我", seen_seq=0))["code"] == "not_allowed"

    play(script)


def test_whoever_would_rather_wait_is_not_handed_on(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran")
        colleague = await world.person("ran", Role.RESPONDER)
        await colleague.ask(type="set_presence", state="on")
        customer, responder, session = await begin(world)
        await customer.send(session, "问")
        responder.leave()
        world.pass_ms(30_000)
        await customer.notice(session, "handover_offered")
        await customer.ask(type="refuse_handover", session=session)
        world.pass_ms(60_000)
        await world.settle()
        assert "handover" not in customer.kinds(session)

    play(script)
