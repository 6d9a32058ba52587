"""The state machine of a link: one table for both ends, frames and time in, frames and ends out.

It reads no clock, opens no socket and starts no task: ``client.link`` and ``relay.net`` move bytes
and timers for it. Times are milliseconds on the caller's monotonic clock. An end of the link that
only this end knows of is raised as ``LinkEnded``; what has to be said is kept for ``take``.
"""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from .codec import Down, FrameError, Ok, Up, decode_down, decode_up, encode
from .errors import Code
from .limits import DEAD_LINK_MS, PING_MS, PROTOCOL
from .link import Failed, Goodbye, Hello, Ping, Pong, Welcome
from .media import MediaProgress

log = logging.getLogger(__name__)

HELLO_MS = 3_000  # from the handshake to a client's first word
WELCOME_MS = 5_000  # from hello to the relay's
TICK_MS = 500
SLEPT_MS = 3_000  # a timer this late: the machine slept
CLIENT_SILENT_MS = PING_MS + DEAD_LINK_MS - 300  # with the timers' own lateness, 4 s
RELAY_SILENT_MS = 3_700  # a ping is due every 2 s: noticed within 4 s
FIRST_RETRY_MS = 200
LAST_RETRY_MS = 5_000
STABLE_MS = 10_000
ASKED_MS = 60_000  # no relay keeps anybody out longer
BACKLOG = 64  # frames kept while a sign-in is checked
BAD_FRAMES = 20  # unreadable frames until the link is given up
CLOSES = {Code.STOPPING: 1001, Code.TOO_LARGE: 1009}  # RFC 6455, section 7.4.1; else 1008

# What a relay says unasked still comes over a link whose way there is cut. Only what answers us, or
# the bulk behind which an answer may stand, shows that both ways are open.
ANSWERS = Pong | Ok | Failed | MediaProgress
# A person must act: trying again by itself would only hammer on a shut door.
FINAL = frozenset(
    {
        *("insecure", "address", "tls", "certificate_time", "not_a_relay", "proxy_auth"),
        *("protocol", "replaced", "banned"),
    }
)
# With a relay that was met before, these come from what stands in between, and pass.
PASSING_ONCE_KNOWN = frozenset({"tls", "certificate_time", "not_a_relay", "proxy_auth"})
HURRIED = "hurried"
SLEPT = "slept"
SILENT = "silent"


class LinkPhase(Enum):
    """How far a link is, at either end."""

    IDLE = "idle"  # client: no address
    WAITING = "waiting"  # client: for its next try
    OPENING = "opening"  # the socket is being made
    GREETING = "greeting"  # hello is under way
    CHECKING = "checking"  # relay: a token or a password is looked up
    GUEST = "guest"  # welcomed, nobody signed in
    SIGNED_IN = "signed_in"
    ENDED = "ended"  # relay: for good; client: until a person acts


LIVE = frozenset({LinkPhase.GUEST, LinkPhase.SIGNED_IN})
_LOST = frozenset({LinkPhase.IDLE, LinkPhase.WAITING, LinkPhase.OPENING, LinkPhase.ENDED})
NEXT: Mapping[LinkPhase, frozenset[LinkPhase]] = {
    LinkPhase.IDLE: frozenset({LinkPhase.OPENING}),
    LinkPhase.WAITING: frozenset({LinkPhase.OPENING, LinkPhase.IDLE}),
    LinkPhase.OPENING: frozenset({LinkPhase.GREETING}) | _LOST,
    LinkPhase.GREETING: frozenset({LinkPhase.CHECKING}) | LIVE | _LOST,
    LinkPhase.CHECKING: LIVE | {LinkPhase.ENDED},
    LinkPhase.GUEST: frozenset({LinkPhase.CHECKING}) | _LOST,
    LinkPhase.SIGNED_IN: frozenset({LinkPhase.CHECKING}) | _LOST,
    LinkPhase.ENDED: frozenset({LinkPhase.OPENING, LinkPhase.IDLE}),
}
"""The phases that may follow each."""


class LinkEnded(Exception):
    """The link ended. ``reason``: a code; ``retry_ms``: when the relay wants to be asked again."""

    def __init__(self, reason: str, retry_ms: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_ms = retry_ms


class WrongPhase(RuntimeError):
    """A step that the table has not: a fault in the driver."""


@dataclass(frozen=True, slots=True)
class Transmit:
    """Bytes of a text frame for the other end."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Shut:
    """The closing handshake, after what was said."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Cut:
    """No handshake: nobody answers any more."""


Effect = Transmit | Shut | Cut


class LinkMachine:
    """What both ends have: a phase, and what is to be done on the socket."""

    __slots__ = ("effects", "heard_at", "name", "phase")

    def __init__(self, name: str, phase: LinkPhase) -> None:
        self.name = name
        self.phase = phase
        self.heard_at = 0
        self.effects: list[Effect] = []

    @property
    def live(self) -> bool:
        return self.phase in LIVE

    def take(self) -> list[Effect]:
        """What is to be done now, in order; once."""
        effects, self.effects = self.effects, []
        return effects

    def _enter(self, phase: LinkPhase, why: str) -> None:
        if phase is self.phase:
            return
        if phase not in NEXT[self.phase]:
            raise WrongPhase(f"{self.name}: {self.phase.value} -> {phase.value} ({why})")
        log.debug("%s: %s -> %s (%s)", self.name, self.phase.value, phase.value, why)
        self.phase = phase


class Backoff:
    """Waits drawn evenly from [0, bound); the bound doubles from 0.2 s to 5 s.

    ``draw`` gives numbers in [0, 1): full jitter, so that nobody comes back in step. The bound falls
    back only after a link that held 10 s: a relay that accepts and drops at once is no success.
    """

    __slots__ = ("_bound", "_draw")

    def __init__(self, draw: Callable[[], float]) -> None:
        self._draw = draw
        self._bound = FIRST_RETRY_MS

    def next_ms(self) -> int:
        wait = int(self._draw() * self._bound)
        self._bound = min(LAST_RETRY_MS, self._bound * 2)
        return wait

    def jitter_ms(self) -> int:
        """The first try's, however often it was tried before."""
        return int(self._draw() * FIRST_RETRY_MS)

    def held(self, ms: int) -> None:
        """A link stood this long."""
        if ms >= STABLE_MS:
            self._bound = FIRST_RETRY_MS


class ClientEnd(LinkMachine):
    """The end that dials, over all its links. ``final``: the reasons after which it waits for
    ``use`` or a person's wish; ``wait_ms``: in WAITING, how long; ``reason``: of the newest end."""

    __slots__ = (
        "_asked_ms",
        "_backoff",
        "_born",
        "_every",
        "_final",
        "_known",
        "_looked",
        "_pinged_at",
        "_ponged",
        "reason",
        "url",
        "wait_ms",
    )

    def __init__(self, draw: Callable[[], float], *, final: frozenset[str] = FINAL) -> None:
        super().__init__("client", LinkPhase.IDLE)
        self.url = ""
        self.reason = ""
        self.wait_ms = 0
        self._backoff = Backoff(draw)
        self._final = final
        self._asked_ms = 0
        self._born = 0
        self._pinged_at = 0
        self._ponged = 0  # when the newest ping that was answered had been sent
        self._looked = (0, 0)
        self._every = PING_MS
        self._known = False

    # -- where to, and when ----------------------------------------------------------------------

    def use(self, url: str, *, known: bool = False) -> None:
        """From the next try on there; "" for nowhere. ``known``: a relay was met there before."""
        self.url = url
        self._known = known

    def begin(self, now: int) -> None:
        """The time for a try has come."""
        if not self.url:
            self._enter(LinkPhase.IDLE, "no address")
            return
        self._enter(LinkPhase.OPENING, "try")
        self._born = now

    def stay_away(self, ms: int) -> None:
        """After this link's end, the next try is made so much later."""
        self._asked_ms = min(ms, ASKED_MS)

    def end(self, reason: str, now: int) -> None:
        """The link, or the try to make one, is over."""
        if self.live:
            self._backoff.held(now - self._born)
            self._known = True
        self.effects.clear()
        self.reason = reason
        passing = self._known and reason in PASSING_ONCE_KNOWN
        if not self.url:
            self._enter(LinkPhase.IDLE, reason)
        elif reason in self._final and not passing:
            self._enter(LinkPhase.ENDED, reason)
        else:
            self.wait_ms = 0 if reason in (SLEPT, HURRIED) else self._next_ms()
            self._enter(LinkPhase.WAITING, reason)

    def _next_ms(self) -> int:
        """By lot; where the relay named a time, then, and by lot only a little."""
        asked, self._asked_ms = self._asked_ms, 0
        return asked + self._backoff.jitter_ms() if asked else self._backoff.next_ms()

    # -- frames ----------------------------------------------------------------------------------

    def opened(self, hello: Hello, now: int) -> None:
        self._enter(LinkPhase.GREETING, "opened")
        self.heard_at = self._pinged_at = self._ponged = now
        self.effects.append(Transmit(encode(hello)))

    def receive(self, data: bytes, now: int) -> Down:
        """A frame of the relay's, read. ``Welcome`` begins the link; ``Goodbye``, or what no relay
        says, raises LinkEnded."""
        try:
            frame = decode_down(data)
        except FrameError:
            raise LinkEnded("not_a_relay") from None
        if isinstance(frame, Goodbye):
            raise self._refused(frame)
        if self.phase is LinkPhase.GREETING:
            if isinstance(frame, Failed):
                raise self._refused(frame)
            if not isinstance(frame, Welcome):
                raise LinkEnded("not_a_relay")
            self.heard_at = now
            self._enter(
                LinkPhase.GUEST if frame.account is None else LinkPhase.SIGNED_IN, "welcome"
            )
        elif isinstance(frame, ANSWERS):
            self.heard_at = now
            if isinstance(frame, Pong):
                self._ponged = max(self._ponged, frame.t1)
        return frame

    def _refused(self, frame: Goodbye | Failed) -> LinkEnded:
        self.stay_away(frame.retry_ms)
        return LinkEnded(frame.code.value, frame.retry_ms)

    def binary(self, now: int) -> None:
        """A piece of a picture came."""
        self.heard_at = now

    def ping(self, acks: Mapping[str, int], now: int) -> None:
        """Says what is stored here; the next heartbeat is due 2 s later."""
        self._pinged_at = now
        self.effects.append(Transmit(encode(Ping(t1=now, acks=dict(acks)))))

    # -- time ------------------------------------------------------------------------------------

    def sleep_ms(self, mono: int, wall: int, every_ms: int = PING_MS) -> int:
        """The time that the driver may sleep from now until it calls ``tick``. ``every_ms``: from
        one heartbeat to the next; where that is less than the usual, none goes while one is on its
        way, which feels whatever there is to feel."""
        self._looked = (mono, wall)
        self._every = every_ms
        if self.phase is LinkPhase.GREETING:
            due = self.heard_at + WELCOME_MS - mono
        else:
            due = min(self._ping_due(), self.heard_at + CLIENT_SILENT_MS + 1) - mono
        return min(TICK_MS, max(10, due))

    def tick(self, mono: int, wall: int) -> bool:
        """Whether a ping is due. LinkEnded for a silent link, and for a machine that slept: its
        timers are late, or the wall clock ran on without the monotonic one."""
        passed = max(mono - self._looked[0], wall - self._looked[1])
        if passed > TICK_MS + SLEPT_MS:
            raise LinkEnded(SLEPT)
        if self.phase is LinkPhase.GREETING:
            if mono - self.heard_at >= WELCOME_MS:
                raise LinkEnded("timeout")
            return False
        if mono - self.heard_at > CLIENT_SILENT_MS:
            raise LinkEnded("dead")
        return mono >= self._ping_due()

    def _ping_due(self) -> int:
        """When the next heartbeat is."""
        under_way = self._ponged < self._pinged_at
        return self._pinged_at + (max(PING_MS, self._every) if under_way else self._every)


class RelayEnd(LinkMachine):
    """The end that listens, over one link."""

    __slots__ = ("_backlog", "_bad", "since", "why")

    def __init__(self, name: str, now: int) -> None:
        super().__init__(name, LinkPhase.GREETING)
        self.since = self.heard_at = now
        self.why = ""  # … it ended
        self._bad = 0
        self._backlog: deque[tuple[bytes, int]] = deque()

    # -- frames ----------------------------------------------------------------------------------

    def receive(self, data: bytes, now: int) -> Up | None:
        """What is to be carried out now; None where the machine answered, or keeps it until
        somebody's sign-in is checked."""
        self.heard_at = now
        if self.phase is LinkPhase.CHECKING:
            if len(self._backlog) >= BACKLOG:
                self.goodbye(Code.TOO_MANY)
            else:
                self._backlog.append((data, now))
            return None
        return self._read(data)

    def kept(self) -> tuple[Up | None, int] | None:
        """The next of what came during a check, and when; None where nothing is left."""
        if not self._backlog or self.phase not in LIVE:
            return None
        data, came = self._backlog.popleft()
        return self._read(data), came

    def _read(self, data: bytes) -> Up | None:
        if self.phase is LinkPhase.ENDED:
            return None
        try:
            frame = decode_up(data)
        except FrameError as error:
            self.say_failed(error.id, error.code, error.detail)
            self._bad += 1
            if self._bad > BAD_FRAMES:
                self.goodbye(Code.BAD_FRAME)
            return None
        if self.phase is LinkPhase.GREETING:
            return self._first(frame)
        if isinstance(frame, Hello):
            self.say_failed("", Code.WRONG_STATE, "hello")
            return None
        return frame

    def _first(self, frame: Up) -> Up | None:
        if not isinstance(frame, Hello):
            self.goodbye(Code.HELLO_FIRST)
        elif frame.protocol != PROTOCOL:
            self.goodbye(Code.PROTOCOL)
        else:
            self._enter(LinkPhase.CHECKING, "hello")
            return frame
        return None

    def binary(self, now: int) -> bool:
        """Whether a piece of a picture is read: only who is signed in may send some."""
        self.heard_at = now
        if self.phase is LinkPhase.GREETING:
            self.goodbye(Code.HELLO_FIRST)
        elif self.phase is LinkPhase.GUEST:
            self.goodbye(Code.SIGN_IN_FIRST)
        return self.phase is LinkPhase.SIGNED_IN

    def check(self, why: str) -> None:
        """Who is there changes; until ``checked``, frames are kept."""
        if self.phase is not LinkPhase.ENDED:
            self._enter(LinkPhase.CHECKING, why)

    def checked(self, *, signed_in: bool) -> None:
        if self.phase is LinkPhase.CHECKING:
            self._enter(LinkPhase.SIGNED_IN if signed_in else LinkPhase.GUEST, "checked")

    # -- ends ------------------------------------------------------------------------------------

    def say_failed(self, id: str, code: Code, detail: str = "", retry_ms: int = 0) -> None:
        failed = Failed(id=id, code=code, detail=detail, retry_ms=retry_ms)
        self.effects.append(Transmit(encode(failed)))

    def goodbye(self, code: Code, retry_ms: int = 0) -> None:
        """Says why, then closes."""
        if self.phase is LinkPhase.ENDED:
            return
        self.effects.append(Transmit(encode(Goodbye(code=code, retry_ms=retry_ms))))
        self.effects.append(Shut(CLOSES.get(code, 1008), code.value))
        self.gone(code.value)

    def gone(self, why: str = "closed") -> None:
        """The socket is no more, or is not to be."""
        self._backlog.clear()
        self.why = why
        self._enter(LinkPhase.ENDED, why)

    def tick(self, now: int) -> None:
        """Ends what never said hello, and a link that fell silent."""
        if self.phase is LinkPhase.ENDED:
            return
        if now - self.heard_at > RELAY_SILENT_MS:
            self.effects.append(Cut())
            self.gone(SILENT)
        elif self.phase is LinkPhase.GREETING and now - self.since > HELLO_MS:
            self.goodbye(Code.HELLO_FIRST)
