"""`python -m tests.recorded`: make the traces of this folder anew."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from cartesia_call.wiring.line import run
from tests.calls.rehearsed import rehearsed
from tests.isolation import home_variables, remove_foreign_settings
from tests.recorded.scenes import SCENES, Scene

MESSAGE = "Hello. It is over."


async def make(scene: Scene) -> None:
    """The trace of `scene`, over the one that is there."""
    options: dict[str, Any] = {"cache": "0", **scene.options}
    async with rehearsed(scene.callee, *scene.faults, message=MESSAGE, trace=scene.path, **options) as call:
        result = await call.run()
    if result.outcome is not scene.outcome:
        sys.exit(f"{scene.name}: {result.outcome}, not {scene.outcome}")
    scene.path.chmod(0o644)


async def make_all() -> None:
    for scene in SCENES:
        await make(scene)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        remove_foreign_settings(os.environ)
        os.environ.update(home_variables(Path(home)))
        run(make_all(), skips=True)
