"""Work with the keyring: its prompt may wait for a person, and nothing else waits for that."""

import asyncio
import contextlib
from collections.abc import Callable
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


class KeyringWork:
    """One piece at a time, each in a thread that does not keep the process from ending."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def run(self, work: Callable[[], T]) -> T:
        """Its value or exception, however long the prompt is open."""
        async with self._turn:
            loop = asyncio.get_running_loop()
            future: asyncio.Future[T] = loop.create_future()

            def settle(value: T | None, error: Exception | None) -> None:
                if future.done():
                    return
                if error is not None:
                    future.set_exception(error)
                else:
                    future.set_result(value)  # type: ignore[arg-type]

            def done() -> None:
                value: T | None = None
                failed: Exception | None = None
                try:
                    value = work()
                except Exception as error:
                    failed = error
                with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits any more
                    loop.call_soon_threadsafe(settle, value, failed)

            Thread(target=done, name="keyring", daemon=True).start()
            return await future
