"""``miaohui relay serve``: what it refuses, and a real process from ready to stopped."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.torture import tls

from miaohui.relay.cli import main
from miaohui.relay.storage.keys import KeyFault, load_key


@pytest.mark.parametrize(
    "extra",
    [
        ["--listen", "0.0.0.0:0"],
        ["--listen", "nowhere"],
        ["--listen", "127.0.0.1:99999"],
        ["--tls-cert", "x"],
        ["--tls-cert", "x", "--tls-key", "y"],
        ["--review-after", "-1"],
        ["--listen", "0.0.0.0:0", "--practice"],
        ["--trusted-proxy", "nobody"],
        ["--trusted-proxy", "10.0.0.0/40"],
        ["--ops", "0.0.0.0:9464"],
        ["--ops", "9464"],
        ["--settings", "missing.toml"],
        ["--price-floor", "101"],
        ["--price-floor", "-1"],
        ["--keep-words", "-1"],
    ],
)
def test_what_is_asked_wrongly_gets_one_sentence(
    extra: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--data", str(tmp_path / "d"), *extra]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("miaohui relay: ")
    assert said.err.count("\n") == 1
    assert not (tmp_path / "d").exists()


def test_a_typing_error_makes_no_new_relay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "letter.txt").write_text("x")
    for folder in ("srv-typo", "else"):
        assert main(["serve", "--data", str(tmp_path / folder)]) == 2
        assert "--new" in capsys.readouterr().err
    assert not (tmp_path / "srv-typo").exists()
    assert [each.name for each in (tmp_path / "else").iterdir()] == ["letter.txt"]


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["serve"],
        ["nonsense"],
        ["serve", "--data", "d", "--review-after", "soon"],
        ["admin"],
        ["admin", "--data", "d", "put-offer", "shop", "ten", "100"],
        ["backup", "--data", "d"],
        ["restore"],
    ],
)
def test_what_no_command_line_is_gets_one_sentence(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("miaohui relay")
    assert said.err.count("\n") == 1


def test_a_certificate_that_is_none_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cert.pem").write_text("no certificate")
    for key, words in (
        ("cert.pem", "no certificate with its key"),
        ("key.pem", "key.pem: No such"),
    ):
        tls = ["--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / key)]
        assert main(["serve", "--data", str(tmp_path / "d"), *tls]) == 2
        assert words in capsys.readouterr().err


@pytest.fixture
def served(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A relay process on ``tmp_path / "d"``, killed at the end whatever came of it."""
    command = [
        sys.executable,
        "-m",
        "miaohui",
        "relay",
        "serve",
        "--new",
        "--data",
        str(tmp_path / "d"),
    ]
    with subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def ready_line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    said: dict[str, Any] = json.loads(process.stdout.readline())
    return said


def test_it_says_when_it_is_ready_and_stops_when_told(
    tmp_path: Path, served: subprocess.Popen[str]
) -> None:
    ready = ready_line(served)
    assert ready["ready"] is True
    assert ready["pid"] == served.pid
    assert ready["url"].startswith("ws://127.0.0.1:")
    served.send_signal(signal.SIGTERM)
    assert served.wait(20) == 0
    assert (tmp_path / "d" / "relay.key").stat().st_mode & 0o077 == 0
    assert load_key(tmp_path / "d" / "relay.key").key_id == ready["key_id"]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGHUP there")
def test_it_reads_its_settings_anew_when_told_and_lives_on(tmp_path: Path) -> None:
    settings, (certificate, key) = tmp_path / "relay.toml", tls.certificate(tmp_path)
    settings.write_text("[limits]\nguests = 3\n")
    command = [
        sys.executable,
        "-m",
        "miaohui",
        "relay",
        "serve",
        "--new",
        "--data",
        str(tmp_path / "d"),
    ]
    command += ["--listen", "127.0.0.1:0", "--settings", str(settings)]
    command += ["--tls-cert", str(certificate), "--tls-key", str(key), "--ops", "127.0.0.1:0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            ready = ready_line(process)
            assert ready["ops"].startswith("http://127.0.0.1:")
            assert process.stderr is not None
            process.send_signal(signal.SIGHUP)
            assert "the certificate was read anew" in process.stderr.readline()
            settings.write_text("[limits]\nguest = 3\n")
            process.send_signal(signal.SIGHUP)
            assert "did not" not in (said := process.stderr.readline())
            assert "no setting 'guest': 'guests'?" in said
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        finally:
            process.kill()


def test_a_folder_has_one_relay_at_a_time(tmp_path: Path, served: subprocess.Popen[str]) -> None:
    ready_line(served)
    again = subprocess.run(served.args, capture_output=True, text=True, check=False)
    assert again.returncode == 2
    assert again.stderr == f"miaohui relay: another relay serves {tmp_path / 'd'}\n"


def test_the_next_relay_waits_for_one_that_is_stopping(
    tmp_path: Path, served: subprocess.Popen[str]
) -> None:
    ready_line(served)
    with subprocess.Popen(served.args, stdout=subprocess.PIPE, text=True) as following:
        served.send_signal(signal.SIGTERM)
        assert ready_line(following)["ready"] is True
        assert served.wait(20) == 0
        following.kill()


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "relay.key"
    load_key(path)
    path.chmod(0o644)
    with pytest.raises(KeyFault, match="0600"):
        load_key(path)
    path.chmod(0o600)
    path.write_bytes(b"no key")
    with pytest.raises(KeyFault):
        load_key(path)
