"""The people of the shop, and the invitations that are open."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.pages.owner.panel import ShopPanel
from miaohui.desktop.pages.people import presence_words
from miaohui.desktop.strings import myshop as words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import card, clear, line_of
from miaohui.desktop.widgets.label import label
from miaohui.wire.catalogue import GetShop, Shop
from miaohui.wire.shopkeeping import Invitation, InviteResponder

__all__ = ["PeoplePanel"]


class PeoplePanel(ShopPanel):
    """A row for everybody who answers in the shop."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self.shop: Shop | None = None

    @property
    def is_empty(self) -> bool:
        return self.shop is None

    def _steps(self) -> Iterator[None]:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 24)
        column.addWidget(self._people_card())
        column.addStretch(1)
        yield

    def _people_card(self) -> QFrame:
        frame, column = card(margin=22, gap=10)
        column.addWidget(label(words.people(), "heading"))
        self.people = QVBoxLayout()
        self.people.setSpacing(6)
        column.addLayout(self.people)
        self.invited = label(words.invited(), "small", wrap=True)
        self.code = label("", "strong", wrap=True, selectable=True)
        self.copy = button(words.copy(), "link")
        self.copy.clicked.connect(self._copy)
        for one in (self.invited, self.code, self.copy):
            one.hide()
        column.addWidget(self.invited)
        row = QHBoxLayout()
        row.addWidget(self.code, 1)
        row.addWidget(self.copy)
        column.addLayout(row)
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.invite = button(words.invite(), "outline")
        self.invite.clicked.connect(self._invite)
        foot.addWidget(self.invite)
        column.addLayout(foot)
        return frame

    # --- showing -------------------------------------------------------------------------------
    def read(self) -> None:
        shop = self.own_shop
        if shop is not None:
            self.ask(GetShop(id=self._bridge.new_id(), shop=shop), self._show)

    def _show(self, shop: Shop) -> None:
        self.shop = shop
        clear(self.people)
        for person in shop.people:
            row, _value = line_of(person.name, presence_words(person), kind="body")
            self.people.addLayout(row)
        if not shop.people:
            self.people.addWidget(label(words.no_people(), "second"))

    # --- changing ------------------------------------------------------------------------------
    def _invite(self) -> None:
        def show(invitation: Invitation) -> None:
            self.code.setText(invitation.invite)
            self.copy.setText(words.copy())
            for one in (self.invited, self.code, self.copy):
                one.show()

        self.ask(InviteResponder(id=self._bridge.new_id()), show)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.code.text())
        self.copy.setText(words.copied())
