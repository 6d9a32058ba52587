"""A keyring that the allow-list takes for the system's: the edge of this machine, in memory."""

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class Box(KeyringBackend):
    """Keeps secrets in memory; ``locked`` makes it refuse, as a real one does."""

    priority = 5.0  # type: ignore[assignment]

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise RuntimeError("locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise RuntimeError("locked")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError


class Stray(Box):
    """A plug-in that would write plain text."""


Box.__module__ = "keyring.backends.SecretService"
Stray.__module__ = "keyrings.alt.file"
