"""The silence contract of a customer's card, out of journals."""

from itertools import pairwise

import pytest

from miaohui.promise.nudges import Nudges, nudges_of
from miaohui.wire.journal import (
    NO_PREV,
    Entry,
    Message,
    Opened,
    Paused,
    Resumed,
    Terms,
    entry_hash,
)

AFTER = 30_000


def journal(*moves: tuple[int, str]) -> list[Entry]:
    """(t, who): "c" asks, "r" answers all, "p" pauses, "g" goes on."""
    entries: list[Entry] = [
        Opened(
            seq=1, t=0, prev=NO_PREV, rule="promise/2", label_rules="labels/2", session="s",
            shop="shop", responder="rin", mode="text", utc="2026-11-30T00:00:00.000Z",
            paid_ms=1_800_000, price_fen=3000, promise_ms=10_000,
            terms=Terms(give_back=True, last_question=True, refunds=()), key_id="0" * 16,
        )
    ]  # fmt: skip
    for t, who in moves:
        seq, prev = len(entries) + 1, entry_hash(entries[-1])
        match who:
            case "p":
                entries.append(Paused(seq=seq, t=t, prev=prev, by="customer", reason="asked"))
            case "g":
                entries.append(Resumed(seq=seq, t=t, prev=prev, by="customer", reason="asked"))
            case _:
                words = {"id": f"00000000-0000-4000-8000-{seq:012}", "commit": "0" * 64}
                if who == "c":
                    made = Message(
                        seq=seq, t=t, prev=prev, author="customer", content="text",
                        origin="human", **words,
                    )  # fmt: skip
                else:
                    made = Message(
                        seq=seq, t=t, prev=prev, author="responder", content="text",
                        origin="human", responder="rin", seen_seq=seq - 1, **words,
                    )  # fmt: skip
                entries.append(made)
    assert all(b.seq == a.seq + 1 for a, b in pairwise(entries))
    return entries


@pytest.mark.parametrize(
    ("moves", "found"),
    [
        ([(1000, "c"), (2000, "r"), (33_000, "r")], Nudges(kept=1)),
        ([(1000, "c"), (2000, "r"), (42_001, "r")], Nudges(missed=1)),
        ([(1000, "c"), (2000, "r"), (90_000, "c")], Nudges(missed=1)),
        # The customer spoke meanwhile, or within the grace: nobody owes anything.
        ([(1000, "c"), (2000, "r"), (20_000, "c"), (21_000, "r")], Nudges()),
        ([(1000, "c"), (2000, "r"), (35_000, "c")], Nudges()),
        # Time that stands still is no silence; a wait for an answer is none either.
        ([(1000, "c"), (2000, "r"), (3000, "p"), (90_000, "g"), (91_000, "r")], Nudges()),
        ([(1000, "c"), (2000, "r"), (3000, "c"), (60_000, "r")], Nudges()),
    ],
)
def test_a_nudge_is_owed_after_so_long_a_silence(
    moves: list[tuple[int, str]], found: Nudges
) -> None:
    assert nudges_of(journal(*moves), AFTER) == found


def test_wait_for_me_counts_who_spoke_first() -> None:
    moves = [(1000, "c"), (2000, "r"), (25_000, "r"), (30_000, "r"), (60_000, "c"), (61_000, "r")]
    assert nudges_of(journal(*moves), None) == Nudges(early=1)
