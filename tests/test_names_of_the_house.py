"""One name for one thing: no two modules share a name, nor two rooms a public class or function."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

HOUSE = Path(__file__).parent.parent / "bot"
MODULES = sorted(HOUSE.rglob("*.py"))
COMMANDS = {"guard", "history", "report", "table"}
"""A command of the command line has a module of its name, beside the one that holds what it is about."""
EVERYWHERE = {
    *("add", "run"),  # how the command line knows each command
    "read",  # how each importer is asked
    "T",  # any type
}


def _public(module: Path) -> Iterator[str]:
    for node in ast.parse(module.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_no_two_modules_have_one_name() -> None:
    count = Counter(module.stem for module in MODULES if module.stem != "__init__")
    assert {name for name, times in count.items() if times > 1} == COMMANDS


def test_no_two_modules_have_a_public_thing_of_one_name() -> None:
    count = Counter(name for module in MODULES for name in _public(module) if name[0] != "_")
    assert {name for name, times in count.items() if times > 1} == EVERYWHERE
