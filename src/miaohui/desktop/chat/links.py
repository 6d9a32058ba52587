"""Web addresses found in a message: only http and https, nothing guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from miaohui.desktop.chat.utf16 import unit_offset

__all__ = ["TextLink", "found"]

# RFC 3986 characters, and other scripts' letters where a name begins with them ("/wiki/中文",
# "?q=中文", a host): behind an ASCII letter they are the sentence that goes on. Chinese
# punctuation ends an address.
_PLAIN = r"A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%"
_OTHER = r"[^\W\x00-\x7f]"
_ADDRESS = re.compile(
    rf"https?://(?:[{_PLAIN}]|(?<=[/=&#+\-_.]){_OTHER}|(?<={_OTHER}){_OTHER})+", re.IGNORECASE
)
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
        host = url.partition("://")[2].partition("/")[0]
        if host and (host.isascii() or "." in host):
            start = match.start()
            first, last = unit_offset(text, start), unit_offset(text, start + len(url))
            links.append(TextLink(first, last, url))
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
