"""Rating replies, blind: one key a reply, undo, progress, and how far two raters agree."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from miaohui.checks.analysis.analyse import FolderUnreadable
from miaohui.checks.analysis.coding import Bubble, Coder, Item, open_coding
from miaohui.checks.analysis.ratings import (
    ADJUDICATED,
    RaterInvalid,
    Ratings,
    rater_file,
    read_ratings,
)
from miaohui.checks.results import Kappa
from miaohui.client.port import Refused
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look.language import say
from miaohui.desktop.pages.check.pane import CheckPane
from miaohui.desktop.strings import check as page_words
from miaohui.desktop.strings import checkcoding as words
from miaohui.desktop.strings import checkresults
from miaohui.desktop.widgets.button import button, icon_button
from miaohui.desktop.widgets.card import card, clear, scrolled
from miaohui.desktop.widgets.empty import EmptyState
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.progress import ProgressBar

__all__ = ["CodingPane", "kappa_words"]

DIGITS = range(Qt.Key.Key_1, Qt.Key.Key_9 + 1)


class CodingPane(CheckPane):
    """Signals: ``back_asked``."""

    back_asked = Signal()

    def __init__(self, bridge: Bridge, folder: Path) -> None:
        super().__init__()
        self.setObjectName("paper")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._bridge, self._folder = bridge, folder
        self._coder: Coder | None = None
        self._item: Item | None = None
        self._writing = False
        self._reply: QLabel | None = None  # what is to be read
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 18, 24, 18)
        whole.setSpacing(12)
        row = QHBoxLayout()
        row.setSpacing(10)
        self.back = icon_button(bridge.look, "back", page_words.back())
        self.back.clicked.connect(self.back_asked)
        row.addWidget(self.back)
        row.addWidget(label(words.title(), "title"))
        row.addStretch(1)
        self.count = label("", "strong")
        row.addWidget(self.count)
        whole.addLayout(row)
        whole.addWidget(label(words.about(), "second", wrap=True))
        self.bar = ProgressBar(bridge.look, 6)
        whole.addWidget(self.bar)
        self.stack = QStackedWidget()
        self.stack.addWidget(self._door())
        self.stack.addWidget(self._desk())
        self.end = EmptyState()
        self.end.pressed.connect(self._again)
        self.stack.addWidget(self.end)
        whole.addWidget(self.stack, 1)
        self._bridge.run(self, asyncio.to_thread(read_ratings, folder), self._have_ratings)

    def _door(self) -> QWidget:
        frame, column = card(margin=24, gap=10)
        frame.setMaximumWidth(self._bridge.look.px(520))
        column.addWidget(label(words.who(), "heading"))
        self.name = QLineEdit()
        self.name.setPlaceholderText(words.who_hint())
        self.name.setAccessibleName(words.who())
        self.name.setMaxLength(40)
        self.name.returnPressed.connect(self._enter)
        column.addWidget(self.name)
        self.wrong = label("", "wrong", wrap=True)
        self.wrong.hide()
        column.addWidget(self.wrong)
        self.known = label("", "small", wrap=True)
        column.addWidget(self.known)
        row = QHBoxLayout()
        self.begin = button(words.begin(), "primary")
        self.begin.clicked.connect(self._enter)
        self.settle = button("", "outline")
        self.settle.clicked.connect(lambda: self._open(ADJUDICATED))
        self.settle.hide()
        row.addWidget(self.begin)
        row.addWidget(self.settle)
        row.addStretch(1)
        column.addLayout(row)
        holder = QWidget()
        outer = QVBoxLayout(holder)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)
        outer.addStretch(1)
        return holder

    def _desk(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        frame, inside = card(margin=8, gap=0)
        body = QWidget()
        self._talk = QVBoxLayout(body)
        self._talk.setContentsMargins(14, 12, 14, 12)
        self._talk.setSpacing(8)
        self._area = scrolled(body, on_card=True)
        self._area.verticalScrollBar().rangeChanged.connect(self._show_reply)
        inside.addWidget(self._area)
        column.addWidget(frame, 1)
        self._keys = FlowLayout(gap=8)
        keys = QWidget()
        keys.setLayout(self._keys)
        column.addWidget(keys)
        row = QHBoxLayout()
        self.undo = button(words.undo(), "quiet")
        self.undo.clicked.connect(self._undo)
        row.addWidget(self.undo)
        row.addStretch(1)
        column.addLayout(row)
        self.choices: list[QPushButton] = []
        return holder

    # --- who rates -------------------------------------------------------------------------------
    def _have_ratings(self, ratings: Ratings) -> None:
        count = len(ratings.disputed())
        self.settle.setText(words.adjudicate(count))
        self.settle.setVisible(count > 0)
        self.known.setText(_agreement(ratings.agreement()))
        self.known.setVisible(bool(self.known.text()))

    def _enter(self) -> None:
        name = self.name.text().strip()
        try:
            rater_file(self._folder, name)
        except RaterInvalid:
            self._say(words.name_wrong())
            return
        if name == ADJUDICATED:
            self._say(words.name_taken())
            return
        self._open(name)

    def _open(self, rater: str) -> None:
        self.begin.setEnabled(False)
        self._bridge.run(self, _coder(self._folder, rater), self._opened, self._not_opened)

    def _opened(self, coder: Coder) -> None:
        self.begin.setEnabled(True)
        self._coder = coder
        self._label_keys(coder)
        self._show(coder.current)

    def _not_opened(self, refused: Refused) -> None:
        self.begin.setEnabled(True)
        self._say(page_words.trouble("unreadable", refused.detail))

    def _say(self, text: str) -> None:
        self.wrong.setText(text)
        self.wrong.show()

    # --- one reply -------------------------------------------------------------------------------
    def _label_keys(self, coder: Coder) -> None:
        for one in self.choices:
            one.hide()
            one.deleteLater()
        self.choices = []
        for number, name in enumerate(coder.labels, 1):
            made = button(f"{number}  {checkresults.coded(name)}", "choice")
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.clicked.connect(lambda _=False, name=name: self._rate(name))
            self.choices.append(made)
            self._keys.addWidget(made)

    def _show(self, item: Item | None) -> None:
        coder = self._coder
        if coder is None:
            return
        self._item = item
        total = len(coder.items)
        self.count.setText(words.progress(coder.done, total))
        self.bar.set_share(coder.done / total if total else 0.0)
        self.undo.setEnabled(coder.done > 0)
        if item is None:
            self._over(coder)
            return
        self.stack.setCurrentIndex(1)
        self._reply = None
        clear(self._talk)
        if item.asks:
            self._talk.addWidget(label(words.asked(), "small"))
            for bubble in item.asks:
                self._talk.addWidget(label(_text(bubble), "second", wrap=True))
        if item.before:
            self._talk.addWidget(label(words.earlier(), "small"))
            for bubble in item.before:
                self._talk.addWidget(label(_text(bubble), "second", wrap=True))
        self._talk.addWidget(label(words.answered(), "small"))
        self._reply = label(_text(item.reply), "heading", wrap=True, selectable=True)
        self._talk.addWidget(self._reply)
        if item.said:
            labels = "、".join(checkresults.coded(one) for one in item.said)
            self._talk.addWidget(label(words.said_so_far(labels), "small", wrap=True))
        self._talk.addStretch(1)
        for number, (press, name) in enumerate(zip(self.choices, coder.labels, strict=True), 1):
            told = checkresults.coded(name)
            told = words.proposed(told) if name == item.proposal else told
            press.setText(f"{number}  {told}")
        self.setFocus()
        self.setAccessibleName(_text(item.reply))

    def _show_reply(self) -> None:
        """In large type the reply lies below the fold: shown once all has its height."""
        if self._reply is not None:
            self._area.ensureWidgetVisible(self._reply)

    def _over(self, coder: Coder) -> None:
        self.stack.setCurrentIndex(2)
        if not coder.items:
            self.end.show_words(words.nothing_title(), words.nothing_hint())
            return
        self.end.show_words(words.done_title(), words.done_hint(""), words.who())
        self._bridge.run(self, asyncio.to_thread(read_ratings, self._folder), self._agreed)

    def _agreed(self, ratings: Ratings) -> None:
        hint = words.done_hint(_agreement(ratings.agreement()))
        self.end.show_words(words.done_title(), hint, words.who())
        self._have_ratings(ratings)

    def _again(self) -> None:
        """Another rater."""
        self._coder = None
        self.name.clear()
        self.stack.setCurrentIndex(0)
        self.name.setFocus()

    # --- rating ----------------------------------------------------------------------------------
    def _rate(self, name: str) -> None:
        coder = self._coder
        if coder is None or self._item is None or self._writing:
            return
        self._writing = True
        now = self._bridge.clock.utc_ms()
        self._bridge.run(self, _written(coder, name, now), self._rated, self._not_rated)

    def _rated(self, item: Item | None) -> None:
        self._writing = False
        self._show(item)

    def _not_rated(self, refused: Refused) -> None:
        self._writing = False
        self.count.setText(words.not_written(refused.detail))

    def _undo(self) -> None:
        coder = self._coder
        if coder is None or self._writing or not coder.done:
            return
        self._writing = True
        now = self._bridge.clock.utc_ms()
        self._bridge.run(self, _written(coder, "", now), self._rated, self._not_rated)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        coder, item = self._coder, self._item
        key = event.key()
        if coder is None or self.stack.currentIndex() == 0:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Backspace, Qt.Key.Key_U):
            self._undo()
        elif item is None:
            super().keyPressEvent(event)
        elif key in DIGITS and key - Qt.Key.Key_1 < len(coder.labels):
            self._rate(coder.labels[key - Qt.Key.Key_1])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item.proposal in coder.labels:
            self._rate(item.proposal)
        else:
            super().keyPressEvent(event)


async def _coder(folder: Path, rater: str) -> Coder:
    try:
        return await asyncio.to_thread(open_coding, folder, rater)
    except FolderUnreadable as error:
        raise Refused("unreadable", say(error.chinese, error.english)) from None
    except OSError as error:
        raise Refused("unreadable", str(error.strerror)) from None


async def _written(coder: Coder, name: str, utc_ms: int) -> Item | None:
    """On the disk before the next is shown; beside the window, for a disk may be slow."""
    try:
        if name:
            return await asyncio.to_thread(coder.rate, name, utc_ms)
        return await asyncio.to_thread(coder.undo, utc_ms)
    except OSError as error:
        raise Refused("disk", str(error.strerror)) from None


def _text(bubble: Bubble) -> str:
    return bubble.text if bubble.content == "text" else words.no_text(bubble.content)


def _agreement(kappa: Kappa | None) -> str:
    return "" if kappa is None else kappa_words(kappa)


def kappa_words(kappa: Kappa) -> str:
    """The agreement of two raters, in one sentence."""
    if kappa.value is None or kappa.low is None or kappa.high is None:
        return words.kappa_undefined(kappa.items, kappa.agreed)
    figures = (f"{one:.2f}" for one in (kappa.value, kappa.low, kappa.high))
    value, low, high = figures
    return words.kappa(value, low, high, kappa.items, kappa.agreed)
