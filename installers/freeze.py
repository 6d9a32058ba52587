"""What build.spec takes from the checkout: the version, the icon, the licences, and which of the
libraries that PyInstaller found go into the app."""

import importlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from miaohui import __version__, licences

__all__ = [
    "ICON",
    "IDENTIFIER",
    "LICENCES",
    "VERSION",
    "add_system_libraries",
    "is_wanted",
    "prepare",
    "strip",
    "windows_version",
]

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "app"
ICON = BUILD / "miaohui.png"
LICENCES = BUILD / "licences"
VERSION = __version__
IDENTIFIER = "org.miaohui.Miaohui"

# Not ours to bring along: the desktop's toolkit (Qt's plugin for it takes the desktop's own, or
# none), what must fit the machine's drivers, and what no page of ours uses.
_UNWANTED = re.compile(
    r"(^|/)lib(gtk-3|gdk-3|gdk_pixbuf|atk-|atk-bridge|atspi|cairo|pango|pixman|epoxy|harfbuzz-|harfbuzz\.so"
    r"|fribidi|datrie|thai|graphite2|glib-2|gobject-2|gio-2|gmodule-2|mount|blkid|selinux|systemd"
    r"|cap\.so|X11\.so|X11-xcb|xcb\.so|Xau|Xdmcp|Xcomposite|Xcursor|Xdamage|Xext|Xfixes|Xi|Xinerama"
    r"|Xrandr|Xrender|fontconfig|freetype|dbus-1|wayland-|GL|EGL|drm|gbm|stdc\+\+|gcc_s|ncursesw|tinfo"
    r"|rsvg|jbig|tiff|webp|lerc|deflate|avif|gcrypt|gpg-error|lz4\.so|readline)"
    r"|/plugins/(egldeviceintegrations|generic|sqldrivers|qmltooling|qmllint|designer|printsupport"
    r"|vectorimageformats|wayland-graphics-integration-server)/"
    r"|/plugins/platforms/libq(eglfs|linuxfb|minimal|minimalegl|vkkhrdisplay|vnc)\."
    r"|/plugins/imageformats/.*(pdf|tga|tiff|wbmp|icns)"
    r"|/plugins/platforminputcontexts/.*virtualkeyboard"
    r"|Qt6?(Qml|Quick|Pdf|VirtualKeyboard|3D|Sql|Test|PrintSupport|EglFS)"
    r"|/translations/(?!qt(base)?_zh_CN)"
    r"|mpl-data/(sample_data|images|plot_directive|fonts/(afm|pdfcorefonts|ttf/(?!DejaVuSans(-Bold)?\.ttf|LastResort)))"
    r"|(^|/)tests?/|\.(pyi|pxd|h|c|lib|a)$"
)
# Qt's own copies in the wheel stay, whatever their names.
_WHEELS = re.compile(
    r"\.libs/(?!libavif)|PySide6/Qt/lib/lib(icu|Qt6(Core|Gui|Widgets|Svg|Network|DBus))"
)


def is_wanted(name: str) -> bool:
    """``name``: the place in the app that PyInstaller has for it."""
    place = name.replace("\\", "/")
    return bool(_WHEELS.search(place)) or not _UNWANTED.search(place)


def strip(app: Path) -> None:
    """Takes the debugger's symbols out of the app's libraries, a quarter of its size on Linux. What
    a wheel's packer has moved about (`*.libs`, Qt) stays as it is: strip would break some of it."""
    tool = shutil.which("strip")
    if tool is None or not sys.platform.startswith("linux"):
        return
    for file in sorted(app.rglob("*.so*")):
        place = file.relative_to(app).as_posix()
        if file.is_file() and not file.is_symlink() and not re.search(r"\.libs/|PySide6/", place):
            subprocess.run([tool, "--strip-unneeded", str(file)], check=True)


def prepare() -> None:
    """Draws the icon and gathers the licences that build.spec names."""
    from installers.icon import draw

    draw(ROOT / "resources" / "icons" / "miaohui.svg", ICON, 1024)
    shutil.rmtree(LICENCES, ignore_errors=True)
    licences.write(LICENCES, list(licences.installed()))


def add_system_libraries(binaries: Iterable[tuple[str, str, str]]) -> None:
    """Adds the licences of the build machine's libraries that come along, by its packages."""
    found = list(licences.installed())
    found += _packages_of({Path(source).resolve() for _, source, _ in binaries})
    shutil.rmtree(LICENCES, ignore_errors=True)
    licences.write(LICENCES, found)


def _packages_of(files: set[Path]) -> list[licences.Part]:
    """Debian's packages of those files, with their texts; elsewhere none."""
    if not shutil.which("dpkg-query"):
        return []
    outside = sorted(str(one) for one in files if str(one).startswith(("/usr/lib", "/lib")))
    # dpkg knows a file by the name that it was installed under, which may be the one before /usr.
    names = outside + [one.removeprefix("/usr") for one in outside]
    asked = subprocess.run(
        ["dpkg-query", "--search", *names], capture_output=True, text=True, check=False
    )
    packages = {line.split(":")[0] for line in asked.stdout.splitlines()} if names else set()
    parts = []
    for name in sorted(packages):
        text = Path("/usr/share/doc", name, "copyright")
        told = subprocess.run(
            ["dpkg-query", "--show", "--showformat", "${Version}", name],
            capture_output=True,
            text=True,
            check=False,
        )
        texts = (str(text),) if text.is_file() else ()
        parts.append(licences.Part(name, told.stdout.strip(), "Debian", texts))
    return parts


def windows_version() -> Any:
    """The version as Windows' file properties show it."""
    info: Any = importlib.import_module("PyInstaller.utils.win32.versioninfo")
    figures = (*map(int, VERSION.split(".")[:3]), 0)
    strings = [
        info.StringStruct("ProductName", "Miaohui"),
        info.StringStruct("FileDescription", "Miaohui 秒回"),
        info.StringStruct("FileVersion", VERSION),
        info.StringStruct("ProductVersion", VERSION),
        info.StringStruct("LegalCopyright", "Apache-2.0"),
        info.StringStruct("OriginalFilename", "miaohui.exe"),
    ]
    return info.VSVersionInfo(
        ffi=info.FixedFileInfo(filevers=figures, prodvers=figures),
        kids=[
            info.StringFileInfo([info.StringTable("040904B0", strings)]),
            info.VarFileInfo([info.VarStruct("Translation", [0x0409, 0x04B0])]),
        ],
    )


if __name__ == "__main__":
    prepare()
    sys.exit(0)
