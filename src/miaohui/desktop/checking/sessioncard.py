"""One session of a check: its title, which probe it met, its bars, its tags; a chip for each other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from miaohui.checks.record.events import OVER
from miaohui.checks.results import SessionResult
from miaohui.desktop.checking.sessionbars import SessionBars
from miaohui.desktop.look.amounts import yuan_exact
from miaohui.desktop.look.look import Look
from miaohui.desktop.strings import checkresults as words
from miaohui.desktop.widgets.button import chip
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.pill import pill
from miaohui.promise.constants import PROMISE_MS

__all__ = ["SessionChart", "tags_of"]

# A flag that says no more than the count of its label does.
SAME = {"begging": "begging", "bait": "off_platform", "off_platform": "off_platform"}


def tags_of(session: SessionResult) -> list[tuple[str, str]]:
    """Words and tone of each tag: what stands out in this session."""
    tags: list[tuple[str, str]] = []
    if session.longest_ms is not None:
        late = session.longest_ms > PROMISE_MS
        tags.append((words.tag_longest(session.longest_ms), "breach" if late else "kept"))
    replies = session.kept + session.breached
    for name, count in session.labels.items():
        if count and name != "substantive":
            tags.append((words.tag_label(name, count, replies), "plain"))
    if session.last_question:
        good = session.last_question == "answered"
        tags.append((words.tag_last(session.last_question), "kept" if good else "breach"))
    told = {"unanswered_at_end"} if session.last_question else set()
    told |= {flag for label, flag in SAME.items() if session.labels.get(label)}
    for code in session.flags:
        if code not in told:
            tags.append((words.flag(code), "plain"))
    if session.after_end_replies:
        tags.append((words.tag_after(session.after_end_replies), "plain"))
    if session.given_back_ms:
        tags.append((words.tag_given_back(session.given_back_ms), "plain"))
    if session.refund_fen:
        tags.append((words.tag_refund(yuan_exact(session.refund_fen)), "plain"))
    if session.bundle_sound is not None:
        tags.append((words.tag_bundle(sound=session.bundle_sound), "plain"))
    return tags


class SessionChart(QFrame):
    """Signals: ``session_asked(slot)``: another session of the same target."""

    session_asked = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._look = look
        self._chips: dict[str, QPushButton] = {}
        self._listed: tuple[tuple[str, str], ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(8)
        self.title = label("", "strong", wrap=True)
        self.about = label("", "small", wrap=True)
        self.bars = SessionBars(look)
        self.scale = label(words.bars_scale(), "hint", wrap=True)
        self._tags, self._tag_flow = _flow(6)
        self._others, self._other_flow = _flow(6)
        self._tag_labels: list[QLabel] = []
        for part in (self.title, self.about, self._others, self.bars, self.scale, self._tags):
            column.addWidget(part)
        column.addStretch(1)

    def show_session(self, session: SessionResult | None, others: Sequence[SessionResult]) -> None:
        """``others``: all sessions of the target, this one among them."""
        self._list(others, "" if session is None else session.slot)
        self.bars.show_session(session)
        for one in self._tag_labels:
            one.hide()
            one.deleteLater()
        self._tag_labels = []
        if session is None:
            self.title.setText("")
            self.about.setText("")
            self.scale.hide()
            return
        name = session.shop_name or session.target
        self.title.setText(words.session_title(name, session.number, session.opened_utc_ms))
        self.about.setText("\n".join(_about(session)))
        self.scale.setVisible(bool(session.bars))
        for text, tone in tags_of(session):
            calm = self._look.calm and tone == "breach"
            made = pill(text, "plain" if calm else tone)
            self._tag_labels.append(made)
            self._tag_flow.addWidget(made)
        self._tags.setVisible(bool(self._tag_labels))
        self._tags.updateGeometry()

    def _list(self, others: Sequence[SessionResult], slot: str) -> None:
        listed = tuple((one.slot, one.state.value) for one in others)
        if listed != self._listed:
            self._listed = listed
            for press in self._chips.values():
                press.hide()
                press.deleteLater()
            self._chips = {}
            for one in others:
                made = chip(words.session_chip(one.number))
                state = words.slot_state(one.state.value)
                made.setAccessibleName(words.session_chip_name(one.number, state))
                made.setToolTip(words.session_chip_name(one.number, state))
                made.clicked.connect(lambda _=False, to=one.slot: self.session_asked.emit(to))
                self._chips[one.slot] = made
                self._other_flow.addWidget(made)
            self._others.setVisible(len(self._chips) > 1)
            self._others.updateGeometry()
        for key, press in self._chips.items():
            press.setChecked(key == slot)

    def chips(self) -> dict[str, QPushButton]:
        return self._chips


def _about(session: SessionResult) -> list[str]:
    if session.skipped:
        return [words.skipped(session.skipped)]
    if not session.bars and session.state not in OVER:
        return [words.slot_state(session.state.value)]
    lines = [words.gap(one.seconds, one.broken_after_ms) for one in session.gaps[:2]]
    lines.append(words.probes_sent(session.probes_sent, session.probes_skipped))
    return lines


def _flow(gap: int) -> tuple[QWidget, FlowLayout]:
    holder, flow = QWidget(), FlowLayout(gap=gap)
    holder.setLayout(flow)
    return holder, flow
