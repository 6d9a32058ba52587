"""A scripted responder's link to the relay: the app's own, which signs in by itself."""

import asyncio
import random
from collections.abc import Callable
from typing import Protocol

import uuid_utils

from miaohui.client.link.connection import RelayLink
from miaohui.client.link.requests import Requests
from miaohui.client.port import Refused
from miaohui.client.snapshots import LinkView
from miaohui.practice.credentials import Credential
from miaohui.runtime.clock import Clock
from miaohui.runtime.tasks import Tasks
from miaohui.wire.accounts import SignedIn, SignIn
from miaohui.wire.codec import Down, Ok
from miaohui.wire.frame import Frame, Request, Result
from miaohui.wire.limits import PROTOCOL
from miaohui.wire.link import Failed, Hello, Welcome
from miaohui.wire.machine import LAST_RETRY_MS, ClientEnd

__all__ = ["Down", "LinkDown", "PracticeLink", "RelayRefused", "new_id"]


class LinkDown(Exception):
    """There is no link now, or it broke before the answer came; the same id may go again."""


class RelayRefused(Exception):
    """The relay refused a request."""

    def __init__(self, code: str, retry_ms: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.retry_ms = retry_ms


class LinkListener(Protocol):
    """Who stands behind a link."""

    async def connected(self) -> None:
        """Signed in; runs beside the reading of frames, and is cancelled with the link."""
        ...

    def pushed(self, frame: Down) -> None: ...


def new_id() -> str:
    """A UUID, version 7."""
    return str(uuid_utils.uuid7())


class PracticeLink:
    """One connection that comes back by itself, whatever ended it. Stands behind the app's link
    (``connection.Hears``)."""

    def __init__(
        self,
        url: str,
        credential: Credential,
        listener: LinkListener,
        clock: Clock,
        token_changed: Callable[[], None] = lambda: None,
    ) -> None:
        draw = random.Random(f"jitter/{credential.responder}").random
        machine = ClientEnd(draw, final=frozenset())
        self._connection = RelayLink(self, clock, draw, machine=machine)
        self._connection.use(url)
        self._requests = Requests(self._connection.send)
        self._credential = credential
        self._listener = listener
        self._clock = clock
        self._token_changed = token_changed
        self._acks: dict[str, int] = {}
        self._up = asyncio.Event()
        self._died: asyncio.Future[None] | None = None
        self._work: asyncio.Task[None] | None = None
        self._tasks = Tasks(self._failed)
        self.account = ""

    @property
    def is_up(self) -> bool:
        return self._up.is_set()

    async def wait_up(self) -> None:
        await self._up.wait()

    async def run(self) -> None:
        """Connects, works, comes back; ends only by being cancelled, or with the listener's own
        fault."""
        self._died = asyncio.get_running_loop().create_future()
        self._tasks.start(self._connection.run(), "connection")
        try:
            await self._died
        finally:
            await self._tasks.close()

    def _failed(self, name: str, error: BaseException) -> None:
        if self._died is not None and not self._died.done():
            self._died.set_exception(error)

    # --- from the link -----------------------------------------------------------------------
    def hello(self) -> Hello:
        mine = self._credential
        return Hello(
            protocol=PROTOCOL,
            client="miaohui-practice",
            device=_device(mine.responder),
            generation=self._clock.utc_ms(),
            token=mine.token or None,
        )

    def welcomed(self, welcome: Welcome) -> None:
        self._work = self._tasks.start(self._serve(welcome), "connected")

    def link_changed(self, view: LinkView) -> None: ...

    def chunk(self, data: bytes) -> None: ...

    def measuring(self) -> bool:
        """Who answers judges no wait, so the usual heartbeat is enough."""
        return False

    def acks(self) -> dict[str, int]:
        return self._acks

    def heard(self, frame: Down) -> None:
        if isinstance(frame, Ok):
            self._requests.answered(frame)
        elif isinstance(frame, Failed):
            self._requests.refused(frame)
        else:
            self._listener.pushed(frame)

    def lost(self, reason: str) -> None:
        self._up.clear()
        if self._work is not None:
            self._work.cancel()
            self._work = None
        self._requests.lost()

    async def _serve(self, welcome: Welcome) -> None:
        try:
            if welcome.account is None:
                await self._sign_in()
            else:
                self.account = welcome.account.account
            self._up.set()
            await self._listener.connected()
        except LinkDown:
            self._connection.drop()
        except RelayRefused as refused:
            self._connection.drop(refused.retry_ms or LAST_RETRY_MS)

    async def _sign_in(self) -> None:
        mine = self._credential
        answer = await self.ask(
            SignIn(id=new_id(), name=mine.name, password=mine.password, device_name="practice")
        )
        if not isinstance(answer, SignedIn):
            raise LinkDown
        mine.token = answer.token
        self.account = answer.account.account
        self._token_changed()

    # --- what the responder does -------------------------------------------------------------
    def say(self, frame: Frame) -> None:
        """Sends a frame that gets no answer; without a link it is dropped."""
        self._connection.send(frame)

    async def ask(self, request: Request) -> Result:
        """The relay's answer; RelayRefused, or LinkDown where it is not known."""
        if not self._connection.live:
            raise LinkDown
        try:
            return await self._requests.ask(request)
        except Refused as refused:
            if refused.code in ("offline", "timeout"):
                raise LinkDown from None
            raise RelayRefused(refused.code, refused.retry_ms) from None

    def ack(self, session: str, pos: int) -> None:
        """Everything up to `pos` is stored here."""
        if pos > self._acks.get(session, 0):
            self._acks[session] = pos
            self._connection.ack_soon()

    def forget(self, session: str) -> None:
        self._acks.pop(session, None)

    def drop(self, ms: int) -> None:
        """Breaks the link as a bad network would, and stays away for so long."""
        self._connection.drop(ms)


def _device(responder: str) -> str:
    return str(uuid_utils.uuid5(uuid_utils.NAMESPACE_DNS, f"{responder}.practice.invalid"))
