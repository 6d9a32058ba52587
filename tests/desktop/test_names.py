"""The names and first lines of the window's modules."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "miaohui" / "desktop"
QUESTION = re.compile(r"(What|How|Whether|Where|Who|Whose|Which|When|Why)\b")
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def nodes() -> Iterator[tuple[str, Documented]]:
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, Documented):
                name = getattr(node, "name", "")
                yield f"{file.relative_to(SOURCE)} {name}".rstrip(), node


def test_first_lines_say_what_a_thing_is() -> None:
    questions = [
        place
        for place, node in nodes()
        if not getattr(node, "name", "").startswith("_")
        and QUESTION.match(ast.get_docstring(node) or "")
    ]
    assert questions == []


def test_a_class_name_stands_once() -> None:
    names = Counter(
        node.name
        for _place, node in nodes()
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in names.items() if count > 1] == []
