"""A shop whose kept rate is known: it writes real journals on virtual time, for the real fold.

Each session has a share of its own, drawn from a beta distribution with the shop's mean and ICC; each
of its turns is kept with that share. ``beta_binomial`` draws the counts alone, which is a thousand
times faster and, as ``tests/checks/test_error_rates.py`` shows, gives the fold's very counts.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from miaohui.checks.statistics.samplesize import draw_weights
from miaohui.promise.fold import Fold
from miaohui.wire.journal import NO_PREV, RULE, Closed, Closing, Entry, Message, Opened, Terms

PROMISE_MS = 10_000
EVERY_MS = (
    45_000  # between asks: longer than the slowest reply, so that each opens a turn of its own
)
SLOWEST_MS = 40_000
TERMS = Terms(give_back=True, last_question=True, refunds=())


@dataclass(frozen=True, slots=True)
class SimulatedShop:
    """``share``: of turns kept; ``icc``: how alike the turns of a session are; ``sizes``: turns of a
    session, one of these drawn each time."""

    share: float
    icc: float
    sizes: Sequence[int]

    def session_share(self, draws: random.Random) -> float:
        if self.icc <= 0:
            return self.share
        scale = (1 - self.icc) / self.icc
        return draws.betavariate(self.share * scale, (1 - self.share) * scale)

    def waits(self, draws: random.Random) -> list[int]:
        """The waits of one session's turns, in ms."""
        share = self.session_share(draws)
        return [
            draws.randint(400, PROMISE_MS)
            if draws.random() < share
            else draws.randint(PROMISE_MS + 1, SLOWEST_MS)
            for _ in range(draws.choice(self.sizes))
        ]

    def folded(self, draws: random.Random) -> tuple[int, int]:
        """(kept, breached) of one session, told by the fold of its journal."""
        fold = Fold()
        for entry in journal(self.waits(draws), draws):
            fold.apply(entry)
        figures = fold.figures(fold.last_t)
        return figures.kept, figures.breached

    def beta_binomial(self, draws: random.Random, sessions: int) -> list[tuple[int, int]]:
        """(kept, breached) of many sessions, drawn at once without journals."""
        if len(self.sizes) == 1:
            (size,) = self.sizes
            kept = draws.choices(range(size + 1), cum_weights=self._weights(size), k=sessions)
            return [(k, size - k) for k in kept]
        found = []
        for size in draws.choices(self.sizes, k=sessions):
            (k,) = draws.choices(range(size + 1), cum_weights=self._weights(size))
            found.append((k, size - k))
        return found

    def _weights(self, size: int) -> list[float]:
        key = (self.share, self.icc, size)
        if key not in _WEIGHTS:
            _WEIGHTS[key] = draw_weights(*key)
        return _WEIGHTS[key]


_WEIGHTS: dict[tuple[float, float, int], list[float]] = {}


def journal(waits: Sequence[int], draws: random.Random) -> Iterator[Entry]:
    """A session's entries: a greeting, an ask every 45 s with its reply, second bubbles, the close."""
    yield Opened(
        seq=1,
        t=0,
        prev=NO_PREV,
        rule=RULE,
        label_rules="labels/2",
        session="simulated",
        shop="shop",
        responder="responder",
        mode="text",
        utc="2026-01-01T12:00:00Z",
        paid_ms=(len(waits) + 2) * EVERY_MS,
        price_fen=1000,
        promise_ms=PROMISE_MS,
        terms=TERMS,
        key_id="0" * 16,
    )
    seq = 2
    yield _message(seq, 1_000, seen=1)
    for number, wait in enumerate(waits, 1):
        asked = number * EVERY_MS
        seq += 1
        ask = seq
        yield _message(seq, asked, seen=None)
        if wait > 5_000 and draws.random() < 0.2:
            # A bubble that crossed the ask has not seen it and covers nothing.
            seq += 1
            yield _message(seq, asked + 100, seen=ask - 1)
        seq += 1
        yield _message(seq, asked + wait, seen=ask)
        if draws.random() < 0.3:
            seq += 1
            yield _message(seq, asked + wait + 700, seen=ask)
    end = (len(waits) + 1) * EVERY_MS
    yield Closing(seq=seq + 1, t=end, prev=NO_PREV)
    yield Closed(seq=seq + 2, t=end, prev=NO_PREV, reason="customer")


def _message(seq: int, t: int, seen: int | None) -> Message:
    fields = {} if seen is None else {"responder": "responder", "seen_seq": seen}
    return Message(
        seq=seq,
        t=t,
        prev=NO_PREV,
        author="customer" if seen is None else "responder",
        id=f"00000000-0000-4000-8000-{seq:012x}",
        content="text",
        origin="human",
        commit=NO_PREV,
        **fields,
    )
