"""The rota's page, for the owner and for who answers: the week, swaps, holes, and who is tired."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from miaohui.client.snapshots import LinkState, Notice, NoticeCode
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.pages.rotachart import RotaChart, hours_of, need_words, weekday_at
from miaohui.desktop.pages.rotaforms import LimitsForm, ShiftForm, span
from miaohui.desktop.strings import errors
from miaohui.desktop.strings import rota as words
from miaohui.desktop.widgets.avatar import Avatar
from miaohui.desktop.widgets.button import MenuButton, button
from miaohui.desktop.widgets.card import card, clear, scrolled
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import Elided, label
from miaohui.desktop.widgets.page import WindowPage
from miaohui.runtime.clock import utc_ms_of
from miaohui.wire.accounts import Role
from miaohui.wire.frame import Command
from miaohui.wire.rota import (
    AnswerSwap,
    AskSwap,
    DropShift,
    GetRota,
    PublishRota,
    PutShift,
    PutWorkLimits,
    Rota,
    ShiftView,
    SwapView,
    WorkLimits,
    WorkView,
)

if TYPE_CHECKING:
    from miaohui.client.port import Refused

__all__ = ["RotaPage"]

REFRESH_MS = 15_000
HEARD = {
    NoticeCode.ROTA_CHANGED,
    NoticeCode.SWAP_ASKED,
    NoticeCode.SHIFT_OVER,
    NoticeCode.REST_DUE,
    NoticeCode.ROTA_HOLE,
}
SHOWN = 6
LARGE = 1.3  # of the scale: from there on the buttons stand below the title


def hours(minutes: int | None) -> str:
    """``6``, ``1.5``; empty for none."""
    return "" if minutes is None else f"{minutes / 60:g}"


class RotaPage(WindowPage):
    """One page for both: an owner writes the rota, who answers sees it and swaps."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._bridge = bridge
        self._week = 0
        self._rota: Rota | None = None
        self._fresh = QTimer(self, interval=REFRESH_MS)
        self._fresh.timeout.connect(self.read)

    @property
    def is_owner(self) -> bool:
        account = self._bridge.client.view.account
        return account is not None and account.role is Role.OWNER

    def _steps(self) -> Iterator[None]:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        inside = QWidget()
        outer.addWidget(scrolled(inside))
        column = QVBoxLayout(inside)
        column.setContentsMargins(24, 18, 24, 24)
        column.setSpacing(12)
        column.addLayout(self._head())
        self.note = label(words.loading(), "body", wrap=True)
        column.addWidget(self.note)
        yield
        frame, chart = card(margin=16, gap=8)
        self.chart = RotaChart(self._bridge.look)
        self.chart.chosen.connect(self._chosen)
        self.empty = label("", "second", wrap=True)
        chart.addWidget(self.chart)
        chart.addWidget(self.empty)
        column.addWidget(frame)
        yield
        self.form = ShiftForm()
        self.form.put.connect(self._put_shift)
        self.form.dropped.connect(lambda shift: self._do(DropShift, shift=shift))
        self.form.wrong.connect(self._say)
        self.form.left.connect(lambda: self.chart.mark(""))
        column.addWidget(self.form)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._swap_card(), 1)
        row.addWidget(self._hole_card(), 1)
        column.addLayout(row)
        yield
        frame, self.work = card(margin=18, gap=8)
        column.addWidget(frame)
        self.limits = LimitsForm()
        self.limits.put.connect(self._put_limits)
        column.addWidget(self.limits)
        column.addStretch(1)
        self._bridge.notice.connect(self._heard)
        self._bridge.app_changed.connect(self._link_changed)

    # --- building ------------------------------------------------------------------------------
    def _head(self) -> QBoxLayout:
        names = QVBoxLayout()
        names.setSpacing(2)
        self.title, self.summary = label(words.short(), "title"), label("", "small", wrap=True)
        names.addWidget(self.title)
        names.addWidget(self.summary)
        head = self._tops = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        head.setSpacing(12)
        head.addLayout(names, 1)
        self.earlier = button(words.before(), "outline")
        self.now = button(words.this_week(), "outline")
        self.later = button(words.after(), "outline")
        self.publish = button(words.publish(), "primary")
        self.earlier.clicked.connect(lambda: self._go(self._week - 1))
        self.now.clicked.connect(lambda: self._go(0))
        self.later.clicked.connect(lambda: self._go(self._week + 1))
        self.publish.clicked.connect(self._publish)
        ways = QHBoxLayout()
        ways.setSpacing(8)
        for each in (self.earlier, self.now, self.later, self.publish):
            ways.addWidget(each)
        ways.addStretch(0)
        head.addLayout(ways)
        self._bridge.look.changed.connect(self._arrange)
        self._arrange()
        return head

    def _arrange(self) -> None:
        way = QBoxLayout.Direction
        wide = self._bridge.look.scale < LARGE
        self._tops.setDirection(way.LeftToRight if wide else way.TopToBottom)

    def _swap_card(self) -> QFrame:
        frame, column = card(margin=18, gap=8)
        column.addWidget(label(words.swaps_title(), "heading"))
        self.swap_hint = label(words.swap_hint(), "small", wrap=True)
        column.addWidget(self.swap_hint)
        self.swaps = QVBoxLayout()
        self.swaps.setSpacing(6)
        column.addLayout(self.swaps)
        self.swap_to, self.swap_for = MenuButton(), MenuButton()
        self.swap_to.chosen = lambda _key: self._offer_returns()
        self.ask = button(words.ask_swap(), "outline")
        self.ask.clicked.connect(self._ask_swap)
        flow = FlowLayout(gap=8, middle=True)
        for part in (self.swap_to, self.swap_for, self.ask):
            flow.addWidget(part)
        self.swap_form = QWidget()
        self.swap_form.setLayout(flow)
        self.swap_form.hide()
        column.addWidget(self.swap_form)
        column.addStretch(1)
        return frame

    def _hole_card(self) -> QFrame:
        frame, column = card(margin=18, gap=8)
        column.addWidget(label(words.holes_title(), "heading"))
        self.holes = QVBoxLayout()
        self.holes.setSpacing(6)
        column.addLayout(self.holes)
        column.addStretch(1)
        return frame

    # --- showing -------------------------------------------------------------------------------
    def read(self) -> None:
        view = self._bridge.client.view
        account = view.account
        if account is None or account.shop is None or view.link.state is not LinkState.LIVE:
            return
        request = GetRota(id=self._bridge.new_id(), week=self._week)
        week = self._week
        self._bridge.ask(self, request, lambda rota: self._show(rota, week), self._refused)

    def _go(self, week: int) -> None:
        self._week = max(-8, min(8, week))
        self.chart.mark("")
        self.form.begin_anew()
        self.read()

    def _show(self, rota: Rota, week: int) -> None:
        if week != self._week:
            return  # another week was asked for meanwhile
        if self._rota is None:
            self.note.hide()
        self._rota = rota
        owner = self.is_owner
        first, last = span(rota)
        self.title.setText(words.title((first.month, first.day), (last.month, last.day)))
        limits = rota.limits or WorkLimits()
        self.summary.setText(
            words.limits_line(
                hours(limits.day_minutes),
                hours(limits.stretch_minutes),
                "" if limits.at_once is None else str(limits.at_once),
                "" if limits.nights is None else str(limits.nights),
            )
        )
        self.chart.show_rota(rota)
        self.empty.setText(words.empty_owner() if owner else words.empty_responder())
        self.empty.setVisible(not rota.shifts)
        for part in (self.form, self.limits, self.publish):
            part.setVisible(owner)
        if owner:
            self.form.show_rota(rota)
            self.limits.show_rota(rota)
            self.publish.setEnabled(any(each.state == "draft" for each in rota.shifts))
        self.swap_hint.setVisible(not owner)
        self._show_swaps(rota)
        self._show_holes(rota)
        self._show_work(rota)
        self._offer_swap()

    def _name(self, responder: str) -> str:
        people = [] if self._rota is None else self._rota.people
        return next((each.name for each in people if each.responder == responder), "")

    def _shift(self, shift: str | None) -> ShiftView | None:
        shifts = [] if self._rota is None else self._rota.shifts
        return next((each for each in shifts if each.shift == shift), None)

    def _at(self, shift: ShiftView | None) -> str:
        if self._rota is None or shift is None:
            return ""
        return words.when(
            weekday_at(self._rota, shift.from_utc),
            hours_of(self._rota, shift.from_utc, shift.to_utc),
        )

    def _show_swaps(self, rota: Rota) -> None:
        clear(self.swaps)
        for swap in rota.swaps[:SHOWN]:
            self.swaps.addLayout(self._swap_row(swap))
        if not rota.swaps:
            self.swaps.addWidget(label(words.no_swaps(), "second"))

    def _swap_row(self, swap: SwapView) -> QHBoxLayout:
        at, back = self._at(self._shift(swap.shift)), self._at(self._shift(swap.in_return))
        line = words.swap_line(self._name(swap.giver), self._name(swap.taker), at, back, swap.state)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label(line, "body", wrap=True), 1)
        account = self._bridge.client.view.account
        me = "" if account is None else account.account
        if swap.state == "asked" and me == swap.taker:
            self._answer(row, swap, words.agree(), agree=True)
            self._answer(row, swap, words.refuse(), agree=False)
        elif swap.state == "asked" and me == swap.giver:
            self._answer(row, swap, words.take_back(), agree=False)
        return row

    def _answer(self, row: QHBoxLayout, swap: SwapView, text: str, *, agree: bool) -> None:
        press = button(text, "outline" if agree else "link")
        press.setObjectName(f"swap-{'yes' if agree else 'no'}")
        press.clicked.connect(lambda: self._do(AnswerSwap, swap=swap.swap, agree=agree))
        row.addWidget(press)

    def _show_holes(self, rota: Rota) -> None:
        clear(self.holes)
        for hole in rota.holes[:SHOWN]:
            at = words.when(
                weekday_at(rota, hole.from_utc), hours_of(rota, hole.from_utc, hole.to_utc)
            )
            line = words.hole_line(at, need_words(hole.needed), hole.people)
            self.holes.addWidget(label(line, "body", wrap=True))
        if not rota.holes:
            self.holes.addWidget(label(words.no_holes(), "second", wrap=True))

    def _show_work(self, rota: Rota) -> None:
        clear(self.work)
        self.work.addWidget(label(words.work_title(), "heading"))
        for view in rota.work:
            self.work.addLayout(self._work_row(view))
        if not rota.work:
            self.work.addWidget(label(words.no_people(), "second"))

    def _work_row(self, view: WorkView) -> QHBoxLayout:
        name = self._name(view.responder)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(Avatar(self._bridge.look, name, 30, off=view.presence != "on"))
        lines = QVBoxLayout()
        lines.setSpacing(1)
        lines.addWidget(Elided(name, "strong"))
        left = "" if view.left_ms is None else amounts.rough(view.left_ms)
        work = words.work_line(
            amounts.rough(view.today_ms), amounts.rough(view.on_end_ms), view.nights, left
        )
        lines.addWidget(label(work, "small", wrap=True))
        row.addLayout(lines, 1)
        p95 = amounts.seconds(view.p95_ms, at_least=view.p95_at_least)
        tired = words.tired_line(view.turns, p95, break_due=view.break_due)
        said = words.resting(view.rest) if view.rest is not None else tired
        told = label(said, "strong" if view.break_due else "small", wrap=True)
        told.setObjectName(f"tired-{view.responder}")
        row.addWidget(told, 1)
        return row

    # --- swapping ------------------------------------------------------------------------------
    def _chosen(self, shift: str) -> None:
        found = self._shift(shift)
        if found is not None and self.is_owner:
            self.form.begin(found)
        self._offer_swap()

    def _mine(self) -> ShiftView | None:
        """One's own shift that is marked and can still be given away."""
        account = self._bridge.client.view.account
        found = self._shift(self.chart.current)
        if found is None or account is None or found.responder != account.account:
            return None
        begun = utc_ms_of(found.from_utc) <= self._bridge.clock.utc_ms()
        return None if begun or found.state != "published" else found

    def _offer_swap(self) -> None:
        mine, rota = self._mine(), self._rota
        self.swap_form.setVisible(mine is not None)
        if mine is None or rota is None:
            return
        people = [
            (each.responder, each.name) for each in rota.people if each.responder != mine.responder
        ]
        chosen = self.swap_to.current
        if chosen not in dict(people):
            chosen = people[0][0] if people else ""
        self.swap_to.set_choices(people, chosen, words.swap_to())
        self.ask.setEnabled(bool(people))
        self._offer_returns()

    def _offer_returns(self) -> None:
        shifts = [] if self._rota is None else self._rota.shifts
        now = self._bridge.clock.utc_ms()
        returns = [
            (each.shift, self._at(each))
            for each in shifts
            if each.responder == self.swap_to.current
            and each.state == "published"
            and utc_ms_of(each.from_utc) > now
        ]
        choices = [("", words.nothing_back()), *returns]
        chosen = self.swap_for.current if self.swap_for.current in dict(choices) else ""
        self.swap_for.set_choices(choices, chosen, words.swap_for() if chosen else "")

    def _ask_swap(self) -> None:
        mine = self._mine()
        if mine is not None:
            self._do(
                AskSwap,
                shift=mine.shift,
                to=self.swap_to.current,
                in_return=self.swap_for.current or None,
            )

    # --- changing ------------------------------------------------------------------------------
    def _do(self, kind: Callable[..., Command], said: str = "", **fields: object) -> None:
        def done(_done: object) -> None:
            self._say(said)
            self.read()

        self._bridge.ask(self, kind(id=self._bridge.new_id(), **fields), done, self._refused)

    def _put_shift(self, responder: str, from_utc: str, to_utc: str, shift: str) -> None:
        self._do(
            PutShift, responder=responder, from_utc=from_utc, to_utc=to_utc, shift=shift or None
        )
        self.form.begin_anew()
        self.chart.mark("")

    def _publish(self) -> None:
        if self._rota is not None:
            drafts = sum(each.state == "draft" for each in self._rota.shifts)
            self._do(PublishRota, words.published(drafts), from_utc=self._rota.from_utc)

    def _put_limits(self, responder: str, limits: WorkLimits) -> None:
        self._do(PutWorkLimits, words.saved_limits(), responder=responder or None, limits=limits)

    def _refused(self, refused: Refused) -> None:
        self._say(errors.sentence(refused.code, refused.detail, refused.retry_ms))

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.setVisible(bool(text))

    # --- following -----------------------------------------------------------------------------
    def _heard(self, notice: Notice) -> None:
        if notice.code in HEARD and self.isVisible():
            self.read()

    def _link_changed(self) -> None:
        if self._rota is None and self.isVisible():
            self.read()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fresh.start()
        self.read()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._fresh.stop()
