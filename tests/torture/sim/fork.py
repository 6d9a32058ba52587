"""One simulated world that goes on twice: a child plays one way to its end, then its parent another.

The child is a fork, so it has the whole world in memory; the files on the disk it shares with its
parent, who waits, and who then puts every byte of them back as it was. SQLite may be carried across
like this, since only one of the two is ever at work, both know the same files by the same places, and
the child closes nothing: it is gone in the middle of its line. Not where there is no fork.
"""

import os
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

POSSIBLE = hasattr(os, "fork")


@dataclass(frozen=True, slots=True)
class Files:
    """All files of a folder at a moment: by path, which file it is, and what is in it."""

    folder: Path
    kept: dict[Path, tuple[int, bytes]]

    def put_back(self) -> None:
        now = {path for path in self.folder.rglob("*") if path.is_file()}
        for path in now - self.kept.keys():
            path.unlink()
        for path, (number, data) in self.kept.items():
            if path not in now or path.stat().st_ino != number:
                raise RuntimeError(f"the child left another {path.name}")
            # In place: whoever has it open or mapped sees it as it was.
            with path.open("r+b", buffering=0) as file:
                file.write(data)
                file.truncate(len(data))


def files(folder: Path) -> Files:
    kept = {}
    for path in folder.rglob("*"):
        if path.is_file():
            kept[path] = (path.stat().st_ino, path.read_bytes())
    return Files(folder, kept)


class Fork:
    """A world's ways. ``found``: by name, what the child told that went on under it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.found: dict[Any, Any] = {}
        self._pipe: int | None = None  # in a child, to its parent

    @property
    def child(self) -> bool:
        return self._pipe is not None

    def split(self, name: Any) -> bool:
        """True at once in a child; False in the parent, after the child has told and is gone."""
        before = files(self.folder)
        reading, writing = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(reading)
            self._pipe = writing
            return True
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            told = pipe.read()
        os.waitpid(pid, 0)
        before.put_back()
        self.found[name] = pickle.loads(told) if told else None
        return False

    def tell(self, what: Any) -> NoReturn:
        """A child's last word."""
        assert self._pipe is not None
        with os.fdopen(self._pipe, "wb") as pipe:
            pipe.write(pickle.dumps(what))
            pipe.flush()
            os._exit(0)
