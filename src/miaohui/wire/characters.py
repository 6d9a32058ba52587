"""Unicode's general category of a character, by the newest tables that are here.

Every Python knows the Unicode of its own year; what came later is unassigned to it: rare Han
characters (extensions H, I, J) and new emoji. The pinned ``regex`` brings tables of its own.
"""

import unicodedata
from functools import lru_cache

__all__ = ["category"]

# Whatever a character of a later Unicode may be. Letters and symbols first: most of them are.
_LATER = (
    *("Lo", "So", "Mn", "Mc", "Lm", "Ll", "Lu", "Lt", "Nd", "No", "Nl", "Me"),
    *("Po", "Ps", "Pe", "Pd", "Pc", "Pi", "Pf", "Sm", "Sc", "Sk", "Zs", "Cf"),
)


@lru_cache(maxsize=4096)
def category(char: str) -> str:
    """Such as "Lo"; "Cn" where no table here knows the character."""
    known = unicodedata.category(char)
    return _later(char) if known == "Cn" else known


def _later(char: str) -> str:
    import regex  # its tables are large, and such characters are rare

    return next((each for each in _LATER if regex.fullmatch(rf"\p{{{each}}}", char)), "Cn")
