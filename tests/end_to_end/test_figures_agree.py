"""Figures that agree: the real window on a real relay, by a machine whose clock is wrong."""

from typing import Any

from PySide6.QtWidgets import QApplication
from tests.client.world import RelayProcess, person
from tests.end_to_end.screen import on_qt, screen, signed_up
from tests.end_to_end.test_nothing_lost import bought, messages, said, talking
from tests.end_to_end.test_window import on_duty

from miaohui.desktop.chat.menu import MenuEntry
from miaohui.desktop.chat.row import ChatRow, RowKind
from miaohui.runtime.clock import SystemClock

DAY_MS = 24 * 3600 * 1000


class Ahead(SystemClock):
    """A machine whose wall clock is a day and three minutes fast."""

    def utc_ms(self) -> int:
        return super().utc_ms() + DAY_MS + 180_000


def rows(pane: Any) -> list[ChatRow]:
    return [pane._model.row(at) for at in range(pane._model.rowCount())]


def test_every_bubble_of_a_burst_waits(qapp: QApplication, relay: RelayProcess) -> None:
    async def job() -> None:
        async with person(relay.url) as bo, screen() as shown:
            await on_duty(bo, relay, "bo-burst")
            await signed_up(shown, relay, "anna-burst")
            session = await bought(shown, bo)
            pane = await talking(shown, session)
            bo.client.focus(session)
            bo.client.send_text(session, "你好")
            await shown.until(lambda: shown.client.panel(session).phase == "active")  # type: ignore[union-attr]
            for text in ("one", "two", "three"):
                await said(shown, pane, session, text)
            first = [one.wait_ms for one in shown.client.open_messages(session)]
            assert len(first) == 3
            chips = [row.chip for row in rows(pane) if row.kind is RowKind.MINE]
            await shown.until(
                lambda: all(
                    row.chip is not None and row.chip != before
                    for row, before in zip(
                        [row for row in rows(pane) if row.kind is RowKind.MINE], chips, strict=True
                    )
                )
            )

    on_qt(qapp, job())


def test_a_clock_a_day_fast_moves_no_time(qapp: QApplication, relay: RelayProcess) -> None:
    async def job() -> None:
        async with person(relay.url) as bo, screen(clock=Ahead()) as shown:
            await on_duty(bo, relay, "bo-fast")
            await signed_up(shown, relay, "anna-fast")
            session = await bought(shown, bo)
            pane = await talking(shown, session)
            key = await said(shown, pane, session, "hello")
            days = [row for row in rows(pane) if row.kind is RowKind.DAY]
            assert len(days) == 1
            row = next(row for row in rows(pane) if row.id == key)
            offers = pane.writing._offers_of(row)
            assert MenuEntry.RECALL in offers
            assert MenuEntry.EDIT in offers
            assert abs(shown.bridge.clock.utc_ms() - SystemClock().utc_ms()) < DAY_MS / 2

    on_qt(qapp, job())


def test_a_recalled_message_is_no_unread_one(qapp: QApplication, relay: RelayProcess) -> None:
    async def job() -> None:
        async with person(relay.url) as bo, screen() as shown:
            await on_duty(bo, relay, "bo-back")
            await signed_up(shown, relay, "anna-back")
            session = await bought(shown, bo)
            await shown.until(lambda: shown.client.session(session).synced)  # type: ignore[union-attr]
            bo.client.focus(session)
            first = bo.client.send_text(session, "一")
            bo.client.send_text(session, "二")
            await shown.until(lambda: shown.client.session(session).unread == 2)  # type: ignore[union-attr]
            await bo.until(
                lambda: bo.client.panel_of_message(session, first).seq is not None  # type: ignore[union-attr]
            )
            bo.client.recall(session, first)
            await shown.until(lambda: shown.client.session(session).unread == 1)  # type: ignore[union-attr]
            assert shown.client.session(session).unread_key == messages(shown, session)[-1].key  # type: ignore[union-attr]

    on_qt(qapp, job())
