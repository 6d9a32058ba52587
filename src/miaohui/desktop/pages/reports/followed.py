"""A person's reports with what was decided of them and why, and whom they blocked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts, sanitize
from miaohui.desktop.strings import errors, shell
from miaohui.desktop.strings import reports as words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import card, clear
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.page import Pane
from miaohui.desktop.widgets.spoken import NOTIFICATION, set_spoken_role, show_spoken
from miaohui.wire.reports import (
    AppealReport,
    BlockedPeer,
    ListReports,
    Reports,
    ReportView,
    UnblockPeer,
)

if TYPE_CHECKING:
    from miaohui.client.port import Refused

__all__ = ["FollowedPane"]


class FollowedPane(Pane):
    """Asked of the relay whenever it is opened, or something was decided. Signals: ``left``."""

    left = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._found: Reports | None = None

    def _steps(self) -> Iterator[None]:
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 22, 28, 6)
        column.setSpacing(8)
        column.addWidget(label(words.list_title(), "heading"))
        self.note = label("", "body", wrap=True)
        set_spoken_role(self.note, NOTIFICATION)
        self.note.hide()
        column.addWidget(self.note)
        inside = QWidget()
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(8)
        column.addWidget(inside)
        yield
        self._close_below(shell.close()).clicked.connect(self.left)
        self._bridge.notice.connect(self._heard)
        self._ask()

    def _heard(self, notice: object) -> None:
        if getattr(notice, "code", "") == "report_changed":
            self._ask()

    def _ask(self) -> None:
        self._bridge.ask(self, ListReports(id=self._bridge.new_id()), self._show, self._refused)

    def _show(self, found: Reports) -> None:
        if found == self._found:
            return  # what somebody is writing in it stays
        self._found = found
        clear(self._list)
        if not found.reports and not found.blocked:
            self._list.addWidget(label(words.none(), "second", wrap=True))
        for heading, mine in ((words.mine(), True), (words.about_me(), False)):
            some = [each for each in found.reports if each.mine is mine]
            if some:
                self._list.addWidget(label(heading, "strong"))
            for each in some:
                self._list.addWidget(self._card_of(each))
        if found.blocked:
            self._list.addWidget(label(words.blocks(), "strong"))
            for peer in found.blocked:
                self._list.addWidget(self._row_of(peer))

    def _moment(self, utc: str) -> str:
        today = datetime.fromtimestamp(self._bridge.clock.utc_ms() / 1000).astimezone()
        return amounts.moment(utc, today)

    def _card_of(self, view: ReportView) -> QFrame:
        frame, column = card("note", margin=14, gap=6)
        head = f"{words.category(view.category.value)} · {self._moment(view.filed_utc)}"
        column.addWidget(label(f"{head} · {words.state(view.state.value)}", "body", wrap=True))
        if view.mine:
            column.addWidget(
                label(words.original(view.original, view.messages), "small", wrap=True)
            )
        if view.state.value in ("received", "read", "appealed"):
            column.addWidget(label(words.wait_until(self._moment(view.due_utc)), "small"))
        if view.verdict is not None:
            column.addWidget(label(words.verdict(view.verdict), "strong"))
            column.addWidget(label(words.reason(view.reason), "second", wrap=True))
        if view.appeal_verdict is not None:
            column.addWidget(label(words.on_appeal(view.appeal_verdict), "strong"))
            column.addWidget(label(words.reason(view.appeal_reason), "second", wrap=True))
        if view.may_appeal:
            column.addWidget(label(words.appeal_about(), "small", wrap=True))
            row = QHBoxLayout()
            why = QLineEdit()
            why.setObjectName("appeal-words")
            why.setPlaceholderText(words.appeal_hint())
            why.setAccessibleName(words.appeal_hint())
            press = button(words.appeal())
            press.setObjectName("appeal")
            press.clicked.connect(lambda: self._appeal(view.report, why.text()))
            row.addWidget(why, 1)
            row.addWidget(press)
            column.addLayout(row)
        return frame

    def _row_of(self, peer: BlockedPeer) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        name = sanitize.line(peer.name)
        row.addWidget(label(f"{name} · {self._moment(peer.utc)}", "body", wrap=True), 1)
        press = button(words.unblock(), name=words.unblock_name(name))
        press.setObjectName("unblock")
        press.clicked.connect(lambda: self._unblock(peer.session))
        row.addWidget(press)
        return holder

    def _appeal(self, report: str, why: str) -> None:
        command = AppealReport(id=self._bridge.new_id(), report=report, words=why.strip()[:1000])
        self._bridge.ask(self, command, lambda _: self._appealed(), self._refused)

    def _appealed(self) -> None:
        self._say(words.appealed())
        self._ask()

    def _unblock(self, session: str) -> None:
        command = UnblockPeer(id=self._bridge.new_id(), session=session)
        self._bridge.ask(self, command, lambda _: self._ask(), self._refused)

    def _refused(self, refused: Refused) -> None:
        self._say(errors.sentence(refused.code, refused.detail, refused.retry_ms))

    def _say(self, text: str) -> None:
        show_spoken(self.note, text)
