"""The developer's door: its refusals, its stamp, and pins for everything that it installs."""

import importlib.util
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that dev.py takes for the checkout."""
    for name in ("pyproject.toml", "setup.py", "constraints.txt"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(dev, "STAMP", tmp_path / ".venv" / "miaohui-installed")
    return tmp_path


def start(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "dev.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("arguments", [[], ["frobnicate"], ["--frobnicate"]])
def test_a_bad_command_is_one_sentence_and_2(arguments: list[str]) -> None:
    done = start(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1


def test_help_names_every_command(dev: ModuleType) -> None:
    done = start("--help")
    assert done.returncode == 0
    for name in dev.COMMANDS:
        assert f"\n  {name} " in done.stdout


def test_the_stamp_holds_until_a_pin_changes(dev: ModuleType, checkout: Path) -> None:
    assert not dev.is_ready()
    dev.STAMP.write_text(f"{dev.fingerprint()}\n{checkout}\n", encoding="utf-8")
    assert dev.is_ready()
    assert not dev.is_moved()
    with (checkout / "constraints.txt").open("a", encoding="utf-8") as pins:
        pins.write("another==1.0\n")
    assert not dev.is_ready()


def test_a_moved_checkout_is_noticed(dev: ModuleType, checkout: Path) -> None:
    elsewhere = checkout / "elsewhere"
    dev.STAMP.write_text(f"{dev.fingerprint()}\n{elsewhere}\n", encoding="utf-8")
    assert dev.is_moved()


def test_a_half_made_venv_does_not_count(dev: ModuleType, checkout: Path) -> None:
    assert not dev.venv_works()
    python = dev.venv_python()
    python.parent.mkdir()
    python.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    python.chmod(0o755)
    assert not dev.venv_works()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Debian's package names")
def test_only_what_the_loader_lacks_is_asked_for(dev: ModuleType) -> None:
    assert dev.missing({"libc.so.6": "libc6", "libnosuch.so.9": "libnosuch9"}) == ["libnosuch9"]
    assert dev.apt_line(["a", "b"]).endswith("apt-get install -y a b")


def test_everything_that_gets_installed_is_pinned_exactly() -> None:
    pins: dict[str, str] = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, equals, version = line.partition("==")
            assert equals, line
            pins[canonicalize_name(name)] = version
    assert "setuptools" in pins
    seen: set[tuple[str, str]] = set()
    todo = [("miaohui", extra) for extra in ("", "desktop", "relay", "dev")]
    while todo:
        name, extra = todo.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        if name != "miaohui":
            assert pins.get(name) == distribution(name).version, f"{name} is not pinned"
        for text in distribution(name).requires or []:
            needs = Requirement(text)
            if needs.marker is None or needs.marker.evaluate({"extra": extra}):
                wanted = canonicalize_name(needs.name)
                todo += [(wanted, one) for one in ("", *needs.extras)]
