"""The live table: drawn over itself, and gone before anything else is printed."""

from __future__ import annotations

import asyncio
import io
import os
import pty
from collections.abc import Iterator

import pytest
from rich.console import Console

from cartesia_call.cli.live_table import LiveTable

DEADLINE_S = 20
UP_AND_ERASE = "\x1b[1A\x1b[2K"


class Screen:
    """A pseudo-terminal: what is written to `stream` is read from it."""

    def __init__(self) -> None:
        self._master, slave = pty.openpty()
        self.stream = os.fdopen(slave, "w")

    async def read(self) -> str:
        """The next piece of what was written."""
        async with asyncio.timeout(DEADLINE_S):
            loop, there = asyncio.get_running_loop(), asyncio.Event()
            loop.add_reader(self._master, there.set)
            try:
                await there.wait()
            finally:
                loop.remove_reader(self._master)
        return os.read(self._master, 4096).decode().replace("\r\n", "\n")

    def close(self) -> None:
        self.stream.close()
        os.close(self._master)


@pytest.fixture
def screen() -> Iterator[Screen]:
    screen = Screen()
    yield screen
    screen.close()


@pytest.mark.real_time
async def test_each_drawing_takes_the_place_of_the_last_and_the_end_leaves_nothing(screen: Screen) -> None:
    table = LiveTable(
        Console(file=screen.stream, force_terminal=True, color_system=None, width=60), screen.stream.fileno()
    )
    reached = 0

    def lines() -> list[tuple[str, str]]:
        nonlocal reached
        reached += 1
        return [("rows over", "3 of 9"), ("reached", str(reached))]

    showing = asyncio.create_task(table.show(lines))
    first, second = await screen.read(), await screen.read()
    showing.cancel()
    await asyncio.wait({showing})
    table.erase()
    assert [line.split() for line in first.splitlines()] == [
        ["rows", "over", "3", "of", "9"],
        ["reached", "1"],
    ]
    assert second.startswith(2 * UP_AND_ERASE)
    assert second.removeprefix(2 * UP_AND_ERASE).split() == ["rows", "over", "3", "of", "9", "reached", "2"]
    assert await screen.read() == 2 * UP_AND_ERASE
    table.erase()  # there is nothing left to erase


@pytest.mark.parametrize("stream", [None, io.StringIO()])
def test_what_is_no_terminal_has_no_table(stream: io.StringIO | None) -> None:
    assert LiveTable.on(stream) is None
