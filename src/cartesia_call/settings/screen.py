"""How wide the screen is, as far as the environment says so. It imports next to nothing: `--help` asks."""

from __future__ import annotations

import os


def columns_said() -> int | None:
    """What COLUMNS says; None if that is no number of columns."""
    try:
        said = int(os.environ.get("COLUMNS", ""))
    except ValueError:
        return None
    return said if said > 0 else None
