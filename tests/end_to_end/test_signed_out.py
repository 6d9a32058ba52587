"""Signing out makes the link anew: what is asked next goes over the new one, and the old one ends."""

import asyncio

from tests.client.world import PASSWORD, Person, RelayProcess
from websockets.asyncio.client import ClientConnection

from miaohui.client.facade import Client
from miaohui.client.link.connection import dial
from miaohui.client.settings import Settings
from miaohui.runtime.tasks import Tasks
from miaohui.wire.accounts import MakeRecovery, RecoveryMade


def test_out_and_in_again_in_one_breath(relay: RelayProcess) -> None:
    made: list[ClientConnection] = []

    async def recorded(url: str) -> ClientConnection:
        made.append(await dial(url))
        return made[-1]

    async def job() -> None:
        settings = Settings(None)
        settings.set(relay_url=relay.url)
        client, tasks = Client(settings, dial=recorded), Tasks()
        someone = Person(client)
        running = tasks.start(client.run(), "client")
        try:
            await someone.until(lambda: client.view.link.state == "live")
            await client.sign_up("anna-anew", PASSWORD, "安娜")
            request = MakeRecovery(id=client.new_id(), password=PASSWORD)
            recovery = await client.ask(request)
            assert isinstance(recovery, RecoveryMade)
            await client.sign_out()
            assert client.view.link.state == "connecting"
            account = await client.recover("anna-anew", recovery.code, "quite another 8")
            assert account.name == "anna-anew"
            # The app ends in the very moment in which a link of its own does.
            await client.sign_out()
        finally:
            client.stop()
            await running
            await tasks.close()
        assert len(made) >= 2
        assert all(each.transport.is_closing() for each in made)

    asyncio.run(job())
