"""The developer's door: its refusals, its stamp, and pins for everything that it installs."""

import ast
import importlib.util
import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType

import pytest
from tests.lock import EXTRAS, SYSTEMS, fits, lines, needed, only_to_mutate, pinned

from miaohui.runtime import systemlibraries

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("door", ROOT / "tests" / "door.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that dev.py takes for the checkout."""
    for name in ("pyproject.toml", "setup.py", "constraints.txt", "requirements.lock"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(dev, "STAMP", tmp_path / ".venv" / "miaohui-installed")
    monkeypatch.setattr(dev, "PINS", tmp_path / "constraints.txt")
    monkeypatch.setattr(dev, "LOCK", tmp_path / "requirements.lock")
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


def test_a_venv_of_another_python_is_made_anew(
    dev: ModuleType, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / ".venv" / "pyvenv.cfg").write_text("version = 3.9.2\n", encoding="utf-8")
    python = dev.venv_python()
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    assert dev.venv_version() == "3.9"
    assert not dev.venv_works()
    assert "is of Python 3.9" in capsys.readouterr().err


def test_the_door_and_the_app_name_the_same_packages(dev: ModuleType) -> None:
    assert dev.qt_libraries() == systemlibraries.PACKAGES


@pytest.mark.parametrize(
    ("system", "machine", "supported"),
    [
        ("Linux", "x86_64", True),
        ("Darwin", "arm64", True),
        ("Darwin", "x86_64", False),
        ("Windows", "AMD64", True),
        ("Windows", "ARM64", False),
    ],
)
def test_a_machine_without_wheels_is_refused_in_words(
    dev: ModuleType, system: str, machine: str, *, supported: bool
) -> None:
    if supported:
        dev.refuse_machine(system, machine)
        return
    with pytest.raises(dev.SetupError, match="cryptography"):
        dev.refuse_machine(system, machine)


@pytest.mark.parametrize(
    "arguments", [["--python"], ["--python", "3.9"], ["--python", "x"], ["--python", "3.99"]]
)
def test_a_python_that_is_not_there_is_one_sentence_and_2(arguments: list[str]) -> None:
    done = start("test", *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_the_first_page_can_be_read_by_an_old_python() -> None:
    """What Python 2.7 and 3.6 do not know is a syntax error there, so a traceback."""
    tree = ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"), feature_version=(3, 4))
    for node in ast.walk(tree):
        assert not isinstance(node, ast.JoinedStr | ast.AnnAssign | ast.NamedExpr)
        assert not (isinstance(node, ast.ImportFrom) and node.module == "__future__")


def test_everything_that_gets_installed_is_pinned_exactly() -> None:
    pins = pinned()
    assert "setuptools" in pins
    system = sys.platform if sys.platform in SYSTEMS else "linux"
    for name in needed(EXTRAS, ("{}.{}".format(*sys.version_info), system)):
        assert pins.get(name) == distribution(name).version, f"{name} is not pinned"


def test_the_lock_has_each_pin_with_its_hashes_and_its_systems(dev: ModuleType) -> None:
    everything, mutate = dev.locked()
    heads = {}
    for one in everything + mutate:
        head, *hashes = one.split(" --hash=sha256:")
        assert hashes, head
        assert all(re.fullmatch("[0-9a-f]{64}", found.strip()) for found in hashes), head
        heads[head.partition("==")[0]] = head.strip()
    told = {one.partition("==")[0] for one in mutate}
    wanted = lines()
    if sys.version_info[:2] == dev.OLDEST:
        assert told == only_to_mutate()
    else:  # what only the oldest needs is not installed here
        assert told <= only_to_mutate()
    if sys.version_info[:2] > dev.OLDEST:
        # What only an older Python needs is not installed here, so nobody says that it is needed.
        heads, wanted = (
            {name: head.partition(" ;")[0] for name, head in each.items()}
            for each in (heads, wanted)
        )
    assert heads == wanted, "constraints.txt has changed: run `dev.py pins`"


@pytest.mark.parametrize(
    ("file", "fit"),
    [
        ("six-1.16.0-py2.py3-none-any.whl", True),
        ("six-1.16.0.tar.gz", True),
        ("six-1.16.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", True),
        ("six-1.16.0-cp37-abi3-macosx_11_0_arm64.whl", True),
        ("six-1.16.0-cp314-cp314t-win_amd64.whl", False),
        ("six-1.16.0-cp310-cp310-win_amd64.whl", False),
        ("six-1.16.0-cp311-cp311-musllinux_1_2_x86_64.whl", False),
        ("six-1.16.1-py3-none-any.whl", False),
        ("six-1.16.0.zip", True),
        ("six-1.16.0.exe", False),
    ],
)
def test_only_files_that_a_supported_python_takes_are_locked(file: str, *, fit: bool) -> None:
    assert fits(file, "six", "1.16.0") is fit
