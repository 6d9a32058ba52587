"""All benchmarks, each in a process of its own so that none warms or burdens another.

``python -m tests.benchmarks [NAME ...]``: the named ones (``fold``, ``chat`` …), else all. Every
row is printed as it is measured. Exit 1 where one missed its goal or could not be run, 2 for a name
that is none.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def names() -> list[str]:
    """What can be measured, in order of the alphabet."""
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def main(argv: list[str]) -> int:
    known = names()
    wanted = argv or known
    for name in wanted:
        if name not in known:
            print(f"no benchmark {name!r}; there are: {', '.join(known)}", file=sys.stderr)
            return 2
    failed = []
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    for name in wanted:
        print(f"== {name}", flush=True)
        command = [sys.executable, "-m", f"tests.benchmarks.bench_{name}"]
        if subprocess.run(command, env=environment, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"missed a goal, or not measured to the end: {', '.join(failed)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
