"""A scripted responder at work: on duty, accepts orders, holds conversations, over one link."""

import asyncio
import heapq
import random
from collections.abc import Callable

from miaohui.practice.catalogue import ScriptedPerson, ShopRow, covers
from miaohui.practice.conversation import ScriptedConversation
from miaohui.practice.credentials import Credential
from miaohui.practice.cues import (
    DropLink,
    Effect,
    NobodyTook,
    PassOn,
    Say,
    Type,
)
from miaohui.practice.link import Down, LinkDown, PracticeLink, RelayRefused, new_id
from miaohui.practice.topics import Topics
from miaohui.runtime.clock import Clock
from miaohui.wire.accounts import Presence
from miaohui.wire.desk import AcceptOrder, Desk, DeskChanged, GetDesk, Opened, SetPresence
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result
from miaohui.wire.sessions import (
    AcceptHandover,
    Attach,
    Body,
    FeedPage,
    FeedPush,
    HandOver,
    Send,
    Typing,
)

MIN_MS = 60_000
ACCEPT_MS = (1500, 4500)
SALT_BYTES = 16
AGAIN = (Code.TOO_MANY, Code.RELAY_FAULT, Code.STOPPING)


class Responder:
    """One person of the catalogue, connected. `ready` is set once on duty for the first time."""

    def __init__(
        self,
        url: str,
        credential: Credential,
        shop: ShopRow,
        person: ScriptedPerson,
        topics: Topics,
        clock: Clock,
        token_changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._shop = shop
        self._person = person
        self._topics = topics
        self._clock = clock
        self._random = random.Random()
        self._link = PracticeLink(url, credential, self, clock, token_changed)
        self._conversations: dict[str, ScriptedConversation] = {}
        self._orders: dict[str, int] = {}
        self._accepting: list[tuple[int, str]] = []
        self._offers: set[str] = set()  # colleagues' conversations, before this person
        self._kept: set[str] = set()  # own ones that nobody took
        self._effects: asyncio.Queue[tuple[ScriptedConversation, Effect] | AcceptHandover | str] = (
            asyncio.Queue()
        )
        self._behind: set[str] = set()
        self._changed = asyncio.Event()
        self._wake = asyncio.Event()
        self._presence: Presence | None = None
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Works until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._link.run(), name="link")
            group.create_task(self._watch(), name="watch")
            group.create_task(self._carry_out(), name="carry out")

    # --- the link ----------------------------------------------------------------------------
    async def connected(self) -> None:
        """On duty by the hours, the desk as it stands, every conversation read on."""
        self._presence = None
        await self._check_duty()
        desk = await self._ask(GetDesk(id=new_id()))
        self._behind.update(self._conversations)
        if isinstance(desk, Desk):
            self._look_at(desk)
        self.ready.set()
        while True:
            while self._behind:
                await self._read_on(self._behind.pop())
            self._changed.clear()
            try:
                async with asyncio.timeout(self._until_next_minute()):
                    await self._changed.wait()
            except TimeoutError:
                await self._check_duty()

    def pushed(self, frame: Down) -> None:
        now = self._clock.mono()
        match frame:
            case DeskChanged(desk=desk):
                self._look_at(desk)
            case FeedPush(session=session, items=items):
                conversation = self._conversations.get(session)
                if conversation is None or session in self._behind:
                    return
                if conversation.push(items, now) == "gap":
                    self._behind.add(session)
                self._link.ack(session, conversation.pos)
                self._poke()
            case _:
                pass

    async def _ask(self, request: Request) -> Result | None:
        """The answer; None where it was refused for good."""
        while True:
            try:
                return await self._link.ask(request)
            except RelayRefused as refused:
                if refused.code not in AGAIN:
                    return None
                await asyncio.sleep(max(200, refused.retry_ms) / 1000)

    # --- duty --------------------------------------------------------------------------------
    async def _check_duty(self) -> None:
        minute = self._local_minute()
        on = covers(self._person.duty, minute) and covers(self._shop.open_hours, minute)
        state: Presence = "on" if on else "off"
        if state != self._presence and await self._ask(SetPresence(id=new_id(), state=state)):
            self._presence = state

    def _local_minute(self) -> int:
        """The minute of the day in the shop."""
        return (self._clock.utc_ms() // MIN_MS + self._shop.utc_offset_min) % 1440

    def _until_next_minute(self) -> float:
        return (MIN_MS - self._clock.utc_ms() % MIN_MS + 50) / 1000

    def _look_at(self, desk: Desk) -> None:
        now = self._clock.mono()
        waiting = {incoming.order for incoming in desk.incoming}
        self._orders = {order: at for order, at in self._orders.items() if order in waiting}
        for order in waiting - self._orders.keys():
            at = now + self._random.randint(*ACCEPT_MS)
            self._orders[order] = at
            heapq.heappush(self._accepting, (at, order))
        for offer in desk.handover_offers:
            if offer.session not in self._offers:
                self._effects.put_nowait(AcceptHandover(id=new_id(), session=offer.session))
        self._offers = {offer.session for offer in desk.handover_offers}
        for card in desk.sessions:
            if card.state != "closed":
                self._join(card.session)
        for mine in desk.handing_over:
            conversation = self._conversations.get(mine.session)
            if mine.to is None and mine.session not in self._kept and conversation is not None:
                conversation.hear(NobodyTook(now))
        self._kept = {mine.session for mine in desk.handing_over if mine.to is None}
        self._poke()

    def _join(self, session: str) -> None:
        if session not in self._conversations:
            self._conversations[session] = ScriptedConversation(
                session,
                self._link.account,
                self._person,
                self._topics,
                self._shop.load_at(self._local_minute() // 60),
            )
            self._behind.add(session)
            self._poke()

    async def _read_on(self, session: str) -> None:
        """Attaches from what is here and reads to the head."""
        conversation = self._conversations.get(session)
        while conversation is not None:
            page = await self._ask(Attach(id=new_id(), session=session, after=conversation.pos))
            if not isinstance(page, FeedPage):
                self._forget(session)
                return
            more = conversation.page(page, self._clock.mono())
            self._link.ack(session, conversation.pos)
            if not more:
                self._poke()
                return

    def _forget(self, session: str) -> None:
        self._conversations.pop(session, None)
        self._behind.discard(session)
        self._link.forget(session)

    def forget_all(self) -> None:
        """Begins anew from what the relay has."""
        for session in list(self._conversations):
            self._forget(session)
        self._orders.clear()
        self._accepting.clear()
        while not self._effects.empty():
            self._effects.get_nowait()

    # --- time --------------------------------------------------------------------------------
    def _poke(self) -> None:
        self._changed.set()
        self._wake.set()

    async def _watch(self) -> None:
        """Sleeps until the next planned moment of anything, or until something changes."""
        while True:
            self._wake.clear()
            now = self._clock.mono()
            self._collect(now)
            moments = [at for c in self._conversations.values() if (at := c.next_at) is not None]
            if self._accepting:
                moments.append(self._accepting[0][0])
            wait = max(1, min(moments) - now) / 1000 if moments else None
            try:
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _collect(self, now: int) -> None:
        while self._accepting and self._accepting[0][0] <= now:
            _, order = heapq.heappop(self._accepting)
            if order in self._orders:
                self._effects.put_nowait(order)
        for session, conversation in list(self._conversations.items()):
            for effect in conversation.due(now):
                self._effects.put_nowait((conversation, effect))
            if conversation.over:
                self._forget(session)

    async def _carry_out(self) -> None:
        """One thing after another; a message waits for the link and keeps its id."""
        while True:
            match await self._effects.get():
                case str(order):
                    await self._accept(order)
                case AcceptHandover() as taking:
                    await self._insist(taking)  # refused: it went on to somebody else
                case conversation, effect:
                    await self._do(conversation, effect)

    async def _do(self, conversation: ScriptedConversation, effect: Effect) -> None:
        session = conversation.session
        match effect:
            case Say(text, seen):
                body = Body(salt=self._random.randbytes(SALT_BYTES).hex(), text=text)
                await self._insist(Send(id=new_id(), session=session, body=body, seen_seq=seen))
            case Type():
                self._link.say(Typing(session=session))
            case DropLink(ms):
                self._link.drop(ms)
            case PassOn():
                done = await self._insist(HandOver(id=new_id(), session=session))
                if done is None:
                    conversation.hear(NobodyTook(self._clock.mono()))
                    self._poke()

    async def _insist(self, request: Request) -> Result | None:
        """Asks until there is an answer, across broken links; None where it was refused."""
        while True:
            await self._link.wait_up()
            try:
                return await self._ask(request)
            except LinkDown:
                await asyncio.sleep(0.05)

    async def _accept(self, order: str) -> None:
        opened = await self._insist(AcceptOrder(id=new_id(), order=order))
        if isinstance(opened, Opened):
            self._join(opened.card.session)
