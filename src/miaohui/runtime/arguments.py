"""A command's arguments: what is asked wrongly is one sentence on stderr, and exit status 2."""

import argparse
import sys
from typing import NoReturn

__all__ = ["ASKED_WRONGLY", "Parser", "complain", "reason"]

ASKED_WRONGLY = 2


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one sentence; those of its subcommands as well."""

    def error(self, message: str) -> NoReturn:
        complain(self.prog, message)
        raise SystemExit(ASKED_WRONGLY)


def complain(program: str, sentence: str) -> None:
    """One line; what a stranger wrote cannot steer the terminal or break its encoding."""
    if sys.stderr is None:  # a window without a console
        return
    line = f"{program}: {sentence}"
    plain = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in line)
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    print(plain.encode(encoding, "backslashreplace").decode(encoding), file=sys.stderr)


def reason(error: Exception) -> str:
    """Why the system refused, in its words without its number."""
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
