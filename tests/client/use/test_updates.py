"""Notices of new versions: signed, unexpired, never older than the last; a real server over HTTP."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from installers.notice import new_key, sign

from miaohui.client.use.publisher import publishers_keys
from miaohui.client.use.updates import (
    EVERY_MS,
    UpdateInvalid,
    Updates,
    address_of,
    is_newer,
    opened,
)
from miaohui.runtime.clock import utc_ms_of

NOW = utc_ms_of("2026-12-01T12:00:00.000Z")


class Clock:
    """Stands where it is put."""

    def __init__(self) -> None:
        self.now = NOW

    def mono(self) -> int:
        return self.now

    def utc_ms(self) -> int:
        return self.now


def notice(**more: Any) -> bytes:
    plain = {
        "version": "99.1.0",
        "minimum": "0.1.0",
        "released_utc": "2026-11-30T10:00:00.000Z",
        "valid_until_utc": "2026-12-30T10:00:00.000Z",
        "page": "https://miaohui.example/99",
        "text_zh": "更快。",
        "text_en": "Faster.",
        "files": {"deb": {"url": "https://miaohui.example/99.deb", "sha256": "ab" * 32}},
    }
    return json.dumps({**plain, **more}).encode()


@pytest.fixture
def keys(tmp_path: Path) -> list[tuple[Path, str]]:
    made = [tmp_path / "one", tmp_path / "two"]
    return [(file, new_key(file)) for file in made]


def test_either_key_suffices(keys: list[tuple[Path, str]]) -> None:
    trusted = [public for _, public in keys]
    for file, _ in keys:
        found = opened(sign(notice(), [file], NOW), trusted, NOW)
        assert (found.version, found.is_news, found.is_needed) == ("99.1.0", True, False)
    with pytest.raises(UpdateInvalid, match="none of"):
        opened(sign(notice(), [keys[0][0]], NOW), [keys[1][1]], NOW)
    with pytest.raises(UpdateInvalid, match="none of"):
        opened(sign(notice(), [keys[0][0]], NOW), [], NOW)


def test_a_changed_word_is_no_notice(keys: list[tuple[Path, str]]) -> None:
    data = sign(notice(), [keys[0][0]], NOW)
    with pytest.raises(UpdateInvalid):
        opened(data.replace(b"99.1.0", b"99.2.0"), [keys[0][1]], NOW)


@pytest.mark.parametrize(
    "more",
    [
        {"page": "http://miaohui.example/"},
        {"page": "javascript:alert(1)"},
        {"version": "latest"},
        {"text_zh": ""},
        {"text_en": "x" * 401},
        {"files": {"deb": {"url": "https://x.example/", "sha256": "ab"}}},
        {"more": 1},
        {"valid_until_utc": "2026-11-30T10:00:00.000Z"},
        {"valid_until_utc": "soon"},
    ],
)
def test_what_no_app_would_take_is_not_signed(
    more: dict[str, Any], keys: list[tuple[Path, str]]
) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (msgspec's and ours)
        sign(notice(**more), [keys[0][0]], NOW)


def test_an_older_notice_does_not_come_back(keys: list[tuple[Path, str]], tmp_path: Path) -> None:
    (file, public), _ = keys
    updates = Updates(tmp_path / "seen.json", Clock(), [public])
    updates.take(sign(notice(), [file], NOW))
    for older in ({"version": "99.0.9"}, {"released_utc": "2026-11-29T10:00:00.000Z"}):
        with pytest.raises(UpdateInvalid, match="older"):
            updates.take(sign(notice(**older), [file], NOW))
    assert updates.notice is not None
    assert updates.notice.version == "99.1.0"


def test_a_notice_lapses(keys: list[tuple[Path, str]], tmp_path: Path) -> None:
    clock = Clock()
    updates = Updates(tmp_path / "seen.json", clock, [keys[0][1]])
    updates.take(sign(notice(), [keys[0][0]], NOW))
    clock.now = utc_ms_of("2026-12-30T10:00:00.000Z")
    assert updates.notice is None


def test_this_version_is_no_news_and_an_old_one_may_be_needed(
    keys: list[tuple[Path, str]], tmp_path: Path
) -> None:
    updates = Updates(tmp_path / "seen.json", Clock(), [keys[0][1]])
    updates.take(sign(notice(version="0.0.9"), [keys[0][0]], NOW))
    assert updates.notice is None
    updates.take(sign(notice(minimum="99.0"), [keys[0][0]], NOW))
    assert updates.notice is not None
    assert updates.notice.is_needed


@pytest.mark.parametrize(
    ("one", "other", "newer"),
    [("0.10", "0.9", True), ("1.0", "1", False), ("1", "1.0", False), ("1.0.1", "1.0", True)],
)
def test_versions_go_by_their_figures(one: str, other: str, *, newer: bool) -> None:
    assert is_newer(one, other) is newer


@pytest.mark.parametrize(
    ("relay", "file"),
    [
        ("wss://chat.example.com/relay?x=1", "https://chat.example.com/latest.json"),
        ("wss://[::1]:8443", "https://[::1]:8443/latest.json"),
        ("ws://127.0.0.1:8000/a", "http://127.0.0.1:8000/latest.json"),
        ("", ""),
        ("file:///etc", ""),
        ("wss://[", ""),
    ],
)
def test_the_file_lies_beside_the_relay(relay: str, file: str) -> None:
    assert address_of(relay) == file


def test_a_checkout_has_no_publisher(tmp_path: Path) -> None:
    assert publishers_keys() == ()
    assert not Updates(tmp_path / "seen.json", Clock()).is_due


class Shelf(BaseHTTPRequestHandler):
    """Serves ``content``, by its tag where that is asked for."""

    content = b""
    heard: list[dict[str, str]] = []
    where = ""

    def do_GET(self) -> None:
        self.heard.append(dict(self.headers.items()))
        if self.where:
            self.send_response(302)
            self.send_header("Location", self.where)
        elif self.headers.get("If-None-Match") == '"1"':
            self.send_response(304)
        else:
            self.send_response(200)
            self.send_header("ETag", '"1"')
        self.end_headers()
        if not self.where and self.headers.get("If-None-Match") != '"1"':
            self.wfile.write(self.content)

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def relay_url() -> Iterator[str]:
    Shelf.heard, Shelf.where, Shelf.content = [], "", b""
    with ThreadingHTTPServer(("127.0.0.1", 0), Shelf) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"ws://127.0.0.1:{server.server_port}/relay"
        server.shutdown()
        thread.join()


async def test_it_is_asked_for_rarely_and_says_nothing(
    keys: list[tuple[Path, str]], tmp_path: Path, relay_url: str
) -> None:
    clock, file = Clock(), tmp_path / "seen.json"
    Shelf.content = sign(notice(), [keys[0][0]], NOW)
    updates = Updates(file, clock, [keys[0][1]])
    assert await updates.ask(relay_url)
    assert not await updates.ask(relay_url)
    clock.now += EVERY_MS - 1
    assert not updates.is_due
    clock.now += 1
    again = Updates(file, clock, [keys[0][1]])  # another start remembers
    assert again.notice is not None
    assert not await again.ask(relay_url)  # the same as before
    assert again.notice is not None
    first, second = Shelf.heard
    assert set(first) == {"Accept-Encoding", "Host", "User-Agent", "Connection"}
    assert first["User-Agent"] == "miaohui"
    assert second["If-None-Match"] == '"1"'


@pytest.mark.parametrize(
    ("content", "where"),
    [(b"{}", ""), (b"x" * 20_000, ""), (b"", "https://miaohui.example/elsewhere")],
)
async def test_what_does_not_count_is_for_later(
    content: bytes, where: str, keys: list[tuple[Path, str]], tmp_path: Path, relay_url: str
) -> None:
    Shelf.content, Shelf.where = content, where
    updates = Updates(tmp_path / "seen.json", Clock(), [keys[0][1]])
    with pytest.raises(UpdateInvalid):
        await updates.ask(relay_url)
    assert updates.notice is None
    assert not updates.is_due  # the next try waits its turn, too
