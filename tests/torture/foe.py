"""A relay process under attack, and somebody who does not play by the rules."""

import asyncio
import contextlib
import io
import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from tests.client.world import RelayProcess
from tests.torture.rawsocket import CLOSE, GONE, PATIENCE_S, TEXT, Raw, frame, handshake
from tests.torture.serve_broken import BROKEN

from miaohui.relay.host import admin
from miaohui.wire.limits import PROTOCOL

PASSWORD = "another long password 9"


class Besieged(RelayProcess):
    """A relay process whose own words are kept; ``planted``: with its guard down, or with the fault
    of that name."""

    def __init__(self, data: Path, *, planted: bool | str = False) -> None:
        self.log = data.with_name(data.name + ".log")
        self._broken = {BROKEN: planted} if isinstance(planted, str) else {}
        self._module = ("tests.torture.serve_broken",) if planted else ("miaohui", "relay")
        super().__init__(data)
        self.port = int(self.url.rpartition(":")[2])

    def _start(self, listen: str) -> "subprocess.Popen[str]":
        with self.log.open("a") as log:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", *self._module, "serve", "--new", "--practice"),
                    *("--data", str(self.data), "--listen", listen, "--review-after", "0"),
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **self._broken},
            )
        assert process.stdout is not None
        self.url = str(json.loads(process.stdout.readline())["url"])
        return process

    def admin(self, *words: str) -> str:
        """As its host would, beside the running relay; in this process, which is quicker."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            code = admin.main(["--data", str(self.data), *words])
        assert code == 0, words
        return said.getvalue().strip()

    @property
    def pid(self) -> int:
        return self._process.pid

    def resident_kib(self) -> int:
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * 4


async def reach(port: int, source: str) -> Raw:
    """A connection from one of this machine's own addresses."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    writer.write(handshake())
    async with asyncio.timeout(PATIENCE_S):
        await reader.readuntil(b"\r\n\r\n")
    return Raw(reader, writer)


class Foe:
    """An account of their own, and a socket that sends anything."""

    def __init__(self, port: int, source: str) -> None:
        self.port = port
        self.source = source
        self.token: str | None = None
        self.device = str(uuid.uuid4())
        self.raw: Raw | None = None
        self.heard: list[dict[str, Any]] = []

    async def arrive(self) -> dict[str, Any]:
        """Connects anew and says hello; ``welcome``, or what came instead."""
        self.leave()
        self.raw = await reach(self.port, self.source)
        self.say(
            type="hello", protocol=PROTOCOL, client="foe", device=self.device, token=self.token,
            generation=len(self.heard),
        )  # fmt: skip
        return await self.hear()

    async def enter(self) -> dict[str, Any]:
        """Arrives, and again when it is told to; the ``welcome``."""
        while (said := await self.arrive())["type"] == "goodbye":  # noqa: ASYNC110
            await asyncio.sleep(said["retry_ms"] / 1000)  # its turn comes
        return said

    async def sign_up(self, name: str, invite: str | None = None) -> None:
        await self.enter()
        signed = await self.ask(type="sign_up", name=name, password=PASSWORD, invite=invite)
        self.token = signed["result"]["token"]

    def say(self, **words: Any) -> None:
        self.send(json.dumps(words).encode())

    def send(self, text: bytes) -> None:
        assert self.raw is not None
        self.raw.send(frame(TEXT, text))

    async def hear(self) -> dict[str, Any]:
        """The next frame; {"type": "gone"} at the end."""
        assert self.raw is not None
        opcode, payload = await self.raw.next()
        if opcode in (GONE, CLOSE):
            return {"type": "gone"}
        said: dict[str, Any] = json.loads(payload) if opcode == TEXT else {"type": "binary"}
        self.heard.append(said)
        return said

    async def answer(self, id: str) -> dict[str, Any]:
        """The answer to a request, or the end."""
        while True:
            said = await self.hear()
            if said["type"] in ("gone", "goodbye") or said.get("id") == id:
                return said

    async def ask(self, **words: Any) -> dict[str, Any]:
        """Asks; waits where the relay says that it is too much at once."""
        while True:
            id = words.setdefault("id", str(uuid.uuid4()))
            self.say(**words)
            said = await self.answer(id)
            if said.get("code") != "too_many" or said["type"] != "failed":
                return said
            await asyncio.sleep(said.get("retry_ms", 100) / 1000)

    def leave(self) -> None:
        if self.raw is not None:
            self.raw.close()
            self.raw = None
