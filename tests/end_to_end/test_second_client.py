"""The example clients in JavaScript buy and sell a whole session, as docs/protocol.md tells."""

import contextlib
import queue
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.client.world import RelayProcess
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.connection import Connection
from websockets.sync.server import ServerConnection, serve

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "javascript"
LIMIT_S = 20.0


def _node() -> str | None:
    """Where a Node is that is new enough."""
    found = shutil.which("node")
    if found is None:
        return None
    said = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
    version = re.match(r"v(\d+)\.", said)
    return found if version and int(version[1]) >= 20 else None


NODE = _node()
pytestmark = pytest.mark.skipif(NODE is None, reason="no Node of 20 or later is installed")


class Script:
    """A process that tells in lines how far it is."""

    def __init__(self, name: str, *words: str) -> None:
        self.process = subprocess.Popen(
            [str(NODE), str(EXAMPLES / name), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self.heard: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def until(self, start: str) -> str:
        """The next line that begins so."""
        while True:
            try:
                line = self._lines.get(timeout=LIMIT_S)
            except queue.Empty:
                line = None
            assert line is not None, (f"never said {start!r}", self.heard)
            self.heard.append(line)
            if line.startswith(start):
                return line

    def finished(self) -> int:
        return self.process.wait(LIMIT_S)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(LIMIT_S)
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextlib.contextmanager
def script(name: str, *words: str) -> Iterator[Script]:
    running = Script(name, *words)
    try:
        yield running
    finally:
        running.end()


def test_a_session_between_two_that_were_written_from_the_page(relay: RelayProcess) -> None:
    with script("responder.mjs", relay.url, relay.invite_responder(), "1") as responder:
        responder.until("on duty")
        with script("customer.mjs", relay.url, "今天好累 😮‍💨") as customer:
            assert customer.until("customer: ") == "customer: 今天好累 😮‍💨"
            said = re.fullmatch(r"asked (\d+): 今天好累 😮‍💨", responder.until("asked "))
            assert said is not None
            responder.until(f"replied to {said[1]}, covers up to {said[1]}")
            customer.until("answered after ")
            assert "closed by customer" in customer.until("receipt good: ")
            assert customer.finished() == 0
        responder.until("off duty")
        assert responder.finished() == 0


@pytest.mark.parametrize("name", ["customer.mjs", "responder.mjs"])
def test_without_an_address_each_says_how_it_is_called(name: str) -> None:
    with script(name) as asked:
        asked.until(f"usage: node {name} ")
        assert asked.finished() == 2


def test_an_invitation_that_is_none_is_a_sentence(relay: RelayProcess) -> None:
    with script("responder.mjs", relay.url, "no-such-invitation") as responder:
        responder.until("refused: invite_invalid")
        assert responder.finished() == 1


@contextlib.contextmanager
def liar(url: str, true: str, false: str) -> Iterator[str]:
    """A relay between, that puts one word in another's place on the way to a client."""

    def pump(source: Connection, sink: Connection, true: str, false: str) -> None:
        with contextlib.suppress(ConnectionClosed):
            for said in source:
                assert isinstance(said, str)
                sink.send(said.replace(true, false))
        sink.close()

    def stand_between(client: ServerConnection) -> None:
        with connect(url, compression=None, ping_interval=None) as relay:
            up = threading.Thread(target=pump, args=(client, relay, "", ""))
            up.start()
            pump(relay, client, true, false)
            up.join()

    with serve(stand_between, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        finally:
            server.shutdown()
            serving.join()


@pytest.mark.parametrize(
    ("true", "false", "says"),
    [
        ("听到了", "没听到", "the words of 4 are not its own"),
        ('"reason":"customer"', '"reason":"responder"', "the receipt has another journal"),
        (
            '"price_fen":3000,"promise_ms"',
            '"price_fen":9000,"promise_ms"',
            "entry 2 does not follow",
        ),
    ],
)
def test_a_customer_believes_no_other_words_end_or_price(
    relay: RelayProcess, true: str, false: str, says: str
) -> None:
    with script("responder.mjs", relay.url, relay.invite_responder()) as responder:
        responder.until("on duty")
        with liar(relay.url, true, false) as between, script("customer.mjs", between) as customer:
            customer.until(says)
            assert customer.finished() == 1


def test_a_relay_that_is_gone_is_a_sentence(tmp_path: Path) -> None:
    relay = RelayProcess(tmp_path)
    with script("responder.mjs", relay.url, relay.invite_responder()) as responder:
        responder.until("on duty")
        relay.kill()
        responder.until("the link broke")
        assert responder.finished() == 1
