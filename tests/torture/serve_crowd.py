"""A relay to which a thousand come from one address: ``FOLDER PORT COMERS_PER_SECOND``.

Its limits per address are open, since on loopback everybody has the same; the turnstile, which is
for all addresses together, is the real one. Whom it lets in, and when, is noted in ``FOLDER/let-in``.
"""

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path

from miaohui.relay.host.server import Options, Relay
from miaohui.relay.net.accept_limit import AcceptLimit
from miaohui.relay.net.admission import AdmissionLimits
from miaohui.relay.net.limits import Rate

FREE = Rate(burst=1_000_000, per_second=1_000_000)


async def serve(folder: Path, port: int, comers: int) -> None:
    options = Options(
        data=folder,
        port=port,
        requests=FREE,
        admission=replace(AdmissionLimits.free(), members_per_second=comers),
    )
    note = os.open(folder / "let-in", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    real = AcceptLimit.take

    def take(self: AcceptLimit, now: int) -> int:
        turn = real(self, now)
        if not turn:
            os.write(note, f"{now}\n".encode())
        return turn

    AcceptLimit.take = take  # type: ignore[method-assign]
    relay = await Relay.start(options)
    print(relay.port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
