"""Messages as the client knows them, turned into the rows that the chat view draws."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from miaohui.client.snapshots import Delivery, MessageView
from miaohui.desktop.chat import row as rows
from miaohui.desktop.chat.row import (
    ChatRow,
    Chip,
    Mark,
    RowKind,
    RowPicture,
    RowQuote,
    RowVoice,
    Tone,
)
from miaohui.desktop.look import amounts, sanitize
from miaohui.desktop.strings import chat as chat_say
from miaohui.desktop.strings import errors
from miaohui.desktop.strings import transcript as say
from miaohui.desktop.widgets.avatar import avatar_color
from miaohui.promise.constants import PROMISE_MS
from miaohui.runtime.clock import within_years
from miaohui.voice.writing import peaks_of

WARN_MS = 7000

_DELIVERY = {state: rows.DeliveryMark[state.name] for state in Delivery}


@dataclass(frozen=True, slots=True)
class People:
    """The people of a conversation. ``mine``: the reader's own name; ``many``: several wrote,
    so each is named."""

    mine: str
    peer: str
    many: bool = False
    responder: bool = False  # the reader answers: waits are theirs to end


def when(utc_ms: int) -> datetime:
    """The moment in the reader's own zone."""
    return datetime.fromtimestamp(within_years(utc_ms) / 1000).astimezone()


def day_row(utc_ms: int) -> ChatRow:
    moment = when(utc_ms)
    text = say.day(moment.year, moment.month, moment.day)
    return ChatRow(id=f"day:{moment:%Y-%m-%d}", kind=RowKind.DAY, text=text)


def unread_row() -> ChatRow:
    return ChatRow(id="unread", kind=RowKind.UNREAD, text=say.unread())


def chip_of(view: MessageView, promise_ms: int) -> Chip | None:
    """The wait of the turn that a message opened, said in figures; None where it opened none."""
    if not view.verdict or view.wait_ms is None:
        return None
    figure = amounts.seconds(view.wait_ms)
    match view.verdict:
        case "kept":
            return Chip(say.wait_kept(figure), Tone.KEPT)
        case "breached":
            given = amounts.seconds(view.given_back_ms) if view.given_back_ms else ""
            return Chip(say.wait_breached(figure, given), Tone.BREACH)
        case "open" if view.wait_ms > promise_ms:
            # Only the relay's own timer makes it a breach: until then it is no verdict.
            if view.verdict_final:
                return Chip(say.waiting_over(figure), Tone.BREACH)
            return Chip(say.waiting(amounts.seconds(promise_ms)), Tone.WARN)
        case "open":
            warn = view.wait_ms >= WARN_MS
            return Chip(say.waiting(figure), Tone.WARN if warn else Tone.NEUTRAL)
        case "censored":
            return Chip(say.censored(), Tone.NEUTRAL)
        case "void":
            return Chip(say.void(), Tone.NEUTRAL)
    return None


def row_of(view: MessageView, people: People, promise_ms: int = PROMISE_MS) -> ChatRow:
    """One line of the conversation as a row."""
    if view.kind != "message":
        return ChatRow(id=view.key, kind=RowKind.SYSTEM, text=system_text(view, people))
    author = sanitize.line(view.name or (people.mine if view.mine else people.peer))
    named = people.many and not view.mine
    chip = chip_of(view, promise_ms)
    return ChatRow(
        id=view.key,
        kind=RowKind.MINE if view.mine else RowKind.THEIRS,
        text=_text(view),
        time_text=f"{when(view.utc_ms):%H:%M:%S}",
        author=author,
        avatar=avatar_color(author).name() if named else "",
        state=_DELIVERY[view.delivery],
        chip=chip,
        hint=_hint(view),
        labels=_labels(view),
        quote=_quote(view, people),
        picture=_picture(view),
        voice=_voice(view),
        marks=_marks(view),
    )


def _text(view: MessageView) -> str:
    if view.recalled:
        return say.recalled(mine=view.mine)
    if view.unknown:
        return say.unknown_kind()
    # No relay takes a message without a character: it was erased, by its age or with its author.
    return view.text or ("" if view.picture or view.voice else say.words_gone())


def _hint(view: MessageView) -> str:
    if view.delivery is Delivery.FAILED and view.code:
        return errors.sentence(view.code)
    if view.network_ms is not None and view.verdict in ("kept", "breached"):
        if view.parts is None or view.wait_ms is None:
            return say.way_alone(view.network_ms)
        parts = view.parts
        if parts.person_ms is not None:
            line = max(0, view.wait_ms - parts.relay_ms - parts.person_ms)
            return say.parts_signed(view.network_ms, parts.relay_ms, line, parts.person_ms)
        person = max(0, view.wait_ms - parts.relay_ms - parts.line_ms)
        return say.parts_of_wait(view.network_ms, parts.relay_ms, parts.line_ms, person)
    return ""


def _labels(view: MessageView) -> tuple[str, ...]:
    words = [say.label(code) for code in view.labels]
    if view.auto:
        words.append(say.auto_reply())
    return tuple(words)


def _quote(view: MessageView, people: People) -> RowQuote | None:
    if view.reply_to is None:
        return None
    author = people.mine if view.reply_mine else people.peer
    match view.reply_kind:
        case "picture":
            text = f"{chat_say.picture()} {view.reply_text}".strip()
        case "voice":
            text = chat_say.voice()
        case "recalled":
            text = chat_say.recalled()
        case "text":
            text = view.reply_text
        case _:
            author, text = "", say.quoted_elsewhere()
    return RowQuote(author=sanitize.line(author), text=text, row_id=view.reply_key)


def _picture(view: MessageView) -> RowPicture | None:
    if view.picture is None:
        return None
    it = view.picture
    return RowPicture(media_id=it.media, width=it.width, height=it.height, progress=it.progress)


def _voice(view: MessageView) -> RowVoice | None:
    if view.voice is None:
        return None
    it = view.voice
    return RowVoice(it.media, it.ms, peaks_of(it.levels), it.progress)


def _marks(view: MessageView) -> Mark:
    marks = Mark.NONE
    if view.edited:
        marks |= Mark.EDITED
    if view.recalled:
        marks |= Mark.RECALLED
    if view.outside:
        marks |= Mark.OUTSIDE_HOURS
    if view.edit is not None:
        marks |= Mark.EDIT_SENDING if view.edit is Delivery.SENDING else Mark.EDIT_WAITS
    if view.recall is not None:
        marks |= Mark.RECALL_SENDING if view.recall is Delivery.SENDING else Mark.RECALL_WAITS
    return marks


def system_text(view: MessageView, people: People | None = None) -> str:
    """A system line's sentence, as it reads on this side of the conversation."""
    responder = people is not None and people.responder
    length = amounts.clock(view.ms) if view.ms is not None else ""
    match view.kind:
        case "start":
            return say.started(f"{when(view.utc_ms):%H:%M}")
        case "handover":
            return say.joined(view.name)
        case "paused":
            return say.paused_line(view.code, responder=responder)
        case "resumed":
            return say.resumed_line()
        case "fault":
            return say.fault_line()
        case "extended":
            return say.extended_line((view.ms or 0) // 60_000)
        case "closing":
            return say.closing_line()
        case "end":
            return say.closed_line(view.code, responder=responder)
        case _:
            return say.notice(view.code, length, view.name)
