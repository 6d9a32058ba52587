"""Beside the editor: what is wrong, how many sessions the claim needs, what it costs, how sure it is."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout

from miaohui.checks.lint import Linted, lint
from miaohui.checks.plan.plan import Scope
from miaohui.checks.plan.positions import Path
from miaohui.checks.plan.prices import Prices, practice
from miaohui.checks.plan.reader import Mistake, PlanError, read_plan
from miaohui.desktop.checking.draft import places_of
from miaohui.desktop.checking.powercurve import Power, PowerCurve, power_for
from miaohui.desktop.look.amounts import percent, yuan
from miaohui.desktop.look.language import say
from miaohui.desktop.look.look import Look
from miaohui.desktop.strings import checkplan as words
from miaohui.desktop.widgets.button import sentence
from miaohui.desktop.widgets.card import card, clear, held
from miaohui.desktop.widgets.label import label

__all__ = ["LintCard", "Verdicted", "at_fields", "look_over", "read_over"]

MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Verdicted:
    """A plan looked over: what the linter found, and the curve of its power."""

    text: str
    linted: Linted
    power: Power | None


def at_fields(found: Verdicted) -> dict[Path, list[str]]:
    """The sentences of each mistake at its field; none where the text is no TOML."""
    try:
        places = places_of(found.text, found.linted.mistakes)
    except (tomllib.TOMLDecodeError, IndexError):
        return {}
    return {path: [say(one.chinese, one.english) for one in ones] for path, ones in places.items()}


def read_over(text: str) -> Verdicted:
    """The mistakes of the text by itself: quick enough for every pause in writing."""
    try:
        read_plan(text.encode())
    except PlanError as error:
        return Verdicted(text, Linted(error.mistakes), None)
    return Verdicted(text, Linted(()), None)


def look_over(text: str, known: dict[str, int | None] | None, today: date) -> Verdicted:
    """All of it, which counts for a second or two. ``known``: prices that the relay told by target; None: in practice."""

    def prices(scope: Scope) -> Prices | None:
        if known is None:
            return practice(scope)
        fen = {name: price for name, price in known.items() if price is not None}
        if set(fen) != {*scope.shops, *scope.responders} or not fen:
            return None
        return Prices(fen, {}, {}, practice=False)

    linted = lint(text.encode(), prices, today)
    power = None
    if linted.plan is not None and linted.turns:
        power = power_for(linted.plan.claim, linted.plan.scope.sessions, linted.turns)
    return Verdicted(text, linted, power)


class LintCard(QVBoxLayout):
    """Two cards, one above the other. Signals: ``mistake_pressed(Mistake)``."""

    mistake_pressed = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setSpacing(14)
        self._look = look
        frame, column = card(margin=16, gap=6)
        self.head = label("", "strong", wrap=True)
        column.addWidget(self.head)
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        column.addLayout(self._list)
        self.addWidget(frame)
        self._need, inside = card(margin=16, gap=6)
        inside.addWidget(label(words.need_title(), "strong"))
        self.lines = [label("", "small", wrap=True) for _ in range(5)]
        for one in self.lines:
            inside.addWidget(one)
        self.curve = PowerCurve(look)
        inside.addWidget(held(self.curve))
        inside.addWidget(label(words.curve_axis(), "hint"))
        self.addWidget(self._need)
        self._need.hide()
        self.addStretch(1)
        self.presses: list[QPushButton] = []

    def show_found(self, found: Verdicted, budget_fen: int, sessions: int, targets: int) -> None:
        linted = found.linted
        self._show_list(linted.mistakes, linted.advice)
        if linted.plan is None and not linted.mistakes:
            self.head.setText(words.counting())
        self._need.setVisible(linted.need is not None and bool(linted.turns))
        if linted.need is None or found.power is None:
            return
        power = found.power
        enough = min(power.now) >= power.wanted
        lines = [
            words.need_sessions(linted.need.sessions, linted.need.turns),
            words.have_sessions(sessions, words.enough() if enough else words.too_few()),
            words.chance(percent(power.now[0], places=0), percent(power.now[1], places=0)),
            words.turns_each(linted.turns),
            _cost(linted, budget_fen, sessions * targets),
        ]
        for shown, text in zip(self.lines, lines, strict=True):
            shown.setText(text)
        self.curve.show_power(power)

    def _show_list(self, mistakes: Sequence[Mistake], advice: Sequence[Mistake]) -> None:
        clear(self._list)
        self.presses = []
        count = len(mistakes)
        self.head.setText(words.lint_found(count) if count else words.lint_fine())
        for one in mistakes[:MOST_SHOWN]:
            press = sentence(f"✗ {say(one.chinese, one.english)}")
            press.clicked.connect(lambda _=False, one=one: self.mistake_pressed.emit(one))
            press.setToolTip(words.at_line(one.line, say(one.chinese, one.english)))
            self.presses.append(press)
            self._list.addWidget(press)
        if count > MOST_SHOWN:
            more = label(words.more_mistakes(count - MOST_SHOWN), "small", wrap=True)
            self._list.addWidget(more)
        for one in advice[:MOST_SHOWN]:
            self._list.addWidget(label(f"· {say(one.chinese, one.english)}", "small", wrap=True))


def _cost(linted: Linted, budget_fen: int, sessions: int) -> str:
    if linted.cost_fen is not None:
        return words.cost(yuan(linted.cost_fen), yuan(budget_fen))
    return words.cost_unknown(yuan(budget_fen // max(1, sessions)))
