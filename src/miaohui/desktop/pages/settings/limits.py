"""The customer's own limits: money, time, hours of the day, a week without; the relay keeps them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.strings import errors
from miaohui.desktop.strings import limits as say
from miaohui.desktop.strings import settings as words
from miaohui.desktop.system.zone import zone_name
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.spoken import NOTIFICATION, set_spoken_role, show_spoken
from miaohui.desktop.widgets.turned import NumberField
from miaohui.wire.accounts import SetLimits, StopBuying, Wallet

if TYPE_CHECKING:
    from miaohui.client.port import Refused

__all__ = ["LimitsCard"]

MOST_YUAN = 100_000
SURE_MS = 5000
CAPS = ("purchase_fen", "day_fen", "month_fen", "day_minutes")
USUAL = {"purchase_fen": 10_000, "day_fen": 10_000, "month_fen": 60_000, "day_minutes": 120}


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
        column.addWidget(label(say.about(), "small", wrap=True))
        self.boxes: dict[str, QCheckBox] = {}
        self.fields: dict[str, NumberField] = {}
        names = (say.purchase(), say.day(), say.month(), say.minutes())
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(12)
        self._grid.setColumnStretch(2, 1)
        for code, name in zip(CAPS, names, strict=True):
            self._cap(code, name)
        self.limited, self.month = self.boxes["month_fen"], self.fields["month_fen"]
        self.quiet = QCheckBox(words.quiet_hours())
        self.quiet_from, self.quiet_to = NumberField(), NumberField()
        for hour in (self.quiet_from, self.quiet_to):
            hour.setRange(0, 23)
            hour.setWrapping(True)
            hour.setSuffix(words.hour_unit())
            hour.setAccessibleName(words.quiet_hours())
        hours = QHBoxLayout()
        hours.setSpacing(10)
        for each in (self.quiet_from, label(words.to(), "second"), self.quiet_to):
            hours.addWidget(each)
        hours.addStretch(1)
        place = self._grid.rowCount()
        self._grid.addWidget(self.quiet, place, 0)
        self._grid.addLayout(hours, place, 1, 1, 2)
        column.addLayout(self._grid)
        self.facts: QLabel = label("", "small", wrap=True)
        column.addWidget(self.facts)
        self.note = label("", "body", wrap=True)
        set_spoken_role(self.note, NOTIFICATION)
        self.note.hide()
        column.addWidget(self.note)
        foot = FlowLayout(gap=10)
        self.save = button(words.save())
        self.save.clicked.connect(self._save)
        self.stop = button(say.stop())
        self.stop.setObjectName("stop-buying")
        self.stop.clicked.connect(self._stop)
        foot.addWidget(self.save)
        foot.addWidget(self.stop)
        holder = QWidget()
        holder.setLayout(foot)
        column.addWidget(holder)
        self._sure = QTimer(self, singleShot=True, interval=SURE_MS)
        self._sure.timeout.connect(lambda: self.stop.setText(say.stop()))
        self._follow(self.quiet, self.quiet_from, self.quiet_to)
        for field in (*self.fields.values(), self.quiet_from, self.quiet_to):
            # The sheet's padding does not reach a spin box's own line of text.
            field.lineEdit().setTextMargins(bridge.look.px(8), 0, 0, 0)
        bridge.app_changed.connect(self._changed)
        self._changed()

    def _cap(self, code: str, name: str) -> None:
        box, field = QCheckBox(name), NumberField()
        money = code.endswith("_fen")
        field.setRange(0, MOST_YUAN if money else 24 * 60)
        field.setSingleStep(50 if money else 30)
        field.setSuffix(words.yuan_unit() if money else say.minute_unit())
        field.setAccessibleName(name)
        self.boxes[code], self.fields[code] = box, field
        place = self._grid.rowCount()
        self._grid.addWidget(box, place, 0)
        self._grid.addWidget(field, place, 1)
        self._follow(box, field)

    def _follow(self, box: QCheckBox, *fields: NumberField) -> None:
        box.toggled.connect(self._touch)
        for field in fields:
            box.toggled.connect(field.setEnabled)
            field.valueChanged.connect(self._touch)
            field.setEnabled(False)

    def _touch(self) -> None:
        self._touched = True

    def _changed(self) -> None:
        wallet = self._bridge.client.view.wallet
        self.save.setEnabled(wallet is not None)
        self.stop.setEnabled(wallet is not None and wallet.stopped_until_utc is None)
        self.facts.setVisible(wallet is not None)
        if wallet is None:
            self._say(words.no_wallet())
            return
        if self.note.text() == words.no_wallet():
            self.note.hide()
        self.facts.setText("\n".join(self._facts(wallet)))
        if not self._touched:
            self._show(wallet)

    def _facts(self, wallet: Wallet) -> list[str]:
        today = datetime.fromtimestamp(self._bridge.clock.utc_ms() / 1000).astimezone()
        found = []
        if wallet.stopped_until_utc is not None:
            found.append(say.stopped(amounts.moment(wallet.stopped_until_utc, today)))
        if wallet.wanted is not None:
            found.append(say.raised(amounts.moment(wallet.wanted.from_utc, today)))
        found.append(say.today(amounts.yuan(wallet.spent_day_fen), wallet.minutes_day))
        if wallet.last_month_sessions:
            spent = amounts.yuan(wallet.last_month_fen)
            count, minutes = wallet.last_month_sessions, wallet.last_month_minutes
            found.append(say.last_month(spent, count, minutes))
        if wallet.zone is not None:
            found.append(say.zone(wallet.zone))
        return found

    def _show(self, wallet: Wallet) -> None:
        shown = wallet.wanted or wallet
        for code in CAPS:
            value = getattr(shown, code)
            self.boxes[code].setChecked(value is not None)
            value = USUAL[code] if value is None else value
            self.fields[code].setValue(value // 100 if code.endswith("_fen") else value)
        quiet = shown.quiet_from is not None and shown.quiet_to is not None
        self.quiet.setChecked(quiet)
        self.quiet_from.setValue(shown.quiet_from if shown.quiet_from is not None else 1)
        self.quiet_to.setValue(shown.quiet_to if shown.quiet_to is not None else 7)
        self._touched = False

    def _value(self, code: str) -> int | None:
        if not self.boxes[code].isChecked():
            return None
        value = self.fields[code].value()
        return value * 100 if code.endswith("_fen") else value

    def _save(self) -> None:
        self.save.setEnabled(False)
        quiet = self.quiet.isChecked()
        here = datetime.fromtimestamp(self._bridge.clock.utc_ms() / 1000).astimezone()
        offset = here.utcoffset()
        self._bridge.ask(
            self,
            SetLimits(
                id=self._bridge.new_id(),
                purchase_fen=self._value("purchase_fen"),
                day_fen=self._value("day_fen"),
                month_fen=self._value("month_fen"),
                day_minutes=self._value("day_minutes"),
                quiet_from=self.quiet_from.value() if quiet else None,
                quiet_to=self.quiet_to.value() if quiet else None,
                zone=zone_name(),
                utc_offset_min=0 if offset is None else round(offset.total_seconds() / 60),
            ),
            self._saved,
            self._refused,
        )

    def _stop(self) -> None:
        """Asks twice: it cannot be taken back."""
        if not self._sure.isActive():
            self._sure.start()
            self.stop.setText(say.stop_sure())
            return
        self._sure.stop()
        self.stop.setText(say.stop())
        self.stop.setEnabled(False)
        command = StopBuying(id=self._bridge.new_id())
        self._bridge.ask(self, command, lambda _: self._bridge.client.refresh(), self._refused)

    def _saved(self, _answer: object) -> None:
        self._touched = False
        self.save.setEnabled(True)
        self._say(words.saved())
        self._bridge.client.refresh()

    def _refused(self, refused: Refused) -> None:
        self.save.setEnabled(True)
        self._say(errors.sentence(refused.code, refused.detail, refused.retry_ms))

    def _say(self, text: str) -> None:
        show_spoken(self.note, text)
