"""Python files of this repository as syntax trees, with the facts that the house rules ask about."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

PACKAGE = "cartesia_call"
_PACKAGE_FOLDER = PurePosixPath("src") / PACKAGE
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Import:
    """One imported name. `target` is dotted and absolute: `os.path` for `from os import path`.

    `module` is the part that the statement itself names as a module. `is_deferred` inside a function.
    """

    line: int
    module: str
    target: str
    is_deferred: bool


class Source:
    """One file. `path` is relative to the repository."""

    def __init__(self, path: PurePosixPath, text: str) -> None:
        self.path = path
        self.text = text

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=str(self.path))

    @property
    def is_product(self) -> bool:
        """True in the package, False in tests and benchmarks."""
        return self.path.is_relative_to(_PACKAGE_FOLDER)

    @property
    def module(self) -> str:
        """The dotted name under which the package's file is imported."""
        parts = self.path.with_suffix("").parts[1:]
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def room(self) -> str:
        """The first name below the package, sub-packages included; empty for anything that is in no room."""
        return room_of(self.module) if self.is_product else ""

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Every import, wherever it stands: at the top, in a function, under `if TYPE_CHECKING`."""
        deferred = {
            inner for outer in self.walk() if isinstance(outer, Function) for inner in ast.walk(outer)
        }
        return tuple(
            Import(node.lineno, module, target, node in deferred)
            for node in self.walk()
            if isinstance(node, ast.Import | ast.ImportFrom)
            for module, target in _targets(node)
        )

    def walk(self) -> Iterator[ast.AST]:
        return iter(self._nodes)

    @cached_property
    def _nodes(self) -> tuple[ast.AST, ...]:
        """Every rule goes through all of them."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def references(self) -> tuple[tuple[ast.expr, str], ...]:
        """(node, dotted name) of every name in use, aliases and `from` imports resolved.

        `from datetime import datetime as d; d.now()` refers to `datetime.datetime.now`.
        """
        aliases = self._aliases()
        found = []
        for node in self.walk():
            if isinstance(node, ast.Name | ast.Attribute) and (dotted := _dotted(node)):
                first, _, rest = dotted.partition(".")
                found.append((node, ".".join(filter(None, (aliases.get(first, first), rest)))))
        return tuple(found)

    def _aliases(self) -> dict[str, str]:
        names = {}
        for node in self.walk():
            if isinstance(node, ast.Import):
                names.update({alias.asname: alias.name for alias in node.names if alias.asname})
            elif isinstance(node, ast.ImportFrom):
                names.update({a.asname or a.name: f"{node.module}.{a.name}" for a in node.names})
        return names


def room_of(module: str) -> str:
    """`cli` for `cartesia_call.cli.main`, `errors` for `cartesia_call.errors`, empty for the package."""
    parts = module.split(".")
    return parts[1] if parts[0] == PACKAGE and len(parts) > 1 else ""


def code_lines(function: Function) -> int:
    """How many lines a function takes, decorators and docstring left out."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    docstring = function.body[0]
    return lines - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def read_sources(repository: Path) -> list[Source]:
    """Every Python file of the package, its tests and its benchmarks."""
    return [
        Source(PurePosixPath(file.relative_to(repository).as_posix()), file.read_text(encoding="utf-8"))
        for folder in ("src", "tests", "benchmarks")
        for file in sorted((repository / folder).rglob("*.py"))
    ]


def _targets(node: ast.Import | ast.ImportFrom) -> list[tuple[str, str]]:
    if isinstance(node, ast.Import):
        return [(alias.name, alias.name) for alias in node.names]
    module = "." * node.level + (node.module or "")
    return [(module, f"{module}.{alias.name}") for alias in node.names]


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (value := _dotted(node.value)):
        return f"{value}.{node.attr}"
    return ""
