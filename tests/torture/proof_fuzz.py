"""Fuzzing: whatever bytes come in, the decoders answer with a frame, a journal, or a refusal."""

import json
import subprocess
import sys
from pathlib import Path

from tests.torture import hostile_relay
from tests.torture.outcome import Outcome

ABOUT = (
    "random inputs, guided by coverage, for the wire's decoders and the journal's readers; and"
    " relays that say anything, for a whole app"
)
PLANTED = "a decoder that crashes on five certain bytes, each behind a branch of its own"
COUNT = 1_000_000
SHORT = 3_000
LEAST, EACH = 120, 500  # frames of a hostile relay: at least, and one in so many inputs
GROWTH_KIB = 16 * 1024
ROOT = Path(__file__).parent.parent.parent
WORDS = {
    "up": "what clients say",
    "down": "what relays say",
    "chunk": "media chunks",
    "journal": "journals",
    "bundle": "receipt bundles",
    "planted": "the planted decoder",
}


def run(seed: int, count: int, *, planted: bool) -> Outcome:
    how = "planted" if planted else "sound"
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture.fuzz", str(seed), str(count), how],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    report = json.loads(done.stdout)
    outcome = Outcome()
    for each in report["rows"]:
        row = outcome.row(WORDS[each["name"]])
        row.tried = each["tried"]
        row.note = f"{each['blocks']} blocks, {each['corpus']} inputs kept"
        for crash in each["crashes"]:
            outcome.violated(row.what, crash)
        row.violations = each["count"]
    for slow in report["slow"]:
        outcome.violated("slower than a second", slow)
    hostile_relay.run(seed, max(LEAST, count // EACH), outcome, planted=planted)
    grown = report["end_kib"] - report["warm_kib"]
    outcome.check("memory flat", holds=grown < GROWTH_KIB, example=f"grew by {grown} KiB")
    outcome.notes.append(
        f"resident: {report['warm_kib'] // 1024} MiB after a third, "
        f"{report['end_kib'] // 1024} MiB at the end; {report['blocks']} blocks in all"
    )
    return outcome
