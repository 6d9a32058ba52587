"""Privacy: what is kept where, out with all of it, away with all of it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QFrame, QMainWindow, QVBoxLayout, QWidget

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.pages.settings.keeping import KeepingPane
from miaohui.desktop.strings import errors, keeping
from miaohui.desktop.strings import settings as words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.files import ask_folder
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.sheet import Sheet
from miaohui.wire.sessions import SessionCard

if TYPE_CHECKING:
    from miaohui.client.port import Refused

__all__ = ["PrivacyCard"]

SURE_MS = 5000


_UNSAFE = re.compile(r"[^\w\- ]+")
STEM_CHARS = 40


def export_stem(card: SessionCard) -> str:
    """A file's name for a session, without its ending. Every part of a card is the relay's word:
    none of it leads out of the folder, and no two sessions share a name."""
    who = _UNSAFE.sub("_", card.peer_name)[:STEM_CHARS].strip() or "session"
    day = _UNSAFE.sub("_", card.opened_utc[:10])
    kept = hashlib.sha256(card.session.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{day} {who} {kept}"


class PrivacyCard(QFrame):
    """Deletion asks twice, and forgets the first press after five seconds."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._bridge = bridge
        self._dialog: QFileDialog | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 22, 22, 22)
        column.setSpacing(12)
        column.addWidget(label(words.privacy(), "heading"))
        self.where = label("", "body", wrap=True)
        column.addWidget(self.where)
        column.addWidget(label(words.what_kept(), "second", wrap=True))
        self.more = button(keeping.more(), "link")
        self.more.setObjectName("keeping")
        self.more.clicked.connect(self._tell)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(label(words.delete_about(), "small", wrap=True))
        self.note = label("", "body", wrap=True, selectable=True)
        self.note.hide()
        column.addWidget(self.note)
        foot = FlowLayout(gap=10)
        self.export = button(words.export_all())
        self.export.clicked.connect(self._choose_folder)
        self.delete = button(words.delete_all())
        self.delete.clicked.connect(self._delete)
        foot.addWidget(self.export)
        foot.addWidget(self.delete)
        holder = QWidget()
        holder.setLayout(foot)
        column.addWidget(holder)
        self._sure = QTimer(self, singleShot=True, interval=SURE_MS)
        self._sure.timeout.connect(lambda: self.delete.setText(words.delete_all()))
        bridge.app_changed.connect(self._changed)
        self._changed()

    def _changed(self) -> None:
        view = self._bridge.client.view
        self.where.setText(words.kept_where(view.keyring))
        self.export.setEnabled(bool(view.sessions))

    def _tell(self) -> None:
        window = self.window()
        # A main window's own children are its layout; sheets lie over what it shows.
        shown = window.centralWidget() if isinstance(window, QMainWindow) else None
        pane = KeepingPane()
        sheet = Sheet(
            shown or window, self._bridge.look, pane, width=680, scheduler=self._bridge.scheduler
        )
        pane.read.connect(sheet.close_sheet)

    def _choose_folder(self) -> None:
        dialog = ask_folder(self, words.export_title())
        dialog.fileSelected.connect(lambda folder: self.export_to(Path(folder)))
        self._dialog = dialog
        dialog.open()

    def export_to(self, folder: Path) -> None:
        """A readable file and a receipt bundle for every session."""
        self._bridge.run(self, self._export(folder), self._exported, self._refused)

    async def _export(self, folder: Path) -> tuple[int, Path]:
        client = self._bridge.client
        cards = client.view.sessions
        for card in cards:
            stem = export_stem(card)
            client.focus(card.session)
            await client.export_text(card.session, folder / f"{stem}.txt")
            if card.state == "closed":
                await client.export_bundle(card.session, folder / f"{stem}.zip", with_text=True)
        client.focus(None)
        return len(cards), folder

    def _exported(self, done: tuple[int, Path]) -> None:
        self._say(words.exported(done[0], str(done[1])))

    def _delete(self) -> None:
        if not self._sure.isActive():
            self._sure.start()
            self.delete.setText(words.delete_sure())
            return
        self._sure.stop()
        self.delete.setText(words.delete_all())
        self._bridge.run(
            self,
            self._bridge.client.delete_everything(),
            lambda _done: self._say(words.deleted()),
            self._refused,
        )

    def _refused(self, refused: Refused) -> None:
        self._say(errors.sentence(refused.code, refused.detail, refused.retry_ms))

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.show()
