"""What several commands' tests need."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def without_offline_voice(tmp_path: Path) -> dict[str, str]:
    """The environment of a Python in which nothing can import espeakng_loader, of the extra `offline`."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['espeakng_loader'] = None\n")
    return {"PYTHONPATH": str(tmp_path)}
