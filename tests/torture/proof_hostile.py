"""Hostile peers: a real relay process, two honest people in a session, and everything thrown at it.

Foes come from other loopback addresses, so that limits per address are theirs and not the others'.
"""

import asyncio
import base64
import contextlib
import json
import random
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from tests.client.world import PASSWORD, Person, opened, person
from tests.pictures.pictures import file
from tests.torture import crowds, foe, hostile_bounds, samples
from tests.torture.foe import Besieged, Foe, reach
from tests.torture.outcome import Outcome
from tests.torture.rawsocket import BINARY, CLOSE, CONTINUED, GONE, TEXT, Raw, frame, handshake

from miaohui.pictures.decoder import PictureDecoder
from miaohui.pictures.header import PictureRefused
from miaohui.pictures.limits import SHOWING, Means
from miaohui.wire import codec
from miaohui.wire.accounts import Devices, ListDevices
from miaohui.wire.errors import Code
from miaohui.wire.limits import PROTOCOL
from miaohui.wire.schema import members

ABOUT = "a relay process under every attack that its guard names, and two people who chat meanwhile"
PLANTED = (
    "a relay that lets any account read any order; for each crowd an admission without its guard"
)
COUNT = 1_000  # connections that never sign in; the other attacks are as many as there are kinds
SHORT = 60
GROWTH_KIB = 48 * 1024
SETTLE_S = 0.1  # so long closing takes
AGAIN_KIB = 4 * 1024  # a wave after which nothing more is needed; what leaks needs it each time
WAVES = 4
SECRET = "只有我们两个知道的话"
FOREIGN = frozenset({"session", "order", "token_id", "media"})
LOOP_S = 0.5  # the most that an app's loop may stand still, on a machine that does much else
SOUND = {"provider": "practice", "mime": "image/png", "sha256": "0" * 64, "price_fen": 3000}
CURSORS = ("", "x", "9" * 5_000, "\u00e9", *(
    base64.urlsafe_b64encode(each).decode()
    for each in (b"[" * 30_000, b'["measured",0,1,9e99]', b'["measured",0,1,%d]' % 2**63,
                 b'["measured",0,1e400,1]', b'["measured",true,1,1]', b"[%d]" % 2**63,
                 b'[%d,"x"]' % 2**63, b"null", b"\xff")
))  # fmt: skip
MAKES = frozenset({"sign_up", "sign_in", "sign_out", "recover"})
FORBIDDEN = frozenset("\u202e\u202d\u2066\u2067\u200b\u200c\u200d\u200f\u2060\ufeff\u0000\n\t")


def fields_of(kind: type[Any]) -> dict[str, Any]:
    return samples.sample(kind)


class Siege:
    """One relay, its honest people, and what was found."""

    def __init__(self, relay: Besieged, outcome: Outcome, source: random.Random) -> None:
        self.relay = relay
        self.outcome = outcome
        self.source = source
        self.session = ""
        self.theirs: dict[str, str] = {}

    def check(self, what: str, *, holds: bool, example: object = "") -> None:
        self.outcome.check(what, holds=holds, example=str(example)[:300])

    def safe(self, what: str, said: dict[str, Any], allowed: frozenset[str] | None = None) -> None:
        """Refused, and with nothing of somebody else's in it; never the relay's own fault."""
        words = json.dumps(said, ensure_ascii=False)
        leaks = SECRET in words or "安娜" in words
        fault = said.get("code") in (Code.RELAY_FAULT, None) and said["type"] == "failed"
        right = allowed is None or said.get("code") in allowed
        self.check(what, holds=not leaks and not fault and right, example=said)

    # -- another account's ids -------------------------------------------------------------------

    async def foreign_ids(self, mallory: Foe, what: str) -> None:
        """Every command with the honest pair's ids in it: answered as though there were no such
        thing, in the very words in which an id that nobody has is answered."""
        for kind in members(codec.Query | codec.Order):
            words = {
                **fields_of(kind),
                **{key: SOUND[key] for key in SOUND if key in fields_of(kind)},
            }
            if words["type"] in MAKES:
                continue
            hit = FOREIGN & words.keys()
            answers = []
            for theirs in (self.theirs, {name: str(uuid.uuid4()) for name in FOREIGN}):
                asked = {**words, **{name: theirs[name] for name in hit}, "id": str(uuid.uuid4())}
                said = await mallory.ask(**asked)
                if said["type"] in ("gone", "goodbye"):
                    await mallory.arrive()
                answers.append(said)
                self.safe(what, said)
            if hit:
                first, second = ({**each, "id": ""} for each in answers)
                empty = first["type"] == "failed" or first.get("result") == {"type": "done"}
                self.check(what, holds=first == second and empty, example=(words["type"], answers))

    # -- frames ----------------------------------------------------------------------------------

    async def bad_frames(self, mallory: Foe) -> None:
        """Malformed, wrong-typed, unknown: each refused as a bad frame, the link kept or closed."""
        wrong: tuple[Any, ...] = (None, 7, True, "x", [], {}, [[1]], "9" * 40)
        texts = [
            b"", b"null", b"[]", b"{", b"{}", b'{"type":1}', b'{"type":"nobody","id":"1"}',
            b'{"type":"ping","t1":1e400}', b"[" * 5_000, b'{"a":' * 5_000, b'"' + b"x" * 60_000,
            b'{"type":"send"}', b"\xef\xbb\xbf{}",
        ]  # fmt: skip
        for kind in members(codec.Up):
            words = fields_of(kind)
            name = self.source.choice([each for each in words if each != "type"] or ["type"])
            bad = self.source.choice(
                [each for each in wrong if type(each) is not type(words[name])]
            )
            texts.append(json.dumps({**words, name: bad}).encode())
            texts += [json.dumps(each).encode() for each in samples.giants(kind)]
        texts += [
            json.dumps({"type": kind, "id": "1", "cursor": cursor}).encode()
            for kind in ("search", "list_orders", "list_sessions")
            for cursor in CURSORS
        ]
        await mallory.arrive()
        for number, text in enumerate(texts):
            if number % 12 == 11:
                await mallory.arrive()
            mark = str(uuid.uuid4())
            mallory.send(text)
            mallory.say(type="get_wallet", id=mark)
            said = await mallory.hear()
            while said.get("id") != mark and said["type"] not in ("gone", "goodbye"):
                self.safe("malformed and wrong-typed", said)
                said = await mallory.hear()
            self.safe("malformed and wrong-typed", said)
            if said["type"] in ("gone", "goodbye"):
                await mallory.arrive()

    async def broken_links(self, mallory: Foe) -> None:
        """What closes a link at once, with a code; nothing of it reaches a room."""
        hello = json.dumps(
            {"type": "hello", "protocol": PROTOCOL, "client": "x", "device": "d"}
        ).encode()
        for name, pieces in {
            "oversize": [frame(TEXT, b"x" * 65_537)],
            "oversize in fragments": [frame(TEXT, b"x" * 40_000, fin=False)] * 1
            + [frame(CONTINUED, b"x" * 40_000)],
            "binary before hello": [frame(BINARY, b"x" * 100)],
            "binary before sign-in": [frame(TEXT, hello), frame(BINARY, b"x" * 100)],
            "compressed": [frame(TEXT, hello, rsv=4)],
            "not UTF-8": [frame(TEXT, b"\xff")],
            "a request before hello": [frame(TEXT, b'{"type":"get_wallet","id":"1"}')],
            "another protocol": [frame(TEXT, hello.replace(b": 1", b": 9"))],
            "without a mask": [frame(TEXT, hello, masked=False)],
        }.items():
            raw = await reach(self.relay.port, mallory.source)
            for piece in pieces[:-1]:
                raw.send(piece)
                if name.endswith("sign-in"):
                    await raw.next()
            raw.send(pieces[-1])
            said = await self.until_closed(raw)
            self.check("links that break the protocol", holds=said, example=name)
        raw = await Raw.connect(
            self.relay.port, extra=["Sec-WebSocket-Extensions: permessage-deflate"]
        )
        raw.close()

    @staticmethod
    async def until_closed(raw: Raw) -> bool:
        try:
            while True:
                opcode, _ = await raw.next()
                if opcode in (GONE, CLOSE):
                    return True
        except TimeoutError:
            return False
        finally:
            raw.close()

    async def replays(self, mallory: Foe) -> None:
        """The same id again is the same answer; with other words it is refused."""
        await mallory.arrive()
        id = str(uuid.uuid4())
        first = await mallory.ask(type="set_display", id=id, display="Mal")
        again = await mallory.ask(type="set_display", id=id, display="Mal")
        other = await mallory.ask(type="set_display", id=id, display="Lory")
        self.check("replays", holds=first == again and first["type"] == "ok", example=again)
        self.check("replays", holds=other.get("code") == "id_reused", example=other)

    async def out_of_order(self, mallory: Foe) -> None:
        stranger = Foe(self.relay.port, mallory.source)
        await stranger.arrive()
        for kind in members(codec.Query | codec.Order):
            words = fields_of(kind)
            if words["type"] not in MAKES:
                said = await stranger.ask(**{**words, "id": str(uuid.uuid4())})
                self.safe("before sign-in", said, frozenset({"sign_in_first"}))
        stranger.leave()
        await mallory.arrive()
        mallory.say(type="hello", protocol=PROTOCOL, client="x", device="d")
        self.safe("hello twice", await mallory.hear(), frozenset({"wrong_state"}))

    # -- who one is ------------------------------------------------------------------------------

    async def forged_tokens(self) -> None:
        for number in range(20):
            liar = Foe(self.relay.port, f"127.0.9.{number + 1}")
            liar.token = ("", "x" * 43, "' OR 1=1 --", "\u0000", "A" * 256)[number % 5]
            said = await liar.arrive()
            holds = said["type"] == "welcome" and said["account"] is None and said["token_refused"]
            self.check("forged tokens", holds=holds, example=said)
            liar.leave()

    async def names(self, mallory: Foe) -> None:
        await mallory.arrive()
        for trick in (
            "\u202eevil",
            "a\u200bb",
            "\ufeffanna",
            "a\u2066b",
            "a\nb",
            "a\u0000b",
            "\u200f",
        ):
            said = await mallory.ask(type="set_display", id=str(uuid.uuid4()), display=trick)
            kept = (await mallory.arrive())["account"]["display"]
            clean = not FORBIDDEN & set(kept)
            self.check(
                "tricks in names", holds=clean and said["type"] in ("ok", "failed"), example=kept
            )

    async def pictures(self, mallory: Foe) -> None:
        await mallory.arrive()
        for mime, width, height in (
            ("image/png", 30_000, 30_000),
            ("image/svg+xml", 10, 10),
            ("text/html", 10, 10),
            ("image/png", 0, 10),
            ("image/png", -1, 10),
            ("image/jpeg", 2**40, 2**40),
        ):
            said = await mallory.ask(
                type="media_begin", id=str(uuid.uuid4()), session=self.session, bytes=1_000,
                mime=mime, sha256="0" * 64, width=width, height=height,
            )  # fmt: skip
            self.safe(
                "giant and foreign pictures",
                said,
                frozenset({"media_refused", "not_found", "bad_frame"}),
            )

    async def shown(self) -> None:
        """An app that is sent pictures beyond what it spends on one: ordinary ones, and an instant
        or little memory for each. Its loop goes on, and the next picture is shown."""
        large = file("PNG", 4000, 4000)
        for what, means in (
            ("a picture beyond its time", Means(SHOWING.memory, 0.00001)),
            ("a picture beyond its memory", Means(72 * 1024 * 1024, SHOWING.seconds)),
        ):
            decoder = PictureDecoder(means)
            try:
                work = asyncio.gather(
                    *(decoder.pixels(large, 500, 500) for _ in range(4)), return_exceptions=True
                )
                worst = 0.0
                while not work.done():
                    began = time.perf_counter()
                    await asyncio.sleep(0.005)
                    worst = max(worst, time.perf_counter() - began)
                refused = all(isinstance(each, PictureRefused) for each in await work)
                self.check(what, holds=refused and worst < LOOP_S, example=f"{worst:.2f} s")
            finally:
                decoder.close()
        decoder = PictureDecoder()
        try:
            for broken in (b"", b"RIFF", large[:200], b"<svg/>", large[:-40] + b"x" * 40):
                with contextlib.suppress(PictureRefused):
                    await decoder.pixels(broken, 50, 50)
            made = await decoder.pixels(file("PNG", 200, 200), 50, 50)
            self.check("the next picture is shown", holds=made.width == 50)
        finally:
            decoder.close()

    # -- floods ----------------------------------------------------------------------------------

    async def floods(self, mallory: Foe) -> None:
        await mallory.arrive()
        codes = []
        for _ in range(4):
            ids = [str(uuid.uuid4()) for _ in range(100)]
            for id in ids:
                mallory.say(type="get_wallet", id=id)
            heard = [await mallory.hear() for _ in ids]
            codes += [said.get("code") for said in heard]
        self.check("a flood of requests", holds="too_many" in codes, example=set(codes))
        stranger = Foe(self.relay.port, "127.0.8.1")
        await stranger.arrive()
        said: dict[str, Any] = {}
        for _ in range(12):
            id = str(uuid.uuid4())
            stranger.say(type="sign_in", id=id, name="anna", password="wrong password 1")
            said = await stranger.answer(id)
            if said.get("code") == "too_many":
                break
        self.check("a flood of sign-ins", holds=said.get("code") == "too_many", example=said)
        stranger.leave()

    async def strangers(self, count: int, net: int) -> None:
        """Connections that never sign in: beyond the caps they are told so and closed."""
        raws = []
        refused = 0
        for number in range(count):
            try:
                raws.append(await reach(self.relay.port, f"127.{net}.{number % 25}.1"))
            except (OSError, asyncio.IncompleteReadError):
                refused += 1  # not even listened to
        refused += sum(await asyncio.gather(*map(self.shown_out, raws)))
        self.outcome.tried("connections without sign-in", count)
        kept = count - refused
        if kept > 540:
            self.outcome.violated("connections without sign-in", f"{kept} of {count} kept")
        one = []
        for _ in range(70):
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                one.append(await reach(self.relay.port, f"127.{net + 1}.0.1"))
        answers = await asyncio.gather(*map(self.shown_out, one))
        self.check("a flood from one address", holds=answers.count(False) <= 60, example=answers)
        for raw in (*raws, *one):
            raw.close()

    @staticmethod
    async def shown_out(raw: Raw) -> bool:
        """Whether the relay ends it within a moment, or says that it will."""
        try:
            async with asyncio.timeout(0.3):
                opcode, payload = await raw.next()
                return opcode in (GONE, CLOSE) or b"goodbye" in payload
        except TimeoutError:
            return False

    async def stalled_reader(self, mallory: Foe) -> None:
        """Asks for much and reads nothing: cut, and no more than a bounded pile is kept for it."""
        await mallory.arrive()
        before = self.relay.resident_kib()
        assert mallory.raw is not None
        mallory.raw.writer.transport.pause_reading()
        asked = frame(TEXT, json.dumps({"type": "list_orders", "id": "x" * 64}).encode()) * 400
        for _ in range(60):
            mallory.raw.send(asked)
            if mallory.raw.writer.transport.is_closing():
                break
            await asyncio.sleep(0.002)
        grown = self.relay.resident_kib() - before
        self.check("a stalled reader", holds=grown < 24 * 1024, example=f"{grown} KiB")
        mallory.leave()

    async def loris(self) -> None:
        """Handshakes and greetings that never end are ended."""

        async def drip(number: int) -> bool:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", self.relay.port, local_addr=(f"127.0.5.{number + 1}", 0)
            )
            try:
                async with asyncio.timeout(8):
                    for byte in handshake() if number % 2 else b"":
                        writer.write(bytes((byte,)))
                        await asyncio.sleep(0.1)
                        if reader.at_eof():
                            return True
                    return await reader.read(1 << 16) == b""
            except ConnectionError:
                return True
            except TimeoutError:
                return False
            finally:
                writer.close()

        async def silent(number: int) -> bool:
            raw = await reach(self.relay.port, f"127.0.4.{number + 1}")
            raw.send(frame(TEXT, b'{"type":"hello"')[:-3])
            return await self.until_closed(raw)

        ends = await asyncio.gather(*map(drip, range(10)), *map(silent, range(10)))
        for holds in ends:
            self.check("slow handshakes and frames", holds=holds)


async def said_and_heard(anna: Person, bo: Person, session: str, text: str) -> None:
    anna.client.send_text(session, text)
    await bo.until(lambda: text in bo.texts(session))
    bo.client.send_text(session, f"收到：{text}")
    await anna.until(lambda: f"收到：{text}" in anna.texts(session))


async def siege(relay: Besieged, outcome: Outcome, seed: int, count: int, *, planted: bool) -> None:
    battle = Siege(relay, outcome, random.Random(seed))
    relay.admin("create-shop", "other", "别家")
    invites = [
        relay.admin("invite-responder", shop).split()[-1].strip('"{}')
        for shop in ("lanting", "other")
    ]
    async with person(relay.url) as anna, person(relay.url) as bo:
        for each in (anna, bo):
            await each.until(lambda e=each: e.client.view.link.state == "live")  # type: ignore[misc]
        await anna.client.sign_up("anna", PASSWORD, "安娜")
        await bo.client.sign_up("xiaobo", PASSWORD, "小波", invites[0])
        battle.session = await opened(anna, bo)
        devices = await anna.client.ask(ListDevices(id=anna.client.new_id()))
        assert isinstance(devices, Devices)
        battle.theirs = {
            "session": battle.session,
            "order": anna.client.view.orders[0].order,
            "token_id": devices.devices[0].token_id,
            "media": str(uuid.uuid4()),
        }
        await said_and_heard(anna, bo, battle.session, SECRET)
        mallory = Foe(relay.port, "127.0.1.1")
        await mallory.sign_up("mallory")
        rival = Foe(relay.port, "127.0.1.2")
        await rival.sign_up("rival", invites[1])
        before = relay.resident_kib()
        await battle.foreign_ids(mallory, "another account's ids, as a customer")
        await battle.foreign_ids(rival, "another account's ids, as another shop's")
        if planted:
            mallory.leave()
            rival.leave()
            return
        slow = asyncio.gather(battle.loris()) if count > SHORT else None
        await battle.bad_frames(mallory)
        await battle.broken_links(mallory)
        await battle.replays(mallory)
        await battle.out_of_order(mallory)
        await battle.forged_tokens()
        await battle.names(mallory)
        await battle.pictures(mallory)
        await battle.shown()
        await battle.floods(mallory)
        await battle.stalled_reader(rival)
        if slow is not None:
            await slow
        await battle.strangers(count, 20)
        once = relay.resident_kib()
        again = [0]
        for wave in range(WAVES if count > SHORT else 0):
            held = relay.resident_kib()
            await battle.strangers(count, 30 + 2 * wave)
            again.append(relay.resident_kib() - held)
            if again[-1] < AGAIN_KIB:
                break
        await said_and_heard(anna, bo, battle.session, "还在吗")
        # The attackers share this process with the pair, whose link a busy machine may cost.
        await anna.until(lambda: anna.client.view.link.state == "live")
        texts = anna.texts(battle.session)
        # A reply that covered nothing is sent again by the app: once more the same, and no more.
        said = [SECRET, f"收到：{SECRET}", "还在吗", "收到：还在吗"]
        whole = list(dict.fromkeys(texts)) == said
        once_each = all(texts.count(each) == 1 for each in said[::2])
        twice = all(texts.count(each) <= 2 for each in said[1::2])
        outcome.check("the honest pair", holds=whole and once_each and twice, example=str(texts))
        first = once - before
        waves = ", ".join(f"{each / 1024:.1f}" for each in again[1:])
        outcome.check("memory flat", holds=first < GROWTH_KIB, example=f"grew by {first} KiB")
        outcome.check("memory flat", holds=again[-1] < AGAIN_KIB, example=f"and again by {waves}")
        outcome.notes.append(
            f"the relay grew by {first / 1024:.1f} MiB over the siege, and by {waves or '-'} MiB"
            " when all those connections came again"
        )
        rival.leave()
        mallory.leave()
        await asyncio.sleep(SETTLE_S)
    said = relay.log.read_text()
    for word in ("Traceback", SECRET, foe.PASSWORD, PASSWORD):
        outcome.check("the relay's log", holds=word not in said, example=said[-600:])


def run(seed: int, count: int, *, planted: bool) -> Outcome:
    outcome = Outcome()
    if not Path("/proc/self/statm").exists():
        outcome.impossible = "no /proc to read a process's memory from"
        return outcome
    if count > SHORT:
        crowds.run(outcome, crowds.NAMES, crowds.SECONDS, planted=planted, timed=True)
    else:
        # No times where other work goes on beside; what is ended and what it costs, shows here, too.
        crowds.run(outcome, crowds.SHORT, crowds.SHORT_S, planted=planted, timed=False)
    with tempfile.TemporaryDirectory() as name:
        relay = Besieged(Path(name) / "relay", planted=planted)
        try:
            asyncio.run(siege(relay, outcome, seed, count, planted=planted))
        finally:
            relay.stop()
    hostile_bounds.run(seed, outcome, short=count <= SHORT, planted=planted)
    return outcome
