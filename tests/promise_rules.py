"""The house rules behind promises to users: what an outcome means stands in one place.

Part of the table in `house_rules.py`, which is held by `test_architecture.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.source_tree import PACKAGE, Source

_OUTCOME = f"{PACKAGE}.telephony.outcomes.Outcome."

OUTCOME_TABLES = frozenset(
    {
        f"{PACKAGE}.telephony.outcomes",
        # The numbers: exit statuses exist in cli/ only.
        f"{PACKAGE}.cli.exit_status",
    }
)


def outcomes_have_one_table(source: Source) -> Iterator[str]:
    """What an outcome means is a column of `telephony/outcomes.py`, never a list of outcomes elsewhere."""
    if not source.is_product or source.module in OUTCOME_TABLES:
        return
    outcomes = {node for node, name in source.references if name.startswith(_OUTCOME)}
    for node in source.walk():
        members = sum(member in outcomes for member in _members(node))
        if members > 1:
            sentence = f"{members} outcomes in one list: make it a column of telephony/outcomes.py"
            yield f"{source.path}:{getattr(node, 'lineno', 1)}: {sentence}"


def _members(node: ast.AST) -> list[ast.expr | None]:
    """What is listed in a literal set, tuple, list or keys of a dictionary, or in one `case`."""
    if isinstance(node, ast.Set | ast.Tuple | ast.List):
        return [*node.elts]
    if isinstance(node, ast.Dict):
        return node.keys
    if isinstance(node, ast.MatchOr):
        return [pattern.value for pattern in node.patterns if isinstance(pattern, ast.MatchValue)]
    return []
