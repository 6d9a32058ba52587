"""How many messages a second the relay takes, how soon it says so, what one costs the processor, and
how late a breach is told.

    python -m tests.benchmarks.bench_relay

Relay and load each in a process of their own. Every message is in the journal (chain, fold,
dedupe) and on disk before it is acknowledged. Beside it, on the same machine in the same minute:
the relay as it was before its rooms were made (taken out of git, in turn with this one), the relay
without signed heads, its own socket without a relay, a bare ``websockets`` echo, Redis with AOF
always. A machine that others use as well slows all of them: the ratios are what to read.
"""

import io
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from miaohui.wire.limits import PROTOCOL

SECONDS = 5.0
SIGNING_SECONDS = 12.0  # heads are signed every five
ROUNDS = 5
ROOT = Path(__file__).parents[2]
BEFORE = "15c3256"  # the last commit before the rooms
BEFORE_PROTOCOL = 1
Report = dict[str, Any]


@dataclass(frozen=True)
class Build:
    """A checkout whose relay is measured, and what it speaks."""

    root: Path
    protocol: int


HERE = Build(ROOT, PROTOCOL)


@contextmanager
def serving(folder: Path, *what: str, build: Build = HERE) -> Iterator[tuple[int, Report]]:
    """A server process: its number, and its first line, which tells where."""
    command = [sys.executable, "-m", "tests.benchmarks.serve_relay", str(folder), *what]
    paths = os.pathsep.join((str(build.root / "src"), str(build.root)))
    process = subprocess.Popen(
        command,
        cwd=build.root,
        env={**os.environ, "PYTHONPATH": paths},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.pid, json.loads(process.stdout.readline())
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def worked(pid: int) -> float | None:
    """Seconds of the processor that a process has used, in all threads, user and system; None
    where the system does not tell."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def load(
    server: int, url: str, plan: Path, *, protocol: int = PROTOCOL, seconds: float = SECONDS
) -> Report:
    what = [url, str(plan), str(seconds), str(protocol)]
    command = [sys.executable, "-m", "tests.benchmarks.load_relay", *what]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        began = worked(server)
        line = process.stdout.readline()
        ended = worked(server)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    report: Report = json.loads(line)
    if began is not None and ended is not None and report["messages"]:
        report["cpu_us"] = (ended - began) * 1e6 / report["messages"]
    return report


def show(name: str, report: Report) -> None:
    cpu = f"  CPU {report['cpu_us']:4.0f} us a message" if "cpu_us" in report else ""
    print(
        f"{name:44} {report['per_second']:8.0f}/s  ack p50 {report['p50_ms']:8.2f} ms"
        f"  p99 {report['p99_ms']:8.2f} ms{cpu}",
        flush=True,
    )
    if report.get("failed"):
        print(f"  failed: {report['failed']}", flush=True)


def relay(
    folder: Path, pairs: int, *how: str, build: Build = HERE, seconds: float = SECONDS
) -> Report:
    with (
        tempfile.TemporaryDirectory(dir=folder) as data,
        serving(Path(data) / "relay", str(pairs), *how, build=build) as (pid, ready),
    ):
        plan = Path(ready["plan"])
        return load(pid, ready["url"], plan, protocol=build.protocol, seconds=seconds)


def bare(folder: Path, what: str, connections: int) -> Report:
    plan = folder / "echo.json"
    plan.write_text(json.dumps({"echo": connections}))
    with serving(folder, what) as (pid, ready):
        return load(pid, ready["url"], plan)


def redis(folder: Path, connections: int) -> Report | None:
    """Redis with AOF always, by its own benchmark: one 400-byte XADD a message."""
    server, bench = shutil.which("redis-server"), shutil.which("redis-benchmark")
    if server is None or bench is None:
        return None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    aof = ["--appendonly", "yes", "--appendfsync", "always"]
    process = subprocess.Popen([server, *options, *aof], stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        load = ["-c", str(connections), "-n", str(300 * connections + 3000), "--csv"]
        done = subprocess.run(
            [bench, "-p", str(port), *load, "XADD", "feed", "*", "line", "x" * 400],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        row = done.stdout.strip().splitlines()[-1].replace('"', "").rsplit(",", 7)
        return {
            "per_second": float(row[1]),
            "p50_ms": float(row[4]),
            "p99_ms": float(row[6]),
        }
    finally:
        process.terminate()
        process.wait()


def before(folder: Path) -> Build | None:
    """The build before the rooms, out of git; None where this is no clone, or a shallow one."""
    try:
        done = subprocess.run(
            ["git", "archive", "--format=tar", BEFORE],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    root = folder / "before"
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(root, filter="data")
    return Build(root, BEFORE_PROTOCOL)


def in_turn(runs: dict[str, Callable[[], Report]], rounds: int = ROUNDS) -> dict[str, Report]:
    """The medians of several rounds, in each of which everything is measured once."""
    reports: dict[str, list[Report]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            reports[name].append(run())
    medians = {}
    for name, each in reports.items():
        keys = [key for key in ("per_second", "p50_ms", "p99_ms", "cpu_us") if key in each[0]]
        medians[name] = {key: statistics.median(one[key] for one in each) for key in keys}
        show(name, medians[name])
    return medians


def ratio(name: str, value: float, goal: float, *, at_least: bool) -> None:
    reached = value >= goal if at_least else value <= goal
    print(
        f"  {name}: {value:.2f} (goal {'>=' if at_least else '<='} {goal:.2f},"
        f" {'reached' if reached else 'missed'})"
    )


def compared(folder: Path) -> None:
    """This build and the one before the rooms in turn, and a bare echo beside them."""
    old = before(folder)
    if old is None:
        print(f"{BEFORE} is not in this clone: not compared with the build before the rooms")
        return
    print(f"medians of {ROUNDS} rounds, in turn with the build before the rooms:")
    runs: dict[str, Callable[[], Report]] = {
        "before, 200 pairs": lambda: relay(folder, 200, build=old),
        "now, 200 pairs": lambda: relay(folder, 200),
        "bare websockets echo, 400 links": lambda: bare(folder, "echo", 400),
        "before, 1 pair": lambda: relay(folder, 1, build=old),
        "now, 1 pair": lambda: relay(folder, 1),
    }
    was, now, echo, was_one, now_one = in_turn(runs).values()
    rate = now["per_second"]
    ratio("messages/s, now / before", rate / was["per_second"], 2.0, at_least=True)
    ratio("messages/s, now / echo", rate / echo["per_second"], 0.7, at_least=True)
    print(f"  messages/s, before / echo: {was['per_second'] / echo['per_second']:.2f}")
    ratio("ack p99, 200 pairs, now / before", now["p99_ms"] / was["p99_ms"], 1.0, at_least=False)
    one = now_one["p50_ms"] / was_one["p50_ms"]
    ratio("ack p50, 1 pair, now / before", one, 0.8, at_least=False)
    if "cpu_us" in now and "cpu_us" in was:
        ratio("CPU a message, now / before", now["cpu_us"] / was["cpu_us"], 0.5, at_least=False)


def signing(folder: Path) -> None:
    """With signed heads and without, in turn."""
    runs: dict[str, Callable[[], Report]] = {
        "heads signed, 200 pairs": lambda: relay(folder, 200, seconds=SIGNING_SECONDS),
        "no heads, 200 pairs": lambda: relay(folder, 200, "unsigned", seconds=SIGNING_SECONDS),
    }
    on, off = in_turn(runs, 3).values()
    ratio("with heads / without", on["per_second"] / off["per_second"], 0.95, at_least=True)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="miaohui-bench-") as name:
        folder = Path(name)
        compared(folder)
        signing(folder)
        many = relay(folder, 200)
        show("relay, durable, 200 pairs", many)
        show("its socket alone, in memory, 400 links", bare(folder, "memory", 400))
        show("its socket alone, in memory, 2 links", bare(folder, "memory", 2))
        show("bare websockets echo, in memory, 400 links", bare(folder, "echo", 400))
        show("bare websockets echo, in memory, 2 links", bare(folder, "echo", 2))
        stored = redis(folder, 400)
        if stored is None:
            print("redis-server is not installed: not compared")
        else:
            show("Redis, AOF always, 400 clients", stored)
            print(f"relay / Redis: {many['per_second'] / stored['per_second']:.2f}")
        print(f"target 5000/s durable at 200 pairs: {_met(many['per_second'] >= 5000)}")
        command = [sys.executable, "-m", "tests.benchmarks.serve_relay", f"{name}/live"]
        done = subprocess.run([*command, "live", "10000"], stdout=subprocess.PIPE, check=True)
        late = json.loads(done.stdout)
        print(
            f"breach after 10 s, {late['sessions']} live sessions: late by p50 {late['p50_ms']:.2f}"
            f" ms, p99 {late['p99_ms']:.2f} ms, max {late['max_ms']:.2f} ms"
        )
        print(f"target p99 <= 50 ms: {_met(late['p99_ms'] <= 50)}")
    return 0


def _met(reached: bool) -> str:
    return "reached" if reached else "missed"


if __name__ == "__main__":
    sys.exit(main())
