"""Who is let in, who takes over from whom, and who is put out."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace

from tests.relay.conftest import Door, Person, World

from miaohui.relay.net.accept_limit import LONGEST_MS
from miaohui.relay.net.admission import GUEST_LIFE_MS, USUAL, LinkRefusal
from miaohui.relay.net.connection import ClientConnection
from miaohui.relay.net.limits import FINE_MS
from miaohui.relay.net.origin import UNTOLD, Origin
from miaohui.wire.accounts import Role
from miaohui.wire.limits import PROTOCOL


def stranger(world: World, address: str = "10.0.0.1") -> tuple[Person, ClientConnection, Door]:
    """Somebody who has said nothing yet."""
    person = Person(world, "nobody", "")
    line = world.relay.gateway.make_connection()
    door = Door(person)
    door.origin = Origin.of(address)
    person.line = line
    line.opened(door)
    return person, line, door


def hello(person: Person, **fields: object) -> None:
    person.say(**{"type": "hello", "protocol": PROTOCOL, "client": "t", "device": "d", **fields})


def test_hello_comes_first_and_within_3_s(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        early, _, door = stranger(world)
        early.say(type="get_wallet", id="1")
        assert early.frames[-1]["code"] == "hello_first"
        assert door.closed is not None
        silent, _, door = stranger(world)
        world.relay.gateway.sweep(world.clock.now + 3_000)
        assert door.closed is None
        world.relay.gateway.sweep(world.clock.now + 3_001)
        assert (door.closed, silent.frames[-1]["code"]) == (1008, "hello_first")

    play(script)


def test_another_protocol_and_a_bad_token_are_told(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        for other in (PROTOCOL - 1, PROTOCOL + 1):
            newer, _, _ = stranger(world)
            hello(newer, protocol=other)
            assert newer.frames[-1]["code"] == "protocol"
        forged, _, _ = stranger(world)
        hello(forged, token="not a token")
        forged.say(type="list_orders", id="1")
        welcome = await forged.until(lambda frame: frame["type"] == "welcome")
        assert welcome["token_refused"]
        assert welcome["account"] is None
        refused = await forged.until(lambda frame: frame["type"] == "failed")
        assert refused["code"] == "sign_in_first"

    play(script)


def test_the_newest_connection_of_a_device_takes_over(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        person = await world.person("cai")
        first = person.line
        await person.arrive()
        assert first is not None
        assert first.caller is None
        goodbye = await person.until(lambda frame: frame["type"] == "goodbye")
        assert goodbye["code"] == "replaced"
        person.generation = 0
        mark = len(person.frames)
        current = person.line
        person.line = world.relay.gateway.make_connection()
        person.line.opened(Door(person))
        hello(person, device=person.device, generation=1, token=person.token)
        late = await person.until(lambda frame: frame["type"] == "goodbye", mark)
        assert late["code"] == "replaced"
        assert current is not None
        assert current.caller is not None

    play(script)


def test_a_silent_link_is_dead_within_4_s(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        person = await world.person("cai")
        gateway = world.relay.gateway
        assert gateway.online("cai")
        gateway.sweep(world.clock.now + 3_700)
        assert gateway.online("cai")
        gateway.sweep(world.clock.now + 3_701)
        assert not gateway.online("cai")
        assert person.line is not None
        assert person.line.gone

    play(script)


def test_too_many_half_open_links_of_one_net_put_their_eldest_out(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        most = USUAL.half_open_per_net
        doors = [stranger(world, f"10.0.0.{at}")[2] for at in range(most)]
        assert stranger(world, "10.0.1.1")[2].closed is None
        assert {door.closed for door in doors} == {None}
        # One more of that net: the eldest, who had the longest time to say hello, goes.
        stranger(world, "10.0.0.200")
        assert [door.closed for door in doors] == [1008] + [None] * (most - 1)

    play(script)


def test_a_guest_stays_a_minute_and_comes_again(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        guest, line, door = stranger(world)
        hello(guest)
        await guest.until(lambda frame: frame["type"] == "welcome")
        gateway, now = world.relay.gateway, world.clock.now
        line.link.heard_at = now + GUEST_LIFE_MS  # it keeps pinging
        gateway.sweep(now + GUEST_LIFE_MS)
        assert door.closed is None
        gateway.sweep(now + GUEST_LIFE_MS + 1)
        assert (door.closed, guest.frames[-1]["code"]) == (1008, "sign_in_first")
        assert guest.frames[-1]["retry_ms"] > 0

    play(script)


def test_no_crowd_of_strangers_takes_a_members_place_or_turn(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        token = await world.token("cai", Role.CUSTOMER)
        world.relay.gateway.adopt(replace(USUAL, guests=20, guests_per_second=0.1))
        turned_away = 0
        for number in range(100):
            guest, _, _ = stranger(world, f"10.1.{number}.1")
            hello(guest, device=f"g{number}")
            said = await guest.until(lambda frame: frame["type"] in ("welcome", "goodbye"))
            turned_away += said["type"] == "goodbye"
            assert said.get("retry_ms", 0) <= LONGEST_MS
        assert turned_away >= 80
        member, _, _ = stranger(world, "10.2.0.1")
        hello(member, device="device-of-cai", token=token)
        welcome = await member.until(lambda frame: frame["type"] in ("welcome", "goodbye"))
        assert welcome["account"]["name"] == "cai"

    play(script)


def test_who_spent_too_much_stays_out_for_a_while_and_nobody_else(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        token = await world.token("cai", Role.CUSTOMER)
        for who, address, mine in (("a", "10.3.0.1", None), ("b", "10.3.0.2", token)):
            spender, line, door = stranger(world, address)
            hello(spender, device="device-of-cai", token=mine)
            await spender.until(lambda frame: frame["type"] == "welcome")
            assert (door.budget is None) is (mine is None)  # a member's is given at the welcome
            line.overspent(LinkRefusal.FRAMES)
            assert (door.closed, spender.frames[-1]["code"]) == (1008, "too_many"), who
            again, _, _ = stranger(world, address)
            hello(again, device="device-of-cai", token=mine)
            said = await again.until(lambda frame: frame["type"] in ("welcome", "goodbye"))
            assert 0 < said["retry_ms"] <= FINE_MS
        # Another stranger, and another account from the very address, come in.
        other, _, _ = stranger(world, "10.3.0.3")
        hello(other)
        assert (await other.until(lambda frame: frame["type"] == "welcome"))["account"] is None
        theirs = await world.token("dora", Role.CUSTOMER)
        neighbour, _, _ = stranger(world, "10.3.0.1")
        hello(neighbour, device="device-of-dora", token=theirs)
        assert (await neighbour.until(lambda frame: frame["type"] == "welcome"))["account"]

    play(script)


def test_who_did_not_read_may_come_again_at_once(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        token = await world.token("cai", Role.CUSTOMER)
        reader, line, door = stranger(world, "10.3.0.1")
        hello(reader, device="device-of-cai", token=token)
        await reader.until(lambda frame: frame["type"] == "welcome")
        line.overspent(LinkRefusal.UNREAD)
        # Nothing is said: the socket cuts it behind this.
        assert (door.closed, reader.frames[-1]["type"]) == (None, "welcome")
        line.closed()
        again, _, _ = stranger(world, "10.3.0.1")
        hello(again, device="device-of-cai", token=token)
        said = await again.until(lambda frame: frame["type"] in ("welcome", "goodbye"))
        assert said["type"] == "welcome"

    play(script)


def test_guesses_are_counted_by_a_64_and_behind_a_silent_proxy_by_link_and_name(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        async def guesses(origins: list[Origin]) -> list[str]:
            codes = []
            for number, origin in enumerate(origins):
                person, line, door = stranger(world)
                line.closed()
                line = person.line = world.relay.gateway.make_connection()
                door.origin = origin
                line.opened(door)
                hello(person, device=f"x{number}")
                name = f"nobody{number}"
                answer = await person.ask(type="sign_in", name=name, password="a wrong one 1")
                codes.append(answer["code"])
                line.closed()
            return codes

        net = [Origin.of(f"2001:db8:9:9::{host:x}") for host in range(1, 15)]
        assert await guesses(net) == ["wrong_credentials"] * 10 + ["too_many"] * 4
        assert await guesses([UNTOLD] * 14) == ["wrong_credentials"] * 14

    play(script)


def test_signing_in_is_limited_and_signing_out_leaves_a_guest(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        person, _, _ = stranger(world)
        hello(person)
        for _ in range(5):
            answer = await person.ask(type="sign_in", name="nobody", password="wrong words")
            assert answer["code"] in ("wrong_credentials", "too_many")
        answer = await person.ask(type="sign_in", name="nobody", password="wrong words")
        assert answer["code"] == "too_many"
        assert answer["retry_ms"] > 0
        member = await world.person("cai")
        assert (await member.ask(type="sign_out"))["type"] == "done"
        assert (await member.ask(type="list_orders"))["code"] == "sign_in_first"
        assert not world.relay.gateway.online("cai")

    play(script)


def test_a_revoked_token_ends_its_connections(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        person = await world.person("cai")
        devices = await person.ask(type="list_devices")
        await person.until(lambda frame: frame["type"] == "ok")
        person.say(type="revoke_device", id="r", token_id=devices["devices"][0]["token_id"])
        goodbye = await person.until(lambda frame: frame["type"] == "goodbye")
        assert goodbye["code"] == "token_revoked"

    play(script)


def test_unreadable_frames_are_told_and_then_end_the_link(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        person = await world.person("cai", Role.CUSTOMER)
        assert person.line is not None
        person.line.text(b'{"type":"pause","id":"7","session":4}')
        failed = person.frames[-1]
        assert (failed["id"], failed["code"]) == ("7", "bad_frame")
        for _ in range(20):
            person.line.text(b"no json")
        assert person.frames[-1]["type"] == "goodbye"

    play(script)


def test_heartbeats_carry_times_and_heads(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        await customer.send(session, "问")
        customer.say(type="ping", t1=77, acks={})
        pong = await customer.until(lambda frame: frame["type"] == "pong")
        assert (pong["t1"], pong["t2"], pong["heads"]) == (77, world.clock.now, {session: 2})

    play(script)


def test_frames_during_a_check_wait_their_turn(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        token = await world.token("cai", Role.CUSTOMER)
        person, line, _ = stranger(world)
        hello(person, device="device-of-cai", token=token)
        line.text(json.dumps({"type": "list_sessions", "id": "1"}).encode())
        await person.until(lambda frame: frame["type"] == "ok")
        assert [frame["type"] for frame in person.frames] == ["welcome", "ok"]
        await asyncio.sleep(0)

    play(script)
