"""The tree of files that a Linux package lays under its root: the frozen app, and how the desktop
finds it."""

import gzip
import os
import shutil
from pathlib import Path

from installers import completions
from installers.freeze import IDENTIFIER, ROOT
from installers.icon import draw

__all__ = ["METAINFO", "lay"]

HERE = ROOT / "installers"
METAINFO = HERE / f"{IDENTIFIER}.metainfo.xml"
SIDES = (16, 24, 32, 48, 64, 128, 256, 512)  # pixels
PLACE = "usr/lib/miaohui"


def lay(app: Path, root: Path) -> None:
    """``app``: the folder that PyInstaller made; ``root``: a folder that is made anew."""
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(app, root / PLACE, symlinks=True)
    command = root / "usr/bin/miaohui"
    command.parent.mkdir(parents=True)
    command.symlink_to(Path("..", "lib", "miaohui", "miaohui"))
    share = root / "usr/share"
    _copy(HERE / "miaohui.desktop", share / "applications/miaohui.desktop")
    _copy(METAINFO, share / "metainfo" / METAINFO.name)
    svg = ROOT / "resources/icons/miaohui.svg"
    _copy(svg, share / "icons/hicolor/scalable/apps/miaohui.svg")
    for side in SIDES:
        draw(svg, share / f"icons/hicolor/{side}x{side}/apps/miaohui.png", side)
    page = gzip.compress((HERE / "miaohui.1").read_bytes(), mtime=0)
    _write(share / "man/man1/miaohui.1.gz", page)
    for place, text in (
        ("bash-completion/completions/miaohui", completions.bash()),
        ("zsh/vendor-completions/_miaohui", completions.zsh()),
        ("fish/vendor_completions.d/miaohui.fish", completions.fish()),
    ):
        _write(share / place, text.encode())
    _copy(ROOT / "LICENSE", share / "doc/miaohui/copyright")
    # Laid beside the app as well as shown in it.
    licences = Path("../../../lib/miaohui/_internal/miaohui/_resources/licences")
    (share / "doc/miaohui/licences").symlink_to(licences)
    for folder, _, files in os.walk(root):
        os.chmod(folder, 0o755)
        for name in files:
            file = Path(folder, name)
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)


def _copy(source: Path, target: Path) -> None:
    _write(target, source.read_bytes())


def _write(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
