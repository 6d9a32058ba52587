"""Passwords, kept as argon2id; hashing runs in a pool of two threads and never on the loop."""

import asyncio
import os
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code

MIN_CHARS = 8
# Longer ones cost memory before anything is checked.
MAX_CHARS = 256
# OWASP's second choice: 19 MiB, two passes, one lane; about 30 ms on a small server.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def check(password: str) -> None:
    """Refused where a password is too short, too long, or one character over and over."""
    if not MIN_CHARS <= len(password) <= MAX_CHARS or len(set(password)) < 3:
        raise Refused(Code.PASSWORD_WEAK)


def seal(password: str) -> str:
    """The argon2id form; blocks for some 30 ms."""
    return _HASHER.hash(password)


def fits(sealed: str, password: str) -> bool:
    """True where the password made that form; blocks as long as ``seal``."""
    try:
        return _HASHER.verify(sealed, password)
    except (VerificationError, InvalidHashError):
        return False


class Passwords:
    """The pool; at most two hashes at a time, and never on every processor: the others wait, so
    that a crowd of strangers who sign in leaves one to those who talk."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(
            max_workers=min(2, max(1, (os.cpu_count() or 2) - 1)), thread_name_prefix="argon2"
        )
        # A name that nobody has costs the same time as one with a wrong password.
        self._nobody = seal(secrets.token_hex(16))

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
