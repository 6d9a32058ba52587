"""Notices of new versions: a small signed file beside the relay, asked for rarely, never obeyed.

Nothing is fetched or installed: a person is told. A file counts only under one of the publisher's
keys in this app, unexpired (nobody can hold an old one up for ever), and no older than the newest
one seen (nobody can bring an old one back).
"""

import asyncio
import os
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Annotated, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from miaohui import __version__
from miaohui.client.link.address import tls_context
from miaohui.client.use.publisher import publishers_keys
from miaohui.runtime.clock import Clock, utc_ms_of

__all__ = [
    "EVERY_MS",
    "UpdateInvalid",
    "UpdateNotice",
    "Updates",
    "address_of",
    "is_newer",
    "opened",
]

EVERY_MS: Final = 12 * 3600 * 1000
MOST_BYTES: Final = 16 * 1024
TIMEOUT_S: Final = 20.0
FILE: Final = "latest.json"
DOMAIN: Final = b"miaohui update notice 1\n"
"""What is signed begins with it, so that no other signature of that key can pass for one."""

_Version = Annotated[str, msgspec.Meta(pattern=r"^\d{1,4}(\.\d{1,4}){1,3}$")]
_Utc = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]
_Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
_Words = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
_Url = Annotated[str, msgspec.Meta(pattern=r"^https://[!-~]{4,500}$")]


class UpdateInvalid(ValueError):
    """A notice that does not count; the text says why, for the log."""


class UpdateFile(msgspec.Struct, frozen=True):
    """Where a version lies for one system, and its SHA-256."""

    url: _Url
    sha256: _Sha256


class UpdateNotice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``minimum``: older versions can no longer talk to everybody; ``page``: where a person reads
    about it and gets it; ``files`` by system ("deb", "appimage", "windows", "mac")."""

    version: _Version
    minimum: _Version
    released_utc: _Utc
    valid_until_utc: _Utc
    page: _Url
    text_zh: _Words
    text_en: _Words
    files: dict[str, UpdateFile] = {}

    @property
    def is_news(self) -> bool:
        return is_newer(self.version, __version__)

    @property
    def is_needed(self) -> bool:
        """This app is older than what the publisher still supports."""
        return is_newer(self.minimum, __version__)


class SignedNotice(msgspec.Struct, frozen=True):
    """The file: the notice's own text, and a signature of it by each key, in hex."""

    notice: str
    signatures: dict[str, str]


class _SeenUpdates(msgspec.Struct):
    """What one installation remembers: the newest notice, and when it last asked."""

    asked_utc_ms: int = 0
    etag: str = ""
    newest: UpdateNotice | None = None


def is_newer(one: str, other: str) -> bool:
    """By their figures: 0.10 is newer than 0.9."""
    return _figures(one) > _figures(other)


def _figures(version: str) -> tuple[int, ...]:
    found = [int(each) for each in re.findall(r"\d+", version.partition("+")[0])[:4]]
    while found and found[-1] == 0:
        del found[-1]  # 1.0 is 1
    return tuple(found)


def address_of(relay_url: str) -> str:
    """Where the file lies: beside the relay, at its host's root; empty where there is no host."""
    try:
        parts = urllib.parse.urlsplit(relay_url)
        host = parts.hostname
    except ValueError:
        return ""
    scheme = {"wss": "https", "ws": "http"}.get(parts.scheme)
    return f"{scheme}://{parts.netloc.rpartition('@')[2]}/{FILE}" if scheme and host else ""


def opened(data: bytes, keys: Sequence[str], utc_ms: int) -> UpdateNotice:
    """The notice in a file, if one of the keys signed it and it has not expired."""
    try:
        signed = msgspec.json.decode(data, type=SignedNotice)
        notice = msgspec.json.decode(signed.notice.encode(), type=UpdateNotice)
        until = utc_ms_of(notice.valid_until_utc)
        utc_ms_of(notice.released_utc)
    except (msgspec.DecodeError, ValueError) as error:
        raise UpdateInvalid(f"unreadable: {error}") from None
    if not any(_signs(key, signed) for key in keys):
        raise UpdateInvalid("signed by none of the publisher's keys")
    if until <= utc_ms:
        raise UpdateInvalid(f"expired at {notice.valid_until_utc}")
    return notice


def _signs(key: str, signed: SignedNotice) -> bool:
    try:
        signature = bytes.fromhex(signed.signatures.get(key, ""))
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public.verify(signature, DOMAIN + signed.notice.encode())
    except (ValueError, InvalidSignature):
        return False
    return True


class _StaysPut(urllib.request.HTTPRedirectHandler):
    """The file lies where it lies."""

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


class Updates:
    """One installation's asking and remembering, in ``file``. ``notice`` is what a person is told."""

    def __init__(self, file: Path, clock: Clock, keys: Sequence[str] | None = None) -> None:
        self._file, self._clock = file, clock
        self._keys = publishers_keys() if keys is None else tuple(keys)
        self._kept = self._read()

    @property
    def can_ask(self) -> bool:
        return bool(self._keys)

    @property
    def is_due(self) -> bool:
        since = self._clock.utc_ms() - self._kept.asked_utc_ms
        return self.can_ask and not 0 <= since < EVERY_MS

    @property
    def notice(self) -> UpdateNotice | None:
        """A newer version that still stands; None where this app is the newest known."""
        newest = self._kept.newest
        if newest is None or not newest.is_news:
            return None
        return newest if utc_ms_of(newest.valid_until_utc) > self._clock.utc_ms() else None

    async def ask(self, relay_url: str) -> bool:
        """Asks once where it is due; True where a file was taken. Whatever fails is for later."""
        url = address_of(relay_url)
        if not url or not self.is_due:
            return False
        self._kept.asked_utc_ms = self._clock.utc_ms()
        try:
            data, etag = await asyncio.to_thread(_get, url, self._kept.etag)
            if data:
                self.take(data)
                self._kept.etag = etag
            return bool(data)
        finally:
            self._write()

    def take(self, data: bytes) -> None:
        """UpdateInvalid for a file that does not count."""
        notice, before = opened(data, self._keys, self._clock.utc_ms()), self._kept.newest
        if before is not None and (
            is_newer(before.version, notice.version) or notice.released_utc < before.released_utc
        ):
            raise UpdateInvalid(f"{notice.version} is older than {before.version}, seen before")
        self._kept.newest = notice

    def _read(self) -> _SeenUpdates:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=_SeenUpdates)
        except (OSError, msgspec.DecodeError):
            return _SeenUpdates()

    def _write(self) -> None:
        fresh = self._file.with_suffix(".new")
        with open(fresh, "wb") as file:
            file.write(msgspec.json.encode(self._kept))
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self._file)


def _get(url: str, etag: str) -> tuple[bytes, str]:
    """The file's bytes and its tag; nothing where it has not changed. Nothing of the person's goes
    along: no account, no version, no cookie."""
    headers = {"User-Agent": "miaohui", **({"If-None-Match": etag} if etag else {})}
    context: ssl.SSLContext | None = tls_context(url.replace("https:", "wss:", 1))
    secure = [] if context is None else [urllib.request.HTTPSHandler(context=context)]
    opener = urllib.request.build_opener(_StaysPut(), *secure)
    try:
        with opener.open(urllib.request.Request(url, headers=headers), timeout=TIMEOUT_S) as answer:
            data: bytes = answer.read(MOST_BYTES + 1)
            tag = answer.headers.get("ETag", "")
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 304:
                return b"", etag
            raise UpdateInvalid(f"{url}: {error.code}") from None
    except (OSError, HTTPException, ValueError) as error:
        raise UpdateInvalid(f"{url}: {error}") from None
    if len(data) > MOST_BYTES:
        raise UpdateInvalid(f"{url}: more than {MOST_BYTES} bytes")
    return data, tag[:200]
