"""A relay's log: lines with ids, and never a word, a name, a password or a token of anybody's."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.client.world import RelayProcess, opened, person

from miaohui.client.port import Refused

CANARIES = ("kanarienvogel", "gelbes-lied-9431", "安静的秘密句子", "hund-und-katze-77")


class Chatty(RelayProcess):
    """With everything in its log, which lies in a file beside its folder."""

    def __init__(self, data: Path, form: str) -> None:
        self.form, self.lines = form, data.parent / "log"
        super().__init__(data)

    def _start(self, listen: str) -> "subprocess.Popen[str]":
        words = ["relay", "serve", "--new", "--practice", "--data", str(self.data)]
        words += ["--listen", listen, "--log-level", "debug", "--log-format", self.form]
        with self.lines.open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "miaohui", *words],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert process.stdout is not None
        self.url = str(json.loads(process.stdout.readline())["url"])
        return process


@pytest.mark.parametrize("form", ["json", "text"])
def test_the_log_has_ids_and_no_words(form: str, tmp_path: Path) -> None:
    relay = Chatty(tmp_path / "relay", form)

    async def story() -> None:
        name, password, text, wrong = CANARIES
        invite = await asyncio.to_thread(relay.invite_responder)
        async with person(relay.url) as anna, person(relay.url) as bo:
            for one in (anna, bo):
                await one.until(lambda o=one: o.client.view.link.state == "live")  # type: ignore[misc]
            with pytest.raises(Refused):
                await anna.client.sign_in(name, wrong)
            await anna.client.sign_up(name, password, name)
            await bo.client.sign_up("xiaobo", password, "小波", invite)
            session = await opened(anna, bo)
            anna.client.send_text(session, text)
            await bo.until(lambda: text in bo.texts(session))

    try:
        asyncio.run(story())
    finally:
        relay.stop()
    said = relay.lines.read_text()
    for canary in CANARIES:
        assert canary not in said
    lines = [line for line in said.splitlines() if "a sign-in was refused" in line]
    assert len(lines) == 1
    assert "wrong_credentials" in lines[0]
    if form == "json":
        every = [json.loads(line) for line in said.splitlines()]
        assert {"ts", "level", "logger", "message"} <= set.intersection(*map(set, every))
        told = json.loads(lines[0])
        assert told["level"] == "warning"
        assert told["connection"] > 0
        assert len(told["command"]) == 36
    else:
        assert "connection=" in lines[0]
