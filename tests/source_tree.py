"""Python files of this repository as syntax trees, with the facts that the house rules ask about."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TypeVar

PACKAGE = "cartesia_call"
SIMULATOR = "cartesia_simulator"
PACKAGES = frozenset({PACKAGE, SIMULATOR})
"""The program, and the other side of the line beside it, which is one room."""
Function = ast.FunctionDef | ast.AsyncFunctionDef
Node = TypeVar("Node", bound=ast.AST)


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
        """True in the packages, False in tests and benchmarks."""
        return self.path.parts[:1] == ("src",) and self.path.parts[1] in PACKAGES

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
        found: list[ast.Import | ast.ImportFrom] = [*self.nodes(ast.Import), *self.nodes(ast.ImportFrom)]
        deferred = found and {
            inner
            for outer in self.functions
            for inner in _walk(outer, (ast.stmt, ast.ExceptHandler, ast.match_case))
        }
        return tuple(
            Import(node.lineno, module, target, node in deferred)
            for node in found
            for module, target in _targets(node)
        )

    def walk(self) -> Iterator[ast.AST]:
        """Every node, from the outside to the inside."""
        return iter(self._nodes)

    def nodes(self, kind: type[Node]) -> list[Node]:
        """Every node of just this class."""
        return self._by_class.get(kind, [])  # type: ignore[return-value]  # they are of their class

    @property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method, also in another."""
        return [*self.nodes(ast.FunctionDef), *self.nodes(ast.AsyncFunctionDef)]

    @cached_property
    def _nodes(self) -> list[ast.AST]:
        """Every rule goes through all of them."""
        return _walk(self.tree, (ast.AST,))

    @cached_property
    def _by_class(self) -> dict[type[ast.AST], list[ast.AST]]:
        found: dict[type[ast.AST], list[ast.AST]] = {}
        for node in self._nodes:
            found.setdefault(type(node), []).append(node)
        return found

    @cached_property
    def references(self) -> tuple[tuple[ast.expr, str], ...]:
        """(node, dotted name) of every name in use, aliases and `from` imports resolved.

        `from datetime import datetime as d; d.now()` refers to `datetime.datetime.now`.
        """
        aliases = self._aliases()
        found: list[tuple[ast.expr, str]] = [
            (name, aliases.get(name.id, name.id)) for name in self.nodes(ast.Name)
        ]
        for node in self.nodes(ast.Attribute):
            if dotted := _dotted(node):
                first, _, rest = dotted.partition(".")
                found.append((node, f"{aliases.get(first, first)}.{rest}"))
        return tuple(found)

    def _aliases(self) -> dict[str, str]:
        names = {}
        for plain in self.nodes(ast.Import):
            names.update({alias.asname: alias.name for alias in plain.names if alias.asname})
        for node in self.nodes(ast.ImportFrom):
            names.update({a.asname or a.name: f"{node.module}.{a.name}" for a in node.names})
        return names


def room_of(module: str) -> str:
    """`cli` for `cartesia_call.cli.main`, `errors` for `cartesia_call.errors`, empty for the package itself;
    `simulator` for all of `cartesia_simulator`.
    """
    parts = module.split(".")
    if parts[0] == SIMULATOR:
        return "simulator"
    return parts[1] if parts[0] == PACKAGE and len(parts) > 1 else ""


def code_lines(function: Function) -> int:
    """How many lines a function takes, decorators and docstring left out."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    docstring = function.body[0]
    return lines - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def read_sources(repository: Path) -> list[Source]:
    """Every Python file of the packages, their tests and its benchmarks."""
    return [
        Source(PurePosixPath(file.relative_to(repository).as_posix()), file.read_text(encoding="utf-8"))
        for folder in ("src", "tests", "benchmarks")
        for file in sorted((repository / folder).rglob("*.py"))
    ]


def _walk(tree: ast.AST, kinds: tuple[type[ast.AST], ...]) -> list[ast.AST]:
    """`tree`, and what stands in it in nodes of these kinds alone; not whether a name is read or set."""
    found = [tree]
    for node in found:  # and in what is found on the way
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                found += [each for each in value if isinstance(each, kinds)]
            elif isinstance(value, kinds) and field != "ctx":
                found.append(value)
    return found


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
