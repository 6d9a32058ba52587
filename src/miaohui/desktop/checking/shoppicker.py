"""The field for shops: those chosen as chips, and a search that finds more by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from miaohui.client.snapshots import LinkState
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.checking.fields import Field
from miaohui.desktop.strings import checkplan as words
from miaohui.desktop.widgets.button import button, chip
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import label
from miaohui.wire.catalogue import GetShop, Search, Shop, ShopPage

if TYPE_CHECKING:
    from miaohui.client.port import Refused

__all__ = ["ShopPicker"]

TYPED_MS = 250
MOST = 8


class ShopPicker(Field):
    """Signals: ``priced``: what the chosen shops ask for is known better now."""

    priced = Signal()

    def __init__(self, bridge: Bridge, shops: tuple[str, ...]) -> None:
        super().__init__(("scope", "shops"), words.field("shops"))
        self._bridge = bridge
        self._shops = list(shops)
        self._asked = 0
        self._names: list[str] = []  # what was found and is offered
        self.known: dict[str, Shop] = {}  # by the name or id that the plan has
        self._looked_up: set[str] = set()
        self._chips, self._flow = _flow()
        self._found, self._found_flow = _flow()
        self._typed = QTimer(self, singleShot=True, interval=TYPED_MS)
        self._typed.timeout.connect(self._search)
        self.text = QLineEdit()
        self.text.setPlaceholderText(words.find_shop())
        self.text.setClearButtonEnabled(True)
        self.text.setMaxLength(64)
        self.text.textEdited.connect(lambda _text: self._typed.start())
        self.text.returnPressed.connect(self._entered)
        self._hint = label("", "small", wrap=True)
        self._hint.hide()
        self.lay(self._chips)
        self.put(self.text)
        self.text.setAccessibleName(words.find_shop_name())
        self.lay(self._found)
        self.lay(self._hint)
        self._found.hide()
        self._locked = False
        self._show()

    def value(self) -> tuple[str, ...]:
        return tuple(self._shops)

    def lock(self, *, locked: bool) -> None:
        super().lock(locked=locked)
        self._locked = locked
        self.text.setVisible(not locked)
        for press in self._chips.findChildren(QPushButton):
            press.setEnabled(not locked)

    # --- those chosen ----------------------------------------------------------------------------
    def _show(self) -> None:
        _empty(self._flow)
        for shop in self._shops:
            made = chip(f"{shop}  ×", checkable=False)
            made.setAccessibleName(words.remove(shop))
            made.setToolTip(words.remove(shop))
            made.setEnabled(not self._locked)
            made.clicked.connect(lambda _=False, shop=shop: self.remove(shop))
            self._flow.addWidget(made)
        self._chips.setVisible(bool(self._shops))
        self._chips.updateGeometry()
        self._look_up()

    def add(self, shop: str) -> None:
        if shop and shop not in self._shops:
            self._shops.append(shop)
            self._show()
            self.changed.emit()

    def remove(self, shop: str) -> None:
        if shop in self._shops:
            self._shops.remove(shop)
            self._show()
            self.changed.emit()
            self.text.setFocus()

    def _entered(self) -> None:
        """The name as it is written where that is one; else the first that was found."""
        written = self.text.text().strip()
        if written and (not self._names or written in self._names):
            self._take(written)
        elif self._names:
            self._take(self._names[0])

    def _take(self, name: str) -> None:
        self.text.clear()
        self._names = []
        self._found.hide()
        self._hint.hide()
        self.add(name)

    # --- finding more ----------------------------------------------------------------------------
    def _online(self) -> bool:
        if not self._bridge.is_attached:
            return False
        return self._bridge.client.view.link.state is LinkState.LIVE

    def _search(self) -> None:
        written = self.text.text().strip()
        self._names = []
        if not written:
            self._found.hide()
            self._hint.hide()
            return
        if not self._online():
            self._tell(words.offline())
            return
        self._asked += 1
        asked = self._asked
        question = Search(id=self._bridge.new_id(), text=written, limit=MOST)
        self._bridge.ask(self, question, lambda page: self._answer(asked, page), self._refused)

    def _answer(self, asked: int, page: ShopPage) -> None:
        if asked != self._asked:
            return
        _empty(self._found_flow)
        names = [one.name for one in page.cards if one.name not in self._shops]
        self._names = names
        for name in names:
            made = button(name, "chip")
            made.clicked.connect(lambda _=False, name=name: self._take(name))
            self._found_flow.addWidget(made)
        self._found.setVisible(bool(names))
        self._found.updateGeometry()
        self._tell("" if page.cards else words.found_nothing())

    def _refused(self, _refused: Refused) -> None:
        self._tell(words.offline())

    def _tell(self, text: str) -> None:
        self._hint.setText(text)
        self._hint.setVisible(bool(text))
        if text:
            self._found.hide()

    # --- what they ask for -----------------------------------------------------------------------
    def _look_up(self) -> None:
        """Prices of the chosen ones, one question each and only once."""
        if not self._online():
            return
        for shop in self._shops:
            if shop not in self._looked_up:
                self._looked_up.add(shop)
                question = Search(id=self._bridge.new_id(), text=shop, limit=MOST)
                self._bridge.ask(self, question, self._card_of(shop), lambda _no: None)

    def _card_of(self, shop: str) -> Callable[[ShopPage], None]:
        return lambda page: self._card(shop, page)

    def _card(self, shop: str, page: ShopPage) -> None:
        card = next((one for one in page.cards if shop in (one.name, one.shop)), None)
        if card is not None:
            question = GetShop(id=self._bridge.new_id(), shop=card.shop)
            self._bridge.ask(
                self, question, lambda found: self._priced(shop, found), lambda _no: None
            )

    def _priced(self, shop: str, found: Shop) -> None:
        self.known[shop] = found
        self.priced.emit()

    def price_of(self, shop: str, minutes: int) -> int | None:
        """The price of this shop for so many minutes, in fen; None where it is not known."""
        found = self.known.get(shop)
        if found is None:
            return None
        fens = [one.price_fen for one in found.offers if one.minutes == minutes and not one.trial]
        return min(fens, default=None)


def _flow() -> tuple[QWidget, FlowLayout]:
    holder, flow = QWidget(), FlowLayout(gap=6)
    holder.setLayout(flow)
    return holder, flow


def _empty(flow: FlowLayout) -> None:
    while (item := flow.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
