"""Mutation testing of the rooms whose every comparison decides about money, order or a verdict.

`python3 dev.py mutate [ROOM ...] [--only FILE ...] [--sample N] [--survivors]` copies the checkout
into a temporary folder, lets mutmut change one thing at a time there and runs the tests of the
room's own folder against each change. ``--sample``: only N of the changes, drawn by lot, the same
ones each time as long as the sources are the same. A change of nothing but a text's case is left out: SQL does not tell
case, and no rule hangs on it. So is a changed line of the log. mutmut changes nothing in a function
with a decorator, nor anything at a module's top.

Some changes change nothing that can be seen, so no test can notice them. They count as survivors
all the same. Their kinds: a bound that the lines above it exclude (``<`` for ``<=`` where equality
has returned already; a clamp that is never reached); ``strict=`` of zip where both are of one
length; a value that nobody reads (an answer's minutes where it was answered before); None for False
or for a default of the same meaning; the guess with which a search begins, and how fine its last
step is; what rounding takes away; how long a pause is before one asks again.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Room:
    """Sources below src/miaohui as patterns, the tests that have to notice, and the bound."""

    sources: tuple[str, ...]
    tests: tuple[str, ...]
    percent: int


ROOMS = {
    "money": Room(
        ("relay/money/*", "relay/orders/extending.py"),
        ("tests/relay/money", "tests/relay/orders"),
        90,
    ),
    "session": Room(("relay/session/*",), ("tests/relay/session",), 90),
    "outbox": Room(("client/feed/outbox.py",), ("tests/client/feed",), 90),
    "statistics": Room(("checks/statistics/*",), ("tests/checks/statistics",), 90),
    "promise": Room(("promise/*",), ("tests/promise",), 95),
}
COPIED = ("src", "tests", "resources", "docs", "pyproject.toml", "setup.py", "constraints.txt")
CAUGHT = frozenset({1, 3, -24, 24, 36, 152, 255, -9, -11, -6})
LOGGED = ("log.", "logging.")


def configuration(room: Room, only: Sequence[str]) -> str:
    def lines(values: Iterator[str] | tuple[str, ...]) -> str:
        return "".join(f"\n    {value}" for value in values)

    return (
        "[mutmut]\nsource_paths=\n    src/\nonly_mutate="
        + lines(f"src/miaohui/{source}" for source in only or room.sources)
        + "\nalso_copy="
        + lines(COPIED[1:])
        + "\npytest_add_cli_args_test_selection="
        + lines(room.tests)
        + "\npytest_add_cli_args="
        + lines(("-p", "no:cacheprovider", "-p", "tests.mutation.forgetful"))
        + "\n"
    )


def copy_to(folder: Path, room: Room, only: Sequence[str]) -> None:
    for name in (*COPIED, "dev.py"):
        source = ROOT / name
        if source.is_dir():
            kept = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, folder / name, ignore=kept)
        elif source.exists():
            shutil.copy2(source, folder / name)
    (folder / "setup.cfg").write_text(configuration(room, only), encoding="utf-8")


def changed_lines(diff: str) -> tuple[list[str], list[str]]:
    body = [line for line in diff.splitlines() if not line.startswith(("---", "+++", "@@"))]
    return (
        [line[1:].strip() for line in body if line.startswith("-")],
        [line[1:].strip() for line in body if line.startswith("+")],
    )


def counts(diff: str) -> bool:
    """True for a change that some rule could hang on."""
    old, new = changed_lines(diff)
    if [line.lower() for line in old] == [line.lower() for line in new]:
        return False
    return not all(line.startswith(LOGGED) for line in old)


def results(folder: Path) -> Iterator[tuple[str, str, bool]]:
    """Of each change that counts: its file, its diff and whether a test noticed it."""
    os.chdir(folder)
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    for meta in sorted((folder / "mutants").rglob("*.meta")):
        source = Path(str(meta).removesuffix(".meta")).relative_to(folder / "mutants")
        codes = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
        for name, code in codes.items():
            if code is None:
                continue
            diff = get_diff_for_mutant(name, path=source)
            if counts(diff):
                yield str(source.relative_to("src/miaohui")), f"{name}\n{diff}", code in CAUGHT


def run(folder: Path, jobs: int, names: Sequence[str]) -> int:
    """mutmut's exit code over the changes of these names, or over all."""
    return subprocess.run(
        [sys.executable, "-m", "mutmut", "run", "--max-children", str(jobs), *names],
        cwd=folder,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdout=None if sys.stdout.isatty() else subprocess.DEVNULL,
        stderr=None if sys.stderr.isatty() else subprocess.DEVNULL,
        check=False,
    ).returncode


def drawn(folder: Path, jobs: int, sample: int) -> list[str]:
    """The names of so many changes, by lot; they are made and not yet tried."""
    run(folder, jobs, ["none of them"])
    names = [
        name
        for meta in sorted((folder / "mutants").rglob("*.meta"))
        for name in json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    ]
    return random.Random(0).sample(names, min(sample, len(names)))


def mutate(name: str, only: Sequence[str], *, sample: int, survivors: bool, jobs: int) -> bool:
    """Prints a room's table, of the files ``only`` where it names some; True where its bound is
    reached."""
    room = ROOMS[name]
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="miaohui-mutants-") as place:
        folder = Path(place)
        copy_to(folder, room, only)
        done = run(folder, jobs, drawn(folder, jobs, sample) if sample else ())
        if not (folder / "mutants").exists():
            print(f"{name}: mutmut ended with {done} and changed nothing")
            return False
        tried: Counter[str] = Counter()
        caught: Counter[str] = Counter()
        for source, diff, noticed in results(folder):
            tried[source] += 1
            caught[source] += noticed
            if survivors and not noticed:
                print(diff)
        os.chdir(before)
    if not tried:
        print(f"{name}: mutmut ended with {done} and changed nothing")
        return False
    print(f"| {name} | changes | caught | % |\n|---|---:|---:|---:|")
    for source in sorted(tried):
        share = 100 * caught[source] / tried[source]
        print(f"| `{source}` | {tried[source]} | {caught[source]} | {share:.1f} |")
    share = 100 * caught.total() / tried.total()
    print(f"| all, at least {room.percent} | {tried.total()} | {caught.total()} | {share:.1f} |")
    return share >= room.percent


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py mutate", description=__doc__)
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=", ".join(ROOMS))
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="FILE", help="below src/miaohui, as a pattern"
    )
    parser.add_argument(
        "--sample", type=int, default=0, metavar="N", help="so many changes by lot; 0: all"
    )
    parser.add_argument("--survivors", action="store_true", help="show what no test noticed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    unknown = [name for name in asked.rooms if name not in ROOMS]
    if unknown:
        print(f"dev.py mutate: there is no room {unknown[0]!r}; rooms: {', '.join(ROOMS)}")
        return 2
    reached = [
        mutate(name, asked.only, sample=asked.sample, survivors=asked.survivors, jobs=asked.jobs)
        for name in asked.rooms or ROOMS
    ]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
