#!/usr/bin/env python3
"""The developer's door: one command per duty, which first installs whatever that duty needs.

What it does stands in tests/door.py. This page can be read by every Python that is still about, so
that an old one gets a sentence instead of a traceback.
"""

import os
import sys

if sys.version_info < (3, 8):
    sys.stderr.write(
        "dev.py: Miaohui needs Python 3.11 or later, and this is %d.%d; "
        "start dev.py with a newer one (python3.11 dev.py, say).\n" % sys.version_info[:2]
    )
    sys.exit(2)

import importlib.util

DOOR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tests", "door.py")

if __name__ == "__main__":
    spec = importlib.util.spec_from_file_location("door", DOOR)
    assert spec is not None
    assert spec.loader is not None
    door = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(door)
    sys.exit(door.enter(sys.argv[1:]))
