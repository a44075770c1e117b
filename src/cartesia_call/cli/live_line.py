"""One line on standard error that tells the person at the terminal how far the call is.

It never holds the call up: phases are stored when they are shown and drawn by a task of its own, and a
terminal that takes no output (Ctrl-S, a closed window) is drawn on later or not at all. The cursor stays
visible and no mode is set, so whatever ends the program leaves the terminal as it was, but for this line.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self, TextIO

from cartesia_call.cli.drawing import write_at_once
from cartesia_call.ports import CallStage

_REDRAW_S = 0.1
_ERASE = "\r\x1b[2K"
_MAX_BAR_WIDTH = 30
_MIN_BAR_WIDTH = 5


class Display(Protocol):
    """Shows a call's phases for as long as it is entered."""

    def show(self, phase: CallStage) -> None:
        """`phase` has begun. Returns at once and draws nothing itself."""

    def erase(self) -> None:
        """Make room for a line of text on the same terminal; to be called before it is written."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def make_display(stream: TextIO | None, *, now_s: Callable[[], float], is_wanted: bool) -> Display:
    """A live line if it `is_wanted` and `stream` is a terminal that can erase a line, else nothing.

    `now_s` is the call's clock.
    """
    if not is_wanted or stream is None or stream.closed or not stream.isatty():
        return NoDisplay()
    line = LiveLine(stream, now_s)
    return line if line.is_possible else NoDisplay()


def render_phase(phase: CallStage, now_s: float, width: int) -> str:
    """The line's text, shorter than `width` columns, in ASCII."""
    if phase.kind == "ringing":
        text = f"ringing {_elapsed_s(phase, now_s)} s"
    elif phase.kind == "waiting":
        text = f"another call to this number is up, waiting {_elapsed_s(phase, now_s)} s"
    elif phase.kind == "held-by-guard":
        text = f"held back by the guard, waiting {_elapsed_s(phase, now_s)} s"
    elif phase.kind == "speaking":
        text = _render_speaking(phase, now_s, width)
    else:
        text = phase.kind.replace("-", " ")
    return text[: max(width - 1, 0)]


def _render_speaking(phase: CallStage, now_s: float, width: int) -> str:
    if phase.total_ms is None or phase.played_ms is None:
        return f"speaking {_elapsed_s(phase, now_s)} s"
    played_ms = min(phase.played_ms(), phase.total_ms)
    if played_ms == phase.total_ms and phase.awaits_key is not None and phase.awaits_key():
        return "waiting for a key"
    left = f"{math.ceil((phase.total_ms - played_ms) / 1000)} s left"
    bar_width = min(_MAX_BAR_WIDTH, width - 1 - len(f"speaking [] {left}"))
    if bar_width < _MIN_BAR_WIDTH:
        return f"speaking {left}"
    filled = bar_width * played_ms // phase.total_ms if phase.total_ms else bar_width
    return f"speaking [{'#' * filled}{'-' * (bar_width - filled)}] {left}"


def _elapsed_s(phase: CallStage, now_s: float) -> int:
    return max(0, int(now_s - phase.since_s))


class NoDisplay:
    """For pipes, cron and `-q`: shows nothing."""

    def show(self, phase: CallStage) -> None:
        pass

    def erase(self) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


class LiveLine:
    """The line on a terminal, redrawn ten times a real second while it is entered, and erased at the end."""

    def __init__(self, stream: TextIO, now_s: Callable[[], float]) -> None:
        from rich.console import Console  # loaded for people only, never for pipes

        self._console = Console(file=stream)
        self._descriptor = stream.fileno()
        self._now_s = now_s
        self._phase: CallStage | None = None
        self._is_drawn = False
        self._redrawing: asyncio.Task[None] | None = None

    @property
    def is_possible(self) -> bool:
        """False on a terminal that cannot erase a line (`TERM=dumb`)."""
        return not self._console.is_dumb_terminal

    def show(self, phase: CallStage) -> None:
        self._phase = phase

    def erase(self) -> None:
        if self._is_drawn:
            self._is_drawn = not write_at_once(self._descriptor, _ERASE)

    async def __aenter__(self) -> Self:
        self._redrawing = asyncio.create_task(self._redraw(), name="live line")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._redrawing is not None:
            self._redrawing.cancel()
            self.erase()
            await asyncio.wait([self._redrawing])

    async def _redraw(self) -> None:
        while True:
            if self._phase is not None:
                self._draw(self._phase)
            await asyncio.sleep(_REDRAW_S)

    def _draw(self, phase: CallStage) -> None:
        line = render_phase(phase, self._now_s(), self._console.width)
        with self._console.capture() as painted:
            self._console.print(line, style="cyan", end="", no_wrap=True, markup=False, highlight=False)
        self._is_drawn = write_at_once(self._descriptor, _ERASE + painted.get()) or self._is_drawn
