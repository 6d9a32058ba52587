"""The tuning of the relay's process: Python's lock between its threads, the collector, descriptors."""

import contextlib
import gc
import sys

# The writing thread asks for Python's lock a few times a commit; with the usual 5 ms it would wait
# longer for a busy loop than for the disk.
SWITCH_S = 0.0005
# Nearly everything a relay makes is freed by its reference count, and what stays, stays for hours:
# looking through it every 700 objects finds nothing, time and again.
COLLECT_AFTER = (50_000, 20, 100)
DESCRIPTORS = 65_536  # asked for; a service's usual 1,024 is used up by a crowd


def tune() -> None:
    """Once, when the process starts."""
    sys.setswitchinterval(SWITCH_S)
    gc.set_threshold(*COLLECT_AFTER)


def settle() -> None:
    """Once everything is read back: what is here now is not looked through again."""
    gc.collect()
    gc.freeze()


def descriptors() -> int:
    """Raises how many files this process may hold open, as far as it may; how many that is now."""
    if sys.platform == "win32":
        return DESCRIPTORS
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    wanted = DESCRIPTORS if hard == unlimited else min(DESCRIPTORS, hard)
    if soft == unlimited or soft >= wanted:
        return DESCRIPTORS if soft == unlimited else soft
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return int(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
