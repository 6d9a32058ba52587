"""Before a check begins: what it buys, for how much at most, by which plan, and where."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from miaohui.checks.plan.plan import Plan
from miaohui.client.snapshots import LinkState
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look.amounts import yuan
from miaohui.desktop.strings import check as words
from miaohui.desktop.widgets.button import button, chip, one_of
from miaohui.desktop.widgets.label import label

__all__ = ["StartForm"]


class StartForm(QWidget):
    """Signals: ``cancelled``, ``confirmed(relay)``: empty means practice on this machine."""

    cancelled = Signal()
    confirmed = Signal(str)

    def __init__(self, bridge: Bridge, plan: Plan, *, practise: bool) -> None:
        """``practise``: suggested where there is a choice."""
        super().__init__()
        scope = plan.scope
        targets = len(scope.shops) + len(scope.responders)
        budget = yuan(scope.budget_fen)
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 20)
        column.setSpacing(10)
        column.addWidget(label(words.start_title(plan.name), "heading", wrap=True))
        about = words.start_words(targets * scope.sessions, budget)
        column.addWidget(label(about, "body", wrap=True))
        digest = "\n".join((plan.sha256[:32], plan.sha256[32:]))
        self.hash = label(words.plan_hash(digest), "small", wrap=True, selectable=True)
        column.addWidget(self.hash)
        view = bridge.client.view
        here = view.link.url if view.link.state is LinkState.LIVE else ""
        choices = [(here, words.in_practice() if view.link.practice else words.here(here))]
        if not view.link.practice:
            choices = [one for one in choices if one[0]]
            choices.append(("", words.in_practice()))
        self._relay = choices[-1 if practise else 0][0]
        column.addWidget(label(words.where(), "strong"))
        group = QButtonGroup(self)
        self.places = []
        for relay, name in choices:
            made = chip(name)
            made.setChecked(relay == self._relay)
            made.clicked.connect(lambda _=False, relay=relay: self._choose(relay))
            one_of(group, made)
            self.places.append(made)
            row = QHBoxLayout()
            row.addWidget(made)
            row.addStretch(1)
            column.addLayout(row)
        column.addWidget(label(words.lives_with_window(), "small", wrap=True))
        column.addSpacing(6)
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.cancel = button(words.cancel())
        self.cancel.clicked.connect(self.cancelled)
        self.confirm = button(words.start_now(budget), "primary")
        self.confirm.setProperty("focusFirst", True)
        self.confirm.clicked.connect(lambda: self.confirmed.emit(self._relay))
        foot.addWidget(self.cancel)
        foot.addWidget(self.confirm)
        column.addLayout(foot)

    def _choose(self, relay: str) -> None:
        self._relay = relay
