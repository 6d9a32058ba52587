"""The whole tour as anybody runs it: a process, its pictures, and what it measured."""

import json
import os
import subprocess
import sys
from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n"
SEEN = (
    *("first-start", "discover", "breach-at-ten-seconds", "handed-over", "receipt", "orders"),
    *("desk-order-arrives", "desk-seven-seconds", "desk-today"),
)


def test_the_tour_ends_with_equal_figures(tmp_path: Path) -> None:
    out = tmp_path / "pictures"
    done = subprocess.run(
        [sys.executable, "-m", "tests.tour", "--out", str(out)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    told = json.loads((out / "tour.json").read_text(encoding="utf-8"))
    assert told["done"]
    assert told["figures"]["differing"] == []
    assert told["verified_in_the_app"]["sound"]
    assert told["verified_by_a_process"]["status"] == 0
    assert told["handed_over"]["from"] != told["handed_over"]["to"]
    waits = {one["verdict"] for one in told["messages"]}
    assert waits == {"kept", "breached"}
    late = next(one for one in told["messages"] if one["verdict"] == "breached")
    assert late["given_back_ms"] == late["relay_ms"] - 10_000
    assert all(one["felt_ms"] >= one["relay_ms"] for one in told["messages"])
    files = sorted(path.name for path in out.glob("*.png"))
    assert files == [shot["file"] for shot in told["pictures"]]
    assert all((out / name).read_bytes().startswith(PNG) for name in files)
    for name in SEEN:
        assert any(file.endswith(f"-{name}.png") for file in files), name
