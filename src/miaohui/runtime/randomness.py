"""The one source of ids and random bytes of a program that a simulation runs as well."""

import secrets


class Randomness:
    """The system's own; a simulation brings another, so that a world can be played again."""

    def new_id(self) -> str:
        """A UUID, version 7: sorts by when it was made."""
        import uuid_utils

        return str(uuid_utils.uuid7())

    def token(self, size: int) -> str:
        """So many random bytes as hex."""
        return secrets.token_hex(size)


SYSTEM = Randomness()
