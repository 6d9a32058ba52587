"""The terms of the shop, and what they would have cost last month."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QVBoxLayout, QWidget

from miaohui.desktop.strings import shoptrade as words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.buttonrow import ButtonRow
from miaohui.desktop.widgets.card import clear
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.turned import NumberField
from miaohui.wire.catalogue import RefundTerm, TermsView
from miaohui.wire.shopkeeping import TermsPriced

__all__ = ["TermsCard"]

MOST_STEPS = 8
EDGE = 8


class StepRow(QWidget):
    """One step of the refunds, in three numbers."""

    def __init__(self, step: RefundTerm, dropped: Callable[[], None]) -> None:
        super().__init__()
        flow = FlowLayout(gap=8, middle=True)
        self.setLayout(flow)
        self.below, self.turns, self.back = NumberField(), NumberField(), NumberField()
        for field, most, name, prefix, suffix, value in (
            (self.below, 100, words.step(), words.prefix_below(), "%", step.kept_below),
            (
                self.turns,
                1000,
                words.turns_from(),
                words.prefix_from(),
                words.turns_unit(),
                step.min_turns,
            ),
            (self.back, 100, words.pays_back(), words.prefix_back(), "%", step.refund_percent),
        ):
            field.setRange(1, most)
            field.setPrefix(prefix)
            field.setSuffix(suffix)
            field.setAccessibleName(name)
            field.setValue(value)
            field.lineEdit().setTextMargins(EDGE, 0, EDGE, 0)
            flow.addWidget(field)
        self.drop = button("×", "link", name=words.drop_step())
        self.drop.setToolTip(words.drop_step())
        self.drop.clicked.connect(dropped)
        flow.addWidget(self.drop)

    def step(self) -> RefundTerm:
        for field in (self.below, self.turns, self.back):
            field.interpretText()
        return RefundTerm(
            kept_below=self.below.value(),
            min_turns=self.turns.value(),
            refund_percent=self.back.value(),
        )


class TermsCard(QFrame):
    """Signals: ``priced(terms)``: the owner asks what they would have cost; ``used(terms)``."""

    priced = Signal(TermsView)
    used = Signal(TermsView)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._told: TermsView | None = None
        self._rows: list[StepRow] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 22, 22, 22)
        column.setSpacing(10)
        column.addWidget(label(words.terms(), "heading"))
        column.addWidget(label(words.terms_about(), "small", wrap=True))
        self.give_back = QCheckBox(words.give_back())
        self.last_question = QCheckBox(words.last_question())
        column.addWidget(self.give_back)
        column.addWidget(self.last_question)
        self.steps_column = QVBoxLayout()
        self.steps_column.setSpacing(6)
        column.addLayout(self.steps_column)
        self.more = button(words.add_step(), "link")
        self.more.clicked.connect(self._add)
        holder = QWidget()
        flow = FlowLayout()
        holder.setLayout(flow)
        flow.addWidget(self.more)
        column.addWidget(holder)
        self.cost = label("", "body", wrap=True)
        self.cost.hide()
        column.addWidget(self.cost)
        foot = ButtonRow()
        self.price = button(words.price_terms(), "outline")
        self.price.clicked.connect(self._price)
        self.use = button(words.use_terms(), "outline")
        self.use.clicked.connect(lambda: self.used.emit(self.terms()))
        foot.add(self.price)
        foot.add(self.use)
        column.addWidget(foot)

    def terms(self) -> TermsView:
        """The terms in the fields, the mildest step first."""
        steps = [row.step() for row in self._rows]
        return TermsView(
            give_back=self.give_back.isChecked(),
            last_question=self.last_question.isChecked(),
            refunds=sorted(steps, key=lambda step: (-step.kept_below, step.min_turns)),
        )

    def show_terms(self, terms: TermsView) -> None:
        """Takes over the relay's, where nobody changed anything since."""
        if terms == self._told or (self._told is not None and self.terms() != self._told):
            return
        self._told = terms
        self.give_back.setChecked(terms.give_back)
        self.last_question.setChecked(terms.last_question)
        self._put(terms.refunds)

    def settle(self, terms: TermsView) -> None:
        """These are the shop's now."""
        self._told = terms

    def _put(self, steps: list[RefundTerm]) -> None:
        clear(self.steps_column)
        self._rows = [StepRow(step, lambda at=at: self._drop(at)) for at, step in enumerate(steps)]  # type: ignore[misc]
        for row in self._rows:
            self.steps_column.addWidget(row)
        if not self._rows:
            self.steps_column.addWidget(label(words.no_steps(), "second", wrap=True))
        self.more.setEnabled(len(steps) < MOST_STEPS)
        self.cost.hide()

    def _add(self) -> None:
        self._put([*(row.step() for row in self._rows), _next([r.step() for r in self._rows])])

    def _drop(self, at: int) -> None:
        self._put([row.step() for place, row in enumerate(self._rows) if place != at])

    def _price(self) -> None:
        self.cost.setText(words.pricing())
        self.cost.show()
        self.priced.emit(self.terms())

    def show_cost(self, told: TermsPriced) -> None:
        said = words.priced(
            told.days,
            told.sessions,
            told.sold_fen,
            (told.really_fen, told.refunded_sessions),
            (told.would_fen, told.would_refund_sessions),
            (told.late_fen, told.would_late_fen),
        )
        if told.of_sessions > told.sessions:
            said = f"{said} {words.not_all(told.of_sessions)}"
        self.cost.setText(said)
        self.cost.show()


def _next(steps: list[RefundTerm]) -> RefundTerm:
    """A step below those there are."""
    below = min((step.kept_below for step in steps), default=100)
    return RefundTerm(kept_below=max(1, below - 10), min_turns=5, refund_percent=20)
