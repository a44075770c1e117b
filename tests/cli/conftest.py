"""What several commands' tests need."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from cartesia_call.cli.logs import ROOT


@pytest.fixture
def without_offline_voice(tmp_path: Path) -> dict[str, str]:
    """The environment of a Python in which nothing can import espeakng_loader, of the extra `offline`."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['espeakng_loader'] = None\n")
    return {"PYTHONPATH": str(tmp_path)}


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    """A command that runs in this process sets up logging, as it would in one of its own."""
    loggers = [logging.getLogger(name) for name in (ROOT, "asyncio")]
    before = [(logger.handlers, logger.level, logger.propagate) for logger in loggers]
    yield
    for logger, (handlers, level, propagates) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate = handlers, propagates
        logger.setLevel(level)
