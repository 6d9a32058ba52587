"""What `dev.py` does: one command per duty, which first installs whatever that duty needs.

The standard library alone, so that it starts where nothing but Python is installed.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / os.environ.get("MIAOHUI_VENV", ".venv")
PINS = ROOT / "constraints.txt"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "miaohui-installed"
PICTURES = ROOT / ".tour"
DIST = ROOT / "dist" / "miaohui"
OLDEST = (3, 11)
LINUX = platform.system() == "Linux"

USAGE = """\
usage: python3 dev.py COMMAND [ARGUMENTS...]

  run     start the app; where there is no display, take the tour off screen
  test    run the tests (arguments go to pytest)
  lint    ruff check and ruff format --check
  types   mypy --strict on src and on this door
  bench   run the benchmarks and print their ratios
  torture try to break every claim about reliability; arguments name the proofs
  mutate  change one thing at a time and see which tests notice; arguments name the rooms
  tour    drive the real window through a whole session, with pictures
  build   freeze the app with PyInstaller and start what came out
  package build, then make a .deb and an AppImage where the tools are, and start each
  pins    write requirements.lock anew: the hashes of what constraints.txt pins

`COMMAND --python 3.13 ...` does it with that Python, in an environment of its own
(.venv-3.13). The first call makes .venv and installs the packages pinned in
constraints.txt, each held against its hash in requirements.lock."""

SYSTEM_LIBRARIES = ROOT / "src" / "miaohui" / "runtime" / "systemlibraries.py"
FONT_PACKAGES = ("fontconfig", "fonts-noto-cjk")
FREEZES = frozenset({"build", "package"})
NEEDS_QT = frozenset({"run", "test", "bench", "mutate", "tour", *FREEZES})


class SetupError(Exception):
    """A reason to end that a person can act on: one sentence, and the exit status."""

    def __init__(self, sentence: str, status: int = 2) -> None:
        super().__init__(sentence)
        self.status = status


def say(line: str) -> None:
    """A line of progress; on stderr, so that a command's own output stays clean."""
    print(f"dev.py: {line}", file=sys.stderr, flush=True)


# --- the interpreter ---------------------------------------------------------------------------


def with_newer_python(arguments: list[str]) -> NoReturn:
    """Start again under an interpreter that is new enough, or say that there is none."""
    for minor in range(OLDEST[1], OLDEST[1] + 8):
        found = shutil.which(f"python3.{minor}")
        if found:
            raise SystemExit(subprocess.call([found, str(ROOT / "dev.py"), *arguments]))
    have = ".".join(map(str, sys.version_info[:3]))
    raise SetupError(
        f"Miaohui needs Python 3.11 or later, and this is {have}; no newer one was found."
    )


def version_of(command: str) -> str:
    """The minor version of an interpreter ("3.13"); nothing where there is none that starts."""
    asked = [command, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def find_python(version: str) -> str:
    """An interpreter of that minor version, from the path, from pyenv or by Windows' launcher."""
    beside = sorted(Path.home().glob(f".pyenv/versions/{version}*/bin/python3"))
    found = [shutil.which(f"python{version}"), *map(str, beside)]
    launcher = shutil.which("py")
    if launcher:
        asked = [launcher, f"-{version}", "-c", "import sys; print(sys.executable)"]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        found.append(done.stdout.strip() if done.returncode == 0 else None)
    for one in found:
        if one and version_of(one) == version:
            return one
    raise SetupError(f"There is no Python {version} on this machine.")


def with_python(version: str, arguments: list[str]) -> int:
    """The same command by another Python, in an environment of its own."""
    if not re.fullmatch(r"3\.\d+", version) or tuple(map(int, version.split("."))) < OLDEST:
        raise SetupError(f"--python takes 3.11 or a later minor version, not {version!r}.")
    env = {**os.environ, "MIAOHUI_VENV": f".venv-{version}"}
    return subprocess.call([find_python(version), str(ROOT / "dev.py"), *arguments], env=env)


def base_python() -> str:
    """The interpreter outside any virtual environment: .venv must not be built on itself."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def venv_python() -> Path:
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def refuse_machine(system: str, machine: str) -> None:
    """Say so where a pinned package has no wheel, before pip tries to compile it. ``system`` and
    ``machine`` as `platform` has them."""
    if system == "Darwin" and machine == "x86_64":
        raise SetupError(
            "There is no cryptography for Intel Macs any more; on Apple silicon take the arm64 Python."
        )
    if system == "Windows" and machine.upper() == "ARM64":
        raise SetupError(
            "There is no cryptography for Windows on ARM yet; the x64 Python runs there, too."
        )


# --- the system's packages ---------------------------------------------------------------------


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing(libraries: dict[str, str]) -> list[str]:
    """The packages of those libraries that the loader cannot find."""
    return sorted({package for name, package in libraries.items() if not loads(name)})


def has_chinese_font() -> bool:
    listed = shutil.which("fc-list") and subprocess.run(
        ["fc-list", ":lang=zh-cn", "family"], capture_output=True, check=False
    )
    return bool(listed and listed.stdout.strip())


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def apt_line(packages: list[str]) -> str:
    return f"sudo apt-get update && sudo apt-get install -y {' '.join(packages)}"


def apt_install(packages: list[str]) -> None:
    """Install Debian packages as root; a mirror that fails is told, never hidden."""
    say(f"installing from the system's packages: {' '.join(packages)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    steps = (["update"], ["install", "-y", "--no-install-recommends", *packages])
    for step in steps:
        done = subprocess.run(
            [*apt, *step], env=quiet, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        if done.returncode:
            sys.stderr.write(done.stdout.decode(errors="replace"))
            raise SetupError(f"apt-get {step[0]} failed; its own words are above.", 1)


def qt_libraries() -> dict[str, str]:
    """What PySide6's wheels load from the system, by the Debian package that has it. The app tells
    people of the same; its page is read by itself, since what the app needs may not be there yet."""
    spec = importlib.util.spec_from_file_location("systemlibraries", SYSTEM_LIBRARIES)
    assert spec is not None
    assert spec.loader is not None
    libraries = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(libraries)
    found: dict[str, str] = libraries.PACKAGES
    return found


def prepare_system(command: str) -> None:
    """See to what pip cannot install. What is needed stops us; a font is only recommended."""
    if not LINUX:
        return
    needed: list[str] = []
    wanted: list[str] = []
    if not venv_works() and not importlib.util.find_spec("ensurepip"):
        # Debian keeps ensurepip out of python3 itself, in a package per version.
        needed.append(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")
    if command in NEEDS_QT:
        needed += missing(qt_libraries())
        if not has_chinese_font():
            wanted += FONT_PACKAGES
    if command in FREEZES:
        # PyInstaller reads binaries with objdump and bundles the shared interpreter.
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        needed += missing({f"libpython{version}.so.1.0": f"libpython{version}"})
        needed += [] if shutil.which("objdump") else ["binutils"]
    packages = needed + wanted
    if not packages:
        return
    if not shutil.which("apt-get"):
        say(f"this system lacks what Debian calls {' '.join(packages)}; going on without")
    elif is_root():
        apt_install(packages)
    elif needed:
        raise SetupError(
            f"The system lacks packages that only root can install: {apt_line(packages)}"
        )
    else:
        say(f"no Chinese font, so Chinese shows as boxes; to have one: {apt_line(wanted)}")


# --- the virtual environment -------------------------------------------------------------------


def venv_version() -> str:
    """The minor version of the Python that .venv was made with; nothing where that isn't told."""
    try:
        told = (VENV / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return ""
    found = re.search(r"^version\w* *= *(\d+\.\d+)", told, re.MULTILINE)
    return found[1] if found else ""


def venv_works() -> bool:
    """True if .venv has an interpreter of this version that starts and finds pip."""
    if not venv_python().exists():
        return False
    have, this = venv_version(), "{}.{}".format(*sys.version_info)
    if have and have != this:
        say(f"{VENV.name} is of Python {have}, and this is {this}: it is made anew")
        return False
    probe = [str(venv_python()), "-c", "import pip"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def fingerprint() -> str:
    """What .venv was made from: it differs when the pins, Python or the folder's place did."""
    seen = hashlib.sha256(f"{sys.version}\n{ROOT}\n".encode())
    for name in ("pyproject.toml", "setup.py", PINS.name, LOCK.name):
        seen.update((ROOT / name).read_bytes())
    return seen.hexdigest()


def pip_install(*arguments: str, packages: int = 0) -> None:
    """Call pip; of a long list, say from time to time how far it is."""
    pip = [str(venv_python()), "-m", "pip", "--disable-pip-version-check", "install"]
    command = [*pip, "--progress-bar", "off", "--no-build-isolation", *arguments]
    pipe = subprocess.PIPE
    kept: list[str] = []
    collected = 0
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=subprocess.STDOUT) as running:
        assert running.stdout is not None
        for raw in running.stdout:
            line = raw.decode(errors="replace").rstrip()
            kept.append(line)
            if line.startswith(("Collecting ", "Processing ")):
                collected += 1
                if packages and collected % 10 == 0:
                    say(f"  {collected} of {packages} packages")
            elif packages and line.startswith("Installing collected"):
                say("  all are here; unpacking them")
    if running.returncode:
        sys.stderr.write("\n".join(kept[-20:]) + "\n")
        raise SetupError("pip could not install the pinned packages; its own words are above.", 1)


def locked() -> tuple[list[str], list[str]]:
    """The lock's requirements, each with its marker and hashes: what every command needs, and
    what only `mutate` does."""
    text = LOCK.read_text(encoding="utf-8")
    whole = re.sub(r"\s*\\\n\s*", " ", text)
    everything: list[str] = []
    mutation: list[str] = []
    for line in whole.splitlines():
        if line and not line.startswith("#"):
            to = mutation if line.endswith("# mutate") else everything
            to.append(line.removesuffix("# mutate"))
    return everything, mutation


def install(requirements: list[str]) -> None:
    """Install exactly those, refusing every file whose hash is not in the lock."""
    wanted = VENV / "miaohui-wanted.txt"
    wanted.write_text("\n".join(requirements) + "\n", encoding="utf-8")
    pip_install("--require-hashes", "--no-deps", "-r", str(wanted), packages=len(requirements))


def prepare_venv() -> None:
    """Make .venv what constraints.txt says. The stamp goes first and comes back last,
    so an interrupted install is done again."""
    moved = is_moved()
    STAMP.unlink(missing_ok=True)
    if moved or not venv_works():
        say("making .venv")
        if VENV.exists():
            shutil.rmtree(VENV)
        made = subprocess.run([base_python(), "-m", "venv", str(VENV)], check=False)
        if made.returncode:
            raise SetupError(f"{base_python()} -m venv failed; its own words are above.", 1)
    say("installing the pinned packages (about 220 MB to fetch, once)")
    everything, _ = locked()
    # The build backend is pinned as well, so it comes first and pip isolates nothing.
    first = [one for one in everything if one.startswith("setuptools==")]
    install(first)
    install(everything)
    pip_install("--no-deps", "-e", f"{ROOT}[desktop,dev]")
    STAMP.write_text(f"{fingerprint()}\n{ROOT}\n", encoding="utf-8")
    say("ready")


def stamped() -> list[str]:
    """The fingerprint and the place that .venv was last finished for; nothing if it never was."""
    try:
        return STAMP.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def is_ready() -> bool:
    return stamped()[:1] == [fingerprint()]


def is_moved() -> bool:
    """True if .venv came along from elsewhere: its scripts still name the old folder."""
    return stamped()[1:] not in ([], [str(ROOT)])


def prepare(command: str) -> None:
    stamp = VENV / f"miaohui-system-{'build' if command in FREEZES else 'qt'}"
    ready = is_ready()
    # Asking the loader and fontconfig costs a tenth of a second: once is enough.
    unseen = command in NEEDS_QT and not stamp.exists()
    if unseen or not ready:
        prepare_system(command)
    if not ready:
        prepare_venv()
    if unseen and (not LINUX or has_chinese_font()):
        stamp.touch()


# --- the commands ------------------------------------------------------------------------------


def call(*command: str, offscreen: bool = False) -> int:
    """Run a command in the checkout and hand on its exit status."""
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"} if offscreen else None
    process = subprocess.Popen(command, cwd=ROOT, env=env)
    # Whoever stops us means the relay or the window that we started.
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        try:
            status = process.wait()
        except KeyboardInterrupt:
            continue  # The terminal told the child too; wait for it to clean up.
        return status if status >= 0 else 128 - status


def python(*arguments: str, offscreen: bool = False) -> int:
    return call(str(venv_python()), *arguments, offscreen=offscreen)


def has_display() -> bool:
    if not LINUX:
        return True
    return any(os.environ.get(k) for k in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def run(arguments: list[str]) -> int:
    # A subcommand (`dev.py run relay serve ...`) needs no display of ours, nor does a word of help.
    told = arguments[:1] in (["-V"], ["--version"], ["-h"], ["--help"])
    if has_display() or told or (arguments and not arguments[0].startswith("-")):
        return python("-m", "miaohui", *arguments)
    say(f"no display here, so the tour drives the app off screen; pictures go to {PICTURES}")
    return tour(arguments)


def tour(arguments: list[str]) -> int:
    if not any(a == "--out" or a.startswith("--out=") for a in arguments):
        arguments = ["--out", str(PICTURES), *arguments]
    return python("-m", "tests.tour", *arguments, offscreen=not has_display())


def test(arguments: list[str]) -> int:
    # The whole suite on every core, a file a process at a time; a part of it in one process.
    if arguments:
        return python("-m", "pytest", *arguments)
    shared = ("-n", str(os.cpu_count() or 1), "--dist", "loadfile", "--no-loadscope-reorder")
    # A worker that crashes ends the run: started anew, pytest-xdist 3.8.0 waits for ever.
    return python("-m", "pytest", *shared, "--max-worker-restart=0")


def lint(arguments: list[str]) -> int:
    return max(
        python("-m", "ruff", "check", *arguments),
        python("-m", "ruff", "format", "--check", *arguments),
    )


def types(arguments: list[str]) -> int:
    return python(
        "-m",
        "mypy",
        "--strict",
        *(arguments or ["src/miaohui", "installers", "dev.py", "tests/door.py"]),
    )


def bench(arguments: list[str]) -> int:
    return python("-m", "tests.benchmarks", *arguments)


def torture(arguments: list[str]) -> int:
    return python("-m", "tests.torture", *arguments)


def mutate(arguments: list[str]) -> int:
    found = [str(venv_python()), "-c", "import mutmut"]
    if subprocess.run(found, capture_output=True, check=False).returncode:
        install(locked()[1])
    return python("-m", "tests.mutation", *arguments)


def build(arguments: list[str]) -> int:
    say("freezing the app (a minute or two)")
    status = python("-m", "installers.freeze", offscreen=True)
    if status:
        return status
    status = python(
        "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", *arguments, "build.spec"
    )
    if status:
        return status
    status = python("-m", "installers", "trial", offscreen=True)
    if not status:
        say(f"built and started: {DIST}")
    return status


def package(arguments: list[str]) -> int:
    return build(arguments) or python("-m", "installers", "packages", offscreen=True)


def pins(arguments: list[str]) -> int:
    return python("-m", "tests.lock", *arguments)


COMMANDS = {
    "run": run,
    "test": test,
    "lint": lint,
    "types": types,
    "bench": bench,
    "torture": torture,
    "mutate": mutate,
    "tour": tour,
    "build": build,
    "package": package,
    "pins": pins,
}


def main(arguments: list[str]) -> int:
    if arguments[:1] in (["-h"], ["--help"]):
        print(USAGE)
        return 0
    if not arguments or arguments[0] not in COMMANDS:
        asked = f"there is no command {arguments[0]!r}" if arguments else "say what to do"
        raise SetupError(f"{asked}; choose one of {', '.join(COMMANDS)} (--help tells more)")
    if arguments[1:2] == ["--python"]:
        if not arguments[2:]:
            raise SetupError("--python needs a version: --python 3.13")
        return with_python(arguments[2], [arguments[0], *arguments[3:]])
    if sys.version_info[:2] < OLDEST:
        with_newer_python(arguments)
    refuse_machine(platform.system(), platform.machine())
    prepare(arguments[0])
    return COMMANDS[arguments[0]](arguments[1:])


def enter(arguments: list[str]) -> int:
    """Run a command; a reason to end is a sentence, never a traceback."""
    try:
        return main(arguments)
    except SetupError as reason:
        say(str(reason))
        return reason.status
    except KeyboardInterrupt:
        say("stopped")
        return 130
    except OSError as error:
        say(f"cannot go on: {error}")
        return 1
