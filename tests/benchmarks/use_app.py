"""The app itself with one conversation open, measured from inside; prints one JSON object.

    python -m tests.benchmarks.use_app DIR '{"url": …, "session": …, "name": …, "password": …}' N

The whole of it: window, client, encrypted store on disk, network. ``own_ms``: Enter until the own
bubble is painted; ``accepted_ms``: until the relay's acceptance is. PSS is the kernel's figure.
"""

import asyncio
import contextlib
import gc
import json
import sys
from pathlib import Path
from typing import Any

from miaohui.client.port import Refused
from miaohui.client.snapshots import Delivery
from miaohui.desktop.start.app import FirstWindow, first_window, run
from miaohui.runtime.clock import stamp_ns

TYPED = 60
WAIT_S = 300
REST_S = 4  # weighed at rest: nobody scrolls, nothing is being read


def pss_mb() -> float | None:
    """This process's proportional set size in MB; None where the system tells none."""
    try:
        lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))


async def until(true: Any) -> None:
    async with asyncio.timeout(WAIT_S):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def measured(opened: FirstWindow, ready: dict[str, str], count: int) -> dict[str, Any]:
    client, window = opened.bridge.client, opened.window
    empty = pss_mb()
    client.choose_relay(ready["url"])
    await until(lambda: client.view.link.state.value == "live")
    await until(lambda: client.view.keyring)
    await client.unlock("a passphrase of the benchmark's")
    while client.view.account is None:
        await until(lambda: client.view.link.state.value == "live")
        with contextlib.suppress(Refused):  # unlocking begins a new link
            await client.sign_in(ready["name"], ready["password"])
    assert window.routes is not None
    session = ready["session"]
    await until(lambda: client.session(session) is not None)
    window.routes.open_session(session)
    began = stamp_ns()
    await until(lambda: len(client.messages(session)) >= count)
    synced = (stamp_ns() - began) / 1e9
    await asyncio.sleep(REST_S)
    gc.collect()
    full = pss_mb()
    # What only measures is loaded after the weighing.
    from statistics import median

    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    pane = window.routes.page("sessions").conversation
    own, accepted = [], []
    for number in range(TYPED):
        text = f"第 {number} 句"
        edit = pane.composer.edit
        edit.setFocus()
        edit.setPlainText(text)
        before = len(client.messages(session))
        pressed = stamp_ns()
        QTest.keyClick(edit, Qt.Key.Key_Return)
        pane.view.viewport().repaint()
        own.append((stamp_ns() - pressed) / 1e6)
        assert len(client.messages(session)) > before

        def done(at: int = before) -> bool:
            state = client.messages(session)[at].delivery
            return state not in (Delivery.WRITING, Delivery.SENDING, Delivery.NOT_DELIVERED)

        await until(done)
        pane.view.viewport().repaint()
        accepted.append((stamp_ns() - pressed) / 1e6)
    return {
        "empty_mb": empty,
        "full_mb": full,
        "synced_s": synced,
        "own_p50": median(own),
        "own_p99": sorted(own)[-1],
        "accepted_p50": median(accepted),
        "accepted_p99": sorted(accepted)[-1],
    }


def main() -> int:
    folder, ready, count = Path(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
    opened = first_window(folder)
    found: dict[str, Any] = {}

    async def beside() -> None:
        try:
            found.update(await measured(opened, ready, count))
        finally:
            opened.window.closing.emit()

    run(opened, folder, beside)
    print(json.dumps(found), flush=True)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
