"""A real session over real sockets whose stream is cut at a byte: in the middle of frames, of headers.

A relay process, two people, and between them a line that passes on exactly so many bytes of both
directions and then ends, or goes silent. Purchase, messages in turns, an extension, the end and the
receipt must come out as without a cut, and the customer's balance must have paid for them once.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.client.world import PASSWORD, Person, RelayProcess, person
from tests.torture.outcome import Outcome

from miaohui.client.port import Refused
from miaohui.client.snapshots import Notice, NoticeCode
from miaohui.runtime.tasks import Tasks
from miaohui.wire.accounts import GetWallet, Wallet
from miaohui.wire.catalogue import GetShop, Shop
from miaohui.wire.desk import AcceptOrder, SetPresence
from miaohui.wire.orders import Order, Pay, Quote
from miaohui.wire.sessions import End, Extend

PASSING = ("offline", "timeout", "shop_closed", "nobody_free")
TRIES = 60
BRIEF_BYTES = 20_000  # a single cut falls before that
SILENT_EVERY = 8  # a silent cut takes 4 s to be noticed
PURSE = 15  # sessions: a customer starts with money for 16, each is bought and once extended


class Meter:
    """A line that counts; ``at``: after so many bytes it is cut, once."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.passed = 0
        self.at: int | None = None
        self.silent = False
        self.mute: set[int] = set()
        self.ways: list[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = []
        self.tasks = Tasks()

    def arm(self, at: int | None, *, silent: bool) -> None:
        self.passed, self.at, self.silent = 0, at, silent

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.port)
        pair = (writer, up_writer)
        self.ways.append(pair)
        there = self.tasks.start(self._pump(reader, up_writer), "up")
        back = self.tasks.start(self._pump(up_reader, writer), "down")
        await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        self.ways.remove(pair)
        for end in pair:
            self.mute.discard(id(end))
            end.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                if id(writer) in self.mute:
                    continue
                left = None if self.at is None else self.at - self.passed
                self.passed += len(data)
                if left is None or len(data) < left:
                    writer.write(data)
                    continue
                self.at = None
                writer.write(data[:left])
                await writer.drain()
                if not self.silent:
                    return
                for pair in self.ways:
                    if writer in pair:
                        self.mute.update(map(id, pair))
        except OSError:
            return


async def again(ask: Callable[[], Awaitable[Any]]) -> Any:
    """As a person does who reads "offline": once more."""
    for _ in range(TRIES):
        try:
            return await ask()
        except Refused as refused:
            if refused.code not in PASSING:
                raise
        await asyncio.sleep(0.1)
    raise AssertionError("refused again and again")


async def _at_once(_number: int) -> None:
    """Nothing lies between two messages."""


async def session(
    anna: Person,
    bo: Person,
    messages: int,
    between: Callable[[int], Awaitable[None]] = _at_once,
) -> str:
    """The script; what came out wrong, "" where nothing did. ``between``: once the message of that
    number is on the other's screen."""
    me, desk = anna.client, bo.client
    had = await balance(anna)
    presence = SetPresence(id=desk.new_id(), state="on")
    await again(lambda: desk.ask(presence))
    shop = await again(lambda: me.ask(GetShop(id=me.new_id(), shop="lanting")))
    assert isinstance(shop, Shop)
    offer = shop.offers[0].offer
    asked = Quote(id=me.new_id(), shop="lanting", offer=offer)
    quote = await again(lambda: me.ask(asked))
    assert isinstance(quote, Order)
    price = quote.price_fen
    pay = Pay(id=me.new_id(), order=quote.order, provider="practice", price_fen=price)
    await again(lambda: me.ask(pay))
    await bo.until(
        lambda: (
            desk.view.desk is not None
            and any(each.order == quote.order for each in desk.view.desk.incoming)
        )
    )
    accept = AcceptOrder(id=desk.new_id(), order=quote.order)
    await again(lambda: desk.ask(accept))

    def found() -> str:
        mine = [each for each in me.view.orders if each.order == quote.order]
        return (mine[0].session or "") if mine else ""

    await anna.until(lambda: bool(found()))
    name = found()
    said: dict[str, str] = {}
    for number in range(messages):
        speaker, hearer = (anna, bo) if number % 2 == 0 else (bo, anna)
        words = f"{number} of {name[-6:]}"
        said[speaker.client.send_text(name, words)] = words
        await hearer.until(lambda: words in hearer.texts(name))  # noqa: B023
        hearer.client.focus(name)
        hearer.client.seen(name, hearer.client.messages(name)[-1].key)
        if number == messages // 2:
            new = me.new_id()
            more = Extend(id=new, session=name, offer=offer, price_fen=price, provider="practice")
            await again(lambda: me.ask(more))  # noqa: B023
        await between(number)
    end = End(id=me.new_id(), session=name, now=True)
    await again(lambda: me.ask(end))
    for one in (anna, bo):
        one.client.focus(name)
        await one.until(lambda o=one: bool(getattr(o.client.session(name), "receipt_sound", 0)))  # type: ignore[misc]
    await anna.until(
        lambda: any(o.order == quote.order and o.state == "settled" for o in me.view.orders)
    )
    repeats = sum(
        isinstance(each, Notice) and (each.code, each.session) == (NoticeCode.SENT_AGAIN, name)
        for each in bo.heard
    )
    hers, his = settled(anna, name, said), settled(bo, name, said)
    if wrong := misshown(said, hers, repeats):
        return f"anna {wrong}"
    if hers != his:
        return f"anna shows {[text for _, text in hers]}, bo {[text for _, text in his]}"
    order = next(o for o in me.view.orders if o.order == quote.order)
    if (order.price_fen, order.extensions_fen) != (price, price):
        return f"{order.price_fen} + {order.extensions_fen} for {price} + {price}"
    if had - await balance(anna) != 2 * price - order.refund_fen:
        return f"{had} became {await balance(anna)}, with {order.refund_fen} of {2 * price} back"
    return ""


def settled(one: Person, session: str, said: Mapping[str, str]) -> list[tuple[str, str]]:
    """The messages on somebody's screen, ``(key, text)`` from the top. A repeat that came when the
    session was over stands only where it was written: it is nobody's message."""
    lines = [each for each in one.client.messages(session) if each.kind == "message"]
    return [(each.key, each.text) for each in lines if each.key in said or each.seq is not None]


def misshown(said: Mapping[str, str], shown: Sequence[tuple[str, str]], repeats: int) -> str:
    """What is wrong with the messages on a screen; "" where each stands there once, in the order in
    which they were said (``said``: by key).

    A reply that was faster than anybody can read is sent once more by its own app, which says so:
    up to ``repeats`` of them stand behind what they repeat, under keys of their own.
    """
    texts = [text for _, text in shown]
    if [each for each in shown if each[0] in said] != [*said.items()]:
        return f"shows {texts}, said {[*said.values()]}"
    again = [text for key, text in shown if key not in said]
    first = {text: at for at, (key, text) in reversed([*enumerate(shown)]) if key in said}
    behind = all(
        first.get(text, at) < at for at, (key, text) in enumerate(shown) if key not in said
    )
    if not behind or len({*again}) != len(again) or len(again) > repeats:
        return f"shows {texts}, said {[*said.values()]} and {repeats} of them again"
    return ""


async def balance(anna: Person) -> int:
    wallet = await again(lambda: anna.client.ask(GetWallet(id=anna.client.new_id())))
    assert isinstance(wallet, Wallet)
    return wallet.balance_fen


@contextlib.asynccontextmanager
async def entered(
    url: str, name: str, display: str, invite: str | None = None
) -> AsyncIterator[Person]:
    """Somebody with a new account."""
    async with person(url) as one:
        await one.until(lambda: one.client.view.link.state == "live")
        await one.client.sign_up(name, PASSWORD, display, invite)
        yield one


async def play(seed: int, count: int, messages: int, outcome: Outcome) -> None:
    with tempfile.TemporaryDirectory(prefix="miaohui-cuts-") as folder:
        relay = await asyncio.to_thread(RelayProcess, Path(folder) / "relay")
        meter = Meter(int(relay.url.rpartition(":")[2]))
        server = await asyncio.start_server(meter.meet, "127.0.0.1", 0)
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        whole = BRIEF_BYTES
        try:
            invite = await asyncio.to_thread(relay.invite_responder)
            async with entered(url, "xiaobo", "小波", invite) as bo:
                if count > 1:
                    async with entered(url, "first", "安娜") as anna:
                        meter.arm(None, silent=False)
                        wrong = await whats_wrong(anna, bo, messages)
                        what = f"{messages} messages on real sockets"
                        outcome.check(what, holds=not wrong, example=wrong)
                        whole = meter.passed
                for first in range(0, count, PURSE):
                    async with entered(url, f"anna{first}", "安娜") as anna:
                        for number in range(first, min(first + PURSE, count)):
                            at = 1 + int(whole * (number + (seed % 97) / 97) / count)
                            silent = number % SILENT_EVERY == SILENT_EVERY - 1
                            meter.arm(at, silent=silent)
                            wrong = await whats_wrong(anna, bo, messages)
                            how = "silent" if silent else "cut"
                            what = f"{messages} messages, {how} at a byte"
                            outcome.check(what, holds=not wrong, example=f"byte {at}: {wrong}")
        finally:
            server.close()
            await meter.tasks.close()
            await asyncio.to_thread(relay.stop)
        outcome.notes.append(
            f"{messages} messages on real sockets: {whole:,} bytes, cut at {count}"
        )


async def whats_wrong(anna: Person, bo: Person, messages: int) -> str:
    """Of one session; "" where all of it came out right."""
    try:
        return await session(anna, bo, messages)
    except AssertionError as never:
        return str(never)
    except Refused as refused:
        return f"refused: {refused.code}"
