"""The arrows between our modules: one way only, no circles, and one place for tasks and clocks."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src" / "miaohui"

# Each room, and what it may import besides itself. `miaohui` alone is the package's own
# __init__ and `resources` knows nobody, so everybody may use both.
MAY_IMPORT: dict[str, set[str]] = {
    "care": set(),
    "wire": set(),
    "promise": {"wire"},
    "receiptlog": {"wire", "promise"},
    "runtime": {"wire", "promise"},
    "pictures": {"wire"},
    "voice": {"wire", "pictures"},
    "client": {"care", "wire", "promise", "runtime", "pictures", "voice"},
    "relay": {"care", "wire", "promise", "receiptlog", "runtime", "pictures", "voice"},
    "checks": {"care", "wire", "promise", "runtime", "client"},
    "practice": {"care", "wire", "promise", "runtime", "client"},
    "desktop": {
        "care",
        "wire",
        "promise",
        "runtime",
        "pictures",
        "voice",
        "client",
        "checks",
        "practice",
        "licences",
    },
    "resources": set(),
    "cli_promise": {"wire", "promise", "receiptlog", "runtime"},
    "cli_log": {"wire", "promise", "receiptlog", "runtime", "cli_promise"},
    "cli_care": {"care", "runtime"},
    "cli_labels": {"wire", "promise", "runtime"},
    "licences": {"runtime"},
    # The command line imports modules by name, when they are asked for.
    "cli": {"runtime"},
    "__main__": {"cli"},
    "": set(),
}
# The rooms inside the big rooms, from the ground up: each may import those before it and the
# modules that lie loose in the big room; no room imports the roof.
FLOORS: dict[str, list[str]] = {
    "client": ["link", "store", "feed", "sync", "use"],
    "relay": [
        "storage",
        "money",
        "directory",
        "accounts",
        "net",
        "session",
        "orders",
        "shops",
        "host",
    ],
    "desktop": [
        "loop",
        "look",
        "strings",
        "widgets",
        "system",
        "notices",
        "models",
        "chat",
        "panel",
        "checking",
        "pages",
        "navigation",
        "start",
    ],
}
ROOF = {"miaohui.client.facade", "miaohui.relay.cli"}
FREE = {"", "resources"}
WINDOW_ONLY = {"PySide6", "shiboken6", "qasync"}
TASKS = {"asyncio.create_task", "asyncio.ensure_future"}
CLOCKS = {
    *(
        f"time.{name}{unit}"
        for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time")
        for unit in ("", "_ns")
    ),
    "time.localtime",
    "time.gmtime",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
}
# Class names that stand for one thing in two places, and why; any other name stands once.
TWICE = {
    "Opened": "the answer to whoever took an order, and the journal's entry of it",
    "Extended": "the answer to whoever paid for time, and the journal's entry of it",
    "RefundTerm": "a step of the refund ladder, as an offer shows it and as the journal freezes it",
    "Refused": "a request's refusal, as the relay decides it and as the client hears it",
}
CLOCK_HOME = "miaohui.runtime.clock"
TASKS_HOME = "miaohui.runtime.tasks"


@cache
def read_tree() -> dict[str, str]:
    """Every module's dotted name and its text."""
    modules = {}
    for file in sorted(SOURCE.rglob("*.py")):
        parts = file.relative_to(SOURCE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        modules[name] = file.read_text(encoding="utf-8")
    return modules


def room(module: str) -> str:
    return [*module.split("."), ""][1]


@cache
def parsed(text: str) -> ast.Module:
    return ast.parse(text)


def imports(tree: Mapping[str, str], name: str) -> Iterator[tuple[int, str]]:
    """Every import of a module, nested and TYPE_CHECKING ones too: line and full dotted target."""
    is_package = any(other.startswith(f"{name}.") for other in tree)
    here = name.split(".") if is_package else name.split(".")[:-1]
    for node in ast.walk(parsed(tree[name])):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = here[: len(here) - node.level + 1]
                base = ".".join([*up, base] if base else up)
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def targets(tree: Mapping[str, str], name: str) -> Iterator[tuple[int, str]]:
    """The modules of ours that this one imports."""
    for line, target in imports(tree, name):
        if target.partition(".")[0] != "miaohui":
            continue
        while target not in tree and "." in target:
            target = target.rpartition(".")[0]
        yield line, target


def wrong_arrows(tree: Mapping[str, str]) -> list[str]:
    found = []
    for name in tree:
        here = room(name)
        if here not in MAY_IMPORT:
            found.append(f"{name}: no room is called {here!r}; give it a place in MAY_IMPORT")
            continue
        for line, target in targets(tree, name):
            if room(target) not in {here, *FREE, *MAY_IMPORT[here]}:
                found.append(f"{name}:{line} imports {target}")
        for line, target in imports(tree, name):
            if target.partition(".")[0] in WINDOW_ONLY and here != "desktop":
                found.append(f"{name}:{line} imports {target}, which only the desktop may")
    return found


def wrong_floors(tree: Mapping[str, str]) -> list[str]:
    """Imports from a room to one above it, within a big room."""
    found = []
    for name in tree:
        big, inner = room(name), [*name.split("."), "", ""][2]
        floors = FLOORS.get(big, [])
        if big in FLOORS and name.count(".") > 2 and inner not in floors:
            found.append(f"{name}: no room of {big} is called {inner!r}; give it a floor")
            continue
        for line, target in targets(tree, name):
            there = [*target.split("."), "", ""][2]
            climbs = (
                room(target) == big
                and inner in floors
                and (target in ROOF or there in floors[floors.index(inner) + 1 :])
            )
            if climbs:
                found.append(f"{name}:{line} imports {target}")
    return found


def circles(tree: Mapping[str, str]) -> list[str]:
    """Modules that import each other, however long the way round; a package's own
    __init__ counts as a module like any other."""
    return loops({name: {to for _, to in targets(tree, name) if to != name} for name in tree})


def folder_circles(tree: Mapping[str, str]) -> list[str]:
    """Folders that import each other. A module that lies loose beside rooms, such as a facade
    on top of them or a port below, counts for itself."""
    packages = {name.rpartition(".")[0] for name in tree}
    with_rooms = {package.rpartition(".")[0] for package in packages}

    def folder(name: str) -> str:
        package = name if name in packages else name.rpartition(".")[0]
        return name if package in with_rooms else package

    graph: dict[str, set[str]] = {}
    for name in tree:
        here = folder(name)
        graph.setdefault(here, set()).update(
            there for _, to in targets(tree, name) if (there := folder(to)) != here
        )
    return loops(graph)


def loops(graph: Mapping[str, set[str]]) -> list[str]:
    done: set[str] = set()
    found: list[str] = []

    def walk(name: str, way: list[str]) -> None:
        if name in way:
            found.append(" -> ".join([*way[way.index(name) :], name]))
            return
        if name in done:
            return
        for target in sorted(graph.get(name, ())):
            walk(target, [*way, name])
        done.add(name)

    for name in sorted(graph):
        walk(name, [])
    return found


def full_name(node: ast.expr, known: Mapping[str, str]) -> str:
    """The dotted name that an expression means, through the file's own import names."""
    if isinstance(node, ast.Name):
        return known.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{full_name(node.value, known)}.{node.attr}"
    return "?"


def names_used(text: str) -> Iterator[tuple[int, str]]:
    nodes = list(ast.walk(parsed(text)))
    known: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    known[alias.asname] = alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in nodes:
        if isinstance(node, ast.Attribute | ast.Name):
            yield node.lineno, full_name(node, known)


def strays(tree: Mapping[str, str]) -> list[str]:
    """Clock reads and task starts outside the one module that may."""
    found = []
    for name, text in tree.items():
        for line, used in names_used(text):
            if used in CLOCKS and name != CLOCK_HOME:
                found.append(f"{name}:{line} reads {used}; take the time as an argument")
            if used in TASKS and name != TASKS_HOME:
                found.append(f"{name}:{line} calls {used}; use miaohui.runtime.tasks")
    return found


def class_homes(tree: Mapping[str, str]) -> dict[str, list[str]]:
    """The modules in which each class name of the tree stands."""
    homes: dict[str, list[str]] = {}
    for name, text in tree.items():
        for node in parsed(text).body:
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, []).append(name)
    return homes


def test_imports_run_one_way() -> None:
    assert wrong_arrows(read_tree()) == []


def test_modules_do_not_import_in_circles() -> None:
    assert circles(read_tree()) == []


def test_rooms_inside_the_big_rooms_import_downwards() -> None:
    assert wrong_floors(read_tree()) == []


def test_folders_do_not_import_in_circles() -> None:
    assert folder_circles(read_tree()) == []


def test_one_place_reads_clocks_and_one_starts_tasks() -> None:
    assert strays(read_tree()) == []


def test_a_class_name_stands_once() -> None:
    homes = class_homes(read_tree())
    twice = {name: where for name, where in homes.items() if len(where) > 1 and name not in TWICE}
    assert twice == {}
    assert {name: len(homes[name]) for name in TWICE} == dict.fromkeys(TWICE, 2)


def test_the_whole_package_is_read() -> None:
    assert {"miaohui", "miaohui.cli", "miaohui.resources"} <= read_tree().keys()


def test_a_wrong_arrow_is_seen() -> None:
    tree = {
        "miaohui.relay.store": "import sqlite3\nfrom PySide6.QtCore import QObject",
        "miaohui.client.link": "def f():\n    from miaohui.relay import store",
        "miaohui.wire.codec": (
            "from typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    from miaohui.promise.fold import Fold"
        ),
        "miaohui.promise.fold": "from miaohui.wire.codec import encode",
        "miaohui.promise.turn": "from . import fold\nfrom ..relay.store import x",
        "miaohui.utils": "",
        "miaohui.relay": "",
    }
    assert wrong_arrows(tree) == [
        "miaohui.relay.store:2 imports PySide6.QtCore.QObject, which only the desktop may",
        "miaohui.client.link:2 imports miaohui.relay.store",
        "miaohui.wire.codec:3 imports miaohui.promise.fold",
        "miaohui.promise.turn:2 imports miaohui.relay.store",
        "miaohui.utils: no room is called 'utils'; give it a place in MAY_IMPORT",
    ]


def test_a_circle_is_seen() -> None:
    tree = {
        "miaohui.wire.a": "from miaohui.wire.b import x",
        "miaohui.wire.b": "import miaohui.wire.c",
        "miaohui.wire.c": "from miaohui.wire import a",
        "miaohui.wire.d": "from miaohui.wire.a import y",
        "miaohui.wire": "",
    }
    assert circles(tree) == ["miaohui.wire.a -> miaohui.wire.b -> miaohui.wire.c -> miaohui.wire.a"]


def test_a_stray_clock_or_task_is_seen_under_any_name() -> None:
    tree = {
        "miaohui.relay.a": "import time\nx = time.monotonic()",
        "miaohui.relay.b": "from time import perf_counter as tick\nx = tick()",
        "miaohui.relay.c": "from datetime import datetime\nx = datetime.now()",
        "miaohui.relay.d": "import asyncio as io\nio.create_task(f())",
        "miaohui.relay.e": "def f(time):\n    return time.seconds",
        "miaohui.runtime.clock": "import time\nx = time.time()",
    }
    assert [line.partition(";")[0] for line in strays(tree)] == [
        "miaohui.relay.a:2 reads time.monotonic",
        "miaohui.relay.b:2 reads time.perf_counter",
        "miaohui.relay.c:2 reads datetime.datetime.now",
        "miaohui.relay.d:2 calls asyncio.create_task",
    ]


def test_a_circle_of_folders_is_seen() -> None:
    tree = {
        "miaohui.relay": "",
        "miaohui.relay.ports": "",
        "miaohui.relay.money": "",
        "miaohui.relay.money.ledger": "from miaohui.relay.ports import P",
        "miaohui.relay.money.wallet": "from miaohui.relay.shops.offers import x",
        "miaohui.relay.shops": "",
        "miaohui.relay.shops.offers": "from miaohui.relay.money.ledger import y",
        "miaohui.relay.attic.old": "",
        "miaohui.relay.storage.store": "from miaohui.relay.cli import main",
        "miaohui.relay.cli": "from miaohui.relay.shops import offers",
    }
    assert folder_circles(tree) == [
        "miaohui.relay.shops -> miaohui.relay.money -> miaohui.relay.shops"
    ]
    assert wrong_floors(tree) == [
        "miaohui.relay.money.wallet:1 imports miaohui.relay.shops.offers",
        "miaohui.relay.attic.old: no room of relay is called 'attic'; give it a floor",
        "miaohui.relay.storage.store:1 imports miaohui.relay.cli",
    ]
