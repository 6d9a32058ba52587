"""A relay's public key to be compared: as a QR code, by its id, and whole."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from miaohui.desktop.look.look import Look
from miaohui.desktop.strings import relaykey as words
from miaohui.desktop.widgets.inside import set_shown
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.qrcode import QrCode

__all__ = ["KeyView"]

GROUP = 8  # hex digits that an eye compares at once


class KeyView(QWidget):
    """Hidden while there is no key. The code holds what the host's own command prints."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        self.code = QrCode(look)
        row.addWidget(self.code, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(6)
        self.title = label("", "strong", wrap=True, selectable=True)
        column.addWidget(self.title)
        self.whole = label("", "small", wrap=True, selectable=True)
        column.addWidget(self.whole)
        self.past = label("", "second", wrap=True, selectable=True)
        column.addWidget(self.past)
        column.addWidget(label(words.compare(), "small", wrap=True))
        column.addStretch(1)
        row.addLayout(column, 1)
        self.hide()

    def show_key(
        self, title: str, key_id: str, relay_key: str, former: tuple[str, ...] = ()
    ) -> None:
        """``former``: ids of the keys that it followed in order, the newest first."""
        self.title.setText(title)
        self.whole.setText(
            " ".join(relay_key[at : at + GROUP] for at in range(0, len(relay_key), GROUP))
        )
        self.past.setText(words.past((*reversed(former), key_id)) if former else "")
        self.past.setVisible(bool(former))
        self.code.show_text(f"{relay_key} {key_id}" if relay_key else "", words.code_name(key_id))
        set_shown(self, shown=bool(relay_key))
