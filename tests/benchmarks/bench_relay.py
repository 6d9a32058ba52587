"""How many messages a second the relay takes, how soon it says so, and how late a breach is told.

    python -m tests.benchmarks.bench_relay

Relay and load each in a process of their own. Every message is in the journal (chain, fold,
dedupe) and on disk before it is acknowledged. Beside it, on the same machine in the same minute:
the relay's own socket without a relay, a bare ``websockets`` echo, Redis with AOF always.
"""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SECONDS = 5.0


@contextmanager
def serving(folder: Path, *what: str) -> Iterator[dict[str, Any]]:
    """A server process; its first line tells where."""
    command = [sys.executable, "-m", "tests.benchmarks.serve_relay", str(folder), *what]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def load(url: str, plan: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.load_relay", url, str(plan), str(SECONDS)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def show(name: str, report: dict[str, Any]) -> None:
    rate = f"{report['per_second']:8.0f}/s"
    print(
        f"{name:44} {rate}  ack p50 {report['p50_ms']:8.2f} ms  p99 {report['p99_ms']:8.2f} ms",
        flush=True,
    )
    if report.get("failed"):
        print(f"  failed: {report['failed']}", flush=True)


def relay(folder: Path, pairs: int) -> dict[str, Any]:
    with serving(folder / f"relay-{pairs}", str(pairs)) as ready:
        return load(ready["url"], Path(ready["plan"]))


def bare(folder: Path, what: str, connections: int) -> dict[str, Any]:
    plan = folder / "echo.json"
    plan.write_text(json.dumps({"echo": connections}))
    with serving(folder, what) as ready:
        return load(ready["url"], plan)


def redis(folder: Path, connections: int) -> dict[str, Any] | None:
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


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="miaohui-bench-") as name:
        folder = Path(name)
        many = relay(folder, 200)
        show("relay, durable, 200 pairs", many)
        show("relay, durable, 1 pair", relay(folder, 1))
        show("its socket alone, in memory, 400 links", bare(folder, "memory", 400))
        show("its socket alone, in memory, 2 links", bare(folder, "memory", 2))
        echo = bare(folder, "echo", 400)
        show("bare websockets echo, in memory, 400 links", echo)
        show("bare websockets echo, in memory, 2 links", bare(folder, "echo", 2))
        stored = redis(folder, 400)
        if stored is None:
            print("redis-server is not installed: not compared")
        else:
            show("Redis, AOF always, 400 clients", stored)
            print(f"relay / Redis: {many['per_second'] / stored['per_second']:.2f}")
        print(f"relay / bare websockets echo: {many['per_second'] / echo['per_second']:.2f}")
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
