"""Pictures and voice notes: bytes up before their message goes, bytes down before they are shown or played, both checked."""

import asyncio
import hashlib
from dataclasses import dataclass
from uuid import UUID

from miaohui.client.feed.command_states import CommandState
from miaohui.client.feed.conversation import Applied, Happening
from miaohui.client.feed.message_table import Flag
from miaohui.client.feed.outbox import PASSING, RETRY_MS
from miaohui.client.port import Refused
from miaohui.client.store import history
from miaohui.client.sync.context import Context
from miaohui.client.sync.session import SessionSync
from miaohui.client.sync.sessions import SyncedSessions
from miaohui.client.use.composer import MessageCommands, salt
from miaohui.runtime.lane import LaneClosed, TransferStalled
from miaohui.voice.container import NoteRefused, inspect
from miaohui.voice.writing import RecordedNote
from miaohui.wire.errors import Code
from miaohui.wire.limits import MEDIA_BYTES
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
from miaohui.wire.sessions import Body, Send

ENDING_S = 0.05  # while a link ends, before that is said
AT_ONCE = 2  # pictures that come at a time: the newest are not kept waiting by the others
WRONG_TRIES = 3  # an upload whose bytes the relay found to be others
FETCHED = 60  # the newest pictures of a conversation are fetched by themselves


@dataclass(slots=True)
class Upload:
    """Bytes on their way to the relay. ``wrong``: how often they arrived as others."""

    session: str
    size: int
    received: int = 0
    complete: bool = False
    wrong: int = 0


@dataclass(slots=True)
class Download:
    """Bytes on their way here."""

    data: bytearray
    session: str
    received: int = 0

    @property
    def whole(self) -> bool:
        return self.received == len(self.data)


class PictureTransfers:
    """The bytes are kept in the encrypted store, and nowhere else on this machine."""

    def __init__(self, context: Context, syncs: SyncedSessions, composer: MessageCommands) -> None:
        self._context, self._syncs, self._composer = context, syncs, composer
        self._uploads: dict[str, asyncio.Task[None]] = {}
        self._under_way: dict[str, Upload] = {}
        self._few = asyncio.Semaphore(AT_ONCE)
        self._downloads: dict[bytes, Download] = {}
        self._wanted: set[str] = set()
        syncs.followed.append(self._follow)

    # --- up ----------------------------------------------------------------------------------
    async def send(self, session: str, data: bytes, mime: str, width: int, height: int) -> str:
        if mime not in MEDIA_TYPES or not data or width < 1 or height < 1:
            raise Refused(Code.MEDIA_REFUSED)
        if len(data) > MEDIA_BYTES:
            raise Refused(Code.TOO_LARGE)
        body = Body(
            salt=salt(self._context),
            media=self._context.new_id(),
            mime=mime,
            bytes=len(data),
            width=width,
            height=height,
        )
        return await self._send(session, body, data)

    async def send_voice(self, session: str, note: RecordedNote) -> str:
        try:
            found = inspect(note.data)
        except NoteRefused as refused:
            raise Refused(Code.MEDIA_REFUSED, refused.reason) from None
        body = Body(
            salt=salt(self._context),
            media=self._context.new_id(),
            mime=VOICE_TYPE,
            bytes=len(note.data),
            ms=found.ms,
            levels=note.levels,
        )
        return await self._send(session, body, note.data)

    async def _send(self, session: str, body: Body, data: bytes) -> str:
        context, media, mime = self._context, body.media or "", body.mime or ""
        await context.store.run(lambda conn: history.put_media(conn, media, mime, data))
        key = self._composer.send(session, body, held=True)
        self._shown(session, media, 0.0, here=True)
        self._start(key, session, body)
        return key

    def cancel(self, session: str, key: str) -> None:
        """Gives up an upload, here and at the relay; once its bytes are there it goes its way."""
        context = self._context
        kept = context.outbox.get(key)
        if kept is None or kept.state not in (CommandState.WRITING, CommandState.HELD):
            return
        body = kept.command.body if isinstance(kept.command, Send) else None
        if body is None or body.media is None:
            return
        if (upload := self._uploads.pop(key, None)) is not None:
            upload.cancel()
        self._under_way.pop(body.media, None)
        self._composer.withdraw(session, key)
        context.outbox.put(MediaDrop(id=context.new_id(), media=body.media), context.clock.utc_ms())
        context.tasks.start(self._forget(body.media), "forget picture")

    async def _forget(self, media: str) -> None:
        await self._context.store.run(lambda conn: history.drop_media(conn, media))

    def resume(self) -> None:
        """Goes on with what an earlier run did not finish."""
        for kept in self._context.outbox.all():
            if kept.state is CommandState.HELD and isinstance(kept.command, Send):
                self._start(kept.command.id, kept.lane, kept.command.body)

    def _start(self, key: str, session: str, body: Body) -> None:
        if key not in self._uploads:
            self._uploads[key] = self._context.tasks.start(
                self._upload(key, session, body), "upload"
            )

    async def _upload(self, key: str, session: str, body: Body) -> None:
        context, media = self._context, body.media or ""
        found = await context.store.run(lambda conn: history.media(conn, media))
        if found is None:
            context.outbox.refused(key, Refused(Code.MEDIA_REFUSED))
            return
        data = found[1]
        digest = hashlib.sha256(data).hexdigest()
        upload = self._under_way[media] = Upload(session, len(data))
        while not upload.complete:
            await context.entered.wait()
            try:
                await self._once(session, body, data, digest, upload)
            except Refused as refused:
                if refused.code in PASSING:
                    await asyncio.sleep(max(refused.retry_ms, RETRY_MS) / 1000)
                elif refused.code not in ("offline", "timeout"):
                    context.outbox.refused(key, refused)
                    return
        self._under_way.pop(media, None)
        self._uploads.pop(key, None)
        self._shown(session, media, 1.0, here=True)
        sync = self._syncs.get(session)
        if sync is not None:
            sync.feed.entered(key, context.clock.mono())
        context.outbox.release(key)

    async def _once(
        self, session: str, body: Body, data: bytes, digest: str, upload: Upload
    ) -> None:
        """Goes on from where the relay stands, to the end or to where the link ends."""
        context, media = self._context, body.media or ""
        have = await context.query(
            MediaBegin(
                id=media,
                session=self._syncs.real(session),
                bytes=len(data),
                mime=body.mime or "",
                sha256=digest,
                width=body.width or 0,
                height=body.height or 0,
            )
        )
        if not isinstance(have, MediaHave):
            raise Refused(Code.MEDIA_REFUSED)
        upload.received, upload.complete = have.received, have.complete
        lane, raw, offset, wrong = (
            context.connection.lane,
            UUID(media).bytes,
            have.received,
            upload.wrong,
        )
        if upload.complete:
            return
        if lane is None:
            await asyncio.sleep(ENDING_S)
            return
        try:
            while offset < len(data):
                async with lane.turn() as size:
                    chunk = data[offset : offset + size]
                    context.connection.send_chunk(pack_chunk(raw, offset, chunk))
                    offset += len(chunk)
                    lane.sent(media, offset, len(chunk))
            await lane.until(
                lambda: upload.complete or upload.wrong != wrong, lambda: upload.received
            )
        except (LaneClosed, TransferStalled):
            return
        finally:
            lane.forget(media)
        if upload.wrong >= WRONG_TRIES:
            raise Refused(Code.MEDIA_REFUSED)

    def progressed(self, frame: MediaProgress) -> None:
        upload, lane = self._under_way.get(frame.media), self._context.connection.lane
        if upload is None:
            return
        upload.complete = frame.complete
        if not frame.received:
            upload.wrong += 1  # whole, and not what was announced
        before, upload.received = upload.received, frame.received
        if frame.received * 100 // upload.size != before * 100 // upload.size:
            share = frame.received / upload.size * 0.99
            self._shown(upload.session, frame.media, share, here=True)
        if lane is not None:
            lane.took(frame.media, frame.received)

    # --- down --------------------------------------------------------------------------------
    def _follow(self, sync: SessionSync, done: Applied) -> None:
        if Happening.TOLD in done.happened and (
            sync.attached or sync.session == self._syncs.focused
        ):
            self.fetch(sync.session)

    def fetch(self, session: str) -> None:
        """The newest pictures and voice notes of a conversation that are not here yet."""
        sync = self._syncs.get(session)
        if sync is None:
            return
        for body in sync.feed.rows.newest_media(FETCHED):
            media = body.media or ""
            if media not in sync.feed.pictures and media not in self._wanted:
                self._wanted.add(media)
                self._context.tasks.start(self._fetch(session, sync, body), "picture")

    async def _fetch(self, session: str, sync: SessionSync, body: Body) -> None:
        context, media = self._context, body.media or ""
        try:
            found = await context.store.run(lambda conn: history.media(conn, media))
            if found is None:
                data = await self._download(session, media, body)
                mime = body.mime if body.mime in (*MEDIA_TYPES, VOICE_TYPE) else ""
                if not mime or not _is_committed(sync, body, data) or _is_recalled(sync, media):
                    return
                await context.store.run(lambda conn: history.put_media(conn, media, mime, data))
            self._shown(session, media, 1.0, here=True)
        except (Refused, ValueError):
            # Tried again with the next thing that happens in the conversation.
            return
        finally:
            self._wanted.discard(media)

    async def _download(self, session: str, media: str, body: Body) -> bytes:
        size = body.bytes or 0
        if not 0 < size <= MEDIA_BYTES:
            raise Refused(Code.TOO_LARGE)
        download, raw = Download(bytearray(size), session), UUID(media).bytes
        async with self._few:
            self._downloads[raw] = download
            try:
                while not download.whole:
                    await self._more(session, media, download)
            finally:
                self._downloads.pop(raw, None)
        return bytes(download.data)

    async def _more(self, session: str, media: str, download: Download) -> None:
        """Goes on from what is here, to the end or to where the link ends."""
        context = self._context
        await context.entered.wait()
        lane = context.connection.lane
        if lane is None:
            await asyncio.sleep(ENDING_S)
            return
        try:
            await context.query(
                MediaGet(
                    id=context.new_id(), session=session, media=media, offset=download.received
                )
            )
            await lane.until(lambda: download.whole, lambda: download.received)
        except Refused as refused:
            if refused.code in PASSING:
                await asyncio.sleep(max(refused.retry_ms, RETRY_MS) / 1000)
            elif refused.code not in ("offline", "timeout"):
                raise
        except (LaneClosed, TransferStalled):
            return

    def chunk(self, frame: bytes) -> None:
        """A piece of a picture came; what nobody asked for is let go."""
        try:
            raw, offset, chunk = unpack_chunk(frame)
        except ValueError:
            return
        download = self._downloads.get(raw)
        if download is None or offset != download.received:
            return
        end, size = offset + len(chunk), len(download.data)
        if end > size:
            return
        download.data[offset:end] = chunk
        download.received = end
        media, connection = str(UUID(bytes=raw)), self._context.connection
        connection.send(MediaTook(media=media, received=end))
        if end * 100 // size != offset * 100 // size:
            self._shown(download.session, media, end / size * 0.99)
        if connection.lane is not None:
            connection.lane.stir()

    # --- views -------------------------------------------------------------------------------
    def _shown(self, session: str, media: str, progress: float, *, here: bool = False) -> None:
        sync = self._syncs.get(session)
        if sync is None:
            return
        sync.emit(sync.feed.show_picture(media, progress, sync.now, here=here))


def _is_recalled(sync: SessionSync, media: str) -> bool:
    """True for one that was taken back while it was on its way here."""
    rows = sync.feed.rows
    return any(rows.has(row, Flag.RECALLED) for row in rows.media_rows(media))


def _is_committed(sync: SessionSync, body: Body, data: bytes) -> bool:
    commit = sync.feed.commits.get(body.media or "")
    if commit is None:
        return True  # outside the journal there is nothing to hold it against
    return hashlib.sha256(bytes.fromhex(body.salt) + data).hexdigest() == commit
