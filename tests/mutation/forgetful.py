"""A pytest plugin for mutation runs: what functions remember is forgotten before every test.

mutmut runs each change in a fork of a process that has run all tests already. With what an
``lru_cache`` kept from those, a changed function behind it would never be called again.
"""

import functools
import sys

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    modules = [module for name, module in sys.modules.items() if name.startswith("miaohui.")]
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, functools._lru_cache_wrapper):
                value.cache_clear()
