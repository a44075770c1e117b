"""What several commands' tests need."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest

from cartesia_call.cli.logs import ROOT
from tests.cli_process import CommandLine, Finished


@pytest.fixture
def run_without_offline_voice(run_cli: CommandLine) -> Callable[..., Finished]:
    """Run the program in a Python in which nothing can import espeakng_loader, of the extra `offline`."""

    def run(*arguments: str) -> Finished:
        trouble = {"TROUBLE": "no-offline-voice"}
        return run_cli.wait(run_cli.start(*arguments, env=trouble, module="tests.cli.troubled_program"))

    return run


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    """A command that runs in this process sets up logging, as it would in one of its own."""
    loggers = [logging.getLogger(name) for name in (ROOT, "asyncio")]
    before = [(logger.handlers, logger.level, logger.propagate) for logger in loggers]
    yield
    for logger, (handlers, level, propagates) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate = handlers, propagates
        logger.setLevel(level)
