"""Bait and fraud in a conversation: a bar with one sentence, for what came and for what is written.

Read on this device; it blocks nothing, and what is being written is told to nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from threading import Thread
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from miaohui.care import fraud
from miaohui.care.lures import code_in, hides_bait, lure_in
from miaohui.client.snapshots import MessageView
from miaohui.client.unsent import WaitingPicture
from miaohui.desktop.look.language import say as either
from miaohui.desktop.strings import lures as words
from miaohui.desktop.strings import shell
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.page import Pane

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miaohui.promise.labels import LabelRules

__all__ = ["FraudPane", "LureBar", "Lures"]

AFTER_MS = 400  # of not writing, before what is written is looked at
OFF = "off_platform"
NEWEST = 5  # messages of a conversation that are looked at when it comes on screen

Codes = Callable[[str, Callable[[tuple[str, ...]], None]], None]
"""Has the QR codes of a media id read, and calls back with what they say."""


def _label_rules() -> LabelRules:
    from miaohui.promise.labels import newest_rules

    return newest_rules()


def _kind_of(text: str) -> str:
    """What a text asks for; empty where it asks for nothing."""
    found = lure_in(text)
    if found is not None:
        return found.kind.value
    return OFF if OFF in _label_rules().of(text) else ""


def _kind_of_codes(contents: Iterable[str]) -> str:
    """Where the codes of one picture lead, the worst of them; empty where nowhere."""
    kinds: list[str] = []
    for each in contents:
        code = code_in(each)
        kinds.append(f"code_{code.value}" if code is not None else _kind_of(each))
    found = [kind for kind in kinds if kind]
    return min(found, key=_WORST.index, default="") if set(found) <= set(_WORST) else found[0]


_WORST = ("code_pay", "code_contact", "code_link")


class _Source(Enum):
    """What the bar speaks of."""

    NOTHING = "nothing"
    CAME = "came"
    WRITTEN = "written"


class LureBar(QFrame):
    """Signals: ``came(sentence)``; ``more``: the standing page; ``put_away``."""

    came = Signal(str)
    more = Signal()
    put_away = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "note")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 14, 8)
        column.setSpacing(6)
        self.words = label("", "body", wrap=True)
        column.addWidget(self.words)
        flow = FlowLayout(gap=8)
        self._more, self._away = button("", "link"), button("", "link")
        self._more.setObjectName("lure-more")
        self._away.setObjectName("lure-away")
        self._more.clicked.connect(self.more)
        self._away.clicked.connect(self.put_away)
        flow.addWidget(self._more)
        flow.addWidget(self._away)
        holder = QWidget()
        holder.setLayout(flow)
        column.addWidget(holder)
        self.hide()

    def say(self, sentence: str) -> None:
        self._more.setText(words.more())
        self._away.setText(words.put_away())
        is_new = sentence != self.words.text()
        self.words.setText(sentence)
        self.setAccessibleName(sentence)
        self.setVisible(bool(sentence))
        if is_new and sentence:
            self.came.emit(sentence)


class Lures(QObject):
    """Between messages, composer and bar; one conversation at a time."""

    def __init__(self, bar: LureBar, codes: Codes, *, desk: bool) -> None:
        super().__init__(bar)
        self.bar, self._codes, self._desk = bar, codes, desk
        self._source = _Source.NOTHING
        self._came, self._came_key = "", ""
        self._away: set[str] = set()  # messages of which nothing more is to be said
        self._text = ""
        self._waiting: tuple[str, ...] = ()
        self._read: dict[str, str] = {}  # what a picture's codes come to, by its media id
        self._asked: set[str] = set()
        self._pause = QTimer(self, singleShot=True, interval=AFTER_MS)
        self._pause.timeout.connect(self._look_at_text)
        bar.put_away.connect(self._put_away)

    def begin(self, newest: Iterable[MessageView]) -> None:
        """Another conversation is on screen. The rules are read where nobody waits for it."""
        self._came = self._came_key = self._text = ""
        self._waiting = ()
        self._asked.clear()
        self._show(_Source.NOTHING, "")
        Thread(target=_label_rules, name="label rules", daemon=True).start()
        self.came(newest)

    def came(self, messages: Iterable[MessageView]) -> None:
        """Hears a message of the other side; the relay's labels stand on a responder's words."""
        for each in messages:
            if each.mine or each.kind != "message" or each.recalled or each.key in self._away:
                continue
            kind = OFF if OFF in each.labels else ""
            found = lure_in(each.text)
            if found is not None:
                kind = found.kind.value
            if kind:
                hidden = kind == OFF and hides_bait(each.text)
                self._say_of(each.key, words.received(kind, hidden=hidden))
            if each.picture is not None and each.picture.here:
                self._came_picture(each.key, each.picture.media)

    def _came_picture(self, key: str, media: str) -> None:
        def read(kind: str) -> None:
            if kind and key not in self._away:
                self._say_of(key, words.received(kind))

        self._with_kind(media, read)

    def _with_kind(self, media: str, then: Callable[[str], None]) -> None:
        """Calls ``then`` with what a picture's codes come to, unless another conversation is on
        screen by then."""
        if media in self._read:
            then(self._read[media])
        elif media not in self._asked:
            self._asked.add(media)

            def heard(contents: tuple[str, ...]) -> None:
                self._asked.discard(media)
                self._read[media] = _kind_of_codes(contents)
                then(self._read[media])

            self._codes(media, heard)

    def _say_of(self, key: str, sentence: str) -> None:
        self._came, self._came_key = sentence, key
        if self._source is not _Source.WRITTEN:
            self._show(_Source.CAME, sentence)

    def written(self, text: str, pictures: Iterable[WaitingPicture] = ()) -> None:
        """Hears what stands in the composer now."""
        self._text = text
        waiting = tuple(each.media for each in pictures)
        if waiting != self._waiting:
            self._waiting = waiting
            for media in waiting:
                self._with_kind(media, lambda _kind: self._look_at_text())
        if text.strip():
            self._pause.start()
        else:
            self._pause.stop()
            self._look_at_text()

    def _look_at_text(self) -> None:
        kind = _kind_of(self._text) if self._text.strip() else ""
        if not kind:
            kind = next((k for each in self._waiting if (k := self._read.get(each, ""))), "")
        if kind:
            told = words.writing if self._desk else words.writing_as_customer
            self._show(_Source.WRITTEN, told(kind))
        elif self._source is _Source.WRITTEN:
            self._show(_Source.CAME if self._came else _Source.NOTHING, self._came)

    def _put_away(self) -> None:
        if self._source is _Source.CAME:
            self._away.add(self._came_key)
            self._came = ""
        self._show(_Source.NOTHING, "")

    def _show(self, source: _Source, sentence: str) -> None:
        self._source = source
        self.bar.say(sentence)


class FraudPane(Pane):
    """The standing page. Signals: ``read``."""

    read = Signal()

    def _steps(self) -> Iterator[None]:
        found = fraud.page()
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 22, 28, 6)
        column.setSpacing(10)
        column.addWidget(label(words.title(), "heading"))
        for chinese, english in found.lines:
            column.addWidget(label(either(chinese, english), "body", wrap=True, selectable=True))
        column.addWidget(label(words.dated(found.checked.isoformat()), "small"))
        yield
        self._close_below(shell.understood()).clicked.connect(self.read)
