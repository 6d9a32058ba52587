"""The review: opens after a pause, beside the measured figures, and begs for nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from miaohui.client.unsent import ReviewDraft
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.strings import customercard as card_strings
from miaohui.desktop.strings import errors
from miaohui.desktop.strings import receipt as words
from miaohui.desktop.strings import shop as shop_words
from miaohui.desktop.widgets.button import button, chip, one_of
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.stars import StarRow
from miaohui.desktop.widgets.textbox import TextBox
from miaohui.wire.sessions import WriteReview

if TYPE_CHECKING:
    from miaohui.client.port import Refused
    from miaohui.promise.nudges import Nudges
    from miaohui.wire.orders import CustomerCard

__all__ = ["ReviewCard", "pause_left"]

TAGS = (
    "prompt",
    "listened",
    "warm",
    "took_initiative",
    "handed_over_well",
    "slow",
    "hollow",
    "recycled",
    "silent",
    "rude",
    "begged_stars",
    "off_platform",
    "vanished",
)
ANSWERS: tuple[Literal["yes", "partly", "no"], ...] = ("yes", "partly", "no")
MOST_CHARS = 500


def pause_left(closed_utc: str, after_ms: int, now_utc_ms: int) -> int:
    """The time for which the review of a session that closed then still waits; at most the whole pause,
    however wrong this machine's clock is."""
    passed = now_utc_ms - round(datetime.fromisoformat(closed_utc).timestamp() * 1000)
    return min(max(0, after_ms - passed), after_ms)


class ReviewCard(QFrame):
    """One session's review. What was written stays until it is sent."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._bridge = bridge
        self._session = ""
        self._opens_at: int | None = None  # the clock's monotonic ms
        self._looked = False  # whether the pause of this session was looked up
        self._sent: set[str] = set()
        self._was_read = False  # what was kept of it stands in the form
        self._measured = ""  # the session whose silences are shown
        self._tick = QTimer(self, interval=1000)
        self._tick.timeout.connect(self._show_pause)
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 28, 28, 24)
        column.setSpacing(12)
        column.addWidget(label(words.review(), "heading"))
        self.about = label(words.review_about(), "small", wrap=True)
        column.addWidget(self.about)
        self.form = QWidget()
        form = QVBoxLayout(self.form)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(12)
        self.stars = StarRow(self._bridge.look, words.stars())
        form.addWidget(self.stars)
        form.addWidget(label(words.answered(), "second", wrap=True))
        answers = QHBoxLayout()
        answers.setSpacing(6)
        self.answers: dict[str, QPushButton] = {}
        for code in ANSWERS:
            made = chip(words.answer(code))
            made.clicked.connect(lambda _=False, code=code: self._answer(code))
            self.answers[code] = made
            answers.addWidget(made)
        answers.addStretch(1)
        form.addLayout(answers)
        self.card_question = label(card_strings.kept_question(), "second", wrap=True)
        self.card_measured = label("", "small", wrap=True)
        self.card_answers: dict[str, QPushButton] = {}
        card_row = QHBoxLayout()
        card_row.setSpacing(6)
        group = self._card_group = QButtonGroup(self.form)
        for code in ANSWERS:
            made = chip(words.answer(code))
            one_of(group, made)
            self.card_answers[code] = made
            card_row.addWidget(made)
        card_row.addStretch(1)
        self.card_holder = QWidget()
        self.card_holder.setLayout(card_row)
        for part in (self.card_question, self.card_holder, self.card_measured):
            part.hide()
            form.addWidget(part)
        form.addWidget(label(words.tags(), "second", wrap=True))
        flow = FlowLayout(gap=6)
        self.tags = {code: chip(shop_words.tag(code)) for code in TAGS}
        for made in self.tags.values():
            flow.addWidget(made)
        holder = QWidget()
        holder.setLayout(flow)
        form.addWidget(holder)
        self.text = TextBox()
        self.text.setProperty("kind", "field")
        self.text.setPlaceholderText(words.text_hint())
        self.text.setAccessibleName(words.text_hint())
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(self._bridge.look.px(90))
        form.addWidget(self.text, 1)
        column.addWidget(self.form, 1)
        self._column = column
        self.note = label("", "body", wrap=True)
        self.note.hide()
        column.addWidget(self.note)
        self.written = label("", "second", wrap=True, selectable=True)
        self.written.hide()
        column.addWidget(self.written)
        column.addStretch(0)
        column.addWidget(label(words.outside(), "small", wrap=True))
        row = QHBoxLayout()
        row.addStretch(1)
        self.submit = button(words.submit(), "primary")
        self.submit.clicked.connect(self._submit)
        row.addWidget(self.submit)
        column.addLayout(row)
        self.stars.changed.connect(lambda _stars: self._keep())
        self.text.textChanged.connect(self._keep)
        for made in (*self.answers.values(), *self.tags.values()):
            made.clicked.connect(self._keep)

    # --- showing -------------------------------------------------------------------------------
    def show_session(self, session: str) -> None:
        if session != self._session:
            self._session, self._was_read = session, False
            self._opens_at, self._looked = None, False
            self.stars.set_stars(0)
            self.text.clear()
            for one in (*self.answers.values(), *self.tags.values()):
                one.setChecked(False)
            self._card_group.setExclusive(False)
            for one in self.card_answers.values():
                one.setChecked(False)
            self._card_group.setExclusive(True)
            self._measured = ""
            self.note.hide()
            self.written.hide()
            work = self._bridge.client.read_review(session)
            self._bridge.run(self, work, lambda draft: self._read(session, draft))
        self.refresh()

    @property
    def is_ready(self) -> bool:
        """True once what was kept of this session's review stands in the form."""
        return self._was_read

    # --- what is written -----------------------------------------------------------------------
    def _state(self) -> ReviewDraft:
        return ReviewDraft(
            stars=self.stars.stars,
            text=self.text.toPlainText(),
            answered=next((code for code in ANSWERS if self.answers[code].isChecked()), ""),
            tags=tuple(code for code, made in self.tags.items() if made.isChecked()),
        )

    def _read(self, session: str, draft: ReviewDraft) -> None:
        """Into an untouched form; whoever was faster than the disk keeps what they wrote."""
        if session != self._session:
            return
        self._was_read = True
        if draft.sent:
            self._show_written(draft)
        elif self._state() == ReviewDraft():
            self.stars.set_stars(draft.stars)
            self.text.setPlainText(draft.text)
            for code, made in (*self.answers.items(), *self.tags.items()):
                made.setChecked(code == draft.answered or code in draft.tags)
        else:
            if draft.text and draft.text not in self.text.toPlainText():
                self.text.setPlainText(f"{draft.text}\n{self.text.toPlainText()}")
            self._keep()

    def _show_written(self, review: ReviewDraft) -> None:
        """What was sent, as it was sent."""
        said = [f"{'★' * review.stars}{'☆' * (5 - review.stars)}"]
        if review.answered in ANSWERS:
            said.append(words.answered_as(review.answered))
        said += [shop_words.tag(code) for code in review.tags]
        self.written.setText("\n".join(filter(None, (" · ".join(said), review.text.strip()))))
        self.written.show()

    def _keep(self) -> None:
        if self._session and self._was_read and self._session not in self._sent:
            self._bridge.client.keep_review(self._session, self._state())

    def refresh(self) -> None:
        view = self._bridge.client.session(self._session)
        if view is None:
            return
        done = view.card.reviewed or self._session in self._sent
        self._ask_of_card(view.card.card)
        # In distress no star request is shown (look.md).
        ended = view.card.state == "closed"
        self.setVisible(ended and not self._bridge.is_quiet)
        self.form.setVisible(not done)
        # With the form gone something else must take its room.
        self._column.setStretch(5, 1 if done else 0)
        self.submit.setVisible(not done)
        if ended and not done:
            self._look_up(view.card.closed_utc)
        if done:
            self.note.setText(words.sent())
            self.note.show()
        self._show_pause()

    def _look_up(self, closed_utc: str | None) -> None:
        """When it opens, by this machine's clock; the relay's word, once it comes, goes before."""
        after = self._bridge.client.view.link.review_after_ms
        if self._looked or closed_utc is None or after is None:
            return
        self._looked = True
        clock = self._bridge.clock
        left = pause_left(closed_utc, after, clock.utc_ms())
        if left:
            self._opens_at = clock.mono() + left

    def _ask_of_card(self, card: CustomerCard | None) -> None:
        """Whether the card was kept to, beside what the journal says of its wish about silence."""
        shown = card is not None
        self.card_question.setVisible(shown)
        self.card_holder.setVisible(shown)
        session = self._session
        if card is None or session == self._measured:
            self.card_measured.setVisible(shown)
            return
        self._measured = session

        def told(found: Nudges) -> None:
            self.card_measured.setText(
                card_strings.measured(found.kept, found.missed, found.early, card.nudge_s)
            )
            self.card_measured.show()

        self._bridge.run(self, self._bridge.client.nudges(session, card), told)

    def _show_pause(self) -> None:
        waiting = 0
        if self._opens_at is not None:
            waiting = self._opens_at - self._bridge.clock.mono()
        self.submit.setEnabled(waiting <= 0)
        if self._opens_at is None:
            return
        if waiting > 0:
            self.note.setText(words.review_opens(amounts.clock(waiting + 999)))
            self.note.show()
        else:
            self._opens_at = None
            self.note.hide()

    # --- sending -------------------------------------------------------------------------------
    def _answer(self, code: str) -> None:
        for one, made in self.answers.items():
            made.setChecked(one == code and made.isChecked())

    def _submit(self) -> None:
        if not self.stars.stars:
            self._say(words.need_stars())
            self.stars.setFocus()
            return
        text = self.text.toPlainText().strip()
        if len(text) > MOST_CHARS:
            self._say(words.text_too_long(len(text) - MOST_CHARS, MOST_CHARS))
            self.text.setFocus()
            return
        answered = next((code for code in ANSWERS if self.answers[code].isChecked()), None)
        self.submit.setEnabled(False)
        session = self._session
        self._bridge.ask(
            self,
            WriteReview(
                id=self._bridge.new_id(),
                session=session,
                stars=self.stars.stars,
                text=text,
                tags=[code for code, made in self.tags.items() if made.isChecked()],
                answered=answered,
                card_kept=next(
                    (code for code in ANSWERS if self.card_answers[code].isChecked()), None
                ),
            ),
            lambda _answer: self._done(session),
            self._refused,
        )

    def _done(self, session: str) -> None:
        self._sent.add(session)
        self._bridge.client.keep_review(session, replace(self._state(), sent=True))
        self._bridge.client.refresh()
        self._show_written(self._state())
        self.refresh()

    def _refused(self, refused: Refused) -> None:
        self.submit.setEnabled(True)
        if refused.code == "too_early" and refused.retry_ms:
            self._looked = True
            self._opens_at = self._bridge.clock.mono() + refused.retry_ms
            self._show_pause()
            return
        if refused.code == "already_done":  # on another machine: what stands here was never sent
            self._sent.add(self._session)
            self._bridge.client.keep_review(self._session, ReviewDraft())
            self._bridge.client.refresh()
            self.refresh()
            return
        self._say(errors.sentence(refused.code, refused.detail, refused.retry_ms))

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tick.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tick.stop()
