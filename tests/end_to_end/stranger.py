"""A client as a stranger would write it: from docs/protocol.md alone, with nothing of ours.

Whatever the relay says is held against that page: a frame, a field or an answer that the page does
not tell of is an error.
"""

import contextlib
import hashlib
import json
import re
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

PAGE = Path(__file__).parents[2] / "docs" / "protocol.md"
LIMIT_S = 20.0
Said = dict[str, Any]


class Page:
    """What the page tells of each frame: ``fields`` by part and name, True where required."""

    def __init__(self, text: str) -> None:
        self.fields: dict[tuple[str, str], dict[str, bool]] = {}
        self.answers: dict[str, str] = {}
        for part, body in re.findall(r"<!-- begin (\w+) -->(.*?)<!-- end", text, re.DOTALL):
            for name, told in re.findall(
                r"^#### `(\w+)`[^\n]*\n(.*?)(?=^#### |\Z)", body, re.M | re.S
            ):
                rows = re.findall(r"^\| `(\w+)` \| .* \|(.*)\|$", told, re.M)
                self.fields[part, name] = {field: not default.strip() for field, default in rows}
                answer = re.search(r"^Answered by `(\w+)`", told, re.M)
                if part == "up" and answer:
                    self.answers[name] = answer[1]

    def hold(self, part: str, name: str, said: Said) -> None:
        """Every field is told of, and whatever must be there is there."""
        told = self.fields[part, name]
        assert said.keys() - {"type", "kind"} <= told.keys(), (name, said)
        assert {field for field, needed in told.items() if needed} <= said.keys(), (name, said)


class Failed(Exception):
    """The relay's no: its code, and the word beside it."""


class Stranger:
    """One connection. ``feed``: the items of the session attached, in order."""

    def __init__(self, url: str) -> None:
        self.page = Page(PAGE.read_text("utf-8"))
        self.feed: list[Said] = []
        self.pushes: list[Said] = []
        self.session = ""
        self.bodies: dict[int, Said] = {}
        self._held = contextlib.ExitStack()
        self._link = self._held.enter_context(connect(url, compression=None, ping_interval=None))
        self.say(type="hello", protocol=2, client="stranger/1", device=str(uuid.uuid4()))
        self.welcome = self._read()
        assert self.welcome["type"] == "welcome"
        self._gone = threading.Event()
        self._heart = threading.Thread(target=self._beat)
        self._heart.start()

    def leave(self) -> None:
        self._gone.set()
        self._heart.join()
        self._held.close()

    # -- the link --------------------------------------------------------------------------------

    def say(self, **frame: Any) -> None:
        self._link.send(json.dumps(frame))

    def ping(self) -> None:
        acks = {self.session: len(self.feed)} if self.session else {}
        self.say(type="ping", t1=time.monotonic_ns() // 1_000_000, acks=acks)

    def _beat(self) -> None:
        while not self._gone.wait(1.0):
            self.ping()

    def _read(self) -> Said:
        said: Said = json.loads(self._link.recv(LIMIT_S))
        self.page.hold("down", said["type"], said)
        return said

    def hear(self) -> Said:
        said = self._read()
        if said["type"] == "feed_push" and said["session"] == self.session:
            self._apply(said["items"])
        self.pushes.append(said)
        return said

    def until(self, wanted: Callable[[Said], Any]) -> Any:
        """What the first frame that is wanted makes of it; those heard already count."""
        for said in self._all():
            found = wanted(said)
            if found:
                return found
        raise AssertionError

    def _all(self) -> Iterator[Said]:
        yield from list(self.pushes)
        while True:
            yield self.hear()

    def ask(self, kind: str, **fields: Any) -> Said:
        mark = str(uuid.uuid4())
        self.say(type=kind, id=mark, **fields)
        while True:
            said = self.hear()
            if said.get("id") != mark:
                continue
            if said["type"] == "failed":
                raise Failed(said["code"], said["detail"])
            result: Said = said["result"]
            assert result["type"] == self.page.answers[kind], kind
            self.page.hold("results", result["type"], result)
            return result

    # -- a conversation --------------------------------------------------------------------------

    def attach(self, session: str) -> None:
        self.session = session
        while True:
            page = self.ask("attach", session=session, after=len(self.feed))
            self._apply(page["items"])
            if len(self.feed) >= page["head"]:
                return

    def _apply(self, items: list[Said]) -> None:
        for placed in items:
            if placed["pos"] != len(self.feed) + 1:
                continue
            item = placed["item"]
            self.page.hold("items", item["type"], item)
            if item["type"] == "entry_item":
                entry = item["entry"]
                self.page.hold("entries", entry["kind"], entry)
                if item["body"]:
                    self.page.hold("values", "Body", item["body"])
                    self.bodies[entry["seq"]] = item["body"]
            self.feed.append(item)
        self.ping()

    @property
    def entries(self) -> list[Said]:
        return [item["entry"] for item in self.feed if item["type"] == "entry_item"]

    def until_entry(self, kind: str, number: int = 1) -> Said:
        """The numberth entry of a kind, once it is there."""
        while True:
            found = [entry for entry in self.entries if entry["kind"] == kind]
            if len(found) >= number:
                return found[number - 1]
            self.hear()

    def send(self, text: str, **more: Any) -> Said:
        body = {"salt": secrets.token_hex(16), "text": text}
        return self.ask("send", session=self.session, body=body, **more)

    def reply(self, text: str) -> Said:
        """Sent once the relay has known for 300 ms that the newest question is here."""
        asked = [e for e in self.entries if e["kind"] == "message" and e["author"] == "customer"]
        known = self.relay_ms()
        while self.relay_ms() < known + 320:
            self._gone.wait(0.05)  # more than 50 pings a second would end the link
        return self.send(text, seen_seq=asked[-1]["seq"] if asked else 0)

    def relay_ms(self) -> int:
        """The relay's clock, now."""
        self.pushes = [each for each in self.pushes if each["type"] != "pong"]
        self.ping()
        return int(self.until(lambda said: said["type"] == "pong" and said["t2"]))


def canonical(value: Said) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def head_of(entries: list[Said]) -> str:
    """Checks the chain, and answers with its head."""
    head = "0" * 64
    for entry in entries:
        assert entry["prev"] == head
        head = hashlib.sha256(canonical(entry)).hexdigest()
    return head
