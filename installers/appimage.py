"""An AppImage of the frozen app: the project's runtime, and a squashfs of the tree after it.

The runtime is a file that the AppImage project publishes; it is no package, so that whoever builds
brings it (MIAOHUI_APPIMAGE_RUNTIME names it), or appimagetool, which has its own.
"""

import os
import platform
import shutil
import subprocess
from pathlib import Path

from installers.freeze import VERSION

__all__ = ["build", "lack"]

RUNTIME = "MIAOHUI_APPIMAGE_RUNTIME"
MARK = b"AI\x02"  # at byte 8 of a runtime of the second type
START = """\
#!/bin/sh
exec "${APPDIR:-$(dirname "$(readlink -f "$0")")}/usr/bin/miaohui" "$@"
"""


def lack() -> str:
    """What is missing to build one; nothing where it can be built."""
    if shutil.which("appimagetool"):
        return ""
    runtime = os.environ.get(RUNTIME)
    if not runtime:
        return f"neither appimagetool nor a runtime ({RUNTIME}) is here"
    try:
        with open(runtime, "rb") as file:
            marked = file.read(11)[8:] == MARK
    except OSError as error:
        return f"{runtime}: {error.strerror}"
    if not marked:
        return f"{runtime} is no AppImage runtime"
    return "" if shutil.which("mksquashfs") else "mksquashfs (squashfs-tools) is missing"


def build(tree: Path, folder: Path) -> Path:
    """``tree``: an AppDir without its three links, which are made here."""
    for name, place in (
        ("miaohui.desktop", "usr/share/applications/miaohui.desktop"),
        ("miaohui.png", "usr/share/icons/hicolor/256x256/apps/miaohui.png"),
        (".DirIcon", "miaohui.png"),
    ):
        (tree / name).unlink(missing_ok=True)
        (tree / name).symlink_to(place)
    (tree / "AppRun").write_text(START, encoding="utf-8")
    (tree / "AppRun").chmod(0o755)
    target = folder / f"Miaohui-{VERSION}-{platform.machine()}.AppImage"
    target.unlink(missing_ok=True)
    if shutil.which("appimagetool"):
        command = ["appimagetool", "--no-appstream", str(tree), str(target)]
        env = {**os.environ, "ARCH": platform.machine()}
        subprocess.run(command, check=True, env=env, stdout=subprocess.DEVNULL)
        return target
    squash = folder / "miaohui.squashfs"
    squash.unlink(missing_ok=True)
    command = ["mksquashfs", str(tree), str(squash), "-root-owned", "-noappend", "-no-progress"]
    subprocess.run([*command, "-comp", "zstd"], check=True, stdout=subprocess.DEVNULL)
    with target.open("wb") as file:
        file.write(Path(os.environ[RUNTIME]).read_bytes())
        file.write(squash.read_bytes())
    squash.unlink()
    target.chmod(0o755)
    return target
