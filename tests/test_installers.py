"""What goes into the packaged app, without packaging it: licences, files of the desktop, sizes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from installers import appimage, completions, freeze
from installers.tree import HERE, METAINFO, lay

from miaohui import __version__, licences
from miaohui.cli import COMMANDS, main
from miaohui.desktop.system.bus_notifications import DESKTOP_ENTRY
from miaohui.runtime import frozen


def test_every_part_has_a_licence_and_its_text() -> None:
    found = list(licences.installed())
    names = [part.name for part in found]
    assert names[:2] == ["Miaohui", "Python"]
    assert {"PySide6_Essentials", "cryptography", "ICU", "SQLCipher", "libsndfile"} <= set(names)
    (sound,) = (part for part in found if part.name == "libsndfile")
    assert "LESSER GENERAL PUBLIC" in licences.text_of(sound)
    assert len(set(names)) == len(names)
    for part in found:
        assert part.licence, part.name
        assert len(licences.text_of(part)) > 200, part.name
        assert not os.path.isabs(part.licence)


def test_written_licences_are_read_again(tmp_path: Path) -> None:
    found = list(licences.installed())
    licences.write(tmp_path, found)
    told = json.loads((tmp_path / licences.INDEX).read_text("utf-8"))
    assert [one["name"] for one in told] == [part.name for part in found]
    for one in told:
        assert one["texts"]
        assert all((tmp_path / text).read_bytes() for text in one["texts"])
    assert str(Path(sys.prefix)) not in (tmp_path / licences.INDEX).read_text("utf-8")


def test_licences_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["licences"]) == 0
    assert "PySide6_Essentials" in capsys.readouterr().out
    assert main(["licences", "sqlcipher"]) == 0
    assert "ZETETIC" in capsys.readouterr().out
    assert main(["licences", "nothing-of-the-kind"]) == 2


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("libgtk-3.so.0", False),
        ("libglib-2.0.so.0", False),
        ("libpython3.11.so.1.0", True),
        ("libxcb-cursor.so.0", True),
        ("libX11.so.6", False),
        ("PySide6/Qt/lib/libQt6Core.so.6", True),
        ("PySide6/Qt/lib/libQt6Qml.so.6", False),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqvnc.so", False),
        ("PySide6/Qt/plugins/platforminputcontexts/libcomposeplatforminputcontextplugin.so", True),
        ("PySide6/Qt/plugins/platforminputcontexts/libibusplatforminputcontextplugin.so", True),
        ("PySide6/Qt/translations/qtbase_zh_CN.qm", True),
        ("PySide6/Qt/translations/qtbase_de.qm", False),
        ("PySide6\\plugins\\platforms\\qwindows.dll", True),
        ("matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf", True),
        ("matplotlib/mpl-data/fonts/ttf/cmr10.ttf", False),
        ("matplotlib/tests/baseline.svg", False),
        ("numpy.libs/libscipy_openblas64_-32a4b2a6.so", True),
        ("pillow.libs/libXau-154567c4.so.6.0.0", True),
    ],
)
def test_what_goes_into_the_app(name: str, *, wanted: bool) -> None:
    assert freeze.is_wanted(name) is wanted


def test_children_get_the_callers_library_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/the/apps/own")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/the/callers")
    frozen.hand_back_library_path()
    assert os.environ["LD_LIBRARY_PATH"] == "/the/callers"
    assert "LD_LIBRARY_PATH_ORIG" not in os.environ
    frozen.hand_back_library_path()
    assert os.environ["LD_LIBRARY_PATH"] == "/the/callers"  # not frozen: it is the caller's anyway
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    frozen.hand_back_library_path()
    assert "LD_LIBRARY_PATH" not in os.environ


def test_a_frozen_apps_fonts_stay_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLCONFIGDIR", "/new/each/time")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    frozen.keep_font_list()
    assert os.environ["MPLCONFIGDIR"] == "/new/each/time"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    frozen.keep_font_list()
    assert Path(os.environ["MPLCONFIGDIR"]).is_dir()
    assert os.environ["MPLCONFIGDIR"] != "/new/each/time"


def test_the_desktops_files_fit_the_app() -> None:
    entry = (HERE / "miaohui.desktop").read_text("utf-8")
    assert (HERE / f"{DESKTOP_ENTRY}.desktop").is_file()
    assert "Exec=miaohui %u" in entry
    assert "x-scheme-handler/miaohui" in entry
    about = METAINFO.read_text("utf-8")
    assert f"<id>{freeze.IDENTIFIER}</id>" in about
    assert f'<release version="{__version__}"' in about
    page = (HERE / "miaohui.1").read_text("utf-8")
    assert f"Miaohui {__version__}" in page
    for name in COMMANDS:
        assert f"\n.B {name}" in page, name


@pytest.mark.parametrize(
    ("tool", "file"),
    [("desktop-file-validate", HERE / "miaohui.desktop"), ("appstreamcli", METAINFO)],
)
def test_the_desktops_own_checkers_agree(tool: str, file: Path) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    more = ["validate", "--no-net"] if tool == "appstreamcli" else []
    done = subprocess.run([tool, *more, str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_completions_know_every_command() -> None:
    for text in (completions.bash(), completions.zsh(), completions.fish()):
        for name in COMMANDS:
            assert name in text
    if shutil.which("bash"):
        asked = "COMP_WORDS=(miaohui fig); COMP_CWORD=1; _miaohui; echo ${COMPREPLY[@]}"
        script = f"{completions.bash()}\n{asked}"
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
        assert (done.stdout, done.stderr) == ("figures\n", "")


def test_a_package_lays_the_app_and_what_the_desktop_finds(tmp_path: Path) -> None:
    app = tmp_path / "app"
    (app / "_internal").mkdir(parents=True)
    (app / "miaohui").write_text("#!/bin/sh\necho it\n", encoding="utf-8")
    (app / "miaohui").chmod(0o755)
    root = tmp_path / "root"
    lay(app, root)
    done = subprocess.run([root / "usr/bin/miaohui"], capture_output=True, text=True, check=True)
    assert done.stdout == "it\n"
    share = root / "usr/share"
    for place in (
        "applications/miaohui.desktop",
        f"metainfo/{METAINFO.name}",
        "icons/hicolor/scalable/apps/miaohui.svg",
        "icons/hicolor/48x48/apps/miaohui.png",
        "man/man1/miaohui.1.gz",
        "bash-completion/completions/miaohui",
        "doc/miaohui/copyright",
    ):
        assert (share / place).stat().st_mode & 0o777 == 0o644, place


def test_an_appimage_says_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(appimage.RUNTIME, raising=False)
    assert "runtime" in appimage.lack()
    monkeypatch.setenv(appimage.RUNTIME, str(tmp_path / "none"))
    assert "none" in appimage.lack()
    (tmp_path / "none").write_bytes(b"#!/bin/sh\nexit\n")
    assert "no AppImage runtime" in appimage.lack()
