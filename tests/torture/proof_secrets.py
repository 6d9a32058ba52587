"""Secrets: a canary for everything confidential, looked for wherever it must not be; and TLS, scanned.

A real relay process and a real client with an encrypted store, both at work with words, password and
token that occur nowhere else.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import keyring
from tests.client.keys import Box
from tests.client.world import Person, opened, person
from tests.torture import tls
from tests.torture.foe import Besieged
from tests.torture.outcome import Outcome

from miaohui.client.settings import Settings
from miaohui.client.unsent import MessageDraft
from miaohui.relay.host.server import Options, Relay
from miaohui.relay.net import tls as relay_tls

ABOUT = "canaries in logs, files, crash files, exports, processes; the relay's TLS, scanned"
PLANTED = "a store without its key, memory images allowed, TLS as Python sets it up by itself"
COUNT = 40  # messages with a canary
SHORT = 3
WORDS = "金丝雀-canary-7f3a91"
PASSWORD = "canary password 5e1c07 long"


def holds_any(data: bytes, canaries: dict[str, str]) -> str:
    """The name of the first canary in some bytes; "" where there is none."""
    for name, canary in canaries.items():
        for form in (canary.encode(), canary.encode("utf-16-le"), ascii(canary)[1:-1].encode()):
            if form in data:
                return name
    return ""


def processes(of: list[int]) -> Iterator[tuple[str, bytes]]:
    """Command lines and environments, as anybody on the machine may read them."""
    for pid in of:
        for name in ("cmdline", "environ"):
            with contextlib.suppress(OSError):
                yield f"/proc/{name}", Path(f"/proc/{pid}/{name}").read_bytes()


def own_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()


class Ears(logging.Handler):
    """Everything that any part of this process logs, down to the finest."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextlib.contextmanager
def unlocked() -> Iterator[None]:
    """The planted fault: a database that never hears of its key."""
    from miaohui.client.store import store

    real = store.connect

    def connect(path: Path | None, key: bytes | None) -> Any:
        del key
        return real(path, None)

    with mock.patch.object(store, "connect", connect):
        yield


async def at_work(relay: Besieged, folder: Path, outcome: Outcome, count: int) -> None:
    invite = relay.invite_responder()
    async with (
        person(relay.url, folder / "app", settings=Settings(folder / "settings.json")) as anna,
        person(relay.url) as bo,
    ):
        for each in (anna, bo):
            await each.until(lambda e=each: e.client.view.link.state == "live")  # type: ignore[misc]
        await anna.client.sign_up("anna", PASSWORD, "安娜")
        await bo.client.sign_up("xiaobo", PASSWORD, "小波", invite)
        session = await opened(anna, bo)
        for number in range(count):
            anna.client.send_text(session, f"{WORDS} {number}")
        await bo.until(lambda: len(bo.texts(session)) == count)
        await anna.until(
            lambda: all(each.seq is not None for each in anna.client.messages(session)[-count:])
        )
        anna.client.set_draft(session, MessageDraft(WORDS))
        canaries = {"words": WORDS, "password": PASSWORD, **secrets_of(anna)}
        closed = folder / "closed.zip"
        await ended(anna, session)
        await anna.client.export_bundle(session, closed, with_text=False)
        look(outcome, "an export without the words", [("zip", closed.read_bytes())], canaries)
        shown = folder / "open.zip"
        await anna.client.export_bundle(session, shown, with_text=True)
        meant = WORDS.encode() in shown.read_bytes()
        outcome.check("an export with the words has them", holds=meant)
        known = {name: text for name, text in canaries.items() if name != "words"}
        look(outcome, "an export with the words", [("zip", shown.read_bytes())], known)
        shown.unlink()
        look(outcome, "the app's files, at work", own_files(folder), canaries)
        look(outcome, "processes", processes([relay.pid, os.getpid()]), canaries)
        views = [repr(anna.client), repr(anna.client.settings), repr(vars(anna.client.settings))]
        look(outcome, "representations", [("repr", each.encode()) for each in views], canaries)
    look(outcome, "the app's files, closed", own_files(folder), canaries)
    # The relay keeps what people say, since it delivers it; passwords and tokens only as hashes.
    stored = list(own_files(relay.data))
    look(outcome, "the relay's files", stored, known)
    look(outcome, "the relay's log", [("log", relay.log.read_bytes())], canaries)
    outcome.notes.append(f"canaries: {', '.join(canaries)}")


def secrets_of(anna: Person) -> dict[str, str]:
    """What the keyring holds: the token and the store's key."""
    box = keyring.get_keyring()
    assert isinstance(box, Box)
    kept = {f"keyring {name[:12]}": text for (_, name), text in box.kept.items() if len(text) > 20}
    assert kept, "nothing in the keyring to look for"
    return kept


class Crashing(Besieged):
    """A relay process that may leave an image of its memory when it crashes, in a folder of its
    own, unless it sees to it that there is none. ``imaged``, planted: it does not."""

    def __init__(self, data: Path, *, imaged: bool) -> None:
        self.imaged = imaged
        super().__init__(data)

    def _start(self, listen: str) -> "subprocess.Popen[str]":
        begin = "import sys\nfrom miaohui.relay import cli\n"
        if self.imaged:
            begin += "cli.memoryimage.leave_none = lambda: None\n"
        with self.log.open("a") as log:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-X", "faulthandler", "-c"),
                    f"{begin}sys.exit(cli.main(sys.argv[1:]))",
                    *("serve", "--new", "--practice", "--data", str(self.data), "--listen", listen),
                    *("--review-after", "0"),
                ],
                cwd=self.data.parent,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                preexec_fn=allow_images,
            )
        assert process.stdout is not None
        self.url = str(json.loads(process.stdout.readline())["url"])
        return process


def allow_images() -> None:
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))


def crash(relay: Crashing, outcome: Outcome) -> None:
    """The relay dies of a broken memory access with people's words in its memory."""
    limits = Path(f"/proc/{relay.pid}/limits").read_text()
    row = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    outcome.check("no memory image is allowed", holds=row.split()[4] == "0", example=row)
    os.kill(relay.pid, signal.SIGSEGV)
    relay._process.wait()
    dump = relay.log.read_bytes()
    outcome.check("a crash leaves its trace", holds=b"Segmentation fault" in dump)
    canaries = {"words": WORDS, "password": PASSWORD}
    look(outcome, "crash files", [("trace", dump)], canaries)
    images = [path for path in relay.data.parent.iterdir() if path.name.startswith("core")]
    look(outcome, "crash files", ((each.name, each.read_bytes()) for each in images), canaries)
    for image in images:
        image.unlink()


def crash_window(folder: Path, outcome: Outcome) -> None:
    """The window, as somebody starts it, may not leave one either."""
    app = subprocess.Popen(
        [sys.executable, "-m", "miaohui", "--data", str(folder / "window")],
        cwd=folder,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=allow_images,
    )
    try:
        limits = Path(f"/proc/{app.pid}/limits")
        for _ in range(600):
            if (folder / "window" / "app.lock").exists() or app.poll() is not None:
                break
            time.sleep(0.05)
        lines = limits.read_text().splitlines() if app.poll() is None else []
        row = next((line for line in lines if line.startswith("Max core file size")), "it ended")
        outcome.check("no memory image is allowed", holds=row.split()[-3] == "0", example=row)
        app.send_signal(signal.SIGSEGV)
        app.wait()
        images = [path.name for path in folder.iterdir() if path.name.startswith("core")]
        outcome.check("a crashed window leaves no image", holds=not images, example=str(images))
    finally:
        app.kill()
        app.wait()


async def ended(anna: Person, session: str) -> None:
    from miaohui.wire.sessions import End

    await anna.client.ask(End(id=anna.client.new_id(), session=session, now=True))
    await anna.until(lambda: bool(getattr(anna.client.session(session), "receipt_sound", 0)))


def look(
    outcome: Outcome,
    where: str,
    places: "Iterator[tuple[str, bytes]] | list[tuple[str, bytes]]",
    canaries: dict[str, str],
) -> None:
    outcome.expect(where)
    for name, data in places:
        found = holds_any(data, canaries)
        outcome.check(where, holds=not found, example=f"{name} holds the {found}")


def usual(certificate: Path, key: Path) -> ssl.SSLContext:
    """A context with Python's own settings."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


async def scan(folder: Path, outcome: Outcome, *, planted: bool, every: int = 1) -> None:
    """One handshake for every version, cipher and curve that this machine knows."""
    cert, key = tls.certificate(folder)
    with (
        mock.patch.object(relay_tls, "server_context", usual)
        if planted
        else contextlib.nullcontext()
    ):
        served = relay_tls.ServerTls(cert, key)
    relay = await Relay.start(Options(data=folder / "tls-relay", tls=served))
    try:
        found = await asyncio.to_thread(lambda: list(tls.findings(relay.port, every=every)))
    finally:
        await relay.stop()
    for what, holds, seen in found:
        outcome.check(f"TLS {what.split()[0]}s", holds=holds, example=f"{what}: {seen}")


def run(seed: int, count: int, *, planted: bool) -> Outcome:
    del seed
    outcome = Outcome()
    if not sys.platform.startswith("linux"):
        outcome.impossible = "no /proc to read command lines and environments from"
        return outcome
    ears = Ears()
    root = logging.getLogger()
    before, level = keyring.get_keyring(), root.level
    keyring.set_keyring(Box())
    root.addHandler(ears)
    root.setLevel(logging.DEBUG)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "home").mkdir()
        relay = Crashing(folder / "relay", imaged=planted)
        try:
            with unlocked() if planted else contextlib.nullcontext():
                asyncio.run(at_work(relay, folder / "home", outcome, count))
            crash(relay, outcome)
            if count > SHORT:
                crash_window(folder, outcome)
            every = 1 if count > SHORT else 6
            asyncio.run(scan(folder, outcome, planted=planted, every=every))
        finally:
            relay.stop()
            root.removeHandler(ears)
            root.setLevel(level)
            keyring.set_keyring(before)
        words = {"words": WORDS, "password": PASSWORD}
        look(outcome, "the app's log, all of it", [("log", "\n".join(ears.lines).encode())], words)
    return outcome
