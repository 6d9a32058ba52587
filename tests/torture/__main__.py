"""Torture: every claim about reliability as a command that tries to break it.

``python -m tests.torture [NAME ...] [--seed N] [--count N] [--planted]``. Exit 0 where nothing broke,
1 where something did. ``--planted`` breaks the rule on purpose: then exit 1 where nothing was caught.
``--jobs N`` shares a proof out among processes where its trials can be told apart (simulator), and
``--first N`` begins with a later one; how far it is goes to stderr, and Ctrl-C tells what was done.
"""

import argparse
import importlib
import os
import pkgutil
import signal
import sys
from pathlib import Path
from typing import cast

from tests.torture import split, table
from tests.torture.outcome import Proof

from miaohui.runtime.clock import stamp_ns

PREFIX = "proof_"
HERE = Path(__file__).parent


def names() -> list[str]:
    """What can be proved, in order of the alphabet."""
    found = (each.name for each in pkgutil.iter_modules([str(HERE)]))
    return sorted(name.removeprefix(PREFIX) for name in found if name.startswith(PREFIX))


def load(name: str) -> Proof:
    return cast(Proof, importlib.import_module(f"tests.torture.{PREFIX}{name}"))


def prove(
    name: str, seed: int, count: int | None, *, planted: bool, first: int = 0, jobs: int = 1
) -> bool:
    """Runs one proof and prints its table; True where it went as it must."""
    proof = load(name)
    print(f"== {name}: {proof.ABOUT}", flush=True)
    if planted:
        print(f"  planted: {proof.PLANTED}", flush=True)
    began = stamp_ns()
    count = proof.COUNT if count is None else count
    left = end = first + count
    part = getattr(proof, "part", None)
    if part is None:
        outcome = proof.run(seed, count, planted=planted)
    else:
        outcome, left = split.run(part, seed, first, count, planted=planted, jobs=jobs)
    seconds = (stamp_ns() - began) / 1e9
    for line in table.lines(name, outcome, seconds):
        print(line, flush=True)
    if outcome.impossible:
        return True
    untried = [] if planted else [f"not tried: {what}" for what in outcome.untried]
    wrong = [*(f"not noticed: {name}" for name in outcome.missed), *untried]
    good = bool(outcome.violations) is planted and outcome.trials > 0 and not wrong
    for each in wrong:
        print(f"  ! {each}", flush=True)
    if planted:
        print("  the planted fault was " + ("caught" if good else "NOT caught"), flush=True)
    if left < end:
        print(f"  cut short: goes on with --seed {seed} --first {left} --count {end - left}")
        raise KeyboardInterrupt
    return good


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="dev.py torture", description=__doc__)
    known = names()
    parser.add_argument("name", nargs="*", help=f"all, or some of: {', '.join(known)}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, help="how many trials (each proof has its own)")
    parser.add_argument("--planted", action="store_true", help="break the rule on purpose")
    parser.add_argument("--first", type=int, default=0, help="the number of the first trial")
    parser.add_argument("--jobs", type=int, default=1, help="processes, where a proof can use them")
    given = parser.parse_args(argv)
    for name in given.name:
        if name not in known:
            print(f"no proof {name!r}; there are: {', '.join(known)}", file=sys.stderr)
            return 2
    more = {"planted": given.planted, "first": given.first, "jobs": max(1, given.jobs)}
    try:
        failed = [
            name for name in given.name or known if not prove(name, given.seed, given.count, **more)
        ]
    except KeyboardInterrupt:
        return 130
    if failed:
        print(f"did not go as it must: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        # Sets in another order would make another run of the same seed.
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.torture", *sys.argv[1:]])
    # Also where it runs in the background, where Ctrl-C does not reach it.
    for ends in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ends, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
