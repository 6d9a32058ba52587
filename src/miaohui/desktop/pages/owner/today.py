"""The shop at this moment: the longest wait on top, and what needs a decision."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.look.look import Look
from miaohui.desktop.models import measures
from miaohui.desktop.pages.owner.columns import TwoColumns
from miaohui.desktop.pages.owner.panel import ShopPanel
from miaohui.desktop.pages.owner.tiles import FigureTile, TileRow
from miaohui.desktop.pages.people import presence_words
from miaohui.desktop.strings import shopday as words
from miaohui.desktop.widgets.avatar import Avatar
from miaohui.desktop.widgets.card import card, clear, line_of, rule
from miaohui.desktop.widgets.label import Elided, label, restyle
from miaohui.desktop.widgets.pill import pill, set_tone
from miaohui.promise import words as figure_words
from miaohui.promise.constants import PROMISE_MS
from miaohui.wire.owner import DutyLine, GetShopDay, QueuedOrder, RunningSession, ShopDay

__all__ = ["TodayPanel"]

COUNT_MS = 200  # how often a running wait is shown anew
LONG_QUEUE_MS = 180_000


class RunningRow(QWidget):
    """One session that runs: its wait counts on between two answers of the relay."""

    def __init__(self, look: Look, session: RunningSession) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 9, 0, 9)
        row.setSpacing(10)
        self.name, self.line = Elided(session.responder_name, "strong"), Elided("", "small")
        self.about = Elided("", "small")
        names = QVBoxLayout()
        names.setSpacing(0)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.name)
        head.addWidget(self.line, 1)
        names.addLayout(head)
        names.addWidget(self.about)
        self.wait = pill()
        row.addWidget(Avatar(look, session.responder_name, 34))
        row.addLayout(names, 1)
        row.addWidget(self.wait, 0, Qt.AlignmentFlag.AlignVCenter)
        self.session = session

    def show_session(self, session: RunningSession, since_ms: int) -> None:
        """``since_ms``: how long ago the relay said so."""
        self.session = session
        runs = session.state in ("active", "waiting")
        left = max(0, session.left_ms - (since_ms if runs else 0))
        self.name.setText(session.responder_name)
        self.line.setText(words.session_line(session.mark, left))
        self.about.setText(words.session_about(session.state, session.kept, session.breaches))
        wait = session.wait_ms
        if session.state == "paused":
            set_tone(self.wait, words.no_clock(), "plain")
        elif wait is None:
            set_tone(self.wait, words.answered(), "plain")
        else:
            wait += since_ms
            set_tone(self.wait, words.waits(wait), measures.wait_tone(wait) or "plain")
        self.setAccessibleName(
            words.running_spoken(
                self.name.text(), self.line.text(), self.about.text(), self.wait.text()
            )
        )


class TodayPanel(ShopPanel):
    """Waits count on between two answers; everything else is as the relay said last."""

    every_ms = 2000

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self.day: ShopDay | None = None
        self._at_ms = 0  # when the relay said so, by a clock that never goes back
        self._rows: dict[str, RunningRow] = {}
        self._shown_needs: list[tuple[str, str]] | None = None
        self._count = QTimer(self, interval=COUNT_MS)
        self._count.timeout.connect(self._count_on)

    @property
    def is_empty(self) -> bool:
        return self.day is None

    def _steps(self) -> Iterator[None]:
        look = self._bridge.look
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 10, 24)
        column.setSpacing(14)
        self.on_duty, self.running = FigureTile(words.on_duty()), FigureTile(words.running())
        self.queue, self.kept = FigureTile(words.queue()), FigureTile(words.kept_today())
        self.earned = FigureTile(words.earned_today())
        tiles = [self.on_duty, self.running, self.queue, self.kept, self.earned]
        column.addWidget(TileRow(look, tiles))
        yield
        columns = TwoColumns(look, 14, (60, 40))
        column.addWidget(columns)
        column.addStretch(1)
        left, right = columns.left, columns.right
        left.addWidget(self._running_card())
        self.waiting = self._list_card(words.waiting())
        left.addWidget(self.waiting)
        left.addStretch(1)
        yield
        self.needs = self._list_card(words.needs())
        self.breaches = self._list_card(words.breaches())
        self.duty = self._list_card(words.duty())
        for one in (self.needs, self.duty, self.breaches):
            right.addWidget(one)
        right.addStretch(1)

    def _running_card(self) -> QFrame:
        frame, column = card(margin=18, gap=4)
        head, _hint = line_of(
            words.now_running(), words.by_wait(), kind="strong", value_kind="small"
        )
        column.addLayout(head)
        self.sessions = QVBoxLayout()
        self.sessions.setSpacing(0)
        column.addLayout(self.sessions)
        self.nothing = label(words.nothing_runs(), "second", wrap=True)
        column.addWidget(self.nothing)
        column.addWidget(label(words.no_words(), "small", wrap=True))
        return frame

    def _list_card(self, name: str) -> QFrame:
        frame, column = card(margin=18, gap=8)
        column.addWidget(label(name, "strong"))
        rows = QVBoxLayout()
        rows.setSpacing(8)
        column.addLayout(rows)
        return frame

    @staticmethod
    def _rows_of(frame: QFrame) -> QVBoxLayout:
        rows = frame.layout().itemAt(1).layout()  # type: ignore[union-attr]
        assert isinstance(rows, QVBoxLayout)
        return rows

    # --- showing -------------------------------------------------------------------------------
    def read(self) -> None:
        if self.own_shop is not None:
            self.ask(GetShopDay(id=self._bridge.new_id()), self.show_day)

    def show_day(self, day: ShopDay) -> None:
        before, self.day = self.day, day
        self._at_ms = self._bridge.clock.mono()
        self._show_tiles(day)
        self._show_sessions(day)
        if before is None or before.queue != day.queue:
            self._show_queue(day.queue)
        if before is None or before.breaches != day.breaches:
            self._show_breaches(day)
        self._show_needs(day)
        if before is None or before.people != day.people:
            self._show_duty(day.people)

    def _show_tiles(self, day: ShopDay) -> None:
        on = [line for line in day.people if line.person.presence == "on"]
        resting = sum(line.person.presence == "break" for line in day.people)
        self.on_duty.show_figure(
            words.of_all(len(on), len(day.people)),
            words.on_break(resting) if resting else words.places(day.places),
        )
        paused = sum(one.state == "paused" for one in day.running)
        self.running.show_figure(
            str(day.running_count), words.paused(paused) if paused else words.places(day.places)
        )
        longest = max((one.waited_ms for one in day.queue), default=None)
        self.queue.show_figure(
            str(day.queue_count),
            words.who_comes_now(day.estimate_ms)
            if longest is None
            else words.queued_longest(longest),
        )
        rate = measures.rate_of(day.today)
        enough = rate.shows_percent
        self.kept.show_figure(
            measures.kept_figure(day.today),
            words.turns_of(
                rate.turns,
                words.interval(figure_words.interval(rate.low, rate.high)) if enough else "",
            ),
            measures.tone_of(day.today),
        )
        self.earned.show_figure(
            amounts.yuan_exact(day.earned_fen),
            words.held(day.held_fen)
            if day.held_fen and not day.refunded_fen
            else words.refunded(day.refunded_fen),
        )

    def _show_sessions(self, day: ShopDay) -> None:
        order = [one.session for one in day.running]
        if order != list(self._rows):
            known = self._rows
            self._rows = {}
            while self.sessions.count():
                item = self.sessions.takeAt(0)
                widget = None if item is None else item.widget()
                if widget is not None and not isinstance(widget, RunningRow):
                    widget.deleteLater()
            for one in day.running:
                if self._rows:
                    self.sessions.addWidget(rule())
                row = known.pop(one.session, None) or RunningRow(self._bridge.look, one)
                self._rows[one.session] = row
                self.sessions.addWidget(row)
            for gone in known.values():
                gone.hide()
                gone.deleteLater()
        for one in day.running:
            self._rows[one.session].show_session(one, 0)
        self.nothing.setVisible(not day.running)

    def _count_on(self) -> None:
        """Between two answers a wait goes on, by this machine's clock."""
        since = self._bridge.clock.mono() - self._at_ms
        for row in self._rows.values():
            row.show_session(row.session, since)

    def _show_queue(self, queue: list[QueuedOrder]) -> None:
        self.waiting.setVisible(bool(queue))
        rows = self._rows_of(self.waiting)
        clear(rows)
        for one in queue:
            line = words.queued_line(one.minutes, one.asked_name, one.offered_to)
            row, _value = line_of(line, words.waited(one.waited_ms), kind="body")
            rows.addLayout(row)

    def _show_breaches(self, day: ShopDay) -> None:
        rows = self._rows_of(self.breaches)
        clear(rows)
        today = amounts.here(self._bridge.clock.utc_ms())
        for one in day.breaches:
            line = words.breach_line(one.responder_name, one.mark, amounts.moment(one.utc, today))
            row, value = line_of(line, words.over(one.wait_ms, still=one.open), kind="small")
            restyle(value, tone="breach")
            rows.addLayout(row)
        if not day.breaches:
            rows.addWidget(label(words.no_breaches(), "second", wrap=True))

    def _show_duty(self, people: list[DutyLine]) -> None:
        rows = self._rows_of(self.duty)
        clear(rows)
        for line in people:
            rows.addWidget(self._duty_row(line))
        if not people:
            rows.addWidget(label(words.nobody(), "second", wrap=True))

    def _duty_row(self, line: DutyLine) -> QWidget:
        person, hour = line.person, line.last_hour
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(10)
        row.addWidget(Avatar(self._bridge.look, person.name, 28, off=person.presence == "off"))
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(Elided(person.name))
        said = (
            words.hour_line(
                measures.kept_figure(hour), amounts.carried(hour.p95_ms, at_least=hour.p95_at_least)
            )
            if hour.kept + hour.breached
            else words.no_hour()
        )
        names.addWidget(Elided(f"{presence_words(person)} · {said}", "small"))
        row.addLayout(names, 1)
        return holder

    def _show_needs(self, day: ShopDay) -> None:
        needs: list[tuple[str, str]] = []
        if day.overloaded and day.places:
            needs.append(words.overloaded(day.running_count + day.queue_count, day.places))
        for line in day.people:
            hour = line.last_hour
            p95 = hour.p95_ms
            if line.person.presence == "off" or p95 is None or hour.p95_at_least:
                continue  # too few turns carry no P95
            if p95 > PROMISE_MS:
                said = amounts.seconds(p95)
                needs.append(words.slow(line.person.name, said, line.person.on_since_ms))
        longest = max((one.waited_ms for one in day.queue), default=0)
        if longest >= LONG_QUEUE_MS:
            needs.append(words.long_queue(longest))
        if day.refunds_stuck:
            needs.append(words.stuck(day.refunds_stuck))
        if not any(line.person.presence == "on" for line in day.people):
            needs.append((words.nobody(), words.nobody_about()))
        if needs == self._shown_needs:
            return
        self._shown_needs = needs
        rows = self._rows_of(self.needs)
        clear(rows)
        for at, (title, about) in enumerate(needs):
            if at:
                rows.addWidget(rule())
            rows.addWidget(label(title, "strong", wrap=True))
            rows.addWidget(label(about, "small", wrap=True))
        if not needs:
            rows.addWidget(label(words.nothing_needed(), "second", wrap=True))

    # --- the look ------------------------------------------------------------------------------
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._count.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._count.stop()
