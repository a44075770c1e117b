"""`# assumes: NAME` in the code, and the table of beliefs: `python -m tests.assumption_marks` prints it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from cartesia_simulator.comparing.assumptions import ASSUMPTIONS

ROOT = Path(__file__).parents[1]
CODE = ROOT / "src" / "cartesia_call"
_MARK = re.compile(r"# assumes: ([a-z0-9-]+(?:, [a-z0-9-]+)*)$", re.MULTILINE)


def marks() -> Iterator[tuple[str, str]]:
    """Name and file of each mark, the file from the package on."""
    for path in sorted(CODE.rglob("*.py")):
        for found in _MARK.finditer(path.read_text(encoding="utf-8")):
            for name in found[1].split(", "):
                yield name, path.relative_to(CODE).as_posix()


def table() -> str:
    """The table of docs/assumptions.md."""
    places: dict[str, list[str]] = {}
    for name, path in marks():
        places.setdefault(name, []).append(path)
    lines = [
        "| name | believed | depends on it | if it is wrong | a trace settles it by |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, belief in ASSUMPTIONS.items():
        where = ", ".join(f"`{path}`" for path in dict.fromkeys(places.get(name, [])))
        settled = belief.settled_by or f"nothing: {belief.untraced}"
        lines.append(f"| `{name}` | {belief.believed} | {where} | {belief.if_wrong} | {settled} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
