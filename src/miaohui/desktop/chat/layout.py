"""The layout of one row: a row, a width and fonts in, rectangles out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from math import ceil

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QTextLayout, QTextOption

from miaohui.desktop.chat import links, speech
from miaohui.desktop.chat.row import ChatRow, DeliveryMark, Mark, RowKind
from miaohui.desktop.chat.utf16 import length
from miaohui.desktop.look.sanitize import laid
from miaohui.desktop.strings import chat as words

__all__ = ["BubbleLayout", "Fonts", "LayoutHit", "LayoutWords", "RowPart", "lay_out"]

SHARE = 0.62
NARROW = 440.0
NARROW_SHARE = 0.78
SIDE = 22.0
GAP_ABOVE = 5.0
CROSS = 22
GAP_BELOW = 6.0
PAD_X = 14.0
PAD_Y = 9.0
META_GAP = 3.0
CHIP_PAD = 9.0
AVATAR = 32.0
PICTURE_LIMIT = (260.0, 300.0)
VOICE_WIDE, VOICE_TALL, VOICE_BUTTON, VOICE_SPEED = 250.0, 40.0, 34.0, 42.0


class RowPart(Enum):
    """The part of a row under a point."""

    TEXT = "text"
    LINK = "link"
    CHIP = "chip"
    STATE = "state"
    QUOTE = "quote"
    PICTURE = "picture"
    CANCEL = "cancel"
    VOICE = "voice"
    WAVE = "wave"
    SPEED = "speed"
    BUBBLE = "bubble"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class LayoutHit:
    """A part, the nearest place in the text, the address if it is a link, the share of a
    voice note that lies before it."""

    part: RowPart
    offset: int
    url: str = ""
    share: float = 0.0


@dataclass(frozen=True)
class Fonts:
    """The faces of a view with their measures, made once and shared by all rows."""

    message: QFont
    meta: QFont
    author: QFont
    message_metrics: QFontMetricsF = field(init=False)
    meta_metrics: QFontMetricsF = field(init=False)
    author_metrics: QFontMetricsF = field(init=False)

    def __post_init__(self) -> None:
        for name in ("message", "meta", "author"):
            object.__setattr__(self, f"{name}_metrics", QFontMetricsF(getattr(self, name)))


class LayoutLook(Enum):
    """The drawing style of a piece of small text."""

    PLAIN = "plain"
    QUIET = "quiet"
    CHIP = "chip"
    LABEL = "label"
    TROUBLE = "trouble"
    AUTHOR = "author"


@dataclass(frozen=True, slots=True)
class LayoutWords:
    """A piece of small text in its rectangle."""

    rect: QRectF
    text: str
    look: LayoutLook


@dataclass(frozen=True, slots=True)
class VoicePlaces:
    """The places of a voice note's button, bars, time and speed."""

    area: QRectF
    button: QRectF
    wave: QRectF
    time: QRectF
    speed: QRectF


@dataclass(frozen=True, slots=True)
class BubbleLayout:
    """Rectangles relative to the row's top left corner; the text layout is not changed again."""

    row: ChatRow
    width: float
    height: int
    bubble: QRectF
    text: QTextLayout | None
    text_at: QPointF
    text_units: int
    words: tuple[LayoutWords, ...]
    links: tuple[links.TextLink, ...] = ()
    chip: QRectF | None = None
    state: QRectF | None = None
    quote: QRectF | None = None
    quote_words: tuple[LayoutWords, ...] = ()
    picture: QRectF | None = None
    voice: VoicePlaces | None = None
    seal: QRectF | None = None  # of a sentence of ours, which nobody can type
    avatar: QRectF | None = None

    @property
    def painted(self) -> QRectF:
        """All that is drawn, for a pixmap no larger than needed."""
        if self.row.kind is RowKind.UNREAD:
            return QRectF(0, self.bubble.top(), self.width, self.bubble.height())
        area = QRectF(self.bubble)
        for piece in self.words:
            area = area.united(piece.rect)
        for beside in (self.avatar, self.seal):
            if beside is not None:
                area = area.united(beside)
        return area.adjusted(-2, -2, 2, 2)

    @property
    def cancel(self) -> QRectF | None:
        """The cross over a picture or a voice note that is going up."""
        if not self.row.uploading:
            return None
        if self.voice is not None:
            place = self.voice.speed
            return QRectF(place.right() - CROSS, place.center().y() - CROSS / 2, CROSS, CROSS)
        if self.picture is None:
            return None
        return QRectF(self.picture.right() - CROSS - 4, self.picture.top() + 4, CROSS, CROSS)

    def hit_test(self, point: QPointF) -> LayoutHit:
        offset = self.offset_at(point)
        if self.chip is not None and self.chip.contains(point):
            return LayoutHit(RowPart.CHIP, offset)
        if self.state is not None and self.state.contains(point):
            return LayoutHit(RowPart.STATE, offset)
        if self.quote is not None and self.quote.contains(point):
            return LayoutHit(RowPart.QUOTE, offset)
        if self.cancel is not None and self.cancel.contains(point):
            return LayoutHit(RowPart.CANCEL, offset)
        if self.picture is not None and self.picture.contains(point):
            return LayoutHit(RowPart.PICTURE, offset)
        if self.voice is not None and self.voice.area.contains(point):
            return self._heard(self.voice, point, offset)
        if self.text is not None and self._over_text(point):
            for link in self.links:
                if any(rect.contains(point) for rect in self.selection(link.start, link.end)):
                    return LayoutHit(RowPart.LINK, offset, link.url)
            return LayoutHit(RowPart.TEXT, offset)
        return LayoutHit(RowPart.BUBBLE if self.bubble.contains(point) else RowPart.NONE, offset)

    def _heard(self, voice: VoicePlaces, point: QPointF, offset: int) -> LayoutHit:
        if voice.speed.contains(point):
            return LayoutHit(RowPart.SPEED, offset)
        if voice.button.adjusted(-4, -4, 4, 4).contains(point):
            return LayoutHit(RowPart.VOICE, offset)
        wave = voice.wave
        if wave.left() <= point.x() <= wave.right():
            return LayoutHit(RowPart.WAVE, offset, share=(point.x() - wave.left()) / wave.width())
        return LayoutHit(RowPart.BUBBLE, offset)

    def offset_at(self, point: QPointF) -> int:
        """The nearest place in the text, in UTF-16 units; above it the start, below the end."""
        if self.text is None:
            return 0
        inside = point - self.text_at
        if inside.y() < 0:
            return 0
        for number in range(self.text.lineCount()):
            line = self.text.lineAt(number)
            if inside.y() < line.y() + line.height():
                return int(line.xToCursor(inside.x()))
        return self.text_units

    def selection(self, start: int, end: int) -> list[QRectF]:
        """One rectangle a line for the text between two offsets."""
        rects: list[QRectF] = []
        if self.text is None or start >= end:
            return rects
        for number in range(self.text.lineCount()):
            line = self.text.lineAt(number)
            first = max(start, line.textStart())
            last = min(end, line.textStart() + line.textLength())
            if first >= last:
                continue
            left, right = _x(line, first), _x(line, last)
            area = QRectF(min(left, right), line.y(), abs(right - left), line.height())
            rects.append(area.translated(self.text_at))
        return rects

    def _over_text(self, point: QPointF) -> bool:
        assert self.text is not None
        return self.text.boundingRect().translated(self.text_at).contains(point)


def lay_out(
    row: ChatRow, width: float, fonts: Fonts, before: BubbleLayout | None = None
) -> BubbleLayout:
    """`before` is an earlier layout of the same row id in the same fonts; if its lines
    can stay, they do, which is most of the work when a window is resized."""
    if row.kind.is_message:
        return _message(row, width, fonts, before)
    return _line(row, width, fonts)


def _line(row: ChatRow, width: float, fonts: Fonts) -> BubbleLayout:
    """A day, a system sentence or the unread mark, in the middle."""
    shown = row.text or (words.unread_line() if row.kind is RowKind.UNREAD else "")
    limit = max(40.0, width - 4 * SIDE)
    ours = row.kind is RowKind.SYSTEM
    text, size = _text(shown, fonts.meta, limit, centred=True)
    area = QRectF((width - size.width()) / 2, 10, size.width(), size.height())
    height = int(area.bottom() + 10)
    at = QPointF((width - limit) / 2, 10)
    seal = None
    if ours:
        tall = fonts.meta_metrics.height()
        seal = QRectF(area.left() - tall - 6, area.top(), tall, tall).adjusted(1, 1, -1, -1)
    return BubbleLayout(row, width, height, area, text, at, length(shown), (), seal=seal)


def _message(row: ChatRow, width: float, fonts: Fonts, before: BubbleLayout | None) -> BubbleLayout:
    mine = row.kind is RowKind.MINE
    recalled = Mark.RECALLED in row.marks
    indent = SIDE + (AVATAR + 8 if row.avatar else 0)
    share = SHARE if width >= NARROW else NARROW_SHARE
    limit = max(60.0, min(width * share, width - indent - SIDE) - 2 * PAD_X)

    shown = words.recalled() if recalled else row.text
    text: QTextLayout | None = None
    size = QRectF()
    if shown or (row.picture is None and row.voice is None):
        kept = None if before is None else _still_good(before, row, limit)
        font = fonts.meta if recalled else fonts.message
        text, size = kept or _text(shown, font, limit)
    picture = None if recalled or row.picture is None else _fitted(row, limit)
    quote = None if recalled else row.quote
    inner = max(size.width(), picture.width() if picture else 0.0)
    heard = row.voice is not None and not recalled
    if heard:
        inner = max(inner, min(limit, VOICE_WIDE))
    if quote is not None:
        wanted = max(
            fonts.meta_metrics.horizontalAdvance(quote.author),
            fonts.meta_metrics.horizontalAdvance(_one_line(quote.text)),
        )
        inner = max(inner, min(limit, wanted + 14))

    pieces: list[LayoutWords] = []
    y = GAP_ABOVE
    bubble_width = inner + 2 * PAD_X
    left = width - indent - bubble_width if mine else indent
    if row.avatar:
        tall = fonts.author_metrics.height()
        name_width = fonts.author_metrics.horizontalAdvance(row.author) + 2
        name_left = width - indent - name_width if mine else indent
        pieces.append(
            LayoutWords(QRectF(name_left, y, name_width, tall), row.author, LayoutLook.AUTHOR)
        )
        y += tall + 3
    top = y
    y += PAD_Y
    quote_rect: QRectF | None = None
    quote_words: tuple[LayoutWords, ...] = ()
    if quote is not None:
        tall = fonts.meta_metrics.height()
        lines = 2 if quote.author else 1
        quote_rect = QRectF(left + PAD_X, y, inner, lines * (tall + 2) - 2)
        quote_words = _quote_words(quote.author, quote.text, quote_rect, tall, fonts)
        y += quote_rect.height() + 7
    picture_rect = None
    if picture is not None:
        picture_rect = QRectF(left + PAD_X, y, picture.width(), picture.height())
        y += picture.height() + (7 if text is not None else 0)
    voice = None
    if heard:
        voice = _voice(QRectF(left + PAD_X, y, inner, VOICE_TALL), fonts)
        y += VOICE_TALL + (7 if text is not None else 0)
    text_at = QPointF(left + PAD_X, y)
    y += size.height() + PAD_Y
    bubble = QRectF(left, top, bubble_width, y - top)
    meta, chip, state = _meta(row, width, indent, y + META_GAP, fonts, mine=mine)
    pieces += meta
    bottom = max((piece.rect.bottom() for piece in meta), default=y)
    side = width - SIDE - AVATAR if mine else SIDE
    return BubbleLayout(
        row=row,
        width=width,
        height=int(bottom + GAP_BELOW + 0.5),
        bubble=bubble,
        text=text,
        text_at=text_at,
        text_units=0 if recalled else length(shown),
        words=tuple(pieces),
        links=() if recalled else links.found(shown),
        chip=chip,
        state=state,
        quote=quote_rect,
        quote_words=quote_words,
        picture=picture_rect,
        voice=voice,
        avatar=QRectF(side, GAP_ABOVE, AVATAR, AVATAR) if row.avatar else None,
    )


def _meta(
    row: ChatRow, width: float, indent: float, y: float, fonts: Fonts, *, mine: bool
) -> tuple[list[LayoutWords], QRectF | None, QRectF | None]:
    """The small line under a bubble, which breaks when the window is narrow."""
    trouble = row.state in (DeliveryMark.NOT_DELIVERED, DeliveryMark.FAILED)
    parts: list[tuple[str, LayoutLook]] = (
        [(row.time_text, LayoutLook.PLAIN)] if row.time_text else []
    )
    parts += [(mark, LayoutLook.QUIET) for mark in speech.marks(row)]
    if mine and trouble:
        parts.append((words.delivery(row.state.value), LayoutLook.TROUBLE))
    elif mine and row.chip is None and row.state is not DeliveryMark.ANSWERED:
        parts.append((words.delivery(row.state.value), LayoutLook.QUIET))
    parts += [(label, LayoutLook.LABEL) for label in row.labels]
    if row.chip is not None:
        parts.append((row.chip.text, LayoutLook.CHIP))
    tall = fonts.meta_metrics.height() + 2
    space = width - indent - SIDE
    lines: list[list[tuple[str, LayoutLook, float]]] = [[]]
    used = 0.0
    for text, look in parts:
        padded = look in (LayoutLook.CHIP, LayoutLook.LABEL, LayoutLook.TROUBLE)
        wide = min(
            space, fonts.meta_metrics.horizontalAdvance(text) + (2 * CHIP_PAD if padded else 1)
        )
        if lines[-1] and used + wide > space:
            lines.append([])
            used = 0.0
        lines[-1].append((text, look, wide))
        used += wide + 6
    found: list[LayoutWords] = []
    for line in lines:
        x = indent
        if mine:
            x = width - indent - sum(wide for _, _, wide in line) - 6 * (len(line) - 1)
        for text, look, wide in line:
            found.append(LayoutWords(QRectF(x, y, wide, tall), text, look))
            x += wide + 6
        y += tall + 3
    chip = next((piece.rect for piece in found if piece.look is LayoutLook.CHIP), None)
    state = next((piece.rect for piece in found if piece.look is LayoutLook.TROUBLE), None)
    return found, chip, state


def _quote_words(
    author: str, text: str, rect: QRectF, tall: float, fonts: Fonts
) -> tuple[LayoutWords, ...]:
    room = rect.width() - 12
    elide = fonts.meta_metrics.elidedText
    right = Qt.TextElideMode.ElideRight
    first = QRectF(rect.left() + 11, rect.top(), room + 1, tall)
    said = elide(_one_line(text), right, room)
    if not author:
        return (LayoutWords(first, said, LayoutLook.QUIET),)
    return (
        LayoutWords(first, elide(author, right, room), LayoutLook.AUTHOR),
        LayoutWords(first.translated(0, tall + 2), said, LayoutLook.QUIET),
    )


def _voice(area: QRectF, fonts: Fonts) -> VoicePlaces:
    middle = area.center().y()
    button = QRectF(area.left(), middle - VOICE_BUTTON / 2, VOICE_BUTTON, VOICE_BUTTON)
    tall = fonts.meta_metrics.height() + 6
    speed_wide = max(VOICE_SPEED, fonts.meta_metrics.horizontalAdvance("1.25×") + 12)
    time_wide = fonts.meta_metrics.horizontalAdvance("0:00") + 4
    speed = QRectF(area.right() - speed_wide, middle - tall / 2, speed_wide, tall)
    time = QRectF(speed.left() - time_wide - 6, middle - tall / 2, time_wide, tall)
    left = button.right() + 10
    wave = QRectF(left, area.top() + 6, max(24.0, time.left() - 8 - left), area.height() - 12)
    return VoicePlaces(area, button, wave, time, speed)


def _fitted(row: ChatRow, limit: float) -> QRectF:
    assert row.picture is not None
    wide, tall = max(1, row.picture.width), max(1, row.picture.height)
    scale = min(1.0, min(PICTURE_LIMIT[0], limit) / wide, PICTURE_LIMIT[1] / tall)
    return QRectF(0, 0, max(48.0, wide * scale), max(48.0, tall * scale))


def _text(
    text: str, font: QFont, limit: float, *, centred: bool = False
) -> tuple[QTextLayout, QRectF]:
    """A finished text layout and the space it takes, whole pixels high."""
    option = QTextOption(
        Qt.AlignmentFlag.AlignHCenter if centred else Qt.AlignmentFlag.AlignLeading
    )
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    # A line separator breaks a line inside one layout; offsets stay what they were.
    layout = QTextLayout(laid(text).replace("\n", "\u2028"), font)
    layout.setTextOption(option)
    layout.setCacheEnabled(True)
    layout.beginLayout()
    y = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(limit)
        line.setPosition(QPointF(0, y))
        y += line.height()
    layout.endLayout()
    return layout, _extent(layout, limit)


def _still_good(
    before: BubbleLayout, row: ChatRow, limit: float
) -> tuple[QTextLayout, QRectF] | None:
    """The lines of an earlier layout, if the text is the same and would break the same."""
    lines = before.text
    if lines is None or before.row.text != row.text or before.row.marks != row.marks:
        return None
    first = lines.lineAt(0)
    if first.width() == limit or (lines.lineCount() == 1 and first.naturalTextWidth() <= limit):
        return lines, _extent(lines, limit)
    return None


def _extent(lines: QTextLayout, limit: float) -> QRectF:
    """The space of finished lines in whole pixels."""
    tall = wide = 0.0
    for number in range(lines.lineCount()):
        line = lines.lineAt(number)
        tall += line.height()
        wide = max(wide, line.naturalTextWidth())
    return QRectF(0, 0, min(limit, float(ceil(wide))), float(ceil(tall)))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _x(line: object, offset: int) -> float:
    # The binding answers (x, offset) in some versions and x alone in others.
    found = line.cursorToX(offset)  # type: ignore[attr-defined]
    return float(found[0] if isinstance(found, tuple) else found)
