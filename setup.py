"""The one build step that pyproject.toml cannot say: resources/ travels inside the package."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

RESOURCES = Path(__file__).parent / "resources"


class BuildWithResources(build_py):
    """build_py that also puts resources/ where miaohui.resources looks in an installed package."""

    def _pairs(self) -> list[tuple[str, str]]:
        inside = Path(self.build_lib) / "miaohui" / "_resources"
        return [
            (str(inside / source.relative_to(RESOURCES)), str(source))
            for source in sorted(RESOURCES.rglob("*"))
            if source.is_file()
        ]

    def run(self) -> None:
        super().run()
        # An editable install reads the checkout's own folder.
        if not self.editable_mode:
            for target, source in self._pairs():
                self.mkpath(str(Path(target).parent))
                self.copy_file(source, target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        outputs: list[str] = super().get_outputs(include_bytecode)
        if self.editable_mode:
            return outputs
        return [*outputs, *(target for target, _ in self._pairs())]


setup(cmdclass={"build_py": BuildWithResources})
