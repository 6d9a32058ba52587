"""The commands of a session's page: sent to the relay, with their outcome shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtWidgets import QMenu, QPushButton, QWidget
from shiboken6 import isValid

from miaohui.client.snapshots import EndCost, SessionView
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts, sanitize
from miaohui.desktop.pages.pay import BY_CODE, ExtensionPay
from miaohui.desktop.strings import care, lures, reports
from miaohui.desktop.strings import conversation as say
from miaohui.desktop.widgets.asking import ask
from miaohui.desktop.widgets.files import ask_save
from miaohui.desktop.widgets.sheet import Sheet, over
from miaohui.wire import sessions as wire
from miaohui.wire.catalogue import GetShop, Offer, Shop

if TYPE_CHECKING:
    from miaohui.client.port import Refused

BREAK_MS = 180_000
PROVIDER = "practice"

Entry = tuple[str, str, Callable[[], None]]


def end_cost(cost: EndCost) -> str:
    """The sums that an end now moves, in a sentence."""
    return say.end_cost(
        amounts.yuan_exact(cost.refund_fen),
        amounts.yuan_exact(cost.given_up_fen),
        amounts.clock(cost.unused_ms),
    )


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
        self._extending: set[str] = set()  # a purchase is asked about, or under way

    # --- customers ----------------------------------------------------------------------------
    def offers_of(self, view: SessionView | None) -> None:
        """Asks the shop what time costs now; the panel's button names it."""
        self._page.show_offers(())
        if view is None or view.card.state == "closed" or not view.card.shop:
            return

        def show(shop: Shop) -> None:
            self._page.show_offers(shop.offers)

        self._bridge.ask(self, GetShop(id=self._bridge.new_id(), shop=view.card.shop), show)

    def ask_end(self, session: str, host: QWidget, *, waiting: bool, desk: bool = False) -> None:
        """Asks about the end, with the sums that it moves; with a question still open, whether its
        answer is waited for."""
        bridge, words = self._bridge, say.end_question_plain()
        panel, cost = bridge.client.panel(session), bridge.client.if_ended(session)
        detail = "" if desk or cost is None else end_cost(cost)
        if panel is not None and panel.paused_reason == "distress":
            waiting, words = False, care.end_question()
        answers = [(say.end(), "primary", lambda: self.end(session, now=False))]
        if waiting:
            words = say.end_question()
            answers = [
                (say.end_now(), "plain", lambda: self.end(session, now=True)),
                (say.end_after_answer(), "primary", lambda: self.end(session, now=False)),
            ]
        title, scheduler = say.end(), bridge.scheduler
        ask(host, bridge.look, title, words, answers, detail=detail, scheduler=scheduler)

    def ask_extend(
        self, session: str, offer: Offer, host: QWidget, done: Callable[[], None]
    ) -> None:
        """Asks once, with the price: one purchase at a time, however often it is pressed."""
        if session in self._extending:
            return
        self._extending.add(session)
        bridge, price = self._bridge, amounts.yuan_exact(offer.price_fen)
        chosen = False

        def bought() -> None:
            self._extending.discard(session)
            done()

        def buy() -> None:
            nonlocal chosen
            chosen = True
            self.extend(session, offer.offer, offer.price_fen, bought)

        def left() -> None:
            # The answer follows the sheet's end, in the same turn.
            QTimer.singleShot(0, self, lambda: None if chosen else bought())

        words = say.extend_question(offer.minutes, price)
        answers = [(say.extend_buy(price), "plain", buy)]
        sheet = ask(
            host, bridge.look, say.extend_title(), words, answers, scheduler=bridge.scheduler
        )
        sheet.closed.connect(left)

    def extend(self, session: str, offer: str, price_fen: int, done: Callable[[], None]) -> None:
        order = next(
            (one for one in self._bridge.client.view.orders if one.session == session), None
        )
        # More time is paid the way the first was.
        made = None if order is None else order.payment
        provider = PROVIDER if made is None else made.provider
        command = wire.Extend(
            id=self._bridge.new_id(),
            session=session,
            offer=offer,
            price_fen=price_fen,
            provider=provider,
        )
        sheet = self._show_code(order.order) if order and provider in BY_CODE else None

        def over() -> None:
            done()
            if sheet is not None and isValid(sheet):
                sheet.close_sheet()

        def failed(refused: Refused) -> None:
            over()
            self._bridge.trouble.emit(refused.code, refused.detail, refused.retry_ms)

        self._bridge.ask(self, command, lambda _: over(), failed)

    def _show_code(self, order: str) -> Sheet | None:
        """The code of an extension, over the window until it is decided; Esc hides it, and the
        relay goes on asking."""
        page = self.parent()
        if not isinstance(page, QWidget):
            return None
        return over(page, self._bridge.look, ExtensionPay(self._bridge, order), width=560)

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

    def keep(self, session: str) -> None:
        """Hands it to nobody after all."""
        command = wire.WithdrawHandover(id=self._bridge.new_id(), session=session)
        self._bridge.ask(self, command)

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
