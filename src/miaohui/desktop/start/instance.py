"""The one window of a folder: a second start raises it, or hands it a link, and ends.

The lock decides who is the first, and outlives no process; the socket only carries a wish.
"""

from __future__ import annotations

import enum
import hashlib
import os
import sys
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal

from miaohui.desktop.system.applink import LINK_BYTES, AppLink, parsed

__all__ = ["Claim", "Instance"]

RAISE, DONE = b"raise", b"ok"
ANSWER_MS = 1000


class Claim(enum.Enum):
    """The outcome of a start in a folder."""

    FIRST = "first"
    RUNNING = "running"  # another one has it
    CLOSED = "closed"  # the folder takes no file of ours: read-only, or somebody else's


class Instance(QObject):
    """Signals: ``raise_asked``: somebody started the app again; ``link_asked(AppLink)``: with a
    link."""

    raise_asked = Signal()
    link_asked = Signal(object)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._lock = QLockFile(str(folder / "app.lock"))
        self._lock.setStaleLockTime(0)  # it is stale when its process is gone, not by its age
        self.name = _name(folder)
        self._server: QObject | None = None

    def claim(self) -> Claim:
        if self._lock.tryLock(0):
            return Claim.FIRST
        if self._lock.error() is QLockFile.LockError.LockFailedError:
            return Claim.RUNNING
        return Claim.CLOSED

    def release(self) -> None:
        if self._server is not None:
            self._server.close()  # type: ignore[attr-defined]
        self._lock.unlock()

    def listen(self) -> None:
        """Hears of later starts; without a socket they are only told that this one runs."""
        from PySide6.QtNetwork import QLocalServer

        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        QLocalServer.removeServer(self.name)  # of a process that is gone: the lock is ours
        server.newConnection.connect(self._accept)
        server.listen(self.name)
        self._server = server

    def tell_first(self, link: AppLink | None) -> bool:
        """Asks the first window; False where it does not answer within a second."""
        from PySide6.QtNetwork import QLocalSocket

        socket = QLocalSocket()
        socket.connectToServer(self.name)
        if not socket.waitForConnected(ANSWER_MS):
            return False
        socket.write((RAISE if link is None else str(link).encode()) + b"\n")
        answered = socket.waitForReadyRead(ANSWER_MS)
        said = bytes(socket.readAll().data())
        socket.abort()
        return answered and said.startswith(DONE)

    def _accept(self) -> None:
        from PySide6.QtNetwork import QLocalServer, QLocalSocket

        assert isinstance(self._server, QLocalServer)
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.setReadBufferSize(LINK_BYTES)
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            socket.disconnected.connect(socket.deleteLater)
            if isinstance(socket, QLocalSocket) and socket.canReadLine():
                self._read(socket)

    def _read(self, socket: object) -> None:
        from PySide6.QtNetwork import QLocalSocket

        assert isinstance(socket, QLocalSocket)
        if not socket.canReadLine():
            if socket.bytesAvailable() >= LINK_BYTES:
                socket.abort()
            return
        line = bytes(socket.readLine(LINK_BYTES).data()).strip()
        link = parsed(line.decode("ascii", "replace"))
        if line != RAISE and link is None:
            socket.abort()
            return
        socket.write(DONE + b"\n")
        socket.flush()
        socket.disconnectFromServer()
        self.raise_asked.emit()
        if link is not None:
            self.link_asked.emit(link)


def _name(folder: Path) -> str:
    """One a folder and person; where this system has a folder for a person's sockets, in it."""
    who = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
    digest = hashlib.sha256(f"{who}\0{folder.resolve()}".encode()).hexdigest()[:16]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if not sys.platform.startswith("win") and runtime and Path(runtime).is_dir():
        return str(Path(runtime, f"miaohui-{digest}"))
    return f"miaohui-{digest}"
