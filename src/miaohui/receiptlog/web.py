"""A log read over HTTP: a few bounded GETs, no redirects, nothing believed before it is checked."""

import urllib.error
import urllib.parse
import urllib.request
import zlib
from http.client import HTTPException, HTTPMessage
from typing import IO, Final, Protocol

from miaohui.receiptlog.faults import FaultKind, LogUnreadable

TIMEOUT_S: Final = 20.0
_GZIP: Final = 31  # zlib's number for gzip's frame
_GONE: Final = (404, 410)


class LogSource(Protocol):
    """Where a log's files come from."""

    def get(self, path: str, limit: int) -> bytes | None:
        """The bytes of a file, at most `limit`; None where the log has none of that name."""
        ...


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A log's files lie where they lie."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        return None


class HttpLog:
    """The log at an address such as https://chat.example.com/log."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        try:
            parts = urllib.parse.urlsplit(self.url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname)
            usable = usable and parts.port != 0 and not (parts.query or parts.fragment)
        except ValueError:
            usable = False
        if not usable or not url.isascii() or not url.isprintable() or " " in url:
            raise LogUnreadable(FaultKind.ADDRESS, url[:100])
        self._opener = urllib.request.build_opener(_NoRedirect())

    def get(self, path: str, limit: int) -> bytes | None:
        headers = {
            "User-Agent": "miaohui",
            "Accept-Encoding": "gzip, identity",
            "Cache-Control": "no-cache",
        }
        where = f"{self.url}/{path}"
        request = urllib.request.Request(where, headers=headers)
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                data: bytes = answer.read(limit + 1)
                packed = answer.headers.get("Content-Encoding", "identity").strip().lower()
        except urllib.error.HTTPError as error:
            with error:
                if error.code in _GONE:
                    return None
                raise LogUnreadable(FaultKind.UNREACHABLE, f"{where}: {error.code}") from None
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise LogUnreadable(FaultKind.UNREACHABLE, f"{where}: {str(reason)[:100]}") from None
        if packed == "gzip":
            data = _unpacked(data, limit, where)
        if len(data) > limit:
            raise LogUnreadable(FaultKind.UNREACHABLE, f"{where}: > {limit} bytes")
        return data


def _unpacked(data: bytes, limit: int, where: str) -> bytes:
    unpack = zlib.decompressobj(_GZIP)
    try:
        return unpack.decompress(data, limit + 1)
    except zlib.error as error:
        raise LogUnreadable(FaultKind.UNREACHABLE, f"{where}: {error}") from None
