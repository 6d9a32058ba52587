"""The libraries of the system that Qt needs, and the Debian package that has each.

Where one is missing Qt's own words name a file, or a plugin that would not load; a person needs the
name of what to install.
"""

import ctypes
import re

__all__ = ["PACKAGES", "first_missing", "named_in", "sentence"]

PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
# Qt's plugin for X11 loads these, and ends the whole process where one is missing.
X11 = tuple(name for name in PACKAGES if name.startswith(("libX11", "libxcb", "libxkb")))
_LIBRARY = re.compile(r"\b(lib[\w+-]+(?:\.\d+)*\.so(?:\.\d+)*)")


def sentence(library: str) -> tuple[str, str]:
    """That it is missing, and what to install, in Chinese and English."""
    package = PACKAGES.get(library)
    if package is None:
        return (f"这台电脑缺少 {library}", f"this machine lacks {library}")
    return (
        f"这台电脑缺少 {library}；在 Debian 和 Ubuntu 上请运行 sudo apt-get install {package}",
        f"this machine lacks {library}; on Debian and Ubuntu run sudo apt-get install {package}",
    )


def named_in(message: str) -> str:
    """The library that a loader's complaint is about; empty where it is about none."""
    found = _LIBRARY.search(message)
    return found[1] if found and "cannot open shared object file" in message else ""


def first_missing(libraries: tuple[str, ...] = X11) -> str:
    """The first that the loader does not find; empty where all are there."""
    for name in libraries:
        try:
            ctypes.CDLL(name)
        except OSError:
            return name
    return ""
