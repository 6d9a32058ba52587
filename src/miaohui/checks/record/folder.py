"""A run's folder: where each file of a run lies, held by one process at a time."""

import os
from pathlib import Path
from typing import Final

from miaohui.checks.trouble import Trouble
from miaohui.runtime.lock import HeldElsewhere, Lock

PLAN: Final = "plan.toml"
RUN: Final = "run.jsonl"
NEW: Final = ".new"  # ends the name of a file that is not whole yet


class RunFolder:
    """The paths; ``hold`` and ``free`` frame the time in which this process writes there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.plan = path / PLAN
        self.run = path / RUN
        self.sessions = path / "sessions"
        self.private = path / "private"
        self.accounts = path / "accounts"
        self.fault = path / "fault.txt"
        self.key = self.accounts / "tester.key"
        self._lock = Lock(path / "lock")

    def hold(self) -> None:
        """Makes the folder where it is not there; Trouble where another process runs in it."""
        try:
            for folder in (self.path, self.sessions, self.private, self.accounts):
                # What was said in a session, and the accounts' keys, are nobody else's business.
                mode = 0o700 if folder in (self.private, self.accounts) else 0o755
                folder.mkdir(mode=mode, parents=True, exist_ok=True)
            self._lock.take()
        except HeldElsewhere:
            raise Trouble(
                f"{self.path} 里已有一次检验正在运行", f"a check is running in {self.path} already"
            ) from None
        except OSError as error:
            raise Trouble(
                f"写不了 {self.path}：{error.strerror}",
                f"{self.path} cannot be written: {error.strerror}",
            ) from None

    def free(self) -> None:
        self._lock.free()

    def bundle(self, slot: str) -> Path:
        """The receipt bundle of a slot's session, without text."""
        return self.sessions / f"{slot}.zip"

    def private_bundle(self, slot: str) -> Path:
        """The same with what was said, for coding."""
        return self.private / f"{slot}.zip"

    def account(self, number: int) -> Path:
        return self.accounts / f"{number:02d}"


def write_new(path: Path, data: bytes, mode: int = 0o644) -> None:
    """The file is there whole or not at all, and readable by whom the mode says from the start."""
    fresh = path.with_name(path.name + NEW)
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
