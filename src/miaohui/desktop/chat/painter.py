"""Paints one laid out row; pens, brushes and enums are made once a theme."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QTextCharFormat,
    QTextLayout,
)

from miaohui.desktop.chat import speech
from miaohui.desktop.chat.layout import BubbleLayout, Fonts, LayoutLook, LayoutWords, VoicePlaces
from miaohui.desktop.chat.row import Mark, RowKind
from miaohui.desktop.chat.waveform import PlayerState, Voices, VoiceShown, bars, sign
from miaohui.desktop.look import amounts
from miaohui.desktop.look.theme import Theme, Tone
from miaohui.desktop.strings import chat as words

__all__ = ["RowPainter", "Thumbnails"]

# The picture of a media id as far as it is here; None while it is on its way, a null image where
# it cannot be shown.
Thumbnails = Callable[[str], QImage | None]

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_CENTRE = Qt.AlignmentFlag.AlignCenter
_NO_PEN = Qt.PenStyle.NoPen
_NO_BRUSH = Qt.BrushStyle.NoBrush


class RowPainter:
    """Everything that can be cached is drawn by `paint`, a flash and the focus by `ring`."""

    def __init__(
        self,
        theme: Theme,
        fonts: Fonts,
        thumbnails: Thumbnails | None = None,
        voices: Voices | None = None,
    ) -> None:
        self.fonts = fonts
        self.thumbnails = thumbnails
        self.voices = voices
        self._radius = float(theme.radius_bubble)
        self._ink = QPen(QColor(theme.ink))
        self._quiet = QPen(QColor(theme.ink2))
        self._hairline = QPen(QColor(theme.line))
        self._strong_line = QPen(QColor(theme.ink2))
        self._mine = QBrush(QColor(theme.mine))
        self._theirs = QBrush(QColor(theme.theirs))
        self._paper = QBrush(QColor(theme.paper))
        self._line = QBrush(QColor(theme.fill))
        self._accent = QBrush(QColor(theme.accent))
        self._selection = QBrush(QColor(theme.selection))
        self._quiet_fill = QBrush(QColor(theme.ink2))
        self._focus = QPen(QColor(theme.accent), 2)
        glow = QColor(theme.accent)
        glow.setAlpha(36)
        self._glow = QBrush(glow)
        self._tones = {tone: theme.tone(tone) for tone in Tone}
        self._chip_pens = {tone: QPen(QColor(found.text)) for tone, found in self._tones.items()}
        self._chip_brushes = {
            tone: QBrush(QColor(found.soft)) for tone, found in self._tones.items()
        }
        self._link = QTextCharFormat()
        self._link.setForeground(QColor(theme.link))
        self._link.setFontUnderline(True)
        self._bold = QFont(fonts.author)

    def paint(
        self, painter: QPainter, layout: BubbleLayout, selected: tuple[int, int] | None = None
    ) -> None:
        """Draw the row at the painter's origin, `selected` being a stretch of its text."""
        row = layout.row
        if row.kind.is_message:
            self._bubble(painter, layout)
        elif row.kind is RowKind.UNREAD:
            self._across(painter, layout)
        if layout.picture is not None:
            self._picture(painter, layout, layout.picture)
        if layout.voice is not None:
            self._voice(painter, layout, layout.voice)
        if layout.text is not None:
            if selected is not None:
                for area in layout.selection(*selected):
                    painter.fillRect(area, self._selection)
            quiet = not row.kind.is_message or Mark.RECALLED in row.marks
            painter.setPen(self._quiet if quiet else self._ink)
            layout.text.draw(painter, layout.text_at, self._formats(layout))
        if layout.seal is not None:
            self._seal(painter, layout.seal)
        for piece in layout.words:
            self._words(painter, piece, layout)

    def _seal(self, painter: QPainter, area: QRectF) -> None:
        """A clock in a disc before a sentence of ours: drawn, so that no message can hold it."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(_NO_PEN)
        painter.setBrush(self._accent)
        painter.drawEllipse(area)
        hands = QPen(self._paper, max(1.2, area.width() / 9))
        hands.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(hands)
        centre, arm = area.center(), area.width() / 3.4
        painter.drawLine(centre, centre - QPointF(0, arm))
        painter.drawLine(centre, centre + QPointF(arm * 0.75, 0))
        painter.restore()

    def flash(self, painter: QPainter, layout: BubbleLayout) -> None:
        painter.fillRect(QRectF(0, 0, layout.width, layout.height), self._glow)

    def ring(self, painter: QPainter, layout: BubbleLayout) -> None:
        """The visible focus around the row's bubble or sentence."""
        painter.setPen(self._focus)
        painter.setBrush(_NO_BRUSH)
        area = layout.bubble.adjusted(-2.5, -2.5, 2.5, 2.5)
        painter.drawRoundedRect(area, self._radius + 2.5, self._radius + 2.5)

    def _bubble(self, painter: QPainter, layout: BubbleLayout) -> None:
        row = layout.row
        mine = row.kind is RowKind.MINE
        if Mark.RECALLED in row.marks:
            painter.setPen(self._hairline)
            painter.setBrush(_NO_BRUSH)
        else:
            painter.setPen(_NO_PEN if mine else self._hairline)
            painter.setBrush(self._mine if mine else self._theirs)
        area = layout.bubble if mine else layout.bubble.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(area, self._radius, self._radius)
        if layout.avatar is not None:
            painter.setPen(_NO_PEN)
            painter.setBrush(QColor(row.avatar))
            painter.drawEllipse(layout.avatar)
            painter.setPen(QColor("#FFFFFF"))
            painter.setFont(self._bold)
            painter.drawText(layout.avatar, _CENTRE, speech.author(row)[:1])
        if layout.quote is not None:
            painter.setPen(_NO_PEN)
            painter.setBrush(self._accent)
            bar = QRectF(layout.quote.left(), layout.quote.top() + 1, 3, layout.quote.height() - 2)
            painter.drawRoundedRect(bar, 1.5, 1.5)
            for piece in layout.quote_words:
                self._words(painter, piece, layout)

    def _across(self, painter: QPainter, layout: BubbleLayout) -> None:
        painter.setPen(self._hairline)
        y = layout.bubble.center().y()
        for left, right in (
            (22.0, layout.bubble.left() - 12),
            (layout.bubble.right() + 12, layout.width - 22),
        ):
            if right > left:
                painter.drawLine(QPointF(left, y), QPointF(right, y))

    def _picture(self, painter: QPainter, layout: BubbleLayout, area: QRectF) -> None:
        shown = layout.row.picture
        assert shown is not None
        image = self.thumbnails(shown.media_id) if self.thumbnails is not None else None
        painter.save()
        edge = QPainterPath()
        edge.addRoundedRect(area, 8, 8)
        painter.setClipPath(edge)
        if image is not None and not image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.fillRect(area, self._line)
            painter.drawImage(_fitted(area, image), image)
        else:
            painter.fillRect(area, self._line)
        if shown.progress < 1.0:
            painter.fillRect(QRectF(area.left(), area.bottom() - 20, area.width(), 20), self._paper)
            done = area.width() * max(0.0, shown.progress)
            painter.fillRect(QRectF(area.left(), area.bottom() - 3, done, 3), self._accent)
            painter.setPen(self._quiet)
            painter.setFont(self.fonts.meta)
            label = QRectF(area.left(), area.bottom() - 20, area.width(), 17)
            painter.drawText(label, _CENTRE, words.picture_progress(int(shown.progress * 100)))
        elif image is None or image.isNull():
            painter.setPen(self._quiet)
            painter.setFont(self.fonts.meta)
            said = words.picture() if image is None else words.unshowable()
            painter.drawText(area, _CENTRE | Qt.TextFlag.TextWordWrap, said)
        if layout.cancel is not None:
            self._cross(painter, layout.cancel)
        painter.restore()

    def _voice(self, painter: QPainter, layout: BubbleLayout, places: VoicePlaces) -> None:
        note = layout.row.voice
        assert note is not None
        shown = self.voices(note.media_id) if self.voices is not None else VoiceShown()
        here = note.progress >= 1.0 or layout.row.kind is RowKind.MINE
        ready = here and shown.state is not PlayerState.UNPLAYABLE
        disc = self._accent if ready else self._quiet_fill
        sign(painter, places.button, disc, self._paper, playing=shown.state is PlayerState.PLAYING)
        bars(painter, places.wave, note.peaks, shown.share, self._accent, self._quiet_fill)
        painter.setFont(self.fonts.meta)
        painter.setPen(self._quiet)
        begun = shown.state in (PlayerState.PLAYING, PlayerState.PAUSED)
        at = note.ms * shown.share if begun else note.ms
        painter.drawText(places.time, _CENTRE, amounts.clock(round(at)))
        if layout.cancel is not None:
            self._cross(painter, layout.cancel)
        elif not here:
            painter.drawText(places.speed, _CENTRE, f"{int(note.progress * 100)}%")
        else:
            painter.setPen(self._strong_line)
            painter.setBrush(_NO_BRUSH)
            half = places.speed.height() / 2
            painter.drawRoundedRect(places.speed.adjusted(0.5, 0.5, -0.5, -0.5), half, half)
            painter.setPen(self._ink)
            painter.drawText(places.speed, _CENTRE, words.speed(shown.speed))

    def _cross(self, painter: QPainter, area: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._paper)
        painter.drawEllipse(area)
        pen = QPen(self._quiet)
        pen.setWidthF(1.6)
        painter.setPen(pen)
        arm = area.adjusted(7, 7, -7, -7)
        painter.drawLine(arm.topLeft(), arm.bottomRight())
        painter.drawLine(arm.topRight(), arm.bottomLeft())

    def _words(self, painter: QPainter, piece: LayoutWords, layout: BubbleLayout) -> None:
        look = piece.look
        if look is LayoutLook.AUTHOR:
            painter.setFont(self.fonts.author)
            painter.setPen(self._quiet)
            painter.drawText(piece.rect, _LEFT, piece.text)
            return
        painter.setFont(self.fonts.meta)
        if look is LayoutLook.PLAIN or look is LayoutLook.QUIET:
            painter.setPen(self._quiet)
            painter.drawText(piece.rect, _LEFT, piece.text)
            return
        radius = piece.rect.height() / 2
        if look is LayoutLook.CHIP and layout.row.chip is not None:
            tone = layout.row.chip.tone
            painter.setPen(_NO_PEN)
            painter.setBrush(self._chip_brushes[tone])
            painter.drawRoundedRect(piece.rect, radius, radius)
            painter.setPen(self._chip_pens[tone])
        else:
            trouble = look is LayoutLook.TROUBLE
            painter.setPen(self._strong_line if trouble else self._hairline)
            painter.setBrush(_NO_BRUSH)
            painter.drawRoundedRect(piece.rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
            painter.setPen(self._ink if trouble else self._quiet)
        painter.drawText(piece.rect, _CENTRE, piece.text)

    def _formats(self, layout: BubbleLayout) -> list[QTextLayout.FormatRange]:
        ranges = []
        for link in layout.links:
            span = QTextLayout.FormatRange()
            # The binding's stubs declare these two as methods' results; they are plain fields.
            span.start = link.start
            span.length = link.end - link.start
            span.format = self._link
            ranges.append(span)
        return ranges


def _fitted(area: QRectF, image: QImage) -> QRectF:
    """The image's own shape within the area: what a message says of it may be wrong."""
    size = QSizeF(image.size()).scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
    if abs(size.width() - area.width()) < 2 and abs(size.height() - area.height()) < 2:
        return area
    fitted = QRectF(QPointF(0, 0), size)
    fitted.moveCenter(area.center())
    return fitted
