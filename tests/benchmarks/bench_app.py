"""The app with a long conversation: memory, and how soon what is typed is on the screen.

    python -m tests.benchmarks.bench_app [MESSAGES]

Beside it the same app with a short one, in the same run.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

MOST_MB = 110
SHORT, LONG = 100, 100_000


def measured(folder: Path, count: int) -> dict[str, Any]:
    """The app against a relay of its own, each in a process of its own."""
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    relay = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.serve_history", str(folder / "relay"), str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert relay.stdout is not None
        ready = relay.stdout.readline()
        home = folder / "app"
        home.mkdir()
        app = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.use_app", str(home), ready, str(count)],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            check=True,
        )
        found: dict[str, Any] = json.loads(app.stdout.splitlines()[-1])
        return found
    finally:
        assert relay.stdin is not None
        relay.stdin.close()
        relay.wait(20)


def main() -> int:
    long = int(sys.argv[1]) if len(sys.argv) > 1 else LONG
    rows = {}
    for count in (SHORT, long):
        with tempfile.TemporaryDirectory() as folder:
            rows[count] = measured(Path(folder), count)
        row = rows[count]
        print(
            f"{count:>7,} messages: {row['full_mb']:.0f} MB PSS (window alone {row['empty_mb']:.0f});"
            f" read in {row['synced_s']:.1f} s;"
            f" Enter to own bubble p50 {row['own_p50']:.1f} ms, worst {row['own_p99']:.1f};"
            f" to accepted p50 {row['accepted_p50']:.1f} ms, worst {row['accepted_p99']:.1f}",
            flush=True,
        )
    ratio = rows[long]["own_p50"] / rows[SHORT]["own_p50"]
    print(f"Enter to own bubble, {long:,} against {SHORT}: {ratio:.2f} x")
    print(f"memory: {rows[long]['full_mb']:.0f} MB (at most {MOST_MB})")
    return 0 if rows[long]["full_mb"] <= MOST_MB else 1


if __name__ == "__main__":
    sys.exit(main())
