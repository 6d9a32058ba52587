"""The tuning of the relay's process: Python's lock between its threads, and the collector."""

import gc
import sys

# The writing thread asks for Python's lock a few times a commit; with the usual 5 ms it would wait
# longer for a busy loop than for the disk.
SWITCH_S = 0.0005
# Nearly everything a relay makes is freed by its reference count, and what stays, stays for hours:
# looking through it every 700 objects finds nothing, time and again.
COLLECT_AFTER = (50_000, 20, 100)


def tune() -> None:
    """Once, when the process starts."""
    sys.setswitchinterval(SWITCH_S)
    gc.set_threshold(*COLLECT_AFTER)


def settle() -> None:
    """Once everything is read back: what is here now is not looked through again."""
    gc.collect()
    gc.freeze()
