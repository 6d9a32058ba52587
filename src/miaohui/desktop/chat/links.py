"""Web addresses found in a message: only http and https, nothing guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from miaohui.desktop.chat.utf16 import unit_offset

__all__ = ["TextLink", "found"]

# RFC 3986 characters only, so that Chinese punctuation or text ends an address.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+", re.IGNORECASE)
_TRAILING = ".,;:!?'"
_PAIRS = {")": "(", "]": "["}


@dataclass(frozen=True, slots=True)
class TextLink:
    """An address and where it stands, in UTF-16 units."""

    start: int
    end: int
    url: str


def found(text: str) -> tuple[TextLink, ...]:
    if "://" not in text:
        return ()
    links = []
    for match in _ADDRESS.finditer(text):
        url = _trimmed(match.group())
        if len(url) > url.index("://") + 3:
            start = match.start()
            first = unit_offset(text, start)
            links.append(TextLink(first, first + len(url), url))
    return tuple(links)


def _trimmed(url: str) -> str:
    """Without the full stop or closing bracket of the sentence around it."""
    while url:
        last = url[-1]
        if last in _TRAILING or (last in _PAIRS and url.count(last) > url.count(_PAIRS[last])):
            url = url[:-1]
        else:
            break
    return url
