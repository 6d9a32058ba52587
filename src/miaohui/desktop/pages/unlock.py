"""The honest way out where no keyring holds the key: a passphrase, or memory alone."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.strings import shell
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.label import label

__all__ = ["UnlockForm"]


class UnlockForm(QWidget):
    """Signals: ``unlocked``."""

    unlocked = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        state = bridge.client.view.keyring
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(10)
        column.addWidget(label(shell.unlock_title(), "heading", wrap=True))
        column.addWidget(label(shell.unlock_about(state), "second", wrap=True))
        self.passphrase = QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setAccessibleName(shell.passphrase())
        self.passphrase.setPlaceholderText(shell.passphrase())
        self.passphrase.setProperty("focusFirst", True)
        self.passphrase.returnPressed.connect(self._with_passphrase)
        column.addWidget(self.passphrase)
        self.result = label("", "body", wrap=True)
        self.result.hide()
        column.addWidget(self.result)
        row = QHBoxLayout()
        row.addStretch(1)
        self.memory = button(shell.memory_only())
        self.memory.clicked.connect(lambda: self._unlock(None))
        self.with_words = button(shell.unlock(), "primary")
        self.with_words.setEnabled(False)
        self.passphrase.textChanged.connect(lambda text: self.with_words.setEnabled(bool(text)))
        self.with_words.clicked.connect(self._with_passphrase)
        self.again = button(shell.keyring_again(state))
        self.again.clicked.connect(lambda: self._unlock(""))
        row.addWidget(self.again)
        row.addWidget(self.memory)
        row.addWidget(self.with_words)
        column.addLayout(row)
        self.again.setVisible(state in ("locked", "changed"))

    def _with_passphrase(self) -> None:
        if self.passphrase.text():
            self._unlock(self.passphrase.text())

    def _unlock(self, passphrase: str | None) -> None:
        self.setEnabled(False)
        self._bridge.run(self, self._bridge.client.unlock(passphrase), self._answered)

    def _answered(self, opened: bool) -> None:
        self.setEnabled(True)
        if opened:
            self.unlocked.emit()
            return
        self.result.setText(shell.wrong_passphrase())
        self.result.show()
        self.passphrase.selectAll()
        self.passphrase.setFocus()
