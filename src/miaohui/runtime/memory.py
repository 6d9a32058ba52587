"""What the C library keeps of memory that was given back, handed on to the system."""

import sys

__all__ = ["give_back"]


def give_back() -> bool:
    """Blocks for some milliseconds, without Python's lock; False where there is no way to."""
    if sys.platform != "linux":
        return False
    import ctypes

    # musl and others have no such function: there is nothing to be done.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None:
        return False
    trim(0)
    return True
