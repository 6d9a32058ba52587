"""The other end of the relay benchmark, in a process of its own: pairs that talk as fast as they
are answered, over picows. Prints one JSON object.

    python load_relay.py URL PLAN.json SECONDS [PROTOCOL]

``plan``: a list of pairs, each {session, customer token, responder token …}, or {"echo": n} for n
bare connections that only echo. The first line, ``go``, says that all are there and begin.
"""

import asyncio
import json
import re
import sys
import time
from pathlib import Path

import uuid_utils
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from miaohui.wire.limits import PROTOCOL

SALT = "00112233445566778899aabbccddeeff"
POS = re.compile(rb'"pos":(\d+)')
PING_S = 0.5


def stamp() -> int:
    return time.perf_counter_ns()


class Talker(WSListener):  # type: ignore[misc]
    """One person: sends the next message when the last one was accepted."""

    def __init__(self, load: "Load", who: dict[str, str] | None) -> None:
        self.load = load
        self.who = who
        self.sent = 0
        self.pos = 0
        self.ready = asyncio.get_running_loop().create_future()
        self.transport: WSTransport | None = None
        if who is not None:
            seen = ',"seen_seq":1000000' if who["side"] == "responder" else ""
            self._head = f'{{"type":"send","session":"{who["session"]}"{seen},"id":"'.encode()
            self._tail = f'","body":{{"salt":"{SALT}","text":"我在听，你慢慢说 '.encode()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        if self.who is None:
            self.ready.set_result(None)
            return
        hello = {
            "type": "hello",
            "protocol": self.load.protocol,
            "client": "bench",
            "device": self.who["device"],
            "token": self.who["token"],
        }
        transport.send(WSMsgType.TEXT, json.dumps(hello).encode())
        attach = {"type": "attach", "id": "a", "session": self.who["session"]}
        transport.send(WSMsgType.TEXT, json.dumps(attach).encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        data = frame.get_payload_as_bytes()
        if self.who is None:
            self._accepted()
        elif data.startswith(b'{"type":"ok"'):
            if not self.ready.done():
                self.ready.set_result(None)
            else:
                self._accepted()
        elif data.startswith(b'{"type":"feed_push"'):
            self.load.pushed += 1
            self.pos = int(POS.findall(data)[-1])
        elif data.startswith((b'{"type":"failed"', b'{"type":"goodbye"')):
            self.load.failed.append(data.decode())

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.transport = None
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(f"cut before it began: {self.load.failed}"))

    def _accepted(self) -> None:
        self.load.waits.append(stamp() - self.sent)
        self.next()

    def next(self) -> None:
        if self.load.over or self.transport is None:
            return
        self.sent = stamp()
        if self.who is None:
            self.transport.send(WSMsgType.TEXT, b'{"type":"send","body":"message number ok"}' * 3)
        else:
            id = str(uuid_utils.uuid7()).encode()  # as every client makes them
            self.transport.send(WSMsgType.TEXT, self._head + id + self._tail + id[-8:] + b'"}}')


class Load:
    """All talkers, and what they measured."""

    def __init__(self, protocol: int) -> None:
        self.protocol = protocol
        self.waits: list[int] = []
        self.failed: list[str] = []
        self.pushed = 0
        self.over = False

    async def run(self, url: str, people: list[dict[str, str] | None], seconds: float) -> None:
        talkers: list[Talker] = []
        self._ping(talkers)  # a relay ends links that fall silent, also while the rest connect
        for who in people:
            talker = Talker(self, who)
            await ws_connect(lambda talker=talker: talker, url)
            talkers.append(talker)
        await asyncio.gather(*(talker.ready for talker in talkers))
        print("go", flush=True)
        began = stamp()
        for talker in talkers:
            talker.next()
        loop = asyncio.get_running_loop()
        loop.call_later(seconds, self._stop)
        await asyncio.sleep(seconds)
        took = (stamp() - began) / 1e9
        waits = sorted(self.waits)
        report = {
            "messages": len(waits),
            "per_second": len(waits) / took,
            "p50_ms": waits[len(waits) // 2] / 1e6 if waits else None,
            "p99_ms": waits[len(waits) * 99 // 100] / 1e6 if waits else None,
            "pushed": self.pushed,
            "failed": self.failed[:3],
        }
        print(json.dumps(report), flush=True)
        for talker in talkers:
            if talker.transport is not None:
                talker.transport.disconnect(False)

    def _stop(self) -> None:
        self.over = True

    def _ping(self, talkers: list[Talker]) -> None:
        for talker in talkers:
            if talker.transport is not None and talker.who is not None and talker.ready.done():
                acks = {talker.who["session"]: talker.pos}
                ping = {"type": "ping", "t1": 0, "acks": acks}
                talker.transport.send(WSMsgType.TEXT, json.dumps(ping).encode())
        if not self.over:
            asyncio.get_running_loop().call_later(PING_S, self._ping, talkers)


def main() -> None:
    url, plan, seconds = sys.argv[1], json.loads(Path(sys.argv[2]).read_text()), float(sys.argv[3])
    protocol = int(sys.argv[4]) if len(sys.argv) > 4 else PROTOCOL
    people = [None] * plan["echo"] if isinstance(plan, dict) else plan
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(Load(protocol).run(url, people, seconds))


if __name__ == "__main__":
    main()
