"""`python -m installers trial APP`, or `packages`: what `dev.py build` and `dev.py package` do after
PyInstaller.

`packages` makes a .deb and an AppImage of dist/miaohui and starts each. What a machine lacks for a
step is said in a sentence; the other steps are done.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from installers import appimage, deb
from installers.freeze import BUILD, ROOT
from installers.tree import HERE, METAINFO, lay
from installers.trial import Trial, TrialFailed, has_screen, home

DIST = ROOT / "dist"
APP = DIST / "miaohui"
NAME = "miaohui.exe" if sys.platform == "win32" else "miaohui"
MEBI = 1024 * 1024


def main(arguments: list[str]) -> int:
    try:
        if arguments == ["trial"]:
            trial("the frozen app", [str(APP / NAME)])
            say(f"its folder: {_size(APP):.0f} MB")
            return 0
        if arguments == ["packages"]:
            packages()
            return 0
    except TrialFailed as failed:
        say(str(failed))
        return 1
    except subprocess.CalledProcessError as failed:
        say(f"{failed.cmd[0]} ended with {failed.returncode}; its own words are above")
        return 1
    say("python -m installers trial | packages")
    return 2


def packages() -> None:
    if not (APP / NAME).is_file():
        raise TrialFailed("there is no dist/miaohui yet: `dev.py build` makes it")
    validate()
    root = BUILD / "root"
    lay(APP, root)
    if deb.can_build():
        made = deb.build(root, DIST)
        say(f"{made.relative_to(ROOT)}: {made.stat().st_size / MEBI:.0f} MB")
        unpacked = BUILD / "deb"
        shutil.rmtree(unpacked, ignore_errors=True)
        subprocess.run(["dpkg-deb", "--extract", str(made), str(unpacked)], check=True)
        trial("the .deb", [str(unpacked / "usr/bin/miaohui")])
        shutil.rmtree(unpacked)
    else:
        say("no .deb: dpkg-deb is not here")
    lacking = appimage.lack()
    if lacking:
        say(f"no AppImage: {lacking}")
        return
    made = appimage.build(root, DIST)
    say(f"{made.relative_to(ROOT)}: {made.stat().st_size / MEBI:.0f} MB")
    # Without FUSE, as in a container, the runtime unpacks itself first.
    trial("the AppImage", [str(made), "--appimage-extract-and-run"])


def validate() -> None:
    """The desktop's own checkers, where they are."""
    for command in (
        ["desktop-file-validate", str(HERE / "miaohui.desktop")],
        ["appstreamcli", "validate", "--no-net", str(METAINFO)],
    ):
        if shutil.which(command[0]):
            subprocess.run(command, check=True)
        else:
            say(f"{command[0]} is not here, so {Path(command[-1]).name} goes unchecked")


def trial(what: str, command: list[str]) -> None:
    with home() as folder:
        one = Trial(command, folder)
        one.words()
        found = one.off_screen()
        took, worked = found["first_picture_ms"] / 1000, found["first_picture_work_ms"] / 1000
        say(f"{what}: a report's first picture after {took:.2f} s, {worked:.2f} s of them work")
        if has_screen():
            found = one.on_screen()
            say(f"{what}: its window comes and goes, and a dead key types {found['typed']}")
        else:
            say(f"{what}: not tried on a screen, for which Xvfb and xdotool are needed")


def _size(folder: Path) -> float:
    return sum(one.lstat().st_size for one in folder.rglob("*") if one.is_file()) / MEBI


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
