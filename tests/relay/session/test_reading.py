"""Reading along: from where one stands, as far as one may, and the list of one's own sessions."""

from collections.abc import Callable
from typing import Any

from tests.relay.conftest import Person, World

from miaohui.wire.accounts import Role
from miaohui.wire.limits import FEEDS


def positions(page: dict[str, Any]) -> list[int]:
    return [each["pos"] for each in page["items"]]


def test_a_feed_is_read_on_from_where_one_stands(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        for text in ("一", "二", "三"):
            await customer.send(session, text)
        page = await responder.attach(session, 2)
        assert (positions(page), page["head"]) == ([3, 4], 4)
        # Who has everything is pushed what comes, from there on.
        page = await responder.attach(session, 4)
        assert (positions(page), page["head"]) == ([], 4)
        mark = len(responder.frames)
        await customer.send(session, "四")
        pushed = await responder.until(lambda frame: frame["type"] == "feed_push", mark)
        assert positions(pushed) == [5]
        # Below the beginning there is nothing; beyond the end is somebody who knows more.
        assert positions(await responder.attach(session, 0)) == [1, 2, 3, 4, 5]
        assert (await responder.attach(session, 6))["code"] == "behind"

    play(script)


def test_a_page_is_cut_by_its_bytes_and_nothing_is_pushed_past_a_gap(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        for _ in range(8):
            await customer.send(session, "长" * 4000)  # 12 KB each
        page = await responder.attach(session)
        assert (positions(page), page["head"]) == ([1, 2, 3, 4, 5], 9)
        mark = len(responder.frames)
        await customer.send(session, "又")
        await world.settle()
        assert not [each for each in responder.frames[mark:] if each["type"] == "feed_push"]
        assert positions(await responder.attach(session, 5)) == [6, 7, 8, 9, 10]
        await customer.send(session, "再")
        pushed = await responder.until(lambda frame: frame["type"] == "feed_push", mark)
        assert positions(pushed) == [11]

    play(script)


def test_who_does_not_belong_there_finds_nothing(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        stranger = await world.person("eve")
        for person, which in ((stranger, session), (customer, "no such session")):
            told = await person.attach(which)
            assert (told["code"], told["detail"]) == ("not_found", "session")
        assert (await stranger.ask(type="list_sessions"))["sessions"] == []
        proof = await stranger.ask(type="get_log_proof", session=session)
        assert (proof["code"], proof["detail"]) == ("not_found", "session")
        # Nothing is told of it either: no typing, no head, no progress.
        stranger.say(type="typing", session=session)
        stranger.say(type="seen", session=session, seq=1)
        stranger.ack(session, 1)
        await world.settle()
        told = [each["type"] for each in customer.frames]
        assert "peer_typing" not in told
        assert "peer_progress" not in told

    play(script)


def test_after_detaching_nothing_more_comes(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        for _ in range(2):  # the second time there is nothing to leave
            assert (await responder.ask(type="detach", session=session))["type"] == "done"
        mark = len(responder.frames)
        await customer.send(session, "在吗")
        customer.say(type="typing", session=session)
        await world.settle()
        assert [each for each in responder.frames[mark:] if each.get("session") == session] == []
        assert positions(await responder.attach(session)) == [1, 2]

    play(script)


def test_a_connection_reads_so_many_feeds_and_no_more(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        other = await world.open("cai", "rin")
        assert customer.line is not None
        attached = customer.line.attached
        for number in range(FEEDS - 1):
            attached[str(number)] = attached[session]
        told = await customer.attach(other)
        assert (told["code"], told["detail"], told["retry_ms"]) == ("too_many", "feeds", 1000)
        assert (await customer.attach(session))["head"] == 1  # one's own place is kept
        del attached["0"]
        assert (await customer.attach(other))["head"] == 1
        for number in range(1, FEEDS - 1):
            del attached[str(number)]

    play(script)


def test_a_reader_hears_whether_the_other_side_is_there(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()

        async def greeted(person: Person) -> bool:
            mark = len(person.frames)
            await person.attach(session)
            frame = await person.until(lambda each: each["type"] == "peer_presence", mark)
            assert frame["session"] == session
            return bool(frame["online"])

        assert await greeted(customer)
        responder.leave()
        left = await customer.until(
            lambda each: each["type"] == "peer_presence" and not each["online"]
        )
        assert left["session"] == session
        assert not await greeted(customer)
        await responder.arrive()
        assert await greeted(responder)
        await customer.ask(type="end", session=session, now=True)
        await customer.entry(session, "closed")
        mark = len(customer.frames)
        await customer.attach(session)
        assert not [each for each in customer.frames[mark:] if each["type"] == "peer_presence"]

    play(script)


def test_who_handed_on_reads_as_far_as_that(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        await world.shop("rin", "ran")
        customer, responder, session = await world.pair()
        colleague = await world.person("ran", Role.RESPONDER)
        await colleague.ask(type="set_presence", state="on")
        await responder.send(session, "你好", seen_seq=0)
        await responder.ask(type="hand_over", session=session)
        await colleague.ask(type="accept_handover", session=session)
        await colleague.attach(session)
        await customer.send(session, "只给你看")
        page = await responder.attach(session)
        assert (positions(page), page["head"]) == ([1, 2, 3], 3)
        marks = [len(each.frames) for each in (customer, responder)]
        responder.say(type="typing", session=session)
        responder.say(type="seen", session=session, seq=4)
        responder.ack(session, 4)
        await world.relay.sessions.sign_heads()
        await customer.send(session, "还有")
        await world.settle()
        heard = [each["type"] for each in customer.frames[marks[0] :]]
        assert "peer_typing" not in heard
        assert "peer_progress" not in heard
        former = [each for each in responder.frames[marks[1] :] if each.get("session") == session]
        assert former == []
        (card,) = (await responder.ask(type="list_sessions"))["sessions"]
        assert (card["state"], card["head"], card["peer_name"]) == ("closed", 3, "Cai")
        (card,) = (await colleague.ask(type="list_sessions"))["sessions"]
        assert (card["state"], card["head"]) == ("open", 5)

    play(script)


def test_ones_own_sessions_by_pages_the_live_ones_first(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, live = await world.pair()
        past = []
        for _ in range(3):
            past.append(await world.open("cai", "rin"))
            await customer.attach(past[-1])
            await customer.ask(type="end", session=past[-1], now=True)
            await customer.entry(past[-1], "closed")
        past.reverse()
        first = await customer.ask(type="list_sessions", limit=2)
        assert [each["session"] for each in first["sessions"]] == [live, *past[:2]]
        assert [each["state"] for each in first["sessions"]] == ["open", "closed", "closed"]
        second = await customer.ask(type="list_sessions", limit=2, cursor=first["cursor"])
        assert [each["session"] for each in second["sessions"]] == past[2:]
        assert second["cursor"] is None
        whole = await customer.ask(type="list_sessions", limit=3)
        assert (len(whole["sessions"]), whole["cursor"]) == (4, None)
        # At least one, whatever is asked for.
        assert len((await customer.ask(type="list_sessions", limit=0))["sessions"]) == 2
        card = whole["sessions"][0]
        assert (card["shop_name"], card["peer_name"], card["minutes"]) == ("Shop", "Rin", 30)
        assert not {"refund_fen", "closed_utc", "reviewed"} & card.keys()
        assert whole["sessions"][1]["closed_utc"] == whole["sessions"][1]["last_utc"]
        await customer.send(live, "问")
        await customer.ask(type="end", session=live)
        (now, *_) = (await customer.ask(type="list_sessions"))["sessions"]
        assert now["state"] == "closing"

    play(script)
