"""No module imports itself by a detour. Part of the house rules, held by `test_architecture.py`."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from tests.source_tree import Source


def import_cycle(sources: Iterable[Source]) -> list[str]:
    """The modules of one cycle of imports, first and last the same; empty if there is none."""
    modules = {source.module: source for source in sources if source.is_product}
    graph = {
        name: {
            found.target if found.target in modules else found.module
            for found in source.imports
            if found.target in modules or found.module in modules
        }
        for name, source in modules.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as cycle:
        return list(cycle.args[1])
    return []
