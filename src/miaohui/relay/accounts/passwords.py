"""Passwords, kept as argon2id; hashing runs in a pool of two threads and never on the loop."""

import asyncio
import hashlib
import os
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from miaohui import resources
from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code

MIN_CHARS = 8
# Longer ones cost memory before anything is checked.
MAX_CHARS = 256
# OWASP's second choice: 19 MiB, two passes, one lane; about 30 ms on a small server.
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _common() -> frozenset[str]:
    return frozenset(resources.path("passwords", "common.txt").read_text("utf-8").split())


def normal(password: str) -> str:
    """One form of what different keyboards make of the same keys (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def check(password: str, name: str = "") -> None:
    """Refused where a password is too short, too long, one character over and over, among the
    most common, or the name that it is for."""
    chosen = normal(password)
    plain = chosen.casefold()
    if (
        not MIN_CHARS <= len(chosen) <= MAX_CHARS
        or len(set(chosen)) < 3
        or plain in _common()
        or plain == normal(name).casefold()
    ):
        raise Refused(Code.PASSWORD_WEAK)


def seal(password: str) -> str:
    """The argon2id form; blocks for some 30 ms."""
    return _HASHER.hash(normal(password))


def fits(sealed: str, password: str) -> bool:
    """True where the password made that form; blocks as long as ``seal``."""
    # One set before passwords had one form was sealed as it was typed.
    return any(_verified(sealed, each) for each in dict.fromkeys((normal(password), password)))


def _verified(sealed: str, password: str) -> bool:
    try:
        return _HASHER.verify(sealed, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


def new_recovery_code() -> str:
    """128 bits in groups that a person can copy: no letter that looks like another."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(6))


def recovery_form(code: str) -> str:
    """A recovery code's stored form, whatever case and marks it was typed with. It is random, so a
    plain hash gives nothing away."""
    typed = "".join(char for char in normal(code).upper() if char in _LETTERS)
    return hashlib.sha256(typed.encode()).hexdigest()


@cache
def _nobodys() -> str:
    """The form of a password that nobody knows: a name that nobody has costs the same time as one
    with a wrong password."""
    return seal(secrets.token_hex(16))


class Passwords:
    """The pool; at most two hashes at a time, and never on every processor: the others wait, so
    that a crowd of strangers who sign in leaves one to those who talk."""

    def __init__(self) -> None:
        _common()  # read, and made, before anybody waits for it
        self._nobody = _nobodys()
        self._pool = ThreadPoolExecutor(
            max_workers=min(2, max(1, (os.cpu_count() or 2) - 1)), thread_name_prefix="argon2"
        )

    async def seal(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._pool, seal, password)

    async def fits(self, sealed: str | None, password: str) -> bool:
        """False for ``None``, after as much work as for a real one."""
        against = self._nobody if sealed is None else sealed
        right = await asyncio.get_running_loop().run_in_executor(
            self._pool, fits, against, password[: MAX_CHARS + 1]
        )
        return right and sealed is not None

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
