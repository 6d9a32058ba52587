"""The relay's callers, the refusal of a request, and the way to people's screens.

Functions whose name ends in ``_in`` run inside a transaction on one of the store's threads, so they
get its connection and must not await.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from miaohui.wire.accounts import Role
from miaohui.wire.errors import Code
from miaohui.wire.frame import Frame, Request, Result

PASSING = frozenset({Code.TOO_MANY, Code.RELAY_FAULT, Code.STOPPING})


class Refused(Exception):
    """A request that is not carried out; becomes ``failed`` on the wire. Nothing changed."""

    def __init__(self, code: Code, detail: str = "", *, retry_ms: int = 0) -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail
        self.retry_ms = retry_ms

    @property
    def passing(self) -> bool:
        """It may succeed when it comes again; every other refusal is for good."""
        return self.code in PASSING


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in account on one connection."""

    account: str
    role: Role
    shop: str | None
    display: str
    token_id: str
    device: str
    connection: int


Handler = Callable[[Caller, Request], Awaitable[Result]]
"""Carries a request out, or raises Refused. Registered by the request's type."""


class PushPort(Protocol):
    """The way to people's screens. Never blocks: who can't keep up is cut and resumes."""

    def push(self, account: str, frame: Frame) -> None:
        """To every connection of the account."""
        ...

    def online(self, account: str) -> bool: ...

    def cut(self, account: str, code: Code, *, token_id: str | None = None) -> None:
        """Ends the account's connections (or one device's) with ``goodbye``."""
        ...
