"""Exports of a run: the report into a folder, the evidence into a file, text only as it is ticked."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListView, QVBoxLayout, QWidget

from miaohui.client.port import Refused
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.checking.bubbles import BubbleDelegate, BubbleModel, SaidBubble, said_in
from miaohui.desktop.look.language import current
from miaohui.desktop.strings import check as words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.label import label
from miaohui.practice.process import command

__all__ = ["EvidenceForm", "write_evidence", "write_report"]

EXPORT_S = 300
_NO_WINDOW = 0x08000000  # CREATE_NO_WINDOW, where the system is Windows


class EvidenceForm(QWidget):
    """Signals: ``cancelled``, ``confirmed(tuple of SLOT:SEQ)``."""

    cancelled = Signal()
    confirmed = Signal(object)

    def __init__(self, bridge: Bridge, folder: Path) -> None:
        super().__init__()
        self._bridge, self._folder = bridge, folder
        self.model: BubbleModel | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 20)
        column.setSpacing(10)
        column.addWidget(label(words.evidence_title(), "heading"))
        column.addWidget(label(words.evidence_about(), "body", wrap=True))
        self.show_texts = button(words.show_texts(), "link")
        self.show_texts.clicked.connect(self._read)
        column.addWidget(self.show_texts, 0, Qt.AlignmentFlag.AlignLeft)
        self.list = QListView()
        self.list.setAccessibleName(words.show_texts())
        self.list.setUniformItemSizes(True)
        self._delegate = BubbleDelegate()
        self.list.setItemDelegate(self._delegate)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMinimumHeight(bridge.look.px(240))
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.hide()
        column.addWidget(self.list)
        self.count = label(words.chosen_bubbles(0), "strong", wrap=True)
        column.addWidget(self.count)
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.cancel = button(words.cancel())
        self.cancel.clicked.connect(self.cancelled)
        self.confirm = button(words.export_evidence(), "primary")
        self.confirm.setProperty("focusFirst", True)
        self.confirm.clicked.connect(self._confirm)
        foot.addWidget(self.cancel)
        foot.addWidget(self.confirm)
        column.addLayout(foot)

    def _read(self) -> None:
        self.show_texts.setEnabled(False)
        self._bridge.run(self, asyncio.to_thread(said_in, self._folder), self._have)

    def _have(self, said: tuple[SaidBubble, ...]) -> None:
        self.show_texts.hide()
        if not said:
            self.count.setText(words.no_texts())
            return
        self.model = BubbleModel(said)
        self.model.chosen_changed.connect(self._counted)
        self.list.setModel(self.model)
        self.list.show()
        self.list.setFocus()
        self.updateGeometry()

    def _counted(self) -> None:
        self.count.setText(words.chosen_bubbles(len(self._chosen())))

    def _chosen(self) -> tuple[str, ...]:
        return () if self.model is None else self.model.chosen()

    def _confirm(self) -> None:
        self.confirmed.emit(self._chosen())


async def write_report(folder: Path, out: Path) -> Path:
    """HTML, CSV and JSON; Refused with the sentence that says why not."""
    await _export("report", str(folder), "--out", str(out))
    return out / f"report-{current()}.html"


async def write_evidence(folder: Path, out: Path, texts: tuple[str, ...]) -> Path:
    """One bundle; only the bubbles of ``texts`` are in it in words."""
    chosen = [part for text in texts for part in ("--text", text)]
    await _export("evidence", str(folder), "--out", str(out), *chosen)
    return out


async def _export(*arguments: str) -> None:
    """A process of its own: drawing a report would hold the window up, even from a thread."""
    done = await asyncio.to_thread(
        subprocess.run,
        command("check", *arguments, "--lang", current()),
        capture_output=True,
        timeout=EXPORT_S,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONUTF8": "1"},
        creationflags=_NO_WINDOW if sys.platform == "win32" else 0,
    )
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise Refused("export", said or str(done.returncode))
