"""Coverage for fuzzing: modules compiled with a mark at the head of every block of their functions."""

import ast
import builtins
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

MOST = 8192
NAME = "_blocks_reached"


class Marks(ast.NodeTransformer):
    """Puts ``_blocks_reached[n] = 1`` at the head of every block inside a function."""

    next = 0

    def __init__(self) -> None:
        self.depth = 0

    def _marked(self, body: list[ast.stmt]) -> list[ast.stmt]:
        number, Marks.next = Marks.next, min(Marks.next + 1, MOST - 1)
        mark = ast.parse(f"{NAME}[{number}] = 1").body
        first = body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            return [first, *mark, *body[1:]]
        return [*mark, *body]

    def generic_visit(self, node: ast.AST) -> ast.AST:
        function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        self.depth += function
        super().generic_visit(node)
        if self.depth:
            for name in ("body", "orelse", "finalbody"):
                block = getattr(node, name, None)
                if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                    setattr(node, name, self._marked(block))
        self.depth -= function
        return node


class Loader(SourceFileLoader):
    """Compiles anew, and leaves the cache of compiled files alone."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        tree = Marks().visit(ast.parse(self.get_data(path), path))
        code: CodeType = compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)
        return code


class Finder(MetaPathFinder):
    """Finds what stands under some packages, to be instrumented."""

    def __init__(self, packages: Sequence[str]) -> None:
        self._packages = tuple(packages)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(self._packages):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None and spec.origin.endswith(".py"):
            spec.loader = Loader(fullname, spec.origin)
        return spec


def install(*packages: str) -> bytearray:
    """Instruments whatever is imported from these packages from now on; returns the marks."""
    reached = bytearray(MOST)
    holder: Any = builtins
    setattr(holder, NAME, reached)
    sys.meta_path.insert(0, Finder(packages))
    return reached
