"""Resources are found from a checkout, and travel inside the wheel."""

import subprocess
import sys
import zipfile
from pathlib import Path

from miaohui import resources

ROOT = Path(__file__).resolve().parent.parent


def test_a_checkout_reads_its_own_folder() -> None:
    assert resources.path() == ROOT / "resources"
    assert resources.path("a", "b.json") == ROOT / "resources" / "a" / "b.json"


def test_the_wheel_carries_every_file(tmp_path: Path) -> None:
    copy = tmp_path / "checkout"
    copy.mkdir()
    names = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE")
    for name in names:
        (copy / name).write_bytes((ROOT / name).read_bytes())
    (copy / "src" / "miaohui").mkdir(parents=True)
    for name in ("__init__.py", "resources.py"):
        (copy / "src" / "miaohui" / name).write_bytes((ROOT / "src/miaohui" / name).read_bytes())
    (copy / "resources" / "deep").mkdir(parents=True)
    (copy / "resources" / "deep" / "label.json").write_text("{}", encoding="utf-8")
    backend = "from setuptools import build_meta as b; print(b.build_wheel('out'))"
    subprocess.run([sys.executable, "-c", backend], cwd=copy, capture_output=True, check=True)
    (wheel,) = (copy / "out").glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        assert "miaohui/_resources/deep/label.json" in packed.namelist()
        packed.extractall(tmp_path / "installed")
    found = subprocess.run(
        [sys.executable, "-c", "from miaohui import resources; print(resources.path('deep'))"],
        cwd=tmp_path / "installed",
        env={"PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(found.stdout.strip()) == tmp_path / "installed/miaohui/_resources/deep"
