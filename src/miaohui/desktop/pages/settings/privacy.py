"""Privacy: what is kept where, out with all of it, away with all of it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.pages.reports.followed import FollowedPane
from miaohui.desktop.pages.settings.keeping import KeepingPane
from miaohui.desktop.strings import errors, keeping, reports
from miaohui.desktop.strings import settings as words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import card
from miaohui.desktop.widgets.files import ask_folder
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.sheet import over
from miaohui.desktop.widgets.spoken import NOTIFICATION, set_spoken_role, show_spoken
from miaohui.wire.accounts import Role
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
        self.aside = label("", "second", wrap=True)
        self.bring_back = button("", "link")
        self.bring_back.clicked.connect(self._bring_back)
        column.addWidget(self.aside)
        column.addWidget(self.bring_back, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(label(words.what_kept(), "second", wrap=True))
        self.more = button(keeping.more(), "link")
        self.more.setObjectName("keeping")
        self.more.clicked.connect(self._tell)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.reports = button(reports.all_reports(), "link")
        self.reports.setObjectName("reports")
        self.reports.clicked.connect(self._follow)
        column.addWidget(self.reports, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(label(words.what_the_host_sees(), "second", wrap=True))
        column.addWidget(label(words.delete_about(), "small", wrap=True))
        self.note = label("", "body", wrap=True, selectable=True)
        set_spoken_role(self.note, NOTIFICATION)
        self.note.hide()
        column.addWidget(self.note)
        foot = FlowLayout(gap=10)
        self.export = button(words.export_all())
        self.export.clicked.connect(self._choose_folder)
        self.delete = button(words.delete_all())
        self.delete.clicked.connect(self._delete)
        foot.addWidget(self.export)
        foot.addWidget(self.delete)
        self.ending = button(words.end_account_open())
        self.ending.clicked.connect(lambda: self._show_ending(shown=True))
        foot.addWidget(self.ending)
        holder = QWidget()
        holder.setLayout(foot)
        column.addWidget(holder)
        column.addWidget(self._build_ending())
        self._sure = QTimer(self, singleShot=True, interval=SURE_MS)
        self._sure.timeout.connect(lambda: self.delete.setText(words.delete_all()))
        bridge.app_changed.connect(self._changed)
        self._changed()

    def _build_ending(self) -> QFrame:
        """What it means, what to do before it, and the password that it takes."""
        self.end_card, inside = card("breach", margin=14, gap=10)
        inside.addWidget(label(words.end_account_about(), "body", wrap=True))
        self.of_owner = label(words.end_account_owner(), "body", wrap=True)
        inside.addWidget(self.of_owner)
        self.end = button(words.end_account())
        self.end.setEnabled(False)
        self.end.clicked.connect(self._end_account)
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setPlaceholderText(words.end_account_password())
        self.password.setAccessibleName(words.end_account_password())
        self.password.textChanged.connect(lambda text: self.end.setEnabled(bool(text)))
        self.password.returnPressed.connect(self._end_account)
        inside.addWidget(self.password)
        row = FlowLayout(gap=10)
        self.export_first = button(words.export_all())
        self.export_first.clicked.connect(self._choose_folder)
        keep = button(words.keep_account())
        keep.clicked.connect(lambda: self._show_ending(shown=False))
        for each in (self.export_first, self.end, keep):
            row.addWidget(each)
        holder = QWidget()
        holder.setLayout(row)
        inside.addWidget(holder)
        self.end_card.hide()
        return self.end_card

    def _show_ending(self, *, shown: bool) -> None:
        self.password.clear()
        self.end_card.setVisible(shown)
        if shown:
            self.password.setFocus()

    def _end_account(self) -> None:
        password = self.password.text()
        if not password:
            return
        self.end.setEnabled(False)
        self._bridge.run(
            self,
            self._bridge.client.delete_account(password),
            lambda _done: self._ended(),
            self._not_ended,
        )

    def _ended(self) -> None:
        self._show_ending(shown=False)
        self._say(words.end_account_done())

    def _not_ended(self, refused: Refused) -> None:
        self.password.clear()
        self._refused(refused)

    def _changed(self) -> None:
        view = self._bridge.client.view
        # In practice nobody has a password to give, and the relay is this machine's own.
        able = view.account is not None and not self._bridge.settings.practice
        self.ending.setVisible(able)
        self.of_owner.setVisible(view.account is not None and view.account.role == Role.OWNER)
        if not able:
            self._show_ending(shown=False)
        self.export_first.setEnabled(bool(view.sessions))
        self.where.setText(words.kept_where(view.keyring))
        self.export.setEnabled(bool(view.sessions))
        self.aside.setVisible(view.aside)
        self.bring_back.setVisible(view.aside)
        self.aside.setText(words.aside_wanted() if view.back_wanted else words.aside())
        self.bring_back.setText(words.aside_stay() if view.back_wanted else words.aside_back())

    def _bring_back(self) -> None:
        client = self._bridge.client
        wanted = not client.view.back_wanted
        self._bridge.run(self, client.bring_history_back(wanted=wanted))

    def _tell(self) -> None:
        pane = KeepingPane()
        sheet = over(self, self._bridge.look, pane, scheduler=self._bridge.scheduler)
        pane.read.connect(sheet.close_sheet)

    def _follow(self) -> None:
        pane = FollowedPane(self._bridge)
        sheet = over(self, self._bridge.look, pane, scheduler=self._bridge.scheduler)
        pane.left.connect(sheet.close_sheet)

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
        for each in cards:
            stem = export_stem(each)
            client.focus(each.session)
            await client.export_text(each.session, folder / f"{stem}.txt")
            if each.state == "closed":
                await client.export_bundle(each.session, folder / f"{stem}.zip", with_text=True)
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
        show_spoken(self.note, text)
