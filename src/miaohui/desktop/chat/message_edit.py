"""The text box of the composer: it grows, sends on Enter, and waits for input methods."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QMimeData, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QImage,
    QImageWriter,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QWidget

from miaohui.desktop.widgets.textbox import TextBox
from miaohui.wire.media import MEDIA_TYPES

__all__ = ["MessageEdit", "has_words", "offered"]

LINES = 5


class MessageEdit(TextBox):
    """Signals: `accepted` (Enter outside a composition), `dismissed` (Esc),
    `composed` (an input method is at work), `composition_ended`, `pictures_offered(list of Path or bytes)`.
    """

    accepted = Signal()
    dismissed = Signal()
    composed = Signal()
    composition_ended = Signal()
    pictures_offered = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._just_committed = False
        self._kept = (0, 0)  # where a composition that was broken off stands, as letters
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(2)
        self.document().documentLayout().documentSizeChanged.connect(lambda _size: self.fit())

    def composing(self) -> bool:
        """True where an input method holds text that is not yet written."""
        # toPlainText() knows nothing of it, and a flag of one's own goes stale after clear().
        return bool(self.textCursor().block().layout().preeditAreaText())

    def keep_composition(self) -> None:
        """Breaks a composition off and keeps what it showed, as letters: they are neither lost
        nor taken for written. Returning to the box selects them, so that typing begins anew."""
        layout = self.textCursor().block().layout()
        preedit = layout.preeditAreaText()
        if not preedit:
            return
        before, start = self.toPlainText(), self.textCursor().position()
        QGuiApplication.inputMethod().reset()  # some input methods write the letters themselves
        if self.toPlainText() == before:
            # Qt's own end of a composition, without a word.
            super().inputMethodEvent(QInputMethodEvent("", []))
            self.textCursor().insertText(preedit)
        self._kept = (start, self.textCursor().position())
        self._just_committed = False
        self.composition_ended.emit()

    def discard(self) -> None:
        """Empty the box, and the input method with it."""
        QGuiApplication.inputMethod().reset()
        self.clear()
        self._kept = (0, 0)

    def fit(self) -> None:
        """Grow with the text up to five lines, then scroll."""
        # A plain text document measures its height in lines.
        lines = max(1, min(LINES, round(self.document().size().height())))
        margins = 2 * self.document().documentMargin()
        height = int(lines * self.fontMetrics().lineSpacing() + margins + 2)
        if height != self.height() or height != self.minimumHeight():
            self.setFixedHeight(height)
        more = self.document().size().height() > LINES
        policy = (
            Qt.ScrollBarPolicy.ScrollBarAsNeeded if more else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )
        self.setVerticalScrollBarPolicy(policy)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter(event)
        elif event.key() == Qt.Key.Key_Escape and not self.composing():
            event.accept()
            self.dismissed.emit()
        else:
            super().keyPressEvent(event)
            self._kept = (0, 0)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        # The key that committed is up: the next Return is one of its own, however soon it comes.
        self._end_commit()
        super().keyReleaseEvent(event)

    def event(self, event: QEvent) -> bool:
        # Said before the input method is told: it would commit raw letters, or drop them.
        if event.type() == QEvent.Type.FocusAboutToChange:
            self.keep_composition()
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.keep_composition()
        super().focusOutEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._select_kept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.keep_composition()
        super().mousePressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        was = self.composing()
        super().inputMethodEvent(event)
        self._kept = (0, 0)
        if was and not self.composing():
            self.composition_ended.emit()
        if event.commitString():
            # Some input methods let the Return that committed through, in the same turn.
            self._just_committed = True
            QTimer.singleShot(0, self._end_commit)
        if event.preeditString():
            self.composed.emit()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasImage() or bool(_files(source)) or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        found = [] if has_words(source) else offered(source)
        if found:
            self.pictures_offered.emit(found)
        elif source.hasText():
            # Only the words: what was copied brings neither its fonts nor its colours.
            self.textCursor().insertText(source.text())
            self.ensureCursorVisible()

    def _enter(self, event: QKeyEvent) -> None:
        event.accept()
        if self.composing() or self._just_committed:
            return
        if self._kept_selected():
            # As within the composition: these letters are meant, and nothing is sent by that.
            cursor = self.textCursor()
            cursor.clearSelection()
            self.setTextCursor(cursor)
            self._kept = (0, 0)
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.textCursor().insertBlock()
            self.ensureCursorVisible()
        else:
            self.accepted.emit()

    def _select_kept(self) -> None:
        start, end = self._kept
        if start < end <= self.document().characterCount() - 1:
            cursor = self.textCursor()
            cursor.setPosition(start)
            cursor.setPosition(end, cursor.MoveMode.KeepAnchor)
            self.setTextCursor(cursor)

    def _kept_selected(self) -> bool:
        cursor = self.textCursor()
        start, end = self._kept
        return start < end and (cursor.selectionStart(), cursor.selectionEnd()) == (start, end)

    def _end_commit(self) -> None:
        self._just_committed = False


def has_words(source: QMimeData) -> bool:
    """True where text was copied, whatever picture of it lies beside it: cells of a table bring
    one of themselves. Files come with their paths as text and are files."""
    return not _files(source) and source.hasFormat("text/plain") and bool(source.text().strip())


def offered(source: QMimeData) -> list[Path | bytes]:
    """Files by their path, a copied picture as its file or as PNG; nothing when there is only text.

    A file is taken as it is: it may come from a stranger's page, and Qt would decode it here.
    """
    found: list[Path | bytes] = [*_files(source)]
    if found:
        return found
    for kind in MEDIA_TYPES:
        if source.hasFormat(kind) and (data := bytes(source.data(kind).data())):
            return [data]
    if source.hasImage():
        image = source.imageData()
        if isinstance(image, QImage) and not image.isNull():
            buffer = QBuffer()
            buffer.open(QIODevice.OpenModeFlag.WriteOnly)
            QImageWriter(buffer, QByteArray(b"png")).write(image)
            found.append(bytes(buffer.data().data()))
    return found


def _files(source: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile()]
