"""The system's keyring, real ones only. Everything here blocks: the store's thread calls it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "miaohui"
REAL = frozenset(
    {
        "keyring.backends.SecretService",
        "keyring.backends.kwallet",
        "keyring.backends.macOS",
        "keyring.backends.Windows",
    }
)
"""With a stray plug-in, keyring writes plain text without a word: so, an allow-list."""


class KeyringState(StrEnum):
    """How the keeping of secrets stands, as AppView.keyring says it."""

    WORKING = "working"
    NONE = "none"  # no real keyring here: a passphrase, or memory
    ASKING = "asking"  # its prompt is open, and nobody has answered yet
    CANCELLED = "cancelled"  # its prompt was put away
    LOCKED = "locked"  # the keyring, or a passphrase not yet given
    CHANGED = "changed"  # the history's key was kept elsewhere and is not here
    NEWER = "newer"  # a newer version of this program wrote the history
    MEMORY = "memory"
    PASSPHRASE = "passphrase"


class SecretsLocked(Exception):
    """The keyring is there and does not open. ``cancelled``: it asked, and was put off."""

    def __init__(self, reason: str, *, cancelled: bool = False) -> None:
        super().__init__(reason)
        self.cancelled = cancelled

    @property
    def state(self) -> KeyringState:
        return KeyringState.CANCELLED if self.cancelled else KeyringState.LOCKED


@dataclass(frozen=True, slots=True)
class Secrets:
    """One real keyring; ``name`` is its class, which the vault writes down. ``profile``: the
    folder's own id, which every entry carries; "" reads what was kept before there were any."""

    name: str
    backend: "KeyringBackend"
    profile: str = ""

    def _entry(self, entry: str) -> str:
        return f"{self.profile}:{entry}" if self.profile else entry

    def get(self, entry: str) -> str | None:
        """SecretsLocked where the keyring refuses."""
        try:
            return self.backend.get_password(SERVICE, self._entry(entry))
        except Exception as error:
            raise _locked(error) from None

    def put(self, entry: str, secret: str) -> None:
        """Writes and reads back: a keyring that forgets is no keyring."""
        try:
            self.backend.set_password(SERVICE, self._entry(entry), secret)
            kept = self.backend.get_password(SERVICE, self._entry(entry))
        except Exception as error:
            raise _locked(error) from None
        if kept != secret:
            raise SecretsLocked("not kept")

    def drop(self, entry: str) -> None:
        """Nothing happens where there is none."""
        from keyring.errors import PasswordDeleteError

        try:
            self.backend.delete_password(SERVICE, self._entry(entry))
        except PasswordDeleteError:
            return
        except Exception as error:
            raise _locked(error) from None


def _locked(error: Exception) -> SecretsLocked:
    """Backends raise their library's own errors (D-Bus, Win32), none of which is an answer; where
    a prompt was put away, they say so alike."""
    from keyring.errors import KeyringLocked

    return SecretsLocked(type(error).__name__, cancelled=isinstance(error, KeyringLocked))


def _name(backend: "KeyringBackend") -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def find() -> Secrets | None:
    """The keyring of this system; None where there is none that really encrypts."""
    try:
        import keyring
        from keyring.backend import get_all_keyring
    except ImportError:
        return None
    chosen = keyring.get_keyring()
    if type(chosen).__module__ in REAL:
        return Secrets(_name(chosen), chosen)
    if type(chosen).__module__ != "keyring.backends.chainer":
        # "fail" and "null" say that there is none; a plug-in that was put first is not trusted,
        # and somebody chose it, so nothing is looked for behind it.
        return None
    real = [each for each in get_all_keyring() if type(each).__module__ in REAL]
    real = [each for each in real if _priority(each) > 0]
    if not real:
        return None
    best = max(real, key=_priority)
    return Secrets(_name(best), best)


def _priority(backend: "KeyringBackend") -> float:
    try:
        return float(backend.priority)
    except Exception:
        # A backend whose library is not usable here says so by raising.
        return -1.0
