"""The head of a conversation: who it is with, how the link stands, what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QVBoxLayout

from miaohui.desktop.look.look import Look
from miaohui.desktop.strings import conversation as say
from miaohui.desktop.strings import shell
from miaohui.desktop.widgets.avatar import Avatar
from miaohui.desktop.widgets.button import button, icon_button
from miaohui.desktop.widgets.label import Elided, label, restyle
from miaohui.desktop.widgets.pill import pill, set_tone

FACE_ROOM = 280  # of the design's pixels: below, name and buttons need the place


class ConversationHead(QFrame):
    """Name, state, network, one button and a menu."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setProperty("kind", "head")
        self._look = look
        self._avatar = Avatar(look, "", 40)
        self._name, self._about = Elided("", "strong"), Elided("", "small")
        self._mark, self._state = label("", "small"), Elided("", "small")
        self._narrow = self.is_tight = False
        self._network = pill("", "plain")
        self.hand_over = button("", "plain")
        self.hand_over.setObjectName("hand-over")
        self.more = button("⋯", "plain", name=say.more())
        self.more.setObjectName("more")
        self._menu = QMenu(self)
        self._acts: dict[str, Callable[[], None]] = {}
        self.more.clicked.connect(self._open)
        names = QHBoxLayout()
        names.setSpacing(8)
        # On one line: the small words' foot a little above the large ones'.
        names.addWidget(self._name, 0, Qt.AlignmentFlag.AlignBottom)
        names.addWidget(self._about, 1, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addLayout(names)
        state = QHBoxLayout()
        state.setSpacing(4)
        state.addWidget(self._mark)
        state.addWidget(self._state, 1)
        column.addLayout(state)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 10, 20, 10)
        row.setSpacing(10)
        self.back = icon_button(look, "back", shell.back())
        self.back.hide()
        row.addWidget(self.back)
        row.addWidget(self._avatar)
        row.addLayout(column, 1)
        for part in (self._network, self.hand_over, self.more):
            row.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._avatar.setVisible(self.width() >= self._look.px(FACE_ROOM))

    def show_peer(self, name: str, about: str, face: str = "") -> None:
        """``face``: whose letter is drawn, where the name has more before it."""
        self._avatar.set_name(face or name)
        self._name.setText(name)
        self._about.setText(about)

    def show_state(
        self, *, online: bool, typing: bool, words_offline: str, read_percent: int | None = None
    ) -> None:
        """``read_percent``: a long conversation is still being read."""
        words = say.typing() if typing else say.online() if online else words_offline
        if read_percent is not None:
            words = say.reading(read_percent)
        here = online or typing
        self._mark.setText("●" if here else "○")
        restyle(self._mark, tone="kept" if here else "quiet")
        self._state.setText(words)
        restyle(self._state, tone="" if here else "quiet")

    def show_link(self, rtt_ms: int | None, *, live: bool) -> None:
        """The network's own figure, apart from anybody's wait."""
        self._network.setVisible(not self._narrow)
        if not live:
            set_tone(self._network, say.network_lost(), "plain")
        elif rtt_ms is None:
            set_tone(self._network, say.network_unknown(), "plain")
        else:
            set_tone(self._network, say.network(rtt_ms), "plain")

    def show_hand_over(self, words: str, *, live: bool) -> None:
        self.hand_over.setText(words)
        self.hand_over.setVisible(live and not self.is_tight)

    def set_narrow(self, *, narrow: bool, tight: bool = False) -> None:
        """With little room the name comes first; the panel says what the network is like. ``tight``:
        to hand over stands in the menu."""
        self._narrow, self.is_tight = narrow, tight
        self._about.setVisible(not narrow)
        self._network.setVisible(not narrow)

    def set_menu(self, entries: Sequence[tuple[str, str, Callable[[], None]]]) -> None:
        """``entries``: key, words, what it does. Facts come by the second: entries that stay
        are not made anew under the pointer of somebody who has the menu open."""
        self._acts = {key: act for key, _, act in entries}
        shown = [(action.objectName(), action.text()) for action in self._menu.actions()]
        if shown != [(key, words) for key, words, _ in entries]:
            self._menu.clear()
            for key, words, _ in entries:
                action = QAction(words, self._menu)
                action.setObjectName(key)
                action.triggered.connect(lambda _=False, key=key: self._acts[key]())
                self._menu.addAction(action)
        self.more.setVisible(bool(entries))

    def menu_shown(self) -> QMenu:
        """The menu itself, for tests and key handling."""
        return self._menu

    def _open(self) -> None:
        self._menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height() + 4)))
