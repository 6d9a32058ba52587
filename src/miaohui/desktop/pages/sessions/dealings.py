"""The commands of a session's page: sent to the relay, with their outcome shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from miaohui.client.snapshots import SessionView
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import sanitize
from miaohui.desktop.strings import care, lures, reports
from miaohui.desktop.strings import conversation as say
from miaohui.desktop.widgets.asking import ask
from miaohui.desktop.widgets.files import ask_save
from miaohui.wire import sessions as wire
from miaohui.wire.catalogue import GetShop, Offer, Shop

if TYPE_CHECKING:
    from miaohui.client.port import Refused

BREAK_MS = 180_000
PROVIDER = "practice"

Entry = tuple[str, str, Callable[[], None]]


class DealingsHost(Protocol):
    """The page that the commands are for."""

    def show_offers(self, offers: Sequence[Offer]) -> None: ...

    def export_text(self) -> None: ...

    def end_session(self) -> None: ...

    def open_card(self) -> None: ...

    def tell_boundary(self) -> None: ...

    def report(self) -> None: ...

    def tell_fraud(self) -> None: ...


class Dealings(QObject):
    """Commands of one page; refusals without an own place are told at the window's foot."""

    def __init__(self, bridge: Bridge, page: DealingsHost, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge, self._page = bridge, page

    # --- customers ----------------------------------------------------------------------------
    def offers_of(self, view: SessionView | None) -> None:
        """Asks the shop what time costs now; the panel's button names it."""
        self._page.show_offers(())
        if view is None or view.card.state == "closed" or not view.card.shop:
            return

        def show(shop: Shop) -> None:
            self._page.show_offers(shop.offers)

        self._bridge.ask(self, GetShop(id=self._bridge.new_id(), shop=view.card.shop), show)

    def ask_end(self, session: str, host: QWidget, *, waiting: bool) -> None:
        """Asks about the end; with a question still open, whether its answer is waited for."""
        bridge, words = self._bridge, say.end_question_plain()
        panel = bridge.client.panel(session)
        if panel is not None and panel.paused_reason == "distress":
            waiting, words = False, care.end_question()
        answers = [(say.end(), "primary", lambda: self.end(session, now=False))]
        if waiting:
            words = say.end_question()
            answers = [
                (say.end_now(), "plain", lambda: self.end(session, now=True)),
                (say.end_after_answer(), "primary", lambda: self.end(session, now=False)),
            ]
        ask(host, bridge.look, say.end(), words, answers, scheduler=bridge.scheduler)

    def extend(self, session: str, offer: str, price_fen: int, done: Callable[[], None]) -> None:
        command = wire.Extend(
            id=self._bridge.new_id(),
            session=session,
            offer=offer,
            price_fen=price_fen,
            provider=PROVIDER,
        )

        def failed(refused: Refused) -> None:
            done()
            self._bridge.trouble.emit(refused.code, refused.detail, refused.retry_ms)

        self._bridge.ask(self, command, lambda _: done(), failed)

    def ask_handover(self, session: str) -> None:
        self._bridge.ask(self, wire.AskHandover(id=self._bridge.new_id(), session=session))

    def refuse_handover(self, session: str) -> None:
        self._bridge.ask(self, wire.RefuseHandover(id=self._bridge.new_id(), session=session))

    def answer_break(self, session: str, *, agree: bool) -> None:
        self._bridge.ask(
            self, wire.AnswerBreak(id=self._bridge.new_id(), session=session, agree=agree)
        )

    def pause(self, session: str) -> None:
        self._bridge.ask(self, wire.Pause(id=self._bridge.new_id(), session=session))

    def resume(self, session: str) -> None:
        self._bridge.ask(self, wire.Resume(id=self._bridge.new_id(), session=session))

    def end(self, session: str, *, now: bool) -> None:
        self._bridge.ask(self, wire.End(id=self._bridge.new_id(), session=session, now=now))

    # --- responders ---------------------------------------------------------------------------
    def ask_break(self, session: str) -> None:
        self._bridge.ask(
            self, wire.AskBreak(id=self._bridge.new_id(), session=session, ms=BREAK_MS)
        )

    def hand_to(self, session: str, to: str | None) -> None:
        self._bridge.ask(self, wire.HandOver(id=self._bridge.new_id(), session=session, to=to))

    def choose_colleague(self, session: str, beside: QPushButton) -> None:
        """A menu of who could take over."""
        desk = self._bridge.client.view.desk
        menu = QMenu(beside)
        menu.addAction(say.to_whoever()).triggered.connect(
            lambda _=False: self.hand_to(session, None)
        )
        for one in desk.colleagues if desk is not None else ():
            action = menu.addAction(sanitize.line(one.name).replace("&", "&&"))
            action.setEnabled(one.free)
            action.triggered.connect(lambda _=False, to=one.responder: self.hand_to(session, to))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(beside.mapToGlobal(QPoint(0, beside.height() + 4)))

    # --- both ---------------------------------------------------------------------------------
    def save_text(self, session: str, host: QWidget, told: Callable[[str], None]) -> None:
        """Asks where, then writes the conversation there."""
        dialog = ask_save(host, say.save_conversation(), say.text_files(), "txt")

        def chosen(path: str) -> None:
            work = self._bridge.client.export_text(session, Path(path))
            self._bridge.run(self, work, lambda _: told(say.exported(path)))

        dialog.fileSelected.connect(chosen)
        dialog.open()

    def menu(self, view: SessionView, *, desk: bool) -> Sequence[Entry]:
        """The head's menu for this session in its present state."""
        session = view.card.session
        panel = self._bridge.client.panel(session)
        phase = panel.phase if panel is not None else "closed"
        entries: list[Entry] = []
        if desk and phase == "active":
            words = say.ask_break(BREAK_MS // 60_000)
            entries.append(("ask-break", words, lambda: self.ask_break(session)))
        elif not desk and phase == "paused":
            stopped = panel is not None and panel.paused_reason == "distress"
            words = care.go_on() if stopped else say.resume()
            entries.append(("resume", words, lambda: self.resume(session)))
        elif not desk and phase in ("active", "waiting"):
            entries.append(("pause", say.pause(), lambda: self.pause(session)))
        if not desk:
            entries.append(("care", care.card(), self._page.open_card))
            entries.append(("boundary", care.boundary_title(), self._page.tell_boundary))
        entries.append(("fraud", lures.menu(), self._page.tell_fraud))
        entries.append(("report", reports.menu(), self._page.report))
        entries.append(("export", say.export_text(), self._page.export_text))
        if phase in ("waiting", "active", "paused", "closing"):
            entries.append(("end", say.end(), self._page.end_session))
        return entries
