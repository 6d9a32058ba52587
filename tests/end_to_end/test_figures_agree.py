"""Figures that agree: the real window on a real relay, by a machine whose clock is wrong."""

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication
from tests.client.world import PASSWORD, Person, RelayProcess, invitation, opened, person
from tests.end_to_end.screen import on_qt, screen, signed_up
from tests.end_to_end.test_nothing_lost import bought, messages, said, talking
from tests.end_to_end.test_window import on_duty

from miaohui.client.settings import Settings
from miaohui.client.snapshots import Delivery
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


def test_a_start_without_a_link_knows_the_time_it_knew(tmp_path: Path) -> None:
    """Not all of the paid time, with a part of it gone."""
    import asyncio

    relay = RelayProcess(tmp_path / "relay")
    folder = tmp_path / "app"

    async def job() -> None:
        settings = Settings(None)
        async with person(relay.url) as bo:
            await bo.until(lambda: bo.client.view.link.state == "live")
            await bo.client.sign_up("bo-known", PASSWORD, "小波", await invitation(relay))
            async with person(relay.url, folder, settings=settings) as anna:
                await anna.until(lambda: anna.client.view.keyring != "")
                assert await anna.client.unlock("a passphrase of ours")
                await anna.until(lambda: anna.client.view.link.state == "live")
                await anna.client.sign_up("anna-known", PASSWORD, "小安")
                session = await opened(anna, bo)
                bo.client.send_text(session, "你好")
                await anna.until(lambda: anna.client.panel(session).phase == "active")  # type: ignore[union-attr]
                sync = anna.client._syncs.get(session)
                assert sync is not None
                relay.kill()  # or its next word would be the newest
                await anna.until(lambda: anna.client.view.link.state != "live")
                sync.prove(sync.now + 150_000)  # the relay's word, two minutes and a half later
        settings.set(relay_url=relay.url)
        async with person(relay.url, folder, settings=settings) as anna:
            await anna.until(lambda: anna.client.view.keyring == "locked")
            assert await anna.client.unlock("a passphrase of ours")
            await anna.until(lambda: bool(anna.client.view.sessions))
            anna.client.focus(session)
            await anna.until(lambda: anna.client.panel(session) is not None)
            await anna.until(lambda: anna.client.panel(session).remaining_ms < 28 * 60_000)  # type: ignore[union-attr]
            assert anna.client.panel(session).ends_utc_ms is None  # type: ignore[union-attr]

    try:
        asyncio.run(job())
    finally:
        relay.stop()


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


def test_what_is_read_on_one_machine_is_read_on_the_other(tmp_path: Path) -> None:
    """At once where it reads along, later where it comes later; the other side hears of none."""
    import asyncio

    relay = RelayProcess(tmp_path / "relay")

    def unread(someone: Person, session: str) -> int:
        view = someone.client.session(session)
        return -1 if view is None or not view.synced else view.unread

    async def job() -> None:
        quiet = Settings(None)
        quiet.set(send_seen=False)
        async with person(relay.url) as bo, person(relay.url, settings=quiet) as anna:
            await bo.until(lambda: bo.client.view.link.state == "live")
            await bo.client.sign_up("bo-read", PASSWORD, "小波", await invitation(relay))
            await anna.until(lambda: anna.client.view.link.state == "live")
            await anna.client.sign_up("anna-read", PASSWORD, "小安")
            session = await opened(anna, bo)
            async with person(relay.url) as other:
                await other.until(lambda: other.client.view.link.state == "live")
                await other.client.sign_in("anna-read", PASSWORD)
                for text in ("一", "二"):
                    bo.client.send_text(session, text)
                for each in (anna, other):
                    await each.until(lambda e=each: unread(e, session) == 2)  # type: ignore[misc]
                keys = [view.key for view in anna.client.messages(session)]
                anna.client.seen(session, keys[-1])
                await other.until(lambda: unread(other, session) == 0)
            bo.client.send_text(session, "三")
            await anna.until(lambda: unread(anna, session) == 1)
            async with person(relay.url) as later:
                await later.until(lambda: later.client.view.link.state == "live")
                await later.client.sign_in("anna-read", PASSWORD)
                await later.until(lambda: unread(later, session) == 1)
            told = [view.delivery for view in bo.client.messages(session) if view.mine]
            assert Delivery.SEEN not in told

    try:
        asyncio.run(job())
    finally:
        relay.stop()
