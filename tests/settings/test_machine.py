"""What tests and benchmarks give a command by the names of its settings are names of settings.

No type checker knows them, and the suite runs no benchmark.
"""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

from tests.calls.listed import listed
from tests.settings.machine import BY_NAME

BENCHMARKS = Path(__file__).resolve().parent.parent.parent / "benchmarks"
TAKERS = {"command_line": frozenset[str](), "listed": frozenset(inspect.signature(listed).parameters)}
"""Functions, and what each takes besides."""


def test_every_benchmark_gives_settings_that_there_are() -> None:
    given = {
        (file.name, keyword.arg)
        for file in BENCHMARKS.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TAKERS
        for keyword in node.keywords
        if keyword.arg is not None and keyword.arg not in TAKERS[node.func.id]
    }
    assert len(given) > 10
    assert {(name, word) for name, word in given if word not in BY_NAME} == set()
