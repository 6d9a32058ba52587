"""The page that ends an account: what it says, what it asks for."""

from types import SimpleNamespace
from typing import Any

from PySide6.QtWidgets import QApplication

from miaohui.client.port import Refused
from miaohui.client.settings import Settings
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.pages.settings.privacy import PrivacyCard
from miaohui.desktop.strings import errors
from miaohui.runtime.tasks import Tasks


class Client:
    """Somebody signed in, whose relay says no once."""

    def __init__(self) -> None:
        self.view = SimpleNamespace(
            keyring="memory",
            account=SimpleNamespace(role="owner"),
            sessions=(),
            aside=False,
            back_wanted=False,
        )
        self.asked: list[str] = []

    def subscribe(self, listener: object) -> Any:
        return lambda: None

    async def delete_account(self, password: str) -> None:
        self.asked.append(password)
        if len(self.asked) == 1:
            raise Refused("wrong_state", "open_orders")


async def test_an_account_ends_with_its_password_alone(qapp: QApplication) -> None:
    client, tasks = Client(), Tasks()
    bridge = Bridge(Settings(None))
    bridge.attach(client, tasks)  # type: ignore[arg-type]
    card = PrivacyCard(bridge)
    assert card.end_card.isHidden()
    card.ending.click()
    assert card.of_owner.isVisibleTo(card)
    assert not card.end_card.isHidden()
    assert not card.end.isEnabled()
    for _ in range(2):
        card.password.setText("correct horse 7")
        card.end.click()
        for task in list(tasks._tasks):
            await task
        if len(client.asked) == 1:
            assert card.note.text() == errors.sentence("wrong_state", "open_orders")
            assert card.password.text() == ""
    assert client.asked == ["correct horse 7"] * 2
    assert card.end_card.isHidden()
    await tasks.close()
