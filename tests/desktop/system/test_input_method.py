"""Chinese is typed: by what Qt is told before it starts, and by a real ibus and a real fcitx5."""

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.desktop.system.conftest import Start
from tests.desktop.system.sessionbus import appeared

from miaohui.desktop.system.input_method import InputMethod, of_services, variables

PROFILE = """[Groups/0]
Name=Default
Default Layout=us
DefaultIM=pinyin

[Groups/0/Items/0]
Name=pinyin
Layout=

[GroupOrder]
0=Default
"""
MEMCONF = "/usr/libexec/ibus-memconf"
WITHIN_S = 100  # or it hangs


@pytest.mark.parametrize(
    ("environ", "tried"),
    [
        ({}, "ibus"),
        ({"QT_IM_MODULE": "fcitx"}, "fcitx;ibus"),
        ({"QT_IM_MODULE": "fcitx5"}, "fcitx;ibus"),
        ({"QT_IM_MODULE": "xim"}, "ibus"),
        ({"QT_IM_MODULE": "ibus"}, "ibus"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "wayland;ibus"),
        ({"WAYLAND_DISPLAY": "wayland-0", "QT_IM_MODULE": "fcitx"}, "wayland;fcitx;ibus"),
    ],
)
def test_qt_tries_what_the_session_wants_and_then_ibus(environ: dict[str, str], tried: str) -> None:
    assert variables(environ, has_ibus=True) == {"QT_IM_MODULES": tried}


@pytest.mark.parametrize("said", ["none", "simple", "compose", "qtvirtualkeyboard", "wayland"])
def test_what_a_person_chose_stays(said: str) -> None:
    assert variables({"QT_IM_MODULE": said}, has_ibus=True) == {}
    assert variables({"QT_IM_MODULES": said}, has_ibus=True) == {}


def test_without_ibus_itself_its_plugin_looks_on_the_session_s_bus() -> None:
    assert variables({}, has_ibus=False)["IBUS_USE_PORTAL"] == "1"
    assert "IBUS_USE_PORTAL" not in variables({"IBUS_USE_PORTAL": "0"}, has_ibus=False)


def test_what_is_in_use_is_what_answers() -> None:
    told = {"QT_IM_MODULES": "fcitx;ibus"}
    both = frozenset({"org.fcitx.Fcitx5", "org.freedesktop.IBus"})
    assert of_services(both, told) is InputMethod.FCITX
    assert of_services(frozenset({"org.freedesktop.IBus"}), told) is InputMethod.IBUS
    assert of_services(frozenset(), told) is InputMethod.NONE
    assert of_services(both, {"QT_IM_MODULES": "compose"}) is InputMethod.NONE


HAS_FCITX = shutil.which("fcitx5") and Path("/usr/share/fcitx5/inputmethod/pinyin.conf").exists()
HAS_IBUS = (
    shutil.which("ibus-daemon")
    and Path("/usr/share/ibus/component/libpinyin.xml").exists()
    and Path(MEMCONF).exists()
)


# --- real ones ------------------------------------------------------------------------------------
@pytest.mark.skipif(not HAS_FCITX, reason="no fcitx5 with pinyin here")
@pytest.mark.parametrize("alone", [False, True], ids=["beside-ibus", "alone"])
async def test_fcitx5_types_chinese(
    desktop_session: dict[str, str], started: Start, tmp_path: Path, alone: bool
) -> None:
    _use_pinyin(desktop_session)
    async with appeared(desktop_session, "org.freedesktop.portal.IBus"):
        _quietly(
            started, desktop_session, "fcitx5", "--disable=wayland,clipboard,cloudpinyin,spell"
        )
    session = desktop_session | {"QT_IM_MODULE": "fcitx", "XMODIFIERS": "@im=fcitx"}
    if alone:  # as on a machine where nothing but fcitx5 was installed
        empty = tmp_path / "bin"
        empty.mkdir()
        session["PATH"] = str(empty)
    await _types(session, "fcitx")


@pytest.mark.skipif(not HAS_IBUS, reason="no ibus with libpinyin here")
async def test_ibus_types_chinese(desktop_session: dict[str, str], started: Start) -> None:
    async with appeared(desktop_session, "org.freedesktop.IBus"):
        _quietly(started, desktop_session, "ibus-daemon", "--panel", "disable", "--config", MEMCONF)
    # Its answer tells of the keyboard's layout, too, so it is asked again what it has.
    await _output(desktop_session, "ibus", "engine", "libpinyin")
    assert await _output(desktop_session, "ibus", "engine") == "libpinyin"
    await _types(desktop_session, "ibus")


def _use_pinyin(session: dict[str, str]) -> None:
    profile = Path(session["XDG_CONFIG_HOME"], "fcitx5", "profile")
    profile.parent.mkdir(parents=True)
    profile.write_text(PROFILE)


async def _output(session: dict[str, str], *command: str) -> str:
    running = await asyncio.create_subprocess_exec(
        *command, env=session, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    said, _ = await running.communicate()
    return said.decode().strip()


def _quietly(started: Start, session: dict[str, str], *command: str) -> None:
    started(*command, env=session, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


async def _types(session: dict[str, str], name: str) -> None:
    """Types "nihao" and a space into a box of the window's."""
    if shutil.which("xdotool") is None:
        pytest.skip("no xdotool here")
    box = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.desktop.system.imbox"),
        env=session | {"QT_QPA_PLATFORM": "xcb"},
        stdout=subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(WITHIN_S):
            window = (await _until(box, "window"))["window"]
            _press(session, "windowfocus", str(window))
            assert (await _until(box, "focus"))["in_use"] == name
            _press(session, "key", "--delay", "60", *"nihao")
            while (composed := await _until(box, "preedit"))["preedit"] not in ("ni hao", "你好"):
                assert composed["hint"] == ""
            assert composed["text"] == ""
            _press(session, "key", "space")
            written = await _until(box, "text")
        assert written["text"] == "你好"
        assert written["preedit"] == ""
    finally:
        box.kill()
        await box.communicate()


async def _until(box: asyncio.subprocess.Process, said: str) -> dict[str, Any]:
    """What the box says next where ``said`` is something."""
    assert box.stdout is not None
    while line := await box.stdout.readline():
        now: dict[str, Any] = json.loads(line)
        if now[said]:
            return now
    raise AssertionError("the box is gone")


def _press(session: dict[str, str], *keys: str) -> None:
    tool = shutil.which("xdotool")
    assert tool is not None
    subprocess.run([tool, *keys], env=session, check=True)
