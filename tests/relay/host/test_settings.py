"""A host's settings file: what it says holds, at once on a reload; what is unsound changes nothing."""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from miaohui.relay import cli
from miaohui.relay.host.server import Options, Relay
from miaohui.relay.host.settings import FLAGS, HostSettings, SettingsFault, read
from miaohui.relay.net.admission import USUAL
from miaohui.relay.net.origin import network


def test_what_it_says_holds_and_the_rest_is_as_usual(tmp_path: Path) -> None:
    file = tmp_path / "relay.toml"
    file.write_text(
        'trusted_proxy = ["10.0.0.0/8", "::1"]\nlog_level = "info"\n'
        "[limits]\nguests = 20\nmembers_per_second = 12.5\n"
    )
    assert read(file) == HostSettings(
        proxies=(network("10.0.0.0/8"), network("::1")),
        log_level="info",
        admission=replace(USUAL, guests=20, members_per_second=12.5),
    )
    file.write_text("")
    assert read(file) == HostSettings()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("trusted_proxies = []", "'trusted_proxy'?"),
        ('trusted_proxy = "10.0.0.0/8"', "list"),
        ('trusted_proxy = ["10.0.0.0/80"]', "10.0.0.0/80"),
        ('log_level = "loud"', "debug"),
        ("[limits]\nguest = 3", "'guests'?"),
        ("[limits]\nguests = 0", "above 0"),
        ("[limits]\nguests = true", "above 0"),
        ("[limits]\nguests = 1.5", "above 0"),
        ("[limits]\nknocks = 3", "no setting"),
        ("limits = 3", "table"),
        ("guests =", "Invalid"),
        ("listen = 8443", "a text"),
        ("keep_words = true", "a number"),
        ('practice = "yes"', "true or false"),
        ("keep_word = 3", "'keep_words'?"),
    ],
)
def test_what_is_unsound_is_named(tmp_path: Path, text: str, word: str) -> None:
    file = tmp_path / "relay.toml"
    file.write_text(text)
    with pytest.raises(SettingsFault, match=r"relay\.toml") as fault:
        read(file)
    assert word in str(fault.value)


def test_a_reload_changes_a_running_relay_and_an_unsound_file_does_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def script() -> None:
        file = tmp_path / "relay.toml"
        relay = await Relay.start(Options(data=tmp_path / "relay", settings=file))
        try:
            assert not relay.proxies
            file.write_text('trusted_proxy = ["10.0.0.1"]\n[limits]\nguests = 7\n')
            relay.reload()
            assert relay.proxies.origin("10.0.0.1", ["203.0.113.9"]).host == "203.0.113.9"
            assert relay.ledger.most_guests == 7
            file.write_text("guests = 1")
            relay.reload()
            assert relay.ledger.most_guests == 7
        finally:
            await relay.stop()

    (tmp_path / "relay.toml").write_text("")
    with caplog.at_level(logging.ERROR):
        asyncio.run(script())
    assert "no setting 'guests'" in caplog.text


def test_every_option_may_stand_in_the_file() -> None:
    _, serve = cli._parser()
    options = {each.dest for each in serve._actions} - {"help", "settings"}
    assert options == {*FLAGS, "trusted_proxy", "log_level"}


def test_the_command_line_goes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "relay.toml"
    file.write_text('data = "/srv/miaohui"\nname = "晚风"\nkeep_words = 30\nlisten = "[::1]:1"\n')
    given = cli._read(["serve", "--settings", str(file), "--keep-words", "7"])
    assert (given.data, given.name) == (Path("/srv/miaohui"), "晚风")
    assert (given.keep_words, given.listen, given.log_format) == (7, "[::1]:1", "text")
