"""An app without a window that says what it knows of its link: ``URL NAME``.

A line for every change of the link and for every answer of the relay, with the machine's monotonic
clock, which runs on while the process is stopped.
"""

import asyncio
import sys
import time

from miaohui.client.facade import Client
from miaohui.client.port import Refused
from miaohui.client.settings import Settings
from miaohui.runtime.tasks import Tasks
from miaohui.wire.accounts import GetWallet

EVERY_S = 0.1


def say(what: str) -> None:
    print(f"{time.monotonic():.3f} {what}", flush=True)


async def watch(url: str, name: str) -> None:
    settings = Settings(None)
    settings.set(relay_url=url)
    client = Client(settings, None)
    states: list[str] = []

    def hear(_change: object) -> None:
        state = str(client.view.link.state)
        if states[-1:] != [state]:
            states.append(state)
            say(state)

    client.subscribe(hear)
    tasks = Tasks()
    tasks.start(client.run(), "client")
    while client.view.link.state != "live":  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    await client.sign_up(name, "a long enough password 7", name)
    while True:
        try:
            async with asyncio.timeout(2):
                await client.ask(GetWallet(id=client.new_id()))
            say("answered")
        except (Refused, TimeoutError):
            pass
        await asyncio.sleep(EVERY_S)


if __name__ == "__main__":
    asyncio.run(watch(sys.argv[1], sys.argv[2]))
