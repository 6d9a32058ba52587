"""What the C library keeps of memory: one heap for all threads, and its holes given back."""

import sys
from typing import Any

__all__ = ["give_back", "share_heap"]

_ARENA_MAX = -8  # mallopt's number for it


def _library() -> Any:
    """glibc, or something without its functions: musl, another system."""
    if sys.platform != "linux":
        return None
    import ctypes

    return ctypes.CDLL(None)


def share_heap() -> bool:
    """Threads that begin from now on have no heap of their own, which never shrinks; False where
    there is no way to. For programs whose threads seldom allocate at one time."""
    set_to = getattr(_library(), "mallopt", None)
    return set_to is not None and bool(set_to(_ARENA_MAX, 1))


def give_back() -> bool:
    """Blocks for some milliseconds, without Python's lock; False where there is no way to."""
    trim = getattr(_library(), "malloc_trim", None)
    if trim is None:
        return False
    trim(0)
    return True
