"""Care in a conversation: reads what its own person sent, here alone, and shows the card.

Nothing that is found here is logged, counted, stored or sent; what is kept is only that a card
came, and when (client.use.quiet).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from threading import Thread

from PySide6.QtCore import QObject, Signal

from miaohui.care import lines as care_lines
from miaohui.care.lines import Audience, DatedHelpLine
from miaohui.care.rules import Strength, rules
from miaohui.client.snapshots import PanelView
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import sanitize
from miaohui.desktop.pages.sessions.carecard import CardState, CareCard
from miaohui.desktop.strings import care as words
from miaohui.wire.sessions import Pause

__all__ = ["Care"]

STOPPABLE = ("waiting", "active", "paused")


def _strength_of(text: str) -> Strength | None:
    return rules().judge(text).strength


class Care(QObject):
    """Between what was sent, the card and the client. Signals: ``notice_wanted(words)``;
    ``keyboard_free``: the card is gone, writing goes on; ``looked``: what was sent has been read."""

    looked = Signal()
    notice_wanted = Signal(str)
    keyboard_free = Signal()

    def __init__(self, bridge: Bridge, card: CareCard) -> None:
        super().__init__(card)
        self._bridge, self.card = bridge, card
        self._session = ""
        self._strength: Strength | None = None
        card.opened.connect(self._open)
        card.stop_wanted.connect(self._stop)
        card.tell_wanted.connect(self._tell)
        card.copied.connect(lambda number: self.notice_wanted.emit(words.copied(number)))
        card.put_away.connect(self.keyboard_free)

    def begin(self, session: str) -> None:
        """Another conversation is on screen. The rules are read where nobody waits for it."""
        if session != self._session:
            self._session = session
            self.card.dismiss()
        Thread(target=rules, name="rules", daemon=True).start()

    def sent(self, text: str) -> None:
        """A message has gone out: looked at beside the window, which a long one would hold up."""
        self._bridge.run(self, asyncio.to_thread(_strength_of, text), self._found)

    def open_by_hand(self) -> None:
        """The session's menu: at all times."""
        self._strength = None
        self._open()

    def retranslate(self) -> None:
        if self.card.state is CardState.LINE:
            self.card.show_line()
        elif self.card.state is CardState.OPEN:
            self._show()

    def _found(self, strength: Strength | None) -> None:
        if (
            strength is not None
            and self.card.state is not CardState.OPEN
            and self._bridge.client.may_show_card
        ):
            self._come(strength)
        self.looked.emit()

    def _come(self, strength: Strength) -> None:
        self._strength = strength
        if strength is Strength.HOPELESS:
            self._bridge.client.card_shown(opened=False)
            self.card.show_line()
        else:
            self._open()

    def _open(self) -> None:
        self._bridge.client.card_shown(opened=True)
        self._show()

    def _show(self) -> None:
        now = datetime.fromtimestamp(self._bridge.clock.utc_ms() / 1000)
        danger = self._strength in (Strength.NOW, Strength.SOMEONE)
        shown = care_lines.shown(self._local(), today=now.date(), hour=now.hour, danger=danger)
        view = self._bridge.client.session(self._session)
        panel = self._bridge.client.panel(self._session)
        live = panel is not None and panel.phase != "closed"
        self.card.show_open(
            self._strength,
            shown,
            night=now.hour in care_lines.NIGHT,
            can_stop=can_stop(panel),
            peer=sanitize.line(view.card.peer_name) if view is not None and live else "",
        )

    def _local(self) -> Sequence[DatedHelpLine]:
        """The host's own lines."""
        welcome = self._bridge.client.welcome
        if welcome is None:
            return ()
        try:
            return [
                DatedHelpLine(
                    each.number,
                    Audience(each.audience),
                    each.chinese,
                    each.english,
                    each.hours_zh,
                    each.hours_en,
                    each.always,
                    each.source,
                    date.fromisoformat(each.checked),
                    date.fromisoformat(each.review),
                )
                for each in welcome.help_lines[: care_lines.MOST_LINES]
            ]
        except ValueError:
            return ()  # no date: nothing that could be shown as checked

    def _stop(self) -> None:
        """By the customer's tap alone."""
        pause = Pause(id=self._bridge.new_id(), session=self._session, reason="distress")
        self._bridge.ask(self, pause, lambda _: self.card.dismiss())

    def _tell(self) -> None:
        self._bridge.client.send_text(self._session, words.told())
        self.card.dismiss()


def can_stop(panel: PanelView | None) -> bool:
    """True where there is time that can be stopped for distress."""
    return panel is not None and panel.phase in STOPPABLE and panel.paused_reason != "distress"
