"""A few lines on a terminal that tell how far a list is, drawn over each other.

As the live line of one call: it sets no mode, holds nothing up, and a terminal that takes no output is drawn
on later or not at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TextIO

from cartesia_call.cli.drawing import write_at_once

if TYPE_CHECKING:
    from rich.console import Console

REDRAW_S = 0.5
_UP_AND_ERASE = "\x1b[1A\x1b[2K"


class LiveTable:
    """Redrawn twice a second while it shows."""

    def __init__(self, console: Console, descriptor: int) -> None:
        self._console = console
        self._descriptor = descriptor
        self._lines_drawn = 0

    @classmethod
    def on(cls, stream: TextIO | None) -> LiveTable | None:
        """One on `stream`, if that is a terminal that can erase lines."""
        if stream is None or stream.closed or not stream.isatty():
            return None
        from rich.console import Console  # loaded for people only, never for pipes

        console = Console(file=stream)
        return None if console.is_dumb_terminal else cls(console, stream.fileno())

    async def show(self, lines: Callable[[], Sequence[tuple[str, str]]]) -> None:
        """Draw what `lines` says, until cancelled."""
        while True:
            self._draw(lines())
            await asyncio.sleep(REDRAW_S)

    def erase(self) -> None:
        """Make room for a line of text."""
        if self._lines_drawn and write_at_once(self._descriptor, _UP_AND_ERASE * self._lines_drawn):
            self._lines_drawn = 0

    def _draw(self, lines: Sequence[tuple[str, str]]) -> None:
        from rich.table import Table

        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(style="cyan")
        table.add_column(no_wrap=True)
        for name, value in lines:
            table.add_row(name, value)
        with self._console.capture() as painted:
            self._console.print(table)
        text = painted.get()
        if write_at_once(self._descriptor, _UP_AND_ERASE * self._lines_drawn + text):
            self._lines_drawn = text.count("\n")
