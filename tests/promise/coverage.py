"""How often a shop's 95 % interval holds the shop's true rate: simulated shops that are known.

`python -m tests.promise.coverage [--count 10000] [--seed 1]` prints the table of docs/testing-responders.md. A
row is `count` shops: each customer has a rate of their own (beta distributed about the shop's, with
the intra-class correlation), each turn is kept with that rate. Beside it stands what an interval
that takes every turn for a stranger's would cover. Exit 1 where a row of an ICC up to .2 and 20
customers or more covers less than 93 %.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from miaohui.promise.figures import customers_rate, kept_rate

COUNT: Final = 10_000
LEAST: Final = 0.93
FROM_CUSTOMERS: Final = 20
UP_TO_ICC: Final = 0.2
# Turns of one customer that count: most come once, few come often, nobody counts for more than 60.
UNEVEN: Final = (2, 2, 3, 3, 4, 5, 6, 8, 12, 12, 15, 20, 24, 30, 60)
EVEN: Final = (12,)


@dataclass(frozen=True, slots=True)
class Row:
    """Shops alike: their true rate, how alike a customer's turns are, how many customers come, and
    how many turns each of them has (drawn from `sizes`)."""

    rate: float
    icc: float
    customers: int
    sizes: tuple[int, ...]

    @property
    def claimed(self) -> bool:
        return self.icc <= UP_TO_ICC and self.customers >= FROM_CUSTOMERS


@dataclass(frozen=True, slots=True)
class Covered:
    """Shares of intervals that held the rate: the shop page's, and one that knows no customers."""

    by_customers: float
    by_turns: float


def rows() -> Iterator[Row]:
    for sizes in (EVEN, UNEVEN):
        for rate in (0.8, 0.9, 0.95):
            for icc in (0.0, 0.05, 0.1, 0.2):
                for customers in (10, 20, 50, 200):
                    yield Row(rate, icc, customers, sizes)


def simulate(row: Row, seed: int, count: int) -> Covered:
    """Draw `count` shops of a row and ask the shop page's own interval about each."""
    draws = np.random.default_rng([seed, *repr(row).encode()])
    turns = draws.choice(np.array(row.sizes), size=(count, row.customers))
    kept = draws.binomial(turns, _rates(row, draws, turns.shape))
    ours = theirs = 0
    for own_turns, own_kept in zip(turns.tolist(), kept.tolist(), strict=True):
        found = customers_rate(zip(own_turns, own_kept, strict=True))
        ours += found.low <= row.rate <= found.high
        plain = kept_rate(found.kept, found.turns - found.kept)
        theirs += plain.low <= row.rate <= plain.high
    return Covered(ours / count, theirs / count)


def _rates(row: Row, draws: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    if row.icc == 0:
        return np.full(shape, row.rate)
    spread = 1 / row.icc - 1
    return draws.beta(row.rate * spread, (1 - row.rate) * spread, shape)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="coverage", description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(argv)
    print("| turns a customer | rate | icc | customers | covers | as if all were strangers |")
    print("|---|---|---|---|---|---|")
    bad, many = 0, 0
    for row in rows():
        many += 1
        got = simulate(row, given.seed, given.count)
        broken = row.claimed and got.by_customers < LEAST
        bad += broken
        size = "12" if row.sizes == EVEN else f"{min(row.sizes)} to {max(row.sizes)}"
        print(
            f"| {size} | {row.rate:g} | {row.icc:g} | {row.customers} | {got.by_customers:.1%}"
            f"{' BROKEN' if broken else ''} | {got.by_turns:.1%} |",
            flush=True,
        )
    print(f"\n{many} rows of {given.count} shops, {bad} of the claimed ones under {LEAST:.0%}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
