"""A keyring that the allow-list takes for the system's: the edge of this machine, in memory."""

from threading import Event

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


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


class Prompting(Box):
    """Asks for its own password: whoever reads or writes waits for ``answer``."""

    def __init__(self) -> None:
        super().__init__()
        self._answered = Event()
        self._cancelled = False

    def answer(self, *, cancelled: bool = False) -> None:
        self._cancelled = cancelled
        self._answered.set()

    def _ask(self) -> None:
        self._answered.wait()
        if self._cancelled:
            raise KeyringLocked("put away")

    def get_password(self, service: str, username: str) -> str | None:
        self._ask()
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self._ask()
        super().set_password(service, username, password)


Box.__module__ = Prompting.__module__ = "keyring.backends.SecretService"
Stray.__module__ = "keyrings.alt.file"
