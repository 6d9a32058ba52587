"""The lock: every pin of constraints.txt with its hashes and the systems that need it.

Run by `dev.py pins` when a pin has changed. The hashes come from the index that pip goes to.
"""

from __future__ import annotations

import json
import sys
import tomllib
import urllib.request
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.tags import Tag
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "constraints.txt"
LOCK = ROOT / "requirements.lock"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}
EXTRAS = ("", "desktop", "dev")
HEAD = """\
# Made by `dev.py pins` from constraints.txt and pyproject.toml; not to be edited.
# What only `dev.py mutate` needs ends with "# mutate".
"""
Place = tuple[str, str]
"""A Python's minor version and a system, as sys.platform has it."""

EVERYWHERE = frozenset((python, system) for python in PYTHONS for system in SYSTEMS)


def pinned() -> dict[str, str]:
    """The exact version of every package, by its name in normal form."""
    found: dict[str, str] = {}
    for line in PINS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, equals, version = line.partition("==")
            if not equals:
                raise SystemExit(f"constraints.txt: {line!r} pins nothing")
            found[canonicalize_name(name)] = version
    return found


def environment(place: Place) -> dict[str, str]:
    python, system = place
    return {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
        "os_name": "nt" if system == "win32" else "posix",
        "platform_system": SYSTEMS[system],
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_machine": "x86_64",
    }


def declared(extra: str) -> list[str]:
    """What pyproject.toml asks for: what is installed of the project may be older than it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked: list[str] = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return asked


def only_to_mutate() -> set[str]:
    """The pins that nothing but `dev.py mutate` needs, anywhere."""
    everything = set().union(*(needed(EXTRAS, place) for place in EVERYWHERE)) | {"setuptools"}
    return set(pinned()) - everything


def needed(extras: tuple[str, ...], place: Place) -> set[str]:
    """The names of all that the project with those extras pulls in, there."""
    told = environment(place)
    seen: set[tuple[str, str]] = set()
    todo = [("miaohui", extra) for extra in extras]
    while todo:
        one = todo.pop()
        if one in seen:
            continue
        seen.add(one)
        name, extra = one
        try:
            requires = declared(extra) if name == "miaohui" else distribution(name).requires or []
        except PackageNotFoundError:
            continue  # another system's: what it needs itself is pinned by hand
        for text in requires:
            wanted = Requirement(text)
            if wanted.marker is None or wanted.marker.evaluate({**told, "extra": extra}):
                name = canonicalize_name(wanted.name)
                todo += [(name, inner) for inner in ("", *wanted.extras)]
    return {name for name, _ in seen} - {"miaohui"}


def marker(places: frozenset[Place]) -> str:
    """The marker that holds in exactly those places; empty for everywhere."""
    pythons = sorted({python for python, _ in places}, key=Version)
    systems = sorted({system for _, system in places})
    if places != {(python, system) for python in pythons for system in systems}:
        raise SystemExit(f"no simple marker says {sorted(places)}")
    parts = []
    if pythons != list(PYTHONS):
        first, last = PYTHONS.index(pythons[0]), PYTHONS.index(pythons[-1])
        if first:
            parts.append(f'python_version >= "{pythons[0]}"')
        if last < len(PYTHONS) - 1:
            parts.append(f'python_version < "{PYTHONS[last + 1]}"')
    if len(systems) == 1:
        parts.append(f'sys_platform == "{systems[0]}"')
    elif len(systems) < len(SYSTEMS):
        parts += [f'sys_platform != "{one}"' for one in SYSTEMS if one not in systems]
    return " and ".join(parts)


def takes(tag: Tag) -> bool:
    """True for a wheel that a supported Python may take. Qt has no wheels for musl and none for
    free-threaded builds, so nothing else needs them either."""
    if "musllinux" in tag.platform:
        return False
    if tag.interpreter in ("py3", "py2.py3"):
        return True
    if tag.abi == "abi3":
        return tag.interpreter.startswith("cp3")
    return tag.abi == tag.interpreter and tag.abi in {f"cp{p.replace('.', '')}" for p in PYTHONS}


def fits(file: str, name: str, version: str) -> bool:
    """True for a source package and a wheel of that release that a supported Python may take."""
    try:
        if file.endswith(".whl"):
            found, told, _, tags = parse_wheel_filename(file)
            return found == name and told == Version(version) and any(map(takes, tags))
        found, told = parse_sdist_filename(file)
    except (InvalidWheelFilename, InvalidSdistFilename):
        return False
    return found == name and told == Version(version)


def hashes(index: str, name: str, version: str) -> list[str]:
    """The SHA-256 of every file of a release that fits, sorted."""
    accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
    page = urllib.request.Request(f"{index.rstrip('/')}/{name}/", headers=accept)
    with urllib.request.urlopen(page, timeout=60) as answer:
        files = json.load(answer)["files"]
    return sorted(one["hashes"]["sha256"] for one in files if fits(one["filename"], name, version))


def lines() -> dict[str, str]:
    """Each pin's line without its hashes, by its name."""
    places: dict[str, set[Place]] = {}
    for place in EVERYWHERE:
        for name in needed(EXTRAS, place):
            places.setdefault(name, set()).add(place)
    found = {}
    for name, version in sorted(pinned().items()):
        # What only `dev.py mutate` needs is not installed everywhere, so nobody can be asked for it.
        told = marker(frozenset(places.get(name, EVERYWHERE)))
        found[name] = f"{name}=={version}" + (f" ; {told}" if told else "")
    return found


def main() -> int:
    from pip._internal.models.index import PyPI  # pip alone knows where it goes

    pins, whole = pinned(), [HEAD]
    mutation = only_to_mutate()
    for name, line in lines().items():
        found = hashes(PyPI.simple_url, name, pins[name])
        if not found:
            print(
                f"dev.py: the index has no file of {name} {pins[name]} that fits", file=sys.stderr
            )
            return 1
        print(f"{name} {pins[name]}: {len(found)} files")
        end = " # mutate" if name in mutation else ""
        whole.append(
            " \\\n    ".join([line, *(f"--hash=sha256:{one}" for one in found)]) + end + "\n"
        )
    LOCK.write_text("".join(whole), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
