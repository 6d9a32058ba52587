"""PySide without its search for itself in the source of every module that is imported.

It reads them all in case somebody asks for snake_case names, and they stay in memory: some eight
megabytes, and a part of every start. Nobody here asks for them.
"""

import importlib
import linecache
from typing import Any

import PySide6.QtCore  # noqa: F401  # brings what is changed below along

__all__: list[str] = []


def _asks_for_none(_module: object) -> bool:
    return False


try:
    _feature: Any = importlib.import_module("shibokensupport.feature")
except ImportError:  # another PySide: it keeps its ways
    _feature = None
if hasattr(_feature, "_mod_uses_pyside"):
    _feature._mod_uses_pyside = _asks_for_none
    linecache.clearcache()  # what it has read so far
