"""How the scripted responders sign in: a file of names, passwords and tokens."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from msgspec import Struct


class CredentialsInvalid(ValueError):
    """A file of credentials that cannot be used; the text is one sentence."""


@dataclass(slots=True)
class Credential:
    """One responder's way in: a token where there is one, else name and password."""

    responder: str
    name: str
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


class _CredentialRow(Struct, frozen=True, omit_defaults=True):
    responder: str
    name: str
    password: str = ""
    token: str = ""


class _CredentialFile(Struct, frozen=True):
    responders: list[_CredentialRow]


class Credentials:
    """The file, in memory; tokens that come later are written back with `save`."""

    def __init__(self, path: Path, everybody: list[Credential]) -> None:
        self._path = path
        self.all = everybody

    @classmethod
    def read(cls, path: Path) -> "Credentials":
        """What a relay's `load-catalogue` wrote, or `save`; CredentialsInvalid otherwise."""
        try:
            rows = msgspec.json.decode(path.read_bytes(), type=_CredentialFile).responders
        except (OSError, msgspec.MsgspecError) as error:
            raise CredentialsInvalid(f"{path.name} cannot be used: {error}") from None
        return cls(path, [Credential(r.responder, r.name, r.password, r.token) for r in rows])

    @property
    def responders(self) -> set[str]:
        return {each.responder for each in self.all}

    def merge(self, newer: "Credentials") -> None:
        """Newer ones take the place of older ones."""
        fresh = {each.responder: each for each in newer.all}
        self.all = [each for each in self.all if each.responder not in fresh] + newer.all

    def save(self) -> None:
        """Whole or not at all, and readable by nobody else from the first byte on."""
        rows = [_CredentialRow(c.responder, c.name, c.password, c.token) for c in self.all]
        fresh = self._path.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(_CredentialFile(rows)))
        fresh.replace(self._path)
