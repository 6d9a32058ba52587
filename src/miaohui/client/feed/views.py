"""How lines of a conversation are told: entries that are no messages, and the views of rows."""

from collections.abc import Sequence
from typing import Protocol, overload

from miaohui.client.feed.message_table import KINDS, Flag, Kind, MessageTable, Remark
from miaohui.client.feed.read_markers import ReadMarkers
from miaohui.client.feed.verified_journal import VerifiedJournal
from miaohui.client.snapshots import Delivery, MessageView, Picture, Voice, WaitShare
from miaohui.client.waitpart import WaitPart
from miaohui.promise.commitment import SALT_BYTES, commit_of
from miaohui.promise.replytimes import person_part
from miaohui.wire.journal import (
    Closed,
    Closing,
    Entry,
    Extended,
    Fault,
    Handover,
    Message,
    Opened,
    Paused,
    Resumed,
)
from miaohui.wire.media import MEDIA_TYPES, VOICE_TYPE
from miaohui.wire.sessions import Body, Edit, Recall


class Told(Protocol):
    """What of a conversation its lines are told from."""

    rows: MessageTable
    journal: VerifiedJournal
    reading: ReadMarkers
    names: dict[str, str]
    network: dict[int, int]
    pictures: dict[str, tuple[float, bool]]
    changes: dict[int, Edit | Recall]
    live: bool

    @property
    def in_distress(self) -> bool: ...

    parts: dict[int, WaitPart]


def commit_holds(entry: Message, body: Body) -> bool:
    """Whether a text is the one that the entry was made for; pictures are checked with their
    bytes."""
    return entry.content != "text" or body_holds(entry.commit, body)


def body_holds(commit: str, body: Body) -> bool:
    """Whether a text is the one that a commitment was made for."""
    try:
        salt = bytes.fromhex(body.salt)
    except ValueError:
        return False
    if len(salt) != SALT_BYTES:
        return False
    return commit_of(salt, body.text.encode("utf-8", "surrogatepass")) == commit


def remark_of(entry: Entry) -> tuple[Kind, Remark] | None:
    """The line that an entry becomes; ``name`` of a handover is an account until its name is
    learnt."""
    match entry:
        case Opened(paid_ms=ms, responder=name):
            return Kind.START, Remark("opened", ms, name)
        case Handover(to=to):
            return Kind.HANDOVER, Remark("handover", None, to)
        case Paused(reason=reason):
            return Kind.PAUSED, Remark(reason)
        case Resumed(reason=reason):
            return Kind.RESUMED, Remark(reason)
        case Fault(from_t=start, to_t=end):
            return Kind.FAULT, Remark("fault", end - start)
        case Extended(paid_ms=ms):
            return Kind.EXTENDED, Remark("extended", ms)
        case Closing():
            return Kind.CLOSING, Remark("closing")
        case Closed(reason=reason):
            return Kind.END, Remark(reason)
        case _:
            return None


def row_view(feed: Told, row: int, now: int) -> MessageView:
    """The line of a row as of the session's ``now``."""
    rows = feed.rows
    kind = rows.kind(row)
    if kind != Kind.MESSAGE:
        remark = rows.remark(row) or Remark("")
        name = remark.name
        if kind in (Kind.START, Kind.HANDOVER):
            name = feed.names.get(name, "")
        return MessageView(
            key=rows.key(row),
            kind=KINDS[kind],
            mine=False,
            utc_ms=rows.utc_ms(row),
            code=remark.code,
            ms=remark.ms,
            name=name,
        )
    flags = rows.flags(row)
    seq = rows.seq(row)
    recalled = bool(flags & Flag.RECALLED)
    wait_ms: int | None = None
    verdict, final, given, ended = "", True, 0, False
    if flags & Flag.ASK and seq is not None:
        seen = feed.journal.seen(seq, now)
        # In distress nothing counts on the screen: what waits shows no figure.
        if seen is not None and (seen.ended or not feed.in_distress):
            wait_ms, verdict = seen.wait_ms, seen.verdict
            final, given, ended = seen.final, seen.given_back_ms, seen.ended
    quoting = rows.quoting(rows.quoted(row))
    change = None if seq is None or recalled else feed.changes.get(seq)
    text = change.body.text if isinstance(change, Edit) else rows.text(row)
    body = None if recalled else rows.media(row)
    picture, voice = None, None
    if body is not None:
        progress, here = feed.pictures.get(body.media or "", (0.0, False))
        picture, voice = media_of(body, progress, here=here)
    way = Delivery.SENDING if feed.live else Delivery.NOT_DELIVERED
    return MessageView(
        key=rows.key(row),
        kind="message",
        mine=bool(flags & Flag.MINE),
        utc_ms=rows.utc_ms(row),
        text="" if recalled else text,
        seq=seq,
        name=rows.name(row),
        delivery=_delivery(feed, seq, ended=ended),
        wait_ms=wait_ms,
        verdict=verdict,
        verdict_final=final,
        given_back_ms=given,
        network_ms=None if seq is None else feed.network.get(seq),
        parts=None if seq is None else _share(feed.parts.get(seq), wait_ms),
        labels=rows.labels(row),
        reply_to=rows.reply_to(row),
        reply_text=quoting.text,
        reply_key=quoting.key,
        reply_kind=quoting.kind,
        reply_mine=quoting.mine,
        edited=bool(flags & Flag.EDITED) and not recalled,
        edit=way if isinstance(change, Edit) else None,
        recall=way if isinstance(change, Recall) else None,
        recalled=recalled,
        outside=bool(flags & Flag.OUTSIDE),
        auto=bool(flags & Flag.AUTO),
        picture=picture,
        voice=voice,
        unknown=body is not None and picture is None and voice is None,
    )


def _share(part: WaitPart | None, wait_ms: int | None) -> WaitShare | None:
    """The parts of a wait; the person's own where what their device signed fits the rest."""
    if part is None:
        return None
    person = None
    if part.times is not None and wait_ms is not None:
        person = person_part(part.times, wait_ms - part.relay_ms, part.line_ms)
    return WaitShare(part.relay_ms, part.line_ms, person)


class Stretch(Sequence[MessageView]):
    """Lines told as one, each made when it is looked at: of thousands few are."""

    def __init__(self, feed: Told, start: int, stop: int, now: int) -> None:
        self._feed, self._rows, self._now = feed, range(start, stop), now

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> MessageView: ...

    @overload
    def __getitem__(self, index: slice) -> list[MessageView]: ...

    def __getitem__(self, index: int | slice) -> MessageView | list[MessageView]:
        if isinstance(index, slice):
            return [row_view(self._feed, row, self._now) for row in self._rows[index]]
        return row_view(self._feed, self._rows[index], self._now)


def _delivery(feed: Told, seq: int | None, *, ended: bool) -> Delivery:
    if ended:
        return Delivery.ANSWERED
    if seq is None:
        return Delivery.ACCEPTED
    if seq <= feed.reading.seen:
        return Delivery.SEEN
    return Delivery.DELIVERED if seq <= feed.reading.delivered else Delivery.ACCEPTED


def media_of(body: Body, progress: float, *, here: bool) -> tuple[Picture | None, Voice | None]:
    """The picture or the voice note of a message; neither where it is of a kind that this version
    does not know."""
    media, size = body.media or "", body.bytes or 0
    if body.mime == VOICE_TYPE:
        return None, Voice(media, body.ms or 0, body.levels or "", size, progress, here)
    if body.mime in MEDIA_TYPES:
        width, height = body.width or 0, body.height or 0
        return Picture(media, body.mime, width, height, size, progress, here), None
    return None, None
