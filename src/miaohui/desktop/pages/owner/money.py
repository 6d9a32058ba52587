"""The money of the shop: earned, given back, where it is, and a table for the accountant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.models.takings import csv_of
from miaohui.desktop.pages.owner.panel import ShopPanel
from miaohui.desktop.pages.owner.tiles import FigureTile, TileRow
from miaohui.desktop.strings import shopbooks as words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import card, clear, line_of, rule
from miaohui.desktop.widgets.files import ask_save
from miaohui.desktop.widgets.label import label
from miaohui.wire.owner import GetShopMoney, MoneyLine, ProviderSums, ShopMoney

__all__ = ["MoneyPanel"]

SHOWN_AT_ONCE = 30
ORDER_CHARS = 8


class MoneyPanel(ShopPanel):
    """One month at a time, by the shop's calendar. ``now``: this moment by the shop's clock."""

    every_ms = 20_000

    def __init__(self, bridge: Bridge, now: Callable[[], datetime]) -> None:
        super().__init__(bridge)
        self._now = now
        self.told: ShopMoney | None = None
        self._back = 0  # months back
        self._shown = SHOWN_AT_ONCE

    @property
    def is_empty(self) -> bool:
        return self.told is None

    def _steps(self) -> Iterator[None]:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 10, 24)
        column.setSpacing(14)
        row = self._choice_row([(words.this_month(), 0), (words.last_month(), 1)], 0)
        self.export = button(words.export(), "outline")
        self.export.clicked.connect(self._export)
        row.addWidget(self.export)
        column.addLayout(row)
        self.earned, self.held = FigureTile(words.earned()), FigureTile(words.held())
        self.paid, self.refunded = FigureTile(words.paid_in()), FigureTile(words.given_out())
        self.fees = FigureTile(words.fees())
        tiles = [self.earned, self.held, self.paid, self.refunded, self.fees]
        column.addWidget(TileRow(self._bridge.look, tiles))
        column.addWidget(label(words.earned_about(), "small", wrap=True))
        yield
        self.providers = self._card(column, words.providers())
        self.lines = self._card(column, words.movements())
        self.more = button(words.more(), "link")
        self.more.clicked.connect(self._show_more)
        foot = QHBoxLayout()
        foot.addWidget(self.more)
        foot.addStretch(1)
        column.addLayout(foot)
        column.addStretch(1)

    def _card(self, column: QVBoxLayout, name: str) -> QVBoxLayout:
        frame: QFrame
        frame, inside = card(margin=22, gap=10)
        inside.addWidget(label(name, "heading"))
        rows = QVBoxLayout()
        rows.setSpacing(8)
        inside.addLayout(rows)
        column.addWidget(frame)
        return rows

    # --- showing -------------------------------------------------------------------------------
    def _choose(self, back: int) -> None:
        self._back, self._shown = back, SHOWN_AT_ONCE
        self.read()

    def span(self) -> tuple[date, date]:
        """The first and the last day of the month that is shown."""
        first = self._now().date().replace(day=1)
        for _ in range(self._back):
            first = (first - timedelta(days=1)).replace(day=1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return first, last

    def _request(self, cursor: str | None = None) -> GetShopMoney:
        first, last = self.span()
        return GetShopMoney(
            id=self._bridge.new_id(),
            first=first.isoformat(),
            last=last.isoformat(),
            cursor=cursor,
        )

    def read(self) -> None:
        if self.own_shop is not None:
            back = self._back
            self.ask(self._request(), lambda told: self._show(told) if back == self._back else None)

    def _show(self, told: ShopMoney) -> None:
        if told == self.told:
            return
        self.told = told
        paid = sum(one.paid_fen for one in told.providers)
        back = sum(one.refunded_fen for one in told.providers)
        fees = sum(one.fee_fen for one in told.providers)
        self.earned.show_figure(amounts.yuan_exact(told.earned_fen), words.sessions(told.sessions))
        self.held.show_figure(amounts.yuan_exact(told.held_fen), words.held_about())
        self.paid.show_figure(
            amounts.yuan_exact(paid), words.payments(sum(one.payments for one in told.providers))
        )
        self.refunded.show_figure(
            amounts.yuan_exact(back), words.refunds(sum(one.refunds for one in told.providers))
        )
        self.fees.show_figure(
            amounts.yuan_exact(fees) if fees else amounts.DASH, "" if fees else words.no_fee()
        )
        clear(self.providers)
        for at, one in enumerate(told.providers):
            if at:
                self.providers.addWidget(rule())
            self._provider(one)
        if not told.providers:
            self.providers.addWidget(label(words.no_movements(), "second", wrap=True))
        self._show_lines(told.lines)

    def _provider(self, one: ProviderSums) -> None:
        line = words.provider_line(one.provider, one.paid_fen, one.refunded_fen)
        self.providers.addWidget(label(line, "strong", wrap=True))
        self.providers.addWidget(label(words.settles(one.provider), "second", wrap=True))
        for fen, said in ((one.refunding_fen, words.on_the_way), (one.stuck_fen, words.stuck)):
            if fen:
                self.providers.addWidget(label(said(fen), "second", wrap=True))

    def _show_more(self) -> None:
        self._shown += SHOWN_AT_ONCE
        if self.told is not None:
            self._show_lines(self.told.lines)

    def _show_lines(self, lines: list[MoneyLine]) -> None:
        clear(self.lines)
        today = amounts.here(self._bridge.clock.utc_ms())
        for one in lines[: self._shown]:
            line = words.movement_line(
                one.kind, one.provider, amounts.moment(one.utc, today), one.order[-ORDER_CHARS:]
            )
            row, _value = line_of(line, amounts.yuan_signed(one.fen), kind="body")
            self.lines.addLayout(row)
        if not lines:
            self.lines.addWidget(label(words.no_movements(), "second", wrap=True))
        self.more.setVisible(len(lines) > self._shown)

    # --- the table -------------------------------------------------------------------------------
    def _export(self) -> None:
        first, _last = self.span()
        dialog = ask_save(
            self, words.export(), words.csv_kinds(), "csv", f"miaohui-{first:%Y-%m}.csv"
        )
        dialog.fileSelected.connect(lambda name: self.write(Path(name)))
        dialog.open()

    def write(self, target: Path) -> None:
        """Every movement of the month into a file, page after page."""
        self._gather([], None, lambda lines: self._written(target, lines))

    def _gather(
        self, lines: list[MoneyLine], cursor: str | None, then: Callable[[list[MoneyLine]], None]
    ) -> None:
        def more(told: ShopMoney) -> None:
            lines.extend(told.lines)
            if told.cursor is None:
                then(lines)
            else:
                self._gather(lines, told.cursor, then)

        self.ask(self._request(cursor), more)

    def _written(self, target: Path, lines: list[MoneyLine]) -> None:
        try:
            target.write_bytes(csv_of(lines))
        except OSError as error:
            self.said.emit(words.export_failed(error.strerror or str(error)))
            return
        self.said.emit(words.exported(len(lines), target.name))
