"""A scripted responder's link to the relay: the plain protocol, as any client would speak it."""

import asyncio
import random
from collections.abc import Callable
from typing import Protocol

import uuid_utils
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from miaohui.practice.credentials import Credential
from miaohui.runtime.clock import Clock
from miaohui.wire.accounts import SignedIn, SignIn
from miaohui.wire.codec import Down, FrameError, Ok, decode_down, encode
from miaohui.wire.errors import Code
from miaohui.wire.frame import Frame, Request, Result
from miaohui.wire.limits import DEAD_LINK_MS, PING_MS, PROTOCOL
from miaohui.wire.link import Failed, Goodbye, Hello, Ping, Pong, Welcome

__all__ = ["Down", "Link", "LinkDown", "Listener", "RelayRefused", "new_id"]

FIRST_RETRY_MS = 200
LAST_RETRY_MS = 5000
STABLE_MS = 10_000
ANSWER_S = 10.0
MOST_BYTES = 1 << 20


class LinkDown(Exception):
    """There is no link now, or it broke before the answer came; the same id may go again."""


class RelayRefused(Exception):
    """The relay refused a request."""

    def __init__(self, code: Code, retry_ms: int = 0) -> None:
        super().__init__(code.value)
        self.code = code
        self.retry_ms = retry_ms


class Listener(Protocol):
    """Who stands behind a link."""

    async def connected(self) -> None:
        """Signed in; runs beside the reading of frames, and is cancelled with the link."""
        ...

    def pushed(self, frame: Down) -> None: ...


def new_id() -> str:
    """A UUID, version 7."""
    return str(uuid_utils.uuid7())


class Link:
    """One connection that comes back by itself, with full jitter."""

    def __init__(
        self,
        url: str,
        credential: Credential,
        listener: Listener,
        clock: Clock,
        token_changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._url = url
        self._credential = credential
        self._listener = listener
        self._clock = clock
        self._token_changed = token_changed
        self._jitter = random.Random(f"jitter/{credential.responder}")
        self._socket: ClientConnection | None = None
        self._answers: dict[str, asyncio.Future[Result]] = {}
        self._acks: dict[str, int] = {}
        self._ack_due = asyncio.Event()
        self._up = asyncio.Event()
        self._hold_ms = 0
        self._heard = 0
        self.account = ""

    @property
    def is_up(self) -> bool:
        return self._up.is_set()

    async def wait_up(self) -> None:
        await self._up.wait()

    async def run(self) -> None:
        """Connects, works, comes back; ends only by being cancelled."""
        wait = FIRST_RETRY_MS
        while True:
            await asyncio.sleep(self._jitter.uniform(0, wait) / 1000)
            began = self._clock.mono()
            retry = await self._once()
            held, self._hold_ms = self._hold_ms, 0
            if self._clock.mono() - began >= STABLE_MS or held:
                wait = FIRST_RETRY_MS
            else:
                wait = min(LAST_RETRY_MS, wait * 2)
            await asyncio.sleep(max(held, retry) / 1000)

    async def _once(self) -> int:
        """One connection, to its end; returns after how long the relay wants to be asked again."""
        try:
            async with connect(
                self._url,
                compression=None,
                max_size=MOST_BYTES,
                ping_interval=None,
                open_timeout=5,
                close_timeout=0.2,
                proxy=None,
            ) as socket:
                await self._greet(socket)
                await self._work(socket)
        except RelayRefused as refused:
            return refused.retry_ms
        except (OSError, TimeoutError, WebSocketException, FrameError, LinkDown):
            return 0
        finally:
            self._down()
        return 0

    async def _work(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._heard = self._clock.mono()
        self._up.set()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read(socket), name="read")
                group.create_task(self._heartbeat(), name="heartbeat")
                group.create_task(self._listener.connected(), name="connected")
        except* (LinkDown, OSError, WebSocketException, FrameError):
            raise LinkDown from None

    async def _greet(self, socket: ClientConnection) -> None:
        mine = self._credential
        await socket.send(
            encode(
                Hello(
                    protocol=PROTOCOL,
                    client="miaohui-practice",
                    device=_device(mine.responder),
                    generation=self._clock.utc_ms(),
                    token=mine.token or None,
                )
            ).decode()
        )
        async with asyncio.timeout(ANSWER_S):
            frame = await self._frame(socket)
            if not isinstance(frame, Welcome):
                raise LinkDown
            if frame.account is not None:
                self.account = frame.account.account
                return
            await self._sign_in(socket)

    async def _sign_in(self, socket: ClientConnection) -> None:
        mine = self._credential
        request = SignIn(
            id=new_id(), name=mine.name, password=mine.password, device_name="practice"
        )
        await socket.send(encode(request).decode())
        match await self._frame(socket):
            case Ok(result=SignedIn(account=account, token=token)):
                mine.token = token
                self.account = account.account
                self._token_changed()
            case Failed(code=code, retry_ms=retry_ms):
                raise RelayRefused(code, retry_ms or LAST_RETRY_MS)
            case _:
                raise LinkDown

    async def _frame(self, socket: ClientConnection) -> Down:
        data = await socket.recv(decode=False)
        frame = decode_down(data)
        if isinstance(frame, Goodbye):
            raise RelayRefused(frame.code, frame.retry_ms)
        return frame

    async def _read(self, socket: ClientConnection) -> None:
        while True:
            frame = decode_down(await socket.recv(decode=False))
            if isinstance(frame, Ok | Failed | Pong):  # a push tells nothing of the way there
                self._heard = self._clock.mono()
            match frame:
                case Ok(id=id, result=result):
                    answer = self._answers.pop(id, None)
                    if answer is not None and not answer.done():
                        answer.set_result(result)
                case Failed(id=id, code=code, retry_ms=retry_ms):
                    answer = self._answers.pop(id, None)
                    if answer is not None and not answer.done():
                        answer.set_exception(RelayRefused(code, retry_ms))
                case Goodbye():
                    raise LinkDown
                case Pong():
                    pass
                case _:
                    self._listener.pushed(frame)

    async def _heartbeat(self) -> None:
        """A ping every 2 s, and at once where something new was stored here."""
        while True:
            self._ack_due.clear()
            await self.say(Ping(t1=self._clock.mono(), acks=dict(self._acks)))
            try:
                async with asyncio.timeout(PING_MS / 1000):
                    await self._ack_due.wait()
            except TimeoutError:
                if self._clock.mono() - self._heard > PING_MS + DEAD_LINK_MS:
                    raise LinkDown from None

    def _down(self) -> None:
        self._socket = None
        self._up.clear()
        answers, self._answers = self._answers, {}
        for answer in answers.values():
            if not answer.done():
                answer.set_exception(LinkDown())
                answer.exception()  # nobody may be waiting for it any more

    # --- what the responder does -------------------------------------------------------------
    async def say(self, frame: Frame) -> None:
        """Sends a frame that gets no answer; LinkDown where there is no link."""
        if self._socket is None:
            raise LinkDown
        try:
            await self._socket.send(encode(frame).decode())
        except WebSocketException:
            raise LinkDown from None

    async def ask(self, request: Request) -> Result:
        """The relay's answer; RelayRefused, or LinkDown where it is not known."""
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._answers[request.id] = answer
        try:
            await self.say(request)
            async with asyncio.timeout(ANSWER_S):
                return await answer
        except TimeoutError:
            raise LinkDown from None
        finally:
            self._answers.pop(request.id, None)

    def ack(self, session: str, pos: int) -> None:
        """Everything up to `pos` is stored here."""
        if pos > self._acks.get(session, 0):
            self._acks[session] = pos
            self._ack_due.set()

    def forget(self, session: str) -> None:
        self._acks.pop(session, None)

    def drop(self, ms: int) -> None:
        """Breaks the link as a bad network would, and stays away for so long."""
        self._hold_ms = ms
        if self._socket is not None:
            self._socket.transport.abort()


def _device(responder: str) -> str:
    return str(uuid_utils.uuid5(uuid_utils.NAMESPACE_DNS, f"{responder}.practice.invalid"))
