"""The script of one responder in one session: what happens goes in, what to do when comes out.

Pure: every event bears its time (ms on any clock that does not go back), `next_at` says when to
look again, `due(now)` what to do by then. The generated past and the live link run the same script.
"""

import heapq
from dataclasses import dataclass
from enum import Enum, auto

from miaohui.practice.catalogue import Behaviour
from miaohui.practice.cues import (
    Asked,
    Begun,
    Continued,
    DropLink,
    Effect,
    EndingCue,
    Event,
    Gone,
    Halted,
    Left,
    NobodyTook,
    PassOn,
    Say,
    Type,
)
from miaohui.practice.manner import Draws, Manner
from miaohui.practice.topics import Talk, joined

# What arrived less than this before Send was not read yet; the relay's own clamp is 300 ms.
READ_MS = 700
TYPING_LEAD_MS = 2500
SOON_MS = 60_000
SILENCES = 3
LATE_MS = 10_000


class ScriptState(Enum):
    """Where the script is."""

    IDLE = auto()
    TALKING = auto()
    VANISHED = auto()
    ENDING = auto()
    OVER = auto()


class _Do(Enum):
    """What a planned moment is for."""

    GREET = auto()
    TYPE = auto()
    REPLY = auto()
    BUBBLE = auto()
    DROP = auto()
    PASS = auto()
    BREAK = auto()
    SOON = auto()
    FAREWELL = auto()


@dataclass(frozen=True, slots=True)
class _Ask:
    seq: int
    at: int
    text: str


class Script:
    """One responder in one session."""

    def __init__(self, manner: Manner, talk: Talk) -> None:
        self._manner = manner
        self._draws = Draws(manner)
        self._talk = talk
        self._stage = ScriptState.IDLE
        self._plan: list[tuple[int, int, _Do]] = []
        self._order = 0
        self._asks: list[_Ask] = []
        self._count = 0
        self._seen = 0
        self._bubbles = 0
        self._breaks = 0
        self._soon_said = False
        self._farewell_said = False
        self._whole_ms = 0
        self._halted_at: int | None = None
        self._took_over = False
        self._passes = manner.person.hands_over_at is not None

    @property
    def stage(self) -> ScriptState:
        return self._stage

    @property
    def next_at(self) -> int | None:
        """When there is something to do next; None while waiting for an event."""
        return self._plan[0][0] if self._plan and self._halted_at is None else None

    def hear(self, event: Event) -> None:
        """Takes an event in; only the plan changes."""
        if self._stage is ScriptState.OVER:
            return
        match event:
            case Begun():
                self._begin(event)
            case Asked(now, seq, text):
                self._asked(_Ask(seq, now, text))
            case Left(now, remaining_ms):
                self._left(now, remaining_ms)
            case Halted(now):
                self._halted_at = now if self._halted_at is None else self._halted_at
            case Continued(now):
                self._continued(now)
            case EndingCue(now):
                self._ending(now)
            case NobodyTook(now):
                self._passes = False
                self._at(now + self._draws.reply_ms(), _Do.REPLY)
            case Gone():
                self._stage = ScriptState.OVER
                self._plan.clear()

    def due(self, now: int) -> list[Effect]:
        """Everything that the plan has up to `now`, in order."""
        effects: list[Effect] = []
        while self._halted_at is None and self._plan and self._plan[0][0] <= now:
            _, _, what = heapq.heappop(self._plan)
            effects += self._carry_out(what, now)
        return effects

    # --- events ------------------------------------------------------------------------------
    def _begin(self, event: Begun) -> None:
        self._stage = ScriptState.TALKING
        self._took_over = event.taken_over
        if event.greets:
            reading = 1500 if event.taken_over else 0
            self._at(event.now + reading + self._draws.first_ms(), _Do.GREET)
        self._hush(event.now)

    def _asked(self, ask: _Ask) -> None:
        self._asks.append(ask)
        self._drop(_Do.BREAK)
        if len(self._asks) > 1 and self._planned(_Do.REPLY, _Do.PASS):
            return  # joins the answer that is under way
        if self._stage is ScriptState.VANISHED and not self._farewell_said:
            self._farewell_said = True
            self._at(ask.at + self._draws.between(45_000, 90_000), _Do.FAREWELL)
        if self._stage not in (ScriptState.TALKING, ScriptState.ENDING) or self._planned(_Do.GREET):
            return
        self._count += 1
        self._plan_reply(ask)

    def _plan_reply(self, ask: _Ask) -> None:
        person, wait = self._manner.person, self._draws.reply_ms()
        stall, drop = person.stall, person.drop
        if stall is not None and self._stalls(ask):
            wait = stall.ms
        elif drop is not None and self._count >= drop.ask:
            if (self._count - drop.ask) % drop.every == 0:
                self._at(ask.at + 600, _Do.DROP)
                wait = drop.ms + 600 + self._draws.between(1200, 2500)
        elif self._passes and self._count == person.hands_over_at:
            self._at(ask.at + self._draws.between(2500, 4500), _Do.PASS)
            return
        self._at(ask.at + wait, _Do.REPLY)
        if wait > TYPING_LEAD_MS + READ_MS:
            self._at(ask.at + wait - TYPING_LEAD_MS, _Do.TYPE)

    def _stalls(self, ask: _Ask) -> bool:
        stall = self._manner.person.stall
        if stall is None or not self._manner.stalls:
            return False
        return self._count == stall.ask or stall.word.casefold() in ask.text.casefold()

    def _left(self, now: int, remaining_ms: int) -> None:
        self._drop(_Do.SOON)
        self._whole_ms = max(self._whole_ms, remaining_ms)
        if self._soon_said or self._stage is not ScriptState.TALKING:
            return
        soon = SOON_MS
        if self._manner.behaviour is Behaviour.VANISHER:
            soon = min(40_000, max(25_000, remaining_ms // 3))
        elif self._whole_ms <= 2 * SOON_MS:
            return  # a trial of a minute needs no word about its end
        self._at(now + max(2000, remaining_ms - soon), _Do.SOON)

    def _continued(self, now: int) -> None:
        if self._halted_at is None:
            return
        stood = now - self._halted_at
        self._halted_at = None
        self._plan = [(at + stood, order, what) for at, order, what in self._plan]
        heapq.heapify(self._plan)

    def _ending(self, now: int) -> None:
        self._drop(_Do.SOON)
        self._drop(_Do.BREAK)
        self._stage = ScriptState.ENDING
        if self._manner.behaviour is Behaviour.VANISHER:
            self._plan.clear()
            if self._asks:
                self._at(now + self._draws.between(3000, 9000), _Do.FAREWELL)
        elif self._asks and not self._planned(_Do.REPLY, _Do.GREET):
            self._at(now + self._draws.reply_ms(), _Do.REPLY)

    # --- what the plan has -------------------------------------------------------------------
    def _carry_out(self, what: _Do, now: int) -> list[Effect]:
        match what:
            case _Do.GREET:
                return self._greet(now)
            case _Do.TYPE:
                return [Type()]
            case _Do.REPLY:
                return self._reply(now)
            case _Do.BUBBLE:
                return self._bubble(now)
            case _Do.DROP:
                drop = self._manner.person.drop
                return [] if drop is None else [DropLink(drop.ms)]
            case _Do.PASS:
                # Said without having read the open ask, so it covers nothing.
                return [Say(self._talk.line("handover"), self._seen), PassOn()]
            case _Do.BREAK:
                return self._break_silence(now)
            case _Do.SOON:
                return self._soon(now)
            case _Do.FAREWELL:
                said = self._say(self._talk.line("closing"), now)
                self._asks = [ask for ask in self._asks if ask.seq > said.seen]
                return [said]

    def _greet(self, now: int) -> list[Effect]:
        """The first word; with asks already there it answers them."""
        if self._asks:
            return self._reply(now)
        if self._took_over:
            self._took_over = False
            said = self._say(self._talk.line("takeover"), now)
        else:
            kind = "hollow" if self._manner.behaviour is Behaviour.HOLLOW else "greet"
            said = self._say(self._talk.line(kind), now, seen=0)
        self._hush(now)
        return [said]

    def _reply(self, now: int) -> list[Effect]:
        read = [ask for ask in self._asks if ask.at <= now - READ_MS]
        if not read:
            if self._asks:
                self._at(self._asks[0].at + READ_MS, _Do.REPLY)
            return []
        unread = [ask for ask in self._asks if ask.at > now - READ_MS]
        waited = now - read[0].at
        text = self._answer([ask.text for ask in read], waited)
        if self._count == 0:
            self._count = 1
        said = self._say(text, now, seen=read[-1].seq)
        self._asks = unread
        if unread:
            self._count += 1
            self._plan_reply(unread[0])
        elif self._manner.behaviour is Behaviour.CROSSER and self._stage is ScriptState.TALKING:
            self._bubbles = 2
            self._at(now + self._draws.bubble_ms(), _Do.BUBBLE)
        if not unread:
            self._hush(now)
        return [said]

    def _answer(self, texts: list[str], waited: int) -> str:
        answer = self._talk.answer(texts)
        if self._talk.in_crisis:
            return answer
        if self._took_over:
            self._took_over = False
            return joined(self._talk.line("takeover"), answer)
        if self._manner.behaviour is Behaviour.HOLLOW and not self._draws.chance(0.25):
            return self._talk.line("hollow")
        if waited > LATE_MS:
            sorry = self._talk.fresh_line("late")
            return answer if sorry is None else joined(sorry, answer)
        return answer

    def _bubble(self, now: int) -> list[Effect]:
        """One more bubble of the same answer: it has read nothing since, so it may cross."""
        if self._bubbles == 0 or self._stage is not ScriptState.TALKING or self._talk.in_crisis:
            return []
        line = self._talk.fresh_line("follow")
        self._bubbles -= 1
        if line is None:
            return []
        if self._bubbles:
            self._at(now + self._draws.bubble_ms(), _Do.BUBBLE)
        if not self._asks:
            self._hush(now)
        return [Say(line, self._seen)]

    def _break_silence(self, now: int) -> list[Effect]:
        if self._asks or self._stage is not ScriptState.TALKING or self._breaks >= SILENCES:
            return []
        kind = "crisis_after" if self._talk.in_crisis else "silence"
        line = self._talk.fresh_line(kind)
        if line is None:
            return []
        self._breaks += 1
        said = self._say(line, now, seen=self._seen)
        self._hush(now)
        return [said]

    def _soon(self, now: int) -> list[Effect]:
        if self._stage is not ScriptState.TALKING or self._talk.in_crisis:
            return []
        self._soon_said = True
        if self._manner.behaviour is Behaviour.VANISHER:
            said = self._say(self._talk.line("begging"), now)
            self._stage = ScriptState.VANISHED
            self._plan.clear()
            self._asks = [ask for ask in self._asks if ask.seq > said.seen]
            return [said]
        # A word about the time is no answer, so it waits until nothing is open.
        if self._asks or self._planned(_Do.BUBBLE):
            return []
        said = self._say(self._talk.line("soon"), now, seen=self._seen)
        self._hush(now)
        return [said]

    # --- the plan ----------------------------------------------------------------------------
    def _say(self, text: str, now: int, *, seen: int | None = None) -> Say:
        if seen is None:
            read = [ask.seq for ask in self._asks if ask.at <= now - READ_MS]
            seen = max([self._seen, *read])
        self._seen = max(self._seen, seen)
        return Say(text, self._seen)

    def _hush(self, now: int) -> None:
        """From this message on silence counts."""
        self._drop(_Do.BREAK)
        after = self._draws.silence_ms()
        if after is not None and self._stage is ScriptState.TALKING:
            self._at(now + after, _Do.BREAK)

    def _at(self, moment: int, what: _Do) -> None:
        self._order += 1
        heapq.heappush(self._plan, (moment, self._order, what))

    def _drop(self, what: _Do) -> None:
        kept = [item for item in self._plan if item[2] is not what]
        if len(kept) != len(self._plan):
            self._plan = kept
            heapq.heapify(self._plan)

    def _planned(self, *what: _Do) -> bool:
        return any(item[2] in what for item in self._plan)
