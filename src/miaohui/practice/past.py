"""One session of the generated past: a scripted customer and scripted responders in virtual time.

What comes out is a journal like any other: written entry by entry, chained, folded. Its figures
are what the fold says; nothing here knows them beforehand.
"""

import random
from dataclasses import dataclass

from miaohui.practice.catalogue import OfferRow, ScriptedPerson, ShopRow
from miaohui.practice.cues import (
    Asked,
    Begun,
    EndingCue,
    Gone,
    Left,
    NobodyTook,
    PassOn,
    Say,
)
from miaohui.practice.customer import Customer
from miaohui.practice.journal import JournalWriter, Said
from miaohui.practice.manner import Manner
from miaohui.practice.script import Script
from miaohui.practice.topics import Talk, Topics
from miaohui.promise.constants import CLOSING_WAITS_MS, PROMISE_MS
from miaohui.promise.fold import Fold, Phase
from miaohui.promise.labels import LabelRules
from miaohui.runtime.clock import rfc3339
from miaohui.wire.journal import (
    NO_PREV,
    RULE,
    Closed,
    CloseReason,
    Closing,
    Entry,
    Handover,
    HandoverReason,
    Opened,
)

MIN_MS = 60_000
# A generated session has no receipt, so its journal names the key of nobody.
NO_KEY_ID = "0" * 16


@dataclass(frozen=True, slots=True)
class PastPlan:
    """What a past session is made of."""

    session: str
    seed: str
    shop: ShopRow
    person: ScriptedPerson
    colleagues: tuple[ScriptedPerson, ...]
    offer: OfferRow
    opened_utc_ms: int
    customer_name: str


@dataclass(frozen=True, slots=True)
class PastSession:
    """A finished session: its journal, its texts, what it was."""

    plan: PastPlan
    entries: tuple[Entry, ...]
    texts: tuple[Said, ...]
    fold: Fold


class Session:
    """The virtual session: the earliest of script, customer and clock goes first."""

    def __init__(self, plan: PastPlan, topics: Topics, rules: LabelRules) -> None:
        self._plan = plan
        self._topics = topics
        self._draws = random.Random(f"past/{plan.seed}")
        self._journal = JournalWriter(plan.seed, rules)
        self._colleagues = list(plan.colleagues)
        self._open: list[tuple[int, str]] = []
        self._now = 0
        self._holder, self._script = self._seat(plan.person)
        lines = topics.of(plan.person.lang)
        han = plan.person.lang == "zh_CN"
        nudges = [w for w in topics.nudge_words if w.isascii() is not han and len(w) > 1]
        self._customer = Customer(
            draws=self._draws,
            asks=list(lines.asks),
            nudges=nudges,
            next_at=self._draws.choice([0, self._draws.randint(3500, 9000)]),
            patience_ms=self._draws.choice([75_000, 140_000, 240_000]),
        )

    def _seat(self, person: ScriptedPerson) -> tuple[ScriptedPerson, Script]:
        plan, seed = self._plan, f"{self._plan.seed}/{person.responder}"
        local_min = plan.opened_utc_ms // MIN_MS + plan.shop.utc_offset_min
        stalls = person.stall is not None and self._draws.random() < person.stall.chance
        load = plan.shop.load_at(local_min // 60 % 24)
        manner = Manner(person, seed, load=load, stalls=stalls)
        return person, Script(manner, Talk(self._topics, seed, person.lang))

    def run(self) -> PastSession:
        """The session from `opened` to `closed`."""
        self._write_opened()
        self._script.hear(Begun(0))
        while self._journal.fold.closed is None:
            self._step()
        journal = self._journal
        return PastSession(self._plan, tuple(journal.entries), tuple(journal.texts), journal.fold)

    def _write_opened(self) -> None:
        plan = self._plan
        self._journal.add(
            Opened(
                seq=1,
                t=0,
                prev=NO_PREV,
                rule=RULE,
                label_rules=self._journal.rules_version,
                session=plan.session,
                shop=plan.shop.shop,
                responder=plan.person.responder,
                mode="text",
                utc=rfc3339(plan.opened_utc_ms),
                paid_ms=plan.offer.minutes * MIN_MS,
                price_fen=plan.offer.price_fen,
                promise_ms=PROMISE_MS,
                terms=plan.shop.terms,
                key_id=NO_KEY_ID,
            )
        )

    def _step(self) -> None:
        fold, customer = self._journal.fold, self._customer
        moments: list[tuple[int, int]] = []
        if self._script.next_at is not None:
            moments.append((max(self._now, self._script.next_at), 0))
        if fold.phase is Phase.CLOSING:
            since = fold.closing_since
            moments.append(((0 if since is None else since) + CLOSING_WAITS_MS, 2))
        else:
            moments.append((max(self._now, customer.next_at), 1))
            if customer.leaves_at is not None:
                moments.append((max(self._now, customer.leaves_at), 3))
            if fold.began and not self._late_now():
                moments.append((self._now + fold.remaining_ms(self._now), 4))
        self._now, what = min(moments)
        match what:
            case 0:
                self._responder()
            case 1:
                self._ask()
            case 2:
                self._close("time" if fold.remaining_ms(self._now) == 0 else "customer")
            case 3:
                self._leave()
            case _:
                self._time_is_up()

    def _late_now(self) -> bool:
        turn = self._journal.fold.open_turn(self._now)
        return turn is not None and turn.breached

    # --- the responder -----------------------------------------------------------------------
    def _responder(self) -> None:
        for effect in self._script.due(self._now):
            match effect:
                case Say(text, seen):
                    self._journal.message(self._now, text, by=self._holder.responder, seen=seen)
                    self._open = [ask for ask in self._open if ask[0] > seen]
                    if not self._open:
                        self._customer.answered(self._now)
                case PassOn():
                    self._hand_over("responder")
                    return
                case _:
                    pass
        if self._journal.fold.phase is Phase.CLOSING and not self._open:
            up = self._journal.fold.remaining_ms(self._now) == 0
            self._close("time" if up else "customer")
            return
        self._tell()

    def _hand_over(self, reason: HandoverReason) -> None:
        if not self._colleagues:
            self._script.hear(NobodyTook(self._now))
            return
        to = self._colleagues.pop(self._draws.randrange(len(self._colleagues)))
        journal = self._journal
        journal.add(
            Handover(
                seq=journal.next_seq,
                t=self._now,
                prev=journal.prev,
                from_=self._holder.responder,
                to=to.responder,
                reason=reason,
            )
        )
        self._script.hear(Gone(self._now))
        self._holder, self._script = self._seat(to)
        self._script.hear(Begun(self._now, taken_over=True))
        for seq, text in self._open:
            self._script.hear(Asked(self._now, seq, text))

    def _tell(self) -> None:
        fold = self._journal.fold
        if fold.began:
            self._script.hear(Left(self._now, fold.remaining_ms(self._now)))

    # --- the customer ------------------------------------------------------------------------
    def _ask(self) -> None:
        customer = self._customer
        text = customer.words()
        seq = self._journal.message(self._now, text)
        self._open.append((seq, text))
        self._script.hear(Asked(self._now, seq, text))
        customer.asked(self._now)

    def _leave(self) -> None:
        """Waited long enough: asks for somebody else where there is one, else ends."""
        self._customer.leaves_at = self._now + self._customer.patience_ms
        if self._colleagues and self._draws.random() < 0.6:
            self._hand_over("customer")
            return
        self._closing()

    # --- the end -----------------------------------------------------------------------------
    def _time_is_up(self) -> None:
        if self._journal.fold.remaining_ms(self._now) > 0:
            return
        self._closing()
        if not self._open:
            self._close("time")

    def _closing(self) -> None:
        journal = self._journal
        journal.add(Closing(seq=journal.next_seq, t=self._now, prev=journal.prev))
        self._script.hear(EndingCue(self._now))

    def _close(self, reason: CloseReason) -> None:
        journal = self._journal
        journal.add(Closed(seq=journal.next_seq, t=self._now, prev=journal.prev, reason=reason))
        self._script.hear(Gone(self._now))


def play(plan: PastPlan, topics: Topics, rules: LabelRules) -> PastSession:
    """The whole session, from its seed."""
    return Session(plan, topics, rules).run()
