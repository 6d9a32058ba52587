"""The app that PyInstaller froze: what its loader changed is put right before anything starts."""

import os
import sys
from pathlib import Path

__all__ = ["hand_back_library_path", "is_frozen", "keep_font_list"]

LIBRARY_PATHS = ("LD_LIBRARY_PATH", "LIBPATH", "DYLD_LIBRARY_PATH")


def is_frozen() -> bool:
    return bool(getattr(sys, "frozen", False))


def hand_back_library_path() -> None:
    """Gives children the caller's library path: the loader put the app's own folder there, and a
    browser started with it would load our libraries. This process has loaded by it already."""
    for name in LIBRARY_PATHS:
        callers = os.environ.pop(f"{name}_ORIG", None)
        if callers is not None:
            os.environ[name] = callers
        elif is_frozen():
            os.environ.pop(name, None)


def keep_font_list() -> None:
    """Lets matplotlib keep its list of fonts from one start to the next.

    PyInstaller gives it a new folder at every start, since the app's own place may be another one
    each time; matplotlib's list names its own fonts by their place inside it, so that it holds.
    """
    if not is_frozen():
        return
    import platformdirs

    folder = Path(platformdirs.user_cache_path("miaohui", appauthor=False)) / "matplotlib"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return  # the list is made anew then
    os.environ["MPLCONFIGDIR"] = str(folder)
