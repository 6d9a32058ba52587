"""A part of the owner's page: it reads what it shows while it is on screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout

from miaohui.client.snapshots import LinkState
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.strings import errors
from miaohui.desktop.widgets.button import chip, one_of
from miaohui.desktop.widgets.page import Pane
from miaohui.wire.frame import Request

if TYPE_CHECKING:
    from miaohui.client.port import Refused

__all__ = ["ShopPanel"]

_Value = TypeVar("_Value")


class ShopPanel(Pane):
    """Signals: ``said(text)``: a sentence for the page's head, empty where there is nothing to say.
    ``every_ms``: how often it is read anew while it is shown."""

    said = Signal(str)
    every_ms = 15_000

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("body")
        self._bridge = bridge

    def _choice_row(self, choices: Iterable[tuple[str, _Value]], chosen: _Value) -> QHBoxLayout:
        """Chips of which one is chosen; ``_choose`` hears which."""
        row = QHBoxLayout()
        row.setSpacing(8)
        self.choices = QButtonGroup(self)
        for words, value in choices:
            one = chip(words)
            one_of(self.choices, one)
            one.setChecked(value == chosen)
            one.clicked.connect(lambda _=False, value=value: self._choose(value))
            row.addWidget(one)
        row.addStretch(1)
        return row

    def _choose(self, value: Any) -> None:
        raise NotImplementedError

    def read(self) -> None:
        """Asks the relay for what it shows."""
        raise NotImplementedError

    @property
    def is_empty(self) -> bool:
        """True until the relay has answered for the first time."""
        raise NotImplementedError

    @property
    def own_shop(self) -> str | None:
        """The owner's shop, while the relay can be asked."""
        view = self._bridge.client.view
        if view.account is None or view.link.state is not LinkState.LIVE:
            return None
        return view.account.shop

    def ask(self, request: Request, then: Callable[[Any], None]) -> None:
        """Asks; a refusal is said in the page's head."""
        self._bridge.ask(self, request, then, self._refused)

    def _refused(self, refused: Refused) -> None:
        self.said.emit(errors.sentence(refused.code, refused.detail, refused.retry_ms))
