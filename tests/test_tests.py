"""Tests that cannot fail: what a test defines it also uses."""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def unused_in(test: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """The functions directly inside a test that nothing in it names."""
    named = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    for node in test.body:
        if isinstance(node, FUNCTIONS) and not node.decorator_list and node.name not in named:
            yield f"{test.name} never uses {node.name}"


def unused(source: str) -> list[str]:
    return [
        said
        for node in ast.parse(source).body
        if isinstance(node, FUNCTIONS) and node.name.startswith("test_")
        for said in unused_in(node)
    ]


def test_every_script_is_played() -> None:
    found = {
        f"{file.relative_to(TESTS)}: {said}"
        for file in TESTS.rglob("test_*.py")
        for said in unused(file.read_text(encoding="utf-8"))
    }
    assert not found


def test_a_script_that_nobody_plays_is_found() -> None:
    script = "def test_it(play):\n    async def script(world):\n        assert False\n"
    assert unused(script) == ["test_it never uses script"]
    assert unused(script + "    play(script)\n") == []
