"""Reporting the other side of a session, or blocking them: what goes out is shown before it goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QVBoxLayout, QWidget

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts, sanitize
from miaohui.desktop.strings import errors, shell
from miaohui.desktop.strings import reports as words
from miaohui.desktop.widgets.button import button, chip, one_of
from miaohui.desktop.widgets.buttonrow import ButtonRow
from miaohui.desktop.widgets.card import Fitted
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.page import Pane
from miaohui.desktop.widgets.spoken import NOTIFICATION, set_spoken_role, show_spoken
from miaohui.desktop.widgets.textbox import TextBox
from miaohui.wire.limits import TEXT_FRAME_BYTES
from miaohui.wire.reports import BlockPeer, FileReport, ReportCategory, ReportFiled

if TYPE_CHECKING:
    from miaohui.client.port import Refused
    from miaohui.client.snapshots import ReportableMessage

__all__ = ["FilingPane"]

LISTED = 50
PRESET = 20
AROUND = 5  # messages before and after the one that was pointed at
LINE_CHARS = 60
WORDS_CHARS = 1000
ROOM_BYTES = TEXT_FRAME_BYTES - 2048


class FilingPane(Pane):
    """One session's report. ``key``: the message that was pointed at. Signals: ``left``."""

    left = Signal()

    def __init__(self, bridge: Bridge, session: str, *, desk: bool, key: str = "") -> None:
        super().__init__()
        self._bridge, self._session, self._desk, self._key = bridge, session, desk, key
        self._messages: Sequence[ReportableMessage] = ()
        self.boxes: list[QCheckBox] = []

    def _steps(self) -> Iterator[None]:
        px = self._bridge.look.px
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 22, 28, 8)
        column.setSpacing(8)
        column.addWidget(label(words.title(), "heading"))
        about = words.about_desk() if self._desk else words.about()
        column.addWidget(label(about, "small", wrap=True))
        column.addWidget(label(words.what(), "strong"))
        flow, group = FlowLayout(gap=6), QButtonGroup(self)
        self.categories = {each: chip(words.category(each.value)) for each in ReportCategory}
        for each in self.categories.values():
            one_of(group, each)
            each.clicked.connect(self._show)
            flow.addWidget(each)
        self.categories[ReportCategory.ABUSE].setChecked(True)
        holder = QWidget()
        holder.setLayout(flow)
        column.addWidget(holder)
        self.due = label("", "small", wrap=True)
        column.addWidget(self.due)
        yield
        column.addWidget(label(words.which(), "strong"))
        inside = QWidget()
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(4)
        self._list.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(Fitted(inside, least=px(96), most=px(150)))
        self.words = TextBox()
        self.words.setProperty("kind", "field")
        self.words.setPlaceholderText(words.words_hint())
        self.words.setAccessibleName(words.words_hint())
        self.words.setTabChangesFocus(True)
        self.words.setFixedHeight(px(60))
        self.words.textChanged.connect(self._show)
        column.addWidget(self.words)
        yield
        column.addWidget(label(words.preview(), "strong", wrap=True))
        self.preview = TextBox()
        self.preview.setReadOnly(True)
        self.preview.setProperty("kind", "field")
        self.preview.setAccessibleName(words.preview_name())
        self.preview.setTabChangesFocus(True)
        self.preview.setFixedHeight(px(130))
        column.addWidget(self.preview)
        self.block_too = QCheckBox(words.send_and_block())
        column.addWidget(self.block_too)
        self.note = label("", "body", wrap=True, selectable=True)
        set_spoken_role(self.note, NOTIFICATION)
        self.note.hide()
        column.addWidget(self.note)
        yield
        self.foot = QWidget(self)
        under = QVBoxLayout(self.foot)
        under.setContentsMargins(24, 6, 24, 18)
        row = ButtonRow()
        self.close_button = button(shell.close())
        self.close_button.clicked.connect(self.left)
        self.block = button(words.block_live() if self._is_live() else words.block(), "outline")
        self.block.setObjectName("report-block")
        self.block.clicked.connect(self._block)
        self.send = button(words.send(), "primary")
        self.send.setObjectName("report-send")
        self.send.clicked.connect(self._send)
        for each in (self.close_button, self.block, self.send):
            row.add(each)
        under.addWidget(row)
        self._show()
        self._bridge.run(self, self._bridge.client.reportable(self._session), self._list_messages)

    def _is_live(self) -> bool:
        view = self._bridge.client.session(self._session)
        return view is not None and view.card.state != "closed"

    # --- what is chosen --------------------------------------------------------------------------
    def _list_messages(self, found: Sequence[ReportableMessage]) -> None:
        keys = [each.key for each in found]
        at = keys.index(self._key) if self._key in keys else len(keys) - 1
        pointed = self._key in keys
        start = max(0, min(at - LISTED // 2, len(keys) - LISTED)) if pointed else -LISTED
        self._messages = found[start:][:LISTED]
        preset = (
            {each.key for each in found[max(0, at - AROUND) : at + AROUND + 1]}
            if pointed
            else {each.key for each in found[-PRESET:]}
        )
        mine = self._side()
        for each in self._messages:
            text = each.told.text if each.told.media is None else words.picture()
            text = sanitize.line(text)
            cut = text if len(text) <= LINE_CHARS else text[: LINE_CHARS - 1] + "…"
            box = QCheckBox(words.line(mine=each.author == mine, text=cut).replace("&", "&&"))
            box.setAccessibleName(words.line(mine=each.author == mine, text=text))
            box.setChecked(each.key in preset)
            box.toggled.connect(self._show)
            self.boxes.append(box)
            self._list.addWidget(box)
        self._show()

    def _side(self) -> str:
        return "responder" if self._desk else "customer"

    def _chosen(self) -> list[ReportableMessage]:
        pairs = zip(self._messages, self.boxes, strict=True)
        return [each for each, box in pairs if box.isChecked()]

    @property
    def category(self) -> ReportCategory:
        return next(each for each, made in self.categories.items() if made.isChecked())

    def _report(self) -> FileReport | None:
        chosen = self._chosen()
        if not chosen:
            return None
        return FileReport(
            id=self._bridge.new_id(),
            session=self._session,
            category=self.category,
            words=self.words.toPlainText().strip()[:WORDS_CHARS],
            messages=tuple(each.told for each in chosen),
        )

    def _show(self) -> None:
        """The preview is made of the very request that is sent."""
        self.due.setText(words.due(self.category.value))
        report = self._report()
        if report is None:
            self.preview.setPlainText(words.nothing())
            self.send.setEnabled(False)
            return
        commits = {each.key: each for each in self._messages}
        mine = self._side()
        parts = [words.told(report.session, report.category.value, report.words)]
        for told in report.messages:
            known = commits[told.message]
            parts.append(
                words.told_message(
                    mine=known.author == mine,
                    seq=told.seq,
                    text=told.text if told.media is None else words.picture(),
                    salt=told.salt,
                    commit=known.commit,
                    media=told.media,
                )
            )
        fits = len(msgspec.json.encode(report)) <= ROOM_BYTES
        self.preview.setPlainText(sanitize.text("\n\n".join(parts)) if fits else words.too_much())
        self.send.setEnabled(fits)

    # --- sending -----------------------------------------------------------------------------------
    def _send(self) -> None:
        report = self._report()
        if report is None:
            return
        self.send.setEnabled(False)
        self._bridge.ask(self, report, self._filed, self._refused)

    def _filed(self, answer: ReportFiled) -> None:
        today = datetime.fromtimestamp(self._bridge.clock.utc_ms() / 1000).astimezone()
        view = answer.report
        self._say(words.filed(view.report, amounts.moment(view.due_utc, today)))
        for each in (*self.boxes, *self.categories.values(), self.words):
            each.setEnabled(False)
        self.send.hide()
        if self.block_too.isChecked():
            self._block()

    def _block(self) -> None:
        self.block.setEnabled(False)
        command = BlockPeer(id=self._bridge.new_id(), session=self._session)
        self._bridge.ask(self, command, lambda _: self._blocked(), self._not_blocked)

    def _blocked(self) -> None:
        said = self.note.text()
        self._say(f"{said}\n{words.blocked()}" if said else words.blocked())
        self.block.hide()
        self.block_too.hide()

    def _not_blocked(self, refused: Refused) -> None:
        if refused.code == "already_done":
            self._blocked()
            return
        self.block.setEnabled(True)
        self._refused(refused)

    def _refused(self, refused: Refused) -> None:
        self.send.setEnabled(True)
        self._say(errors.sentence(refused.code, refused.detail, refused.retry_ms))

    def _say(self, text: str) -> None:
        show_spoken(self.note, text)
