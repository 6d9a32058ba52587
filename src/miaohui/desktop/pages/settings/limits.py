"""The customer's own limits: money a month, hours of the day; the relay keeps them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QVBoxLayout

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.strings import errors
from miaohui.desktop.strings import settings as words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.turned import NumberField
from miaohui.wire.accounts import SetLimits, Wallet

if TYPE_CHECKING:
    from miaohui.client.port import Refused

__all__ = ["LimitsCard"]

MOST_YUAN = 100_000


class LimitsCard(QFrame):
    """Shows the relay's values until somebody changes them here, and then those."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._bridge = bridge
        self._touched = False
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 22, 22, 22)
        column.setSpacing(12)
        column.addWidget(label(words.limits(), "heading"))
        column.addWidget(label(words.limits_about(), "small", wrap=True))
        self.limited = QCheckBox(words.month_limit())
        self.month = NumberField()
        self.month.setRange(0, MOST_YUAN)
        self.month.setSingleStep(50)
        self.month.setSuffix(words.yuan_unit())
        self.month.setAccessibleName(words.month_limit())
        column.addLayout(self._row(self.limited, self.month))
        self.quiet = QCheckBox(words.quiet_hours())
        self.quiet_from, self.quiet_to = NumberField(), NumberField()
        for hour in (self.quiet_from, self.quiet_to):
            hour.setRange(0, 23)
            hour.setWrapping(True)
            hour.setSuffix(words.hour_unit())
            hour.setAccessibleName(words.quiet_hours())
        row = self._row(self.quiet, self.quiet_from)
        row.insertWidget(2, label(words.to(), "second"))
        row.insertWidget(3, self.quiet_to)
        column.addLayout(row)
        self.note = label("", "body", wrap=True)
        self.note.hide()
        column.addWidget(self.note)
        foot = QHBoxLayout()
        self.save = button(words.save())
        self.save.clicked.connect(self._save)
        foot.addWidget(self.save)
        foot.addStretch(1)
        column.addLayout(foot)
        for box, fields in (
            (self.limited, (self.month,)),
            (self.quiet, (self.quiet_from, self.quiet_to)),
        ):
            box.toggled.connect(self._touch)
            for field in fields:
                box.toggled.connect(field.setEnabled)
                field.valueChanged.connect(self._touch)
                field.setEnabled(False)
        for field in (self.month, self.quiet_from, self.quiet_to):
            # The sheet's padding does not reach a spin box's own line of text.
            field.lineEdit().setTextMargins(bridge.look.px(8), 0, 0, 0)
        bridge.app_changed.connect(self._changed)
        self._changed()

    def _row(self, box: QCheckBox, field: NumberField) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(box)
        row.addWidget(field)
        row.addStretch(1)
        return row

    def _touch(self) -> None:
        self._touched = True

    def _changed(self) -> None:
        wallet = self._bridge.client.view.wallet
        self.save.setEnabled(wallet is not None)
        if wallet is None:
            self._say(words.no_wallet())
            return
        if self.note.text() == words.no_wallet():
            self.note.hide()
        if not self._touched:
            self._show(wallet)

    def _show(self, wallet: Wallet) -> None:
        self.limited.setChecked(wallet.month_fen is not None)
        self.month.setValue((wallet.month_fen or 60_000) // 100)
        quiet = wallet.quiet_from is not None and wallet.quiet_to is not None
        self.quiet.setChecked(quiet)
        self.quiet_from.setValue(wallet.quiet_from if wallet.quiet_from is not None else 1)
        self.quiet_to.setValue(wallet.quiet_to if wallet.quiet_to is not None else 7)
        self._touched = False

    def _save(self) -> None:
        self.save.setEnabled(False)
        quiet = self.quiet.isChecked()
        here = datetime.fromtimestamp(self._bridge.clock.utc_ms() / 1000).astimezone()
        offset = here.utcoffset()
        self._bridge.ask(
            self,
            SetLimits(
                id=self._bridge.new_id(),
                month_fen=self.month.value() * 100 if self.limited.isChecked() else None,
                quiet_from=self.quiet_from.value() if quiet else None,
                quiet_to=self.quiet_to.value() if quiet else None,
                utc_offset_min=0 if offset is None else round(offset.total_seconds() / 60),
            ),
            self._saved,
            self._refused,
        )

    def _saved(self, _answer: object) -> None:
        self._touched = False
        self.save.setEnabled(True)
        self._say(words.saved())
        self._bridge.client.refresh()

    def _refused(self, refused: Refused) -> None:
        self.save.setEnabled(True)
        self._say(errors.sentence(refused.code, refused.detail, refused.retry_ms))

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.show()
