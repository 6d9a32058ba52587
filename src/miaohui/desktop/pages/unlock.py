"""The honest way out where no keyring holds the key: a passphrase, or memory alone."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from miaohui.client.port import Refused
from miaohui.client.store.vault import PASSPHRASE_CHARS
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.strings import errors, shell
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.buttonrow import ButtonRow
from miaohui.desktop.widgets.label import label

__all__ = ["UnlockForm", "UnlockWay"]


class UnlockWay(Enum):
    """The thing that the form does now."""

    OPEN = "open"  # the history that is here, by its passphrase
    KEYRING = "keyring"  # it opens by the keyring alone
    WAIT = "wait"  # the keyring's own prompt is open
    FIRST = "first"  # nothing is here: a passphrase for what begins
    ANEW = "anew"  # a new history by a passphrase; the one that is here is set aside


WAYS = {"none": UnlockWay.FIRST, "asking": UnlockWay.WAIT}
OPEN = ("working", "passphrase", "memory")


class UnlockForm(QWidget):
    """Signals: ``unlocked``.

    A history is never set aside without saying so: that has a page of its own, with a way back.
    """

    unlocked = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._state = bridge.client.view.keyring
        self._first = self._way_in()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(10)
        self.heading = label("", "heading", wrap=True)
        self.about = label("", "second", wrap=True)
        column.addWidget(self.heading)
        column.addWidget(self.about)
        self.passphrase = self._field(shell.passphrase())
        self.passphrase.setProperty("focusFirst", True)
        self.repeated = self._field(shell.passphrase_again())
        for field in (self.passphrase, self.repeated):
            column.addWidget(field)
        self.result = label("", "body", wrap=True)
        self.result.hide()
        column.addWidget(self.result)
        row = ButtonRow()
        self.back = button(shell.back())
        self.back.clicked.connect(lambda: self.show_way(self._first))
        self.begin = button(shell.begin_anew())
        self.begin.clicked.connect(lambda: self.show_way(UnlockWay.ANEW))
        self.fresh = button(shell.fresh_key())
        self.fresh.clicked.connect(lambda: self._unlock("", anew=True))
        self.memory = button(shell.memory_only())
        self.memory.clicked.connect(lambda: self._unlock(None))
        self.again = button(shell.keyring_again(), "primary")
        self.again.clicked.connect(lambda: self._unlock(""))
        self.with_words = button("", "primary")
        self.with_words.clicked.connect(self._with_passphrase)
        for each in (self.back, self.begin, self.memory, self.fresh, self.again, self.with_words):
            row.add(each)
        column.addWidget(row)
        self.show_way(self._first)
        bridge.app_changed.connect(self._follow)

    def _way_in(self) -> UnlockWay:
        if self._bridge.client.view.by_passphrase:
            return UnlockWay.OPEN
        return WAYS.get(self._state, UnlockWay.KEYRING)

    def _follow(self) -> None:
        """The prompt was answered, or the keyring is another one by now."""
        state = self._bridge.client.view.keyring
        if not self.isEnabled():
            return  # what was pressed here is under way, and has its own answer
        if state == self._state or self._way not in (UnlockWay.WAIT, UnlockWay.KEYRING):
            return
        waited, self._state = self._way is UnlockWay.WAIT, state
        if waited and state in OPEN:
            self._done()
        elif state not in OPEN:
            self._first = self._way_in()
            self.show_way(self._first)

    @property
    def way(self) -> UnlockWay:
        return self._way

    def show_way(self, way: UnlockWay) -> None:
        """Turns to one of its pages; what was typed on another is gone."""
        self._way = way
        begins = way in (UnlockWay.FIRST, UnlockWay.ANEW)
        self.heading.setText(shell.anew_title() if way is UnlockWay.ANEW else shell.unlock_title())
        state = "passphrase" if way is UnlockWay.OPEN else self._state
        about = shell.anew_about() if way is UnlockWay.ANEW else shell.unlock_about(state)
        self.about.setText(
            f"{about}\n{shell.passphrase_rule(PASSPHRASE_CHARS)}" if begins else about
        )
        for field in (self.passphrase, self.repeated):
            field.clear()
        by_words = way not in (UnlockWay.KEYRING, UnlockWay.WAIT)
        self.passphrase.setVisible(by_words)
        self.repeated.setVisible(begins)
        self.back.setVisible(way is UnlockWay.ANEW)
        self.begin.setVisible(way in (UnlockWay.OPEN, UnlockWay.KEYRING))
        self.memory.setVisible(way is not UnlockWay.ANEW)
        self.again.setVisible(way is UnlockWay.KEYRING)
        self.fresh.setVisible(way is UnlockWay.ANEW and self._state == "changed")
        self.with_words.setVisible(by_words)
        self.with_words.setText(shell.encrypt() if begins else shell.unlock())
        self.result.hide()
        self._weigh()
        first = {UnlockWay.KEYRING: self.again, UnlockWay.WAIT: self.memory}
        first.get(way, self.passphrase).setFocus()

    def _field(self, name: str) -> QLineEdit:
        field = QLineEdit()
        field.setEchoMode(QLineEdit.EchoMode.Password)
        field.setAccessibleName(name)
        field.setPlaceholderText(name)
        field.textChanged.connect(lambda _text: self._weigh())
        field.returnPressed.connect(self._entered)
        return field

    def _trouble(self) -> str:
        """The reason for which these words are no passphrase, in words."""
        words = self.passphrase.text()
        if self._way is UnlockWay.OPEN:
            return ""
        if len(words) < PASSPHRASE_CHARS:
            return shell.passphrase_short(PASSPHRASE_CHARS)
        return "" if words == self.repeated.text() else shell.passphrases_differ()

    def _weigh(self) -> None:
        self.with_words.setEnabled(bool(self.passphrase.text()))

    def _entered(self) -> None:
        typed = self.passphrase.text() and self.repeated.text()
        if self._way is not UnlockWay.OPEN and self.passphrase.hasFocus() and not typed:
            self.repeated.setFocus()
        else:
            self._with_passphrase()

    def _with_passphrase(self) -> None:
        if not self.passphrase.text():
            return
        if trouble := self._trouble():
            self._say(trouble)
        else:
            self._unlock(self.passphrase.text(), anew=self._way is UnlockWay.ANEW)

    def _unlock(self, passphrase: str | None, *, anew: bool = False) -> None:
        self.setEnabled(False)
        work = self._bridge.client.unlock(passphrase, anew=anew)
        self._bridge.run(self, work, self._answered, self._refused)

    def _answered(self, opened: bool) -> None:
        self.setEnabled(True)
        if opened:
            self._done()
        elif self._way is UnlockWay.FIRST:
            self.show_way(
                UnlockWay.ANEW
            )  # something is in the way after all, and that is said first
        else:
            self._follow()
            locked = self._way is UnlockWay.KEYRING
            self._say(shell.still_locked() if locked else shell.wrong_passphrase())

    def _done(self) -> None:
        self._bridge.app_changed.disconnect(self._follow)
        self.unlocked.emit()

    def _refused(self, refused: Refused) -> None:
        self.setEnabled(True)
        self._say(errors.sentence(refused.code, refused.detail))

    def _say(self, words: str) -> None:
        self.result.setText(words)
        self.result.show()
        if self._way is not UnlockWay.KEYRING:
            self.passphrase.selectAll()
            self.passphrase.setFocus()
