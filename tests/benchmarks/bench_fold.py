"""What an entry costs the fold: the 10th against the 10,000th, and the parts of one entry.

Each figure is the median over many folds of one `apply` with the questions that a relay asks after
it, so that a single slow moment of the machine does not count.
"""

import hashlib
import statistics
import time
import uuid
from collections.abc import Sequence

from miaohui.promise.fold import Fold
from miaohui.promise.report import Figures
from miaohui.wire.journal import (
    NO_PREV,
    Entry,
    Message,
    Opened,
    Recalled,
    RefundTerm,
    Terms,
    entry_hash,
)

ENTRIES = 10_000
WINDOW = 200
ROUNDS = 15


def session(length: int) -> list[Entry]:
    """A long session: bursts of asks, replies, one breach in eight."""
    entries: list[Entry] = [
        Opened(
            seq=1,
            t=0,
            prev=NO_PREV,
            rule="promise/2",
            label_rules="labels/2",
            session="bench",
            shop="shop",
            responder="r0",
            mode="text",
            utc="2026-01-01T00:00:00Z",
            paid_ms=10**9,
            price_fen=100_000,
            promise_ms=10_000,
            key_id="0123456789abcdef",
            terms=Terms(
                give_back=True,
                last_question=True,
                refunds=(RefundTerm(kept_below=90, min_turns=10, refund_percent=20),),
            ),
        )
    ]
    t = 0
    for seq in range(2, length + 1):
        reply = seq % 3 == 1
        t += 14_000 if reply and seq % 8 == 0 else 3_000
        name = str(uuid.UUID(int=seq))
        commit = hashlib.sha256(name.encode()).hexdigest()
        prev = entries[-1].prev if seq > 2 else NO_PREV
        if reply:
            entries.append(
                Message(
                    seq=seq,
                    t=t,
                    prev=prev,
                    author="responder",
                    responder="r0",
                    seen_seq=seq - 1,
                    id=name,
                    content="text",
                    origin="human",
                    commit=commit,
                )
            )
        else:
            entries.append(
                Message(
                    seq=seq,
                    t=t,
                    prev=prev,
                    author="customer",
                    id=name,
                    content="text",
                    origin="human",
                    commit=commit,
                )
            )
    return entries


def _cost(fold: Fold, entries: Sequence[Entry]) -> float:
    """Seconds for each entry, with the questions a relay asks after it."""
    begin = time.perf_counter()
    for entry in entries:
        fold.apply(entry)
        fold.next_wake(entry.t)
        fold.remaining_ms(entry.t)
        fold.open_turn(entry.t)
    return (time.perf_counter() - begin) / len(entries)


def _folded(entries: Sequence[Entry]) -> Fold:
    fold = Fold()
    for entry in entries:
        fold.apply(entry)
    return fold


def run() -> list[tuple[str, str]]:
    entries = session(ENTRIES + WINDOW)
    early, late = [], []
    small, large = _folded(entries[:9]), _folded(entries[: ENTRIES - 1])
    for _ in range(ROUNDS):
        early.append(_cost(small.copy(), entries[9 : 9 + WINDOW]))
        late.append(_cost(large.copy(), entries[ENTRIES - 1 : ENTRIES - 1 + WINDOW]))
    tenth, last = statistics.median(early), statistics.median(late)
    begin = time.perf_counter()
    for entry in entries[:2_000]:
        entry_hash(entry)
    hashing = (time.perf_counter() - begin) / 2_000
    recalled = Recalled(
        seq=ENTRIES,
        t=entries[ENTRIES - 2].t,
        prev=NO_PREV,
        target=4,
        author="responder",
        responder="r0",
    )
    begin = time.perf_counter()
    large.apply(recalled)
    large.remaining_ms(recalled.t)
    refold = time.perf_counter() - begin
    begin = time.perf_counter()
    told: Figures = large.figures(recalled.t)
    figures = time.perf_counter() - begin
    return [
        ("fold: entry 10,000 against entry 10", f"{last / tenth:.2f} x"),
        ("fold: entry 10", f"{tenth * 1e6:.1f} us"),
        ("fold: entry 10,000", f"{last * 1e6:.1f} us"),
        ("hash of an entry", f"{hashing * 1e6:.1f} us"),
        ("recall in 10,000 entries", f"{refold * 1e3:.1f} ms"),
        (f"all figures of {len(told.turns):,} turns", f"{figures * 1e3:.1f} ms"),
    ]


def main() -> None:
    for name, value in run():
        print(f"{name:<40} {value}")


if __name__ == "__main__":
    main()
