"""The sentences that a screen reader is told of a row, and who is its author."""

from __future__ import annotations

from miaohui.desktop.chat.row import ChatRow, Mark, RowKind
from miaohui.desktop.look.language import say
from miaohui.desktop.strings import chat as words

__all__ = ["author", "marks", "said", "spoken"]


def author(row: ChatRow) -> str:
    return row.author or (words.me() if row.kind is RowKind.MINE else words.them())


def spoken(row: ChatRow) -> str:
    """The whole row in one sentence: who, what, when, how far, how long."""
    if row.kind is RowKind.UNREAD:
        return row.text or words.unread_line()
    if row.kind is RowKind.SYSTEM:
        return f"{words.of_the_app()}{say('：', ': ')}{row.text}"
    if not row.kind.is_message:
        return row.text
    parts = [f"{author(row)}{say('：', ': ')}{said(row)}"]
    if row.quote is not None and Mark.RECALLED not in row.marks:
        parts.append(words.quoted(row.quote.author, row.quote.text))
    if row.time_text:
        parts.append(row.time_text)
    if row.kind is RowKind.MINE:
        parts.append(words.delivery(row.state.value))
    parts += marks(row)
    parts += row.labels
    if row.chip is not None:
        bare = row.chip.text[:1].isdigit()
        parts.append(
            say(f"等待 {row.chip.text}", f"wait {row.chip.text}") if bare else row.chip.text
        )
    if row.hint:
        parts.append(row.hint)
    return say("，", ", ").join(parts)


# Done here, and not there yet.
UNDER_WAY = {
    Mark.EDIT_SENDING: words.edit_sending,
    Mark.EDIT_WAITS: words.edit_waits,
    Mark.RECALL_SENDING: words.recall_sending,
    Mark.RECALL_WAITS: words.recall_waits,
}


def said(row: ChatRow) -> str:
    if Mark.RECALLED in row.marks:
        return words.recalled()
    parts = [words.picture()] if row.picture is not None else []
    if row.voice is not None:
        parts.append(words.voice_said(round(row.voice.ms / 1000)))
    return " ".join([*parts, row.text] if row.text else parts)


def marks(row: ChatRow) -> list[str]:
    found = []
    if Mark.EDITED in row.marks and Mark.RECALLED not in row.marks:
        found.append(words.edited())
    if Mark.OUTSIDE_HOURS in row.marks:
        found.append(words.outside_hours())
    return found + [say() for mark, say in UNDER_WAY.items() if mark in row.marks]
