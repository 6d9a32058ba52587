"""A customer's limits from the page of settings to the relay's refusal at checkout."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from PySide6.QtWidgets import QApplication
from tests.client.keys import Box
from tests.client.world import RelayProcess, person
from tests.end_to_end.screen import on_qt, screen, signed_up
from tests.end_to_end.test_customer_card import _checkout, on_duty

from miaohui.desktop.pages.settings.limits import LimitsCard
from miaohui.desktop.system.zone import zone_name
from miaohui.wire.accounts import DeclareAge


@pytest.fixture(autouse=True)
def box() -> Iterator[Box]:
    before, mine = keyring.get_keyring(), Box()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


def test_limits_are_set_and_hold_at_the_checkout(tmp_path: Path, qapp: QApplication) -> None:
    relay = RelayProcess(tmp_path / "relay")

    async def job() -> None:
        async with screen() as shown, person(relay.url) as bo:
            await on_duty(bo, relay, "bo-limits")
            await signed_up(shown, relay, "anna-limits")
            shown.routes.go("settings")
            await shown.until(lambda: bool(shown.page("settings").findChildren(LimitsCard)))
            card: Any = shown.page("settings").findChildren(LimitsCard)[0]
            await shown.until(lambda: card.save.isEnabled())
            card.boxes["purchase_fen"].setChecked(True)
            card.fields["purchase_fen"].setValue(20)
            card.save.click()
            await shown.until(
                lambda: (w := shown.client.view.wallet) is not None and w.purchase_fen == 2000
            )
            assert shown.client.view.wallet.zone == zone_name()  # type: ignore[union-attr]
            # Taken away again: it says from when that holds, and the old one does until then.
            card.boxes["purchase_fen"].setChecked(False)
            card.save.click()
            await shown.until(lambda: "24" in card.facts.text() or "生效" in card.facts.text())
            assert shown.client.view.wallet.purchase_fen == 2000  # type: ignore[union-attr]
            pane = await _checkout(shown)
            assert "每单限额" in pane.note.text()
            await shown.press(pane.pay)
            await shown.until(lambda: pane.pay.isEnabled() and "没有扣款" in pane.note.text())
            pane.cancelled.emit()
            await shown.until(lambda: shown.window.sheet is None)
            # Seven days without: asked twice.
            card.stop.click()
            assert shown.client.view.wallet.stopped_until_utc is None  # type: ignore[union-attr]
            card.stop.click()
            await shown.until(
                lambda: (
                    (w := shown.client.view.wallet) is not None and w.stopped_until_utc is not None
                )
            )
            assert not card.stop.isEnabled()
            await shown.client.ask(DeclareAge(id=shown.client.new_id(), adult=False))
            shown.client.refresh()
            await shown.until(
                lambda: (w := shown.client.view.wallet) is not None and w.age == "minor"
            )
            pane = await _checkout(shown)
            assert not pane.pay.isEnabled()
            assert "未满 18 岁" in pane.note.text()

    try:
        on_qt(qapp, job())
    finally:
        relay.stop()
