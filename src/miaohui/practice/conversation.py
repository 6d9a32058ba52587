"""One session as a scripted responder holds it: the feed goes in, what to send comes out."""

from collections.abc import Iterable
from typing import Literal

from miaohui.practice.catalogue import ScriptedPerson
from miaohui.practice.cues import (
    Asked,
    Begun,
    Continued,
    Effect,
    EndingCue,
    Event,
    Gone,
    Halted,
    Left,
)
from miaohui.practice.manner import Manner
from miaohui.practice.script import Script
from miaohui.practice.topics import Talk, Topics
from miaohui.promise.fold import Fold, Phase
from miaohui.wire.journal import Closed, Closing, Entry, Handover, Message, Opened, Paused, Resumed
from miaohui.wire.sessions import EntryItem, FeedPage, Placed

Applied = Literal["applied", "gap"]


class ScriptedConversation:
    """The journal as far as it is here, and the script that answers while the session is ours.

    `ours` begins only once the whole feed is here: a past that was read is not acted on again.
    """

    def __init__(
        self, session: str, me: str, person: ScriptedPerson, topics: Topics, load: float = 1.0
    ) -> None:
        self.session = session
        self.pos = 0
        self._me = me
        self._load = load
        self._person = person
        self._topics = topics
        self._fold = Fold()
        self._texts: dict[int, str] = {}
        self._holder = ""
        self._taken_over = False
        self._spoke = False
        self._script: Script | None = None
        self._t_at = (0, 0)
        self._is_live = False

    @property
    def ours(self) -> bool:
        return self._script is not None

    @property
    def over(self) -> bool:
        return self._fold.length > 0 and self._fold.closed is not None

    @property
    def next_at(self) -> int | None:
        return None if self._script is None else self._script.next_at

    def due(self, now: int) -> list[Effect]:
        return [] if self._script is None else self._script.due(now)

    def hear(self, event: Event) -> None:
        """Something that no feed tells (nobody took the session over)."""
        if self._script is not None:
            self._script.hear(event)

    def page(self, page: FeedPage, now: int) -> bool:
        """Takes a page in; whether there is more to read."""
        self._t_at = (page.now_t, now)
        self._is_live = False
        self._apply(page.items, now)
        if self.pos < page.head and page.items:
            return True
        self._is_live = True
        self._take_up(now)
        self._tell(now)
        return False

    def push(self, items: Iterable[Placed], now: int) -> Applied:
        """Takes pushed items in; "gap" where the feed must be read again from `pos`."""
        for placed in items:
            if placed.pos > self.pos + 1:
                return "gap"
            self._apply([placed], now)
        self._tell(now)
        return "applied"

    def _apply(self, items: Iterable[Placed], now: int) -> None:
        for placed in items:
            if placed.pos != self.pos + 1:
                continue
            self.pos = placed.pos
            item = placed.item
            if isinstance(item, EntryItem):
                self._fold.apply(item.entry)
                if item.body is not None:
                    self._texts[item.entry.seq] = item.body.text
                self._entry(item.entry, now)

    def _entry(self, entry: Entry, now: int) -> None:
        """What an entry means for the script."""
        script = self._script
        match entry:
            case Opened(responder=responder):
                self._holder = responder
            case Handover(to=to):
                self._holder = to
                self._taken_over, self._spoke = True, False
                if to != self._me and script is not None:
                    script.hear(Gone(now))
                    self._script = None
                elif self._is_live:
                    self._take_up(now)
            case Message(author="responder", responder=who):
                self._spoke = self._spoke or who == self._me
            case Message(seq=seq) if script is not None:
                script.hear(Asked(now, seq, self._texts.get(seq, "")))
            case Paused() if script is not None:
                script.hear(Halted(now))
            case Resumed() if script is not None:
                script.hear(Continued(now))
            case Closing() if script is not None:
                script.hear(EndingCue(now))
            case Closed():
                if script is not None:
                    script.hear(Gone(now))
                self._script = None
            case _:
                pass

    def _take_up(self, now: int) -> None:
        """The session is ours: a script begins, and hears what is still unanswered."""
        if self._script is not None or self._holder != self._me or self.over:
            return
        seed = f"{self.session}/{self._me}"
        manner = Manner(self._person, seed, load=self._load)
        script = Script(manner, Talk(self._topics, seed, self._person.lang))
        script.hear(Begun(now, taken_over=self._taken_over, greets=not self._spoke))
        for seq in self._fold.open_asks:
            script.hear(Asked(now, seq, self._texts.get(seq, "")))
        if self._fold.phase is Phase.PAUSED:
            script.hear(Halted(now))
        if self._fold.phase is Phase.CLOSING:
            script.hear(EndingCue(now))
        self._script = script

    def _tell(self, now: int) -> None:
        if self._script is not None and self._fold.began:
            self._script.hear(Left(now, self._fold.remaining_ms(self._t(now))))

    def _t(self, now: int) -> int:
        t, at = self._t_at
        return max(self._fold.last_t, t + now - at)
