"""The licences of everything that the app is made of: its packages, Python, Qt, system libraries.

A frozen app carries them as files beside its other resources (``licences/index.json`` and one text
a part), written by `dev.py build`; elsewhere they are read from the installed packages.
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from miaohui import __version__, resources

__all__ = ["Part", "installed", "main", "parts", "text_of", "write"]

INDEX: Final = "index.json"
_FILE: Final = re.compile(r"(licen[cs]e|copying|notice|authors|copyright)", re.IGNORECASE)
# Wheels that carry no text of their licence: by what they declare, a text from resources/licences.
_PLAIN: Final = {
    "pyside6-essentials": ("Qt.txt", "LGPL-3.0.txt", "GPL-3.0.txt"),
    "shiboken6": ("Qt.txt", "LGPL-3.0.txt", "GPL-3.0.txt"),
}
_EXTRAS: Final = ("desktop",)
_OUR_OWN: Final = "miaohui"
_NO_NAME: Final = re.compile(r"copyright|licen[cs]e agreement|\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that the app is made of. ``licence``: as its own makers call it; ``texts``: files
    of a frozen app's licences, or full paths."""

    name: str
    version: str
    licence: str
    texts: tuple[str, ...]


# What wheels carry inside without its text, by the wheel.
_INSIDE: Final = {
    "cryptography": Part("OpenSSL", "", "Apache-2.0", ("Apache-2.0.txt",)),
    "pyside6-essentials": Part("ICU", "", "Unicode-3.0", ("ICU.txt",)),
    "sqlcipher3-wheels": Part("SQLCipher", "", "BSD-3-Clause", ("SQLCipher.txt",)),
}
# ... and with its text, apart from the wheel's own: where it lies there.
_INSIDE_WITH_TEXT: Final = {
    "soundfile": (Part("libsndfile", "", "LGPL-2.1", ()), "_soundfile_data/COPYING"),
}


@cache
def parts() -> tuple[Part, ...]:
    """Everything in this app, by name; ours first, then Python."""
    index = resources.path("licences", INDEX)
    if index.is_file():
        found = json.loads(index.read_bytes())
        return tuple(Part(**{**one, "texts": tuple(one["texts"])}) for one in found)
    return tuple(installed())


def text_of(part: Part) -> str:
    """All of its texts, one after the other."""
    folder = resources.path("licences")
    texts = ((folder / one).read_text("utf-8", "replace").strip() for one in part.texts)
    return "\n\n\n".join(texts) or part.licence


def installed() -> Iterator[Part]:
    """The parts of the Python that runs."""
    yield Part("Miaohui", __version__, "Apache-2.0", ("Apache-2.0.txt",))
    version = ".".join(map(str, sys.version_info[:3]))
    yield Part("Python", version, "PSF-2.0", _pythons())
    needed = _needed()
    inside = [part for name, part in _INSIDE.items() if name in needed]
    inside += [
        replace(part, texts=(str(distribution(name).locate_file(text)),))
        for name, (part, text) in _INSIDE_WITH_TEXT.items()
        if name in needed
    ]
    packages = [
        Part(found.name, found.version, _named(found), _licence_files(found))
        for found in map(distribution, needed)
    ]
    yield from sorted([*packages, *inside], key=lambda part: part.name.lower())


def write(folder: Path, found: Sequence[Part]) -> None:
    """Copies the texts into ``folder``, with the index that a frozen app reads."""
    folder.mkdir(parents=True, exist_ok=True)
    told = []
    for part in found:
        names = []
        for number, text in enumerate(part.texts):
            name = re.sub(r"[^A-Za-z0-9.+-]+", "-", f"{part.name}-{number}.txt")
            source = resources.path("licences") / text
            (folder / name).write_bytes(source.read_bytes())
            names.append(name)
        told.append({**asdict(part), "texts": names})
    text = json.dumps(told, ensure_ascii=False, indent=1)
    (folder / INDEX).write_text(text + "\n", encoding="utf-8", newline="\n")


def main(arguments: Sequence[str]) -> int:
    """`miaohui licences [NAME]`: all parts, or the texts of one."""
    from miaohui.runtime.arguments import ASKED_WRONGLY, Parser, complain
    from miaohui.runtime.terminal import speaker

    say = speaker()
    parser = Parser(prog="miaohui licences")
    parser.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help=say("只看这一个的全文", "the whole text of this one"),
    )
    try:
        asked = parser.parse_args(list(arguments)).name
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ASKED_WRONGLY
    found = parts()
    if asked is None:
        width = max(len(part.name) for part in found)
        for part in found:
            print(f"{part.name:<{width}}  {part.version}  {part.licence}")
        return 0
    for part in found:
        if part.name.lower() == asked.lower():
            print(text_of(part))
            return 0
    complain("miaohui licences", say(f"里面没有 {asked}", f"there is no {asked} in it"))
    return ASKED_WRONGLY


def _known(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _needed() -> set[str]:
    """The names of all packages that the window needs and that are there."""
    from packaging.requirements import Requirement

    seen: set[tuple[str, str]] = set()
    todo = [(_OUR_OWN, ""), *((_OUR_OWN, extra) for extra in _EXTRAS)]
    while todo:
        one = todo.pop()
        if one in seen or not _known(one[0]):
            continue
        seen.add(one)
        for text in distribution(one[0]).requires or ():
            wanted = Requirement(text)
            if wanted.marker is None or wanted.marker.evaluate({"extra": one[1]}):
                todo += [(_normal(wanted.name), extra) for extra in ("", *wanted.extras)]
    return {name for name, _ in seen} - {_OUR_OWN}


def _named(found: Distribution) -> str:
    """The licence's short name: as declared, else as classified, else the text's first line."""
    told = found.metadata
    kinds = (one for one in told.get_all("Classifier") or () if one.startswith("License ::"))
    texts = _licence_files(found)
    first = (resources.path("licences") / texts[0]).read_text("utf-8", "replace") if texts else ""
    said = (
        *(told.get_all("License-Expression") or ()),
        *(told.get_all("License") or ()),
        ", ".join(one.rpartition(" :: ")[2] for one in kinds),
        first,
    )
    lines = (one.strip().splitlines()[0].strip() for one in said if one and one.strip())
    return next((one for one in lines if len(one) <= 60 and not _NO_NAME.match(one)), "")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _licence_files(found: Distribution) -> tuple[str, ...]:
    """The texts that lie in its metadata; of a wheel without one, ours."""
    inside = (one for one in found.files or () if ".dist-info" in one.parts[0])
    texts = [
        str(found.locate_file(one))
        for one in inside
        if (_FILE.search(one.name) or "licenses" in one.parts) and one.suffix != ".py"
    ]
    return tuple(texts) or _PLAIN.get(_normal(found.name), ())


def _pythons() -> tuple[str, ...]:
    import sysconfig

    places = [Path(sysconfig.get_paths()["stdlib"]), Path(sys.base_prefix)]
    found = [place / name for place in places for name in ("LICENSE.txt", "LICENSE")]
    return tuple(str(one) for one in found if one.is_file())[:1]
