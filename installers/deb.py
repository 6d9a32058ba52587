"""A .deb of the frozen app, by dpkg-deb alone: nothing of it depends on Debian's Python or Qt."""

import platform
import shutil
import subprocess
from pathlib import Path

from installers.freeze import VERSION

__all__ = ["build", "can_build"]

# What the frozen app takes from the system: its loader's names, as Debian's packages have them.
DEPENDS = (
    "libc6 (>= 2.34)",
    *("libdbus-1-3", "libegl1", "libfontconfig1", "libfreetype6", "libgl1", "libglib2.0-0"),
    *("libstdc++6", "libwayland-client0", "libwayland-cursor0", "libwayland-egl1"),
    *("libx11-6", "libx11-xcb1", "libxcb1"),
)
RECOMMENDS = (
    *("fonts-noto-cjk", "gnome-keyring | kwalletmanager | keepassxc"),
    *("libportaudio2", "xdg-utils"),
)
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
AFTER = """\
#!/bin/sh
set -e
if command -v update-desktop-database >/dev/null; then
    update-desktop-database -q /usr/share/applications || true
fi
"""


def can_build() -> bool:
    return shutil.which("dpkg-deb") is not None and platform.machine() in ARCHITECTURES


def build(tree: Path, folder: Path) -> Path:
    """``tree``: what goes under /, which gets a DEBIAN folder; answers with the package's file."""
    architecture = ARCHITECTURES[platform.machine()]
    size = sum(one.lstat().st_size for one in tree.rglob("*") if one.is_file()) // 1024
    control = f"""\
Package: miaohui
Version: {VERSION}
Architecture: {architecture}
Maintainer: The Miaohui authors <nobody@miaohui.example>
Installed-Size: {size}
Depends: {", ".join(DEPENDS)}
Recommends: {", ".join(RECOMMENDS)}
Section: net
Priority: optional
Description: ten-second chat whose every wait is measured
 In a ten-second chat minutes are bought, and the other person promises to
 answer every message within ten seconds. Miaohui measures every wait by
 published rules, gives late time back at once, and keeps a signed receipt.
"""
    inside = tree / "DEBIAN"
    shutil.rmtree(inside, ignore_errors=True)
    inside.mkdir()
    (inside / "control").write_text(control, encoding="utf-8")
    for name in ("postinst", "postrm"):
        (inside / name).write_text(AFTER, encoding="utf-8")
        (inside / name).chmod(0o755)
    target = folder / f"miaohui_{VERSION}_{architecture}.deb"
    command = ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z9", "--build", str(tree), str(target)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(inside)
    return target
