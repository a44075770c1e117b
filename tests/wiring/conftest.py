"""What tests of lines leave is waited for."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _keepers_are_reaped() -> Iterator[None]:
    """Here the process that opened a line lives on, which hears of its keeper's end in a thread."""
    yield
    for thread in threading.enumerate():
        if thread.name == "the end of a keeper":
            thread.join(5)
