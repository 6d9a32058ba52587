"""Pictures and voice notes: taken in chunks, checked, kept as files beside the database, sent back in chunks."""

import asyncio
import hashlib
import logging
import os
import sqlite3
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from miaohui.pictures.header import PictureRefused, look
from miaohui.pictures.limits import SENT
from miaohui.relay.net.limits import Buckets, Rate
from miaohui.relay.ports import Caller, Handler, PushPort, Refused
from miaohui.relay.session.facts import facts_in, seat_in
from miaohui.relay.session.picture_quota import PictureQuota, expired_in
from miaohui.relay.session.text_rules import commit_of
from miaohui.relay.storage.disk import Disk, DiskState
from miaohui.relay.storage.erasure import doomed_in
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock
from miaohui.runtime.lane import BulkLane, LaneClosed, TransferStalled
from miaohui.runtime.tasks import Tasks
from miaohui.voice.container import NoteRefused, inspect
from miaohui.voice.limits import NOTE_BYTES
from miaohui.wire.accounts import Done
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result
from miaohui.wire.limits import MEDIA_BYTES, MEDIA_CHUNK_BYTES
from miaohui.wire.media import (
    MEDIA_TYPES,
    VOICE_TYPE,
    MediaBegin,
    MediaDrop,
    MediaGet,
    MediaHave,
    MediaProgress,
    MediaTook,
    pack_chunk,
    unpack_chunk,
)
from miaohui.wire.sessions import Body

if TYPE_CHECKING:
    from miaohui.relay.net.connection import ClientConnection
    from miaohui.relay.net.gateway import Gateway

T = TypeVar("T")
log = logging.getLogger(__name__)

UPLOADS = Rate(burst=30, per_second=0.1)
AT_ONCE = 16  # pictures on their way to one connection


@dataclass(slots=True)
class IncomingPicture:
    """A picture on its way in. ``taken``: bytes handed to the writing thread."""

    media: str
    owner: str
    bytes: int
    mime: str
    sha256: str
    width: int
    height: int
    taken: int
    finishing: bool = False


@dataclass(slots=True)
class OutgoingPictures:
    """The pictures on their way to one connection."""

    lane: BulkLane
    asked: dict[str, MediaGet] = field(default_factory=dict)  # by media: the newest request


class PictureStore:
    """The store of pictures; ``folder`` holds one file each, named by its UUID."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        push: PushPort,
        clock: Clock,
        tasks: Tasks,
        disk: Disk,
        quota: PictureQuota = PictureQuota(),  # noqa: B008
    ) -> None:
        self._disk_room = disk
        self._quota = quota
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder
        self._store = store
        self._push = push
        self._clock = clock
        self._tasks = tasks
        self._rate = Buckets(UPLOADS)
        self._uploads: dict[str, IncomingPicture] = {}
        self._lanes: dict[ClientConnection, OutgoingPictures] = {}
        # One thread, so that the chunks of a file are written in the order of receipt.
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="media")
        self._gateway: Gateway  # from `furnish` on

    def furnish(self, gateway: "Gateway") -> None:
        self._gateway = gateway

    def handlers(self) -> dict[type[Request], Handler]:
        return {MediaBegin: self._begin, MediaDrop: self._drop, MediaGet: self._get}

    def close(self) -> None:
        self._disk.shutdown(wait=True)

    def erase_soon(self) -> None:
        """Pictures were taken back: their files go."""
        self._tasks.start(self.erase(), "pictures taken back")

    async def erase(self) -> None:
        """Deletes the files of pictures that nobody is served any more."""
        doomed = await self._store.read(doomed_in)
        for media in doomed:
            self._uploads.pop(media, None)
            paths = (self._folder / media, self._part(media))
            await self._on_disk(lambda paths=paths: _delete(*paths))  # type: ignore[misc]
        if doomed:
            await self._store.write(
                lambda conn: (
                    conn.executemany(
                        "DELETE FROM doomed_media WHERE media = ?", [(each,) for each in doomed]
                    ).rowcount
                )
            )
        self._store.scrub()

    def _part(self, media: str) -> Path:
        return self._folder / f"{media}.part"

    # -- upkeep ----------------------------------------------------------------------------------

    async def forget_unfinished(self, most: int) -> int:
        """How many uploads that nobody finished in a day were thrown away: at most so many."""
        now = self._clock.utc_ms()
        gone = await self._store.write(lambda conn: expired_in(conn, now, most))
        for media in gone:
            self._uploads.pop(media, None)
            part = self._part(media)
            await self._on_disk(lambda part=part: part.unlink(missing_ok=True))  # type: ignore[misc]
        return len(gone)

    async def forget_strays(self) -> int:
        """At the start: how many files were thrown away that no row knows, or that a crash left."""
        rows = await self._store.read(
            lambda conn: conn.execute("SELECT id, complete FROM media").fetchall()
        )
        known = {media if complete else f"{media}.part" for media, complete in rows}
        # A picture that was settled a moment before its row said so stays, too.
        known |= {media for media, _ in rows}
        return await self._on_disk(lambda: _sweep(self._folder, known))

    # -- in --------------------------------------------------------------------------------------

    async def _begin(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, MediaBegin)
        media = request.id
        if not _announceable(request):
            raise Refused(Code.MEDIA_REFUSED)
        if not 0 < request.bytes <= (NOTE_BYTES if request.mime == VOICE_TYPE else MEDIA_BYTES):
            raise Refused(Code.TOO_LARGE, "media")
        begun = self._uploads.get(media)
        again = begun is not None and begun.owner == caller.account  # after a broken link
        wait = 0 if again else self._rate.take(caller.account, self._clock.mono())
        if wait:
            raise Refused(Code.TOO_MANY, "media", retry_ms=wait)

        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> tuple[bool, str]:
            facts = facts_in(conn, request.session)
            seat = None if facts is None else seat_in(conn, facts.num, caller.account)
            if facts is None or seat is None or seat.to_pos is not None:
                raise Refused(Code.NOT_FOUND, "session")
            if facts.state == "closed":
                raise Refused(Code.SESSION_CLOSED)
            row = conn.execute(
                "SELECT owner, sha256, bytes, complete FROM media WHERE id = ?", (media,)
            ).fetchone()
            if row is None:
                self._disk_room.want(DiskState.NO_PICTURES, "pictures")
                self._quota.check_in(conn, caller.account, facts.num, request.bytes)
                conn.execute(
                    "INSERT INTO media (id, session, owner, bytes, mime, sha256, width, height,"
                    " begun_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        media,
                        facts.num,
                        caller.account,
                        request.bytes,
                        request.mime,
                        request.sha256,
                        request.width,
                        request.height,
                        now,
                    ),
                )
                return False, request.sha256
            if row[:3] != (caller.account, request.sha256, request.bytes):
                raise Refused(Code.ID_REUSED)
            return bool(row[3]), row[1]

        complete, _ = await self._store.write(job)
        if complete:
            return MediaHave(media=media, received=request.bytes, complete=True)
        upload = self._uploads.get(media)
        if upload is None:
            part = self._part(media)
            taken = await self._on_disk(lambda: part.stat().st_size if part.exists() else 0)
            upload = IncomingPicture(
                media,
                caller.account,
                request.bytes,
                request.mime,
                request.sha256,
                request.width,
                request.height,
                taken,
            )
            self._uploads[media] = upload
            if taken >= upload.bytes:
                self._finish(upload)
        return MediaHave(media=media, received=upload.taken, complete=False)

    async def _drop(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, MediaDrop)
        media = request.media

        def job(conn: sqlite3.Connection) -> bool:
            found = conn.execute(
                "DELETE FROM media WHERE id = ? AND owner = ? AND NOT complete",
                (media, caller.account),
            )
            return found.rowcount > 0

        if await self._store.write(job):
            # Behind whatever of it still waits for the disk's one thread.
            part = self._part(media)
            await self._on_disk(lambda: part.unlink(missing_ok=True))
            self._uploads.pop(media, None)
        return Done()

    def chunk(self, line: "ClientConnection", caller: Caller, data: bytes, now: int) -> None:
        """A binary frame: the next piece of an announced picture."""
        try:
            raw, offset, chunk = unpack_chunk(data)
        except ValueError:
            line.fail("", Code.BAD_FRAME, "chunk")
            return
        upload = self._uploads.get(str(uuid.UUID(bytes=raw)))
        if upload is None or upload.owner != caller.account:
            line.fail("", Code.NOT_FOUND, "media")
            return
        if len(chunk) > MEDIA_CHUNK_BYTES or upload.taken + len(chunk) > upload.bytes:
            line.fail("", Code.TOO_LARGE, "chunk")
            return
        if offset != upload.taken:
            # A gap, or a piece sent twice: say from where to go on.
            line.say(MediaProgress(media=upload.media, received=upload.taken, complete=False))
            return
        upload.taken += len(chunk)
        part = self._part(upload.media)
        self._disk.submit(_append, part, offset, chunk)
        if upload.taken == upload.bytes:
            self._finish(upload)
        else:
            line.say(MediaProgress(media=upload.media, received=upload.taken, complete=False))

    def _finish(self, upload: IncomingPicture) -> None:
        if not upload.finishing:
            upload.finishing = True
            self._tasks.start(self._finished(upload), "a picture is complete")

    async def _finished(self, upload: IncomingPicture) -> None:
        part, whole = self._part(upload.media), self._folder / upload.media
        good = await self._on_disk(lambda: _settle(part, whole, upload))
        if good:
            await self._store.write(
                lambda conn: (
                    conn.execute(
                        "UPDATE media SET complete = 1 WHERE id = ?", (upload.media,)
                    ).rowcount
                )
            )
        self._uploads.pop(upload.media, None)
        received = upload.bytes if good else 0
        self._push.push(
            upload.owner, MediaProgress(media=upload.media, received=received, complete=good)
        )

    async def picture(
        self, num: int, body: Body, caller: Caller, *, named: bool, voice: bool = False
    ) -> tuple[Body, str]:
        """The body and the commitment of a picture or a voice note that is being sent; Refused
        where it is not there, whole, the sender's and what it is sent as."""
        media = body.media
        row = await self._store.read(
            lambda conn: conn.execute(
                "SELECT bytes, mime, width, height FROM media"
                " WHERE id = ? AND session = ? AND owner = ? AND complete",
                (media, num, caller.account),
            ).fetchone()
        )
        if row is None or media is None or (row[1] == VOICE_TYPE) is not voice:
            raise Refused(Code.MEDIA_REFUSED, "media")
        content = await self._on_disk((self._folder / media).read_bytes)
        commit = commit_of(body.salt, content)
        checked = Body(
            salt=body.salt,
            media=media,
            bytes=row[0],
            mime=row[1],
            width=None if voice else row[2],
            height=None if voice else row[3],
            ms=inspect(content).ms if voice else None,
            levels=body.levels if voice else None,
            name=caller.display if named else None,
        )
        return checked, commit

    # -- out -------------------------------------------------------------------------------------

    async def _get(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, MediaGet)
        media = request.media

        def job(conn: sqlite3.Connection) -> int | None:
            facts = facts_in(conn, request.session)
            if facts is None or seat_in(conn, facts.num, caller.account) is None:
                return None
            row = conn.execute(
                "SELECT bytes FROM media WHERE id = ? AND session = ? AND complete",
                (media, facts.num),
            ).fetchone()
            return None if row is None else int(row[0])

        size = await self._store.read(job)
        line = self._gateway.line(caller.connection)
        if size is None or line is None:
            raise Refused(Code.NOT_FOUND, "media")
        if not 0 <= request.offset <= size:
            raise Refused(Code.NOT_ALLOWED, "offset")
        out = self._lanes.get(line)
        if out is None:
            out = self._lanes[line] = OutgoingPictures(BulkLane(self._clock))
        if media not in out.asked and len(out.asked) >= AT_ONCE:
            raise Refused(Code.TOO_MANY, "media", retry_ms=1000)
        out.asked[media] = request
        self._tasks.start(self._stream(line, out, media, request), "a picture")
        return MediaHave(media=media, received=size, complete=True)

    async def _stream(
        self, line: "ClientConnection", out: OutgoingPictures, media: str, request: MediaGet
    ) -> None:
        path, raw = self._folder / media, uuid.UUID(media).bytes
        lane, offset = out.lane, request.offset
        lane.forget(media)
        try:
            # Asked for again, it goes on from there alone.
            while line.socket is not None and not line.gone and out.asked.get(media) is request:
                # No more of it under way than the line drains in a moment: words pass by.
                async with lane.turn() as size:
                    at, most = offset, size
                    chunk = await self._on_disk(lambda at=at, most=most: _piece(path, at, most))  # type: ignore[misc]
                    if not chunk or out.asked.get(media) is not request:
                        break
                    await line.socket.drained()
                    offset += len(chunk)
                    lane.sent(media, offset, len(chunk))
                    line.socket.send_binary(pack_chunk(raw, at, chunk))
            await lane.until(lambda: lane.clear(media), lambda: lane.taken)
        except (LaneClosed, TransferStalled):
            return
        finally:
            if out.asked.get(media) is request:
                del out.asked[media]
                lane.forget(media)
            if not out.asked and self._lanes.get(line) is out:
                del self._lanes[line]

    def took(self, line: "ClientConnection", frame: MediaTook) -> None:
        """A reader has so much of a picture."""
        out = self._lanes.get(line)
        if out is not None:
            out.lane.took(frame.media, frame.received)

    def left(self, line: "ClientConnection") -> None:
        """Whoever was there is gone, and reads nothing any more."""
        out = self._lanes.pop(line, None)
        if out is not None:
            out.asked.clear()
            out.lane.close()

    async def _on_disk(self, job: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, job)


def _sweep(folder: Path, known: set[str]) -> int:
    strays = [each for each in folder.iterdir() if each.is_file() and each.name not in known]
    for each in strays:
        each.unlink(missing_ok=True)
    return len(strays)


def _append(part: Path, offset: int, chunk: bytes) -> None:
    try:
        with part.open("ab") as file:
            file.truncate(offset)
            file.write(chunk)
    except OSError:
        # The hash at the end will not fit, and the sender begins anew.
        log.exception("a chunk")


def _piece(path: Path, offset: int, most: int) -> bytes:
    """Nothing where it was taken back meanwhile."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(most)
    except FileNotFoundError:
        return b""


def _delete(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _announceable(request: MediaBegin) -> bool:
    """True for a kind and size that the relay takes."""
    if request.mime == VOICE_TYPE:
        return request.width == request.height == 0
    return (
        request.mime in MEDIA_TYPES
        and 0 < request.width <= SENT.side
        and 0 < request.height <= SENT.side
        and request.width * request.height <= SENT.pixels
    )


def _showable(content: bytes, upload: IncomingPicture) -> bool:
    """True for a picture or a voice note that is what was announced and that every app can show or
    play."""
    try:
        if upload.mime == VOICE_TYPE:
            inspect(content)
            return True
        found = look(content, SENT)
    except (PictureRefused, NoteRefused):
        return False
    return (found.mime, found.width, found.height) == (upload.mime, upload.width, upload.height)


def _settle(part: Path, whole: Path, upload: IncomingPicture) -> bool:
    """Checks an upload and makes it durable; a wrong one is thrown away."""
    try:
        content = part.read_bytes()
        if hashlib.sha256(content).hexdigest() != upload.sha256 or not _showable(content, upload):
            part.unlink()
            return False
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(whole)
        return True
    except OSError:
        log.exception("a picture")
        return False
