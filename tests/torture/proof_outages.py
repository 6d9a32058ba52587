"""Outages: what the system itself does to links, and to processes that stand still.

Where the machine allows it (Linux, root, nftables), everything happens in a network namespace of its
own, whose packets are dropped or rejected while people type. A relay is stopped with SIGSTOP, an app
for a minute.
"""

import json
import os
import shutil
import subprocess
import sys

from tests.torture.outcome import Outcome

ABOUT = "packets dropped and rejected by nftables in a namespace; processes stopped"
PLANTED = "apps that wait 49 s before they call a link dead"
COUNT = 40
SHORT = 1
FENCE = ["unshare", "--net", "--"]


def missing() -> str:
    """Why there can be no namespace with a filter here; "" where there can."""
    if not sys.platform.startswith("linux"):
        return "this system has no network namespaces"
    for tool in ("unshare", "ip", "nft"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    asked = subprocess.run(
        [*FENCE, "nft", "add", "table", "inet", "torture"], capture_output=True, check=False
    )
    return "this account may not make a network namespace with a filter" if asked.returncode else ""


def run(seed: int, count: int, *, planted: bool) -> Outcome:
    outcome = Outcome()
    if not hasattr(os, "fork"):
        outcome.impossible = "this system cannot stop a process"
        return outcome
    why_not = missing()
    fence = [] if why_not else FENCE
    words = [str(seed), str(count), str(int(planted)), str(int(not why_not))]
    done = subprocess.run(
        [*fence, sys.executable, "-m", "tests.torture.fenced", *words],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    for what, tried, violations, note in told["rows"]:
        row = outcome.row(what)
        row.tried, row.violations, row.note = tried, violations, note
    outcome.examples = told["examples"]
    if why_not:
        outcome.notes.append(f"no packets dropped or rejected: {why_not}")
    return outcome
