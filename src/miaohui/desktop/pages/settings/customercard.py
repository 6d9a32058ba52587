"""The customer's card: written once, kept on this device, shown before it goes with an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.strings import customercard as words
from miaohui.desktop.strings import errors
from miaohui.desktop.widgets.button import button, chip, one_of
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.inside import set_shown
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.spoken import NOTIFICATION, set_spoken_role, show_spoken
from miaohui.desktop.widgets.turned import NumberField
from miaohui.wire.accounts import Role
from miaohui.wire.orders import CustomerCard

if TYPE_CHECKING:
    from miaohui.client.port import Refused

__all__ = ["CustomerCardForm"]

MOST_CHARS = 200
USUAL_S = 30


class CustomerCardForm(QFrame):
    """Shows what is kept until somebody writes here."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._bridge = bridge
        self._account = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 22, 22, 22)
        column.setSpacing(12)
        column.addWidget(label(words.title(), "heading"))
        column.addWidget(label(words.about(), "small", wrap=True))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        self.address, self.topics, self.avoid = (QLineEdit() for _ in range(3))
        self.avoid.setPlaceholderText(words.avoid_hint())
        for row, (name, field) in enumerate(
            (
                (words.address(), self.address),
                (words.topics(), self.topics),
                (words.avoid(), self.avoid),
            )
        ):
            field.setMaxLength(MOST_CHARS)
            field.setAccessibleName(name)
            grid.addWidget(label(name, "second"), row, 0)
            grid.addWidget(field, row, 1)
        self.talk, self.listen = chip(words.talk()), chip(words.listen())
        grid.addWidget(label(words.manner(), "second"), 3, 0)
        grid.addWidget(self._pair(self.talk, self.listen), 3, 1)
        self.wait, self.nudge = chip(words.wait()), chip(words.nudge())
        self.seconds = NumberField()
        self.seconds.setRange(10, 600)
        self.seconds.setSingleStep(5)
        self.seconds.setSuffix(words.seconds())
        self.seconds.setAccessibleName(words.nudge())
        self.seconds.lineEdit().setTextMargins(bridge.look.px(8), 0, 0, 0)
        self.nudge.toggled.connect(self.seconds.setEnabled)
        grid.addWidget(label(words.silence(), "second"), 4, 0)
        grid.addWidget(self._pair(self.wait, self.nudge, self.seconds), 4, 1)
        column.addLayout(grid)
        self.note = label("", "body", wrap=True)
        set_spoken_role(self.note, NOTIFICATION)
        self.note.hide()
        column.addWidget(self.note)
        foot = QHBoxLayout()
        self.save = button(words.save())
        self.save.setObjectName("card-save")
        self.save.clicked.connect(self._save)
        self.remove = button(words.remove())
        self.remove.clicked.connect(self._remove)
        foot.addWidget(self.save)
        foot.addWidget(self.remove)
        foot.addStretch(1)
        column.addLayout(foot)
        self._show(None)
        bridge.app_changed.connect(self._changed)
        self._changed()

    def _pair(self, *parts: QWidget) -> QWidget:
        holder, flow, group = QWidget(), FlowLayout(gap=8), QButtonGroup(self)
        for each in parts:
            if not isinstance(each, NumberField):
                assert isinstance(each, QPushButton)
                one_of(group, each)
            flow.addWidget(each)
        holder.setLayout(flow)
        return holder

    def _changed(self) -> None:
        account = self._bridge.client.view.account
        set_shown(self, shown=account is None or account.role is Role.CUSTOMER)
        name = "" if account is None else account.account
        self.save.setEnabled(bool(name))
        if name != self._account:
            self._account = name
            self.note.hide()
            if name:
                self._bridge.run(self, self._bridge.client.own_card(), self._show)

    def _show(self, card: CustomerCard | None) -> None:
        shown = card or CustomerCard()
        self.address.setText(shown.address)
        self.topics.setText(shown.topics)
        self.avoid.setText(shown.avoid)
        (self.listen if shown.manner == "listen" else self.talk).setChecked(True)
        (self.wait if shown.nudge_s is None else self.nudge).setChecked(True)
        self.seconds.setValue(shown.nudge_s or USUAL_S)
        self.seconds.setEnabled(shown.nudge_s is not None)
        self.remove.setEnabled(card is not None)

    def _save(self) -> None:
        manner: Literal["talk", "listen"] = "listen" if self.listen.isChecked() else "talk"
        card = CustomerCard(
            address=self.address.text().strip(),
            topics=self.topics.text().strip(),
            avoid=self.avoid.text().strip(),
            manner=manner,
            nudge_s=self.seconds.value() if self.nudge.isChecked() else None,
        )
        self._bridge.run(
            self, self._bridge.client.keep_card(card), lambda _: self._kept(card), self._refused
        )

    def _kept(self, card: CustomerCard | None) -> None:
        self._show(card)
        self._say(words.removed() if card is None else words.saved())

    def _remove(self) -> None:
        self._bridge.run(
            self, self._bridge.client.keep_card(None), lambda _: self._kept(None), self._refused
        )

    def _refused(self, refused: Refused) -> None:
        self._say(errors.sentence(refused.code, refused.detail, refused.retry_ms))

    def _say(self, text: str) -> None:
        show_spoken(self.note, text)
