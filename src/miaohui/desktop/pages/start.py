"""The first start: two doors, to a relay or to practice on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.strings import shell, start
from miaohui.desktop.widgets.button import MenuButton, button
from miaohui.desktop.widgets.card import card, scrolled
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.page import WindowPage

if TYPE_CHECKING:
    from miaohui.client.port import RelayCheck

__all__ = ["StartPage"]

CHECK_AFTER_MS = 450  # of no typing


class StartPage(WindowPage):
    """Signals: ``sign_in_asked(url, relay_name, responder)``, ``practice_asked``."""

    sign_in_asked = Signal(str, str, bool)
    practice_asked = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._bridge = bridge
        self._checked: RelayCheck | None = None
        self._asked = ""
        self._responder = False
        self._waiting = False  # the person pressed the button before the check was done
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(CHECK_AFTER_MS)
        self._timer.timeout.connect(self.check)
        self._build()

    # --- building ------------------------------------------------------------------------------
    def _build(self) -> None:
        look = self._bridge.look
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(24, 24, 24, 24)
        column.addStretch(5)
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(label(shell.app_name(), "display", align=centre))
        column.addSpacing(8)
        column.addWidget(label(start.promise(), "lead", wrap=True, align=centre))
        column.addSpacing(20)
        doors = QHBoxLayout()
        doors.setSpacing(18)
        doors.addStretch(1)
        for door in (self._relay_door(), self._practice_door()):
            door.setMaximumWidth(look.px(380))
            doors.addWidget(door, 20)
        doors.addStretch(1)
        column.addLayout(doors)
        column.addSpacing(20)
        column.addLayout(self._foot())
        column.addStretch(6)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolled(middle))

    def _relay_door(self) -> QFrame:
        frame, column = card(margin=26, gap=10)
        column.addWidget(label(start.connect(), "heading"))
        column.addWidget(label(start.connect_about(), "second", wrap=True))
        self.address = QLineEdit(self._bridge.settings.relay_url)
        if self._bridge.settings.practice:
            self.address.clear()  # the practice relay's address is of no use another time
        self.address.setPlaceholderText(start.address_hint())
        self.address.setAccessibleName(start.address())
        self.address.setMaxLength(300)
        self.address.textEdited.connect(self._edited)
        self.address.returnPressed.connect(self._go_on)
        column.addWidget(self.address)
        self.result: QLabel = label("", "small", wrap=True)
        self.result.setMinimumHeight(self._bridge.look.px(34))
        self.result.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.result)
        column.addStretch(1)
        self.enter = button(start.sign_in_or_up(), "primary")
        self.enter.clicked.connect(self._go_on)
        column.addWidget(self.enter)
        return frame

    def _practice_door(self) -> QFrame:
        frame, column = card(margin=26, gap=10)
        column.addWidget(label(start.practise_title(), "heading"))
        column.addWidget(label(start.practise_about(), "second", wrap=True))
        self.practice_line = label(start.practise_free(), "small", wrap=True)
        column.addWidget(self.practice_line)
        column.addStretch(1)
        self.practise = button(start.practise(), "outline")
        self.practise.clicked.connect(self._practise)
        column.addWidget(self.practise)
        return frame

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addStretch(1)
        values = self._bridge.settings
        self.language = MenuButton()
        self.language.set_choices(
            [(code, start.language_of(code)) for code in ("system", "zh_CN", "en")],
            values.language,
        )
        self.language.chosen = lambda code: self._bridge.set(language=code)
        self.appearance = MenuButton()
        self.appearance.set_choices(
            [(code, start.appearance_of(code)) for code in ("system", "light", "dark")],
            values.appearance,
            start.appearance(),
        )
        self.appearance.chosen = lambda code: self._bridge.set(appearance=code)
        self.responder = button(start.responder_door(), "quiet")
        self.responder.clicked.connect(self._as_responder)
        for one in (self.language, self.appearance, self.responder):
            row.addWidget(one)
        row.addStretch(1)
        return row

    # --- the address ---------------------------------------------------------------------------
    def url(self) -> str:
        """The address typed; a bare name means the encrypted link."""
        typed = self.address.text().strip()
        return typed if not typed or "://" in typed else f"wss://{typed}"

    def check(self) -> None:
        """Looks at the address now."""
        self._timer.stop()
        url = self.url()
        if not url or not self._bridge.is_attached:
            return
        self._asked = url
        self.result.setText(start.checking())
        self._bridge.run(self, self._bridge.client.check_relay(url), self._found)

    def _edited(self) -> None:
        self._checked = None
        self._waiting = False
        self.result.setText("")
        self._timer.start()

    def _found(self, found: RelayCheck) -> None:
        if found.url != self._asked and self.url() != self._asked:
            return  # typed on meanwhile
        self._checked = found
        if found.reason:
            self.result.setText("✗ " + start.unusable(found.reason))
            self._waiting = False
            return
        self.result.setText(
            start.usable(found.relay, found.rtt_ms, found.rule, encrypted=found.encrypted)
        )
        if self._waiting:
            self._go_on()

    def _go_on(self) -> None:
        if not self.url():
            self.result.setText(start.unusable("address"))
            self.address.setFocus()
            return
        if self._checked is None or self._checked.reason:
            self._waiting = True
            self.check()
            return
        self._waiting = False
        responder, self._responder = self._responder, False
        self.sign_in_asked.emit(self.url(), self._checked.relay, responder)

    def _as_responder(self) -> None:
        self._responder = True
        self._go_on()

    # --- practice ------------------------------------------------------------------------------
    def _practise(self) -> None:
        self.practise.setEnabled(False)
        self.practice_line.setText(start.practise_starting())
        self.practice_asked.emit()

    def practice_progress(self, stage: str) -> None:
        self.practise.setEnabled(False)
        self.practice_line.setText(start.practise_stage(stage))

    def practice_failed(self) -> None:
        self.practise.setEnabled(True)
        self.practice_line.setText(start.practise_failed())

    def practice_ready(self) -> None:
        self.practise.setEnabled(True)
        self.practice_line.setText(start.practise_free())
