"""Who published this app: the keys that its notices of new versions are signed by."""

import re

from miaohui import resources

__all__ = ["publishers_keys"]


def publishers_keys() -> tuple[str, ...]:
    """The keys in this app, in hex; none in what nobody has published."""
    text = resources.path("updates", "keys.txt").read_text("utf-8")
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if re.fullmatch(r"[0-9a-f]{64}", line))
