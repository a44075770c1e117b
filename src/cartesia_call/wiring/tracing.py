"""Where the messages of a command are written down, if that was asked for."""

from __future__ import annotations

import contextlib
import platform
from collections.abc import AsyncIterator, Callable

from cartesia_call import __version__
from cartesia_call.ports import Clock
from cartesia_call.settings.model import Settings
from cartesia_call.trace_ports import Tracer


@contextlib.asynccontextmanager
async def open_trace(
    settings: Settings, clock: Clock, warn: Callable[[str], None]
) -> AsyncIterator[Tracer | None]:
    """The tracer of `--trace`, or None. A trace that cannot be written ends nothing: `warn` is told of it."""
    if settings.trace is None:
        yield None
        return
    from cartesia_call.store.trace_file import TraceFile

    trace = TraceFile(
        settings.trace.path,
        header=_header(settings, clock),
        clock=clock,
        keeps_audio=settings.trace.keeps_audio,
    )
    try:
        yield trace
    finally:
        await trace.close()
        if trace.trouble is not None:
            warn(f"the trace is not whole: {trace.trouble}")


def _header(settings: Settings, clock: Clock) -> str:
    from cartesia_call.tracing.lines import header_line

    network = "other" if settings.other_carrier else "live"
    return header_line(
        program=f"cartesia-call {__version__}",
        utc=clock.utc_now(),
        network="built-in" if settings.rehearse else network,
        region=settings.region,
        faults=list(settings.faults) if settings.rehearse else [],
        asks=_asks(settings),
        tunnel="own address" if settings.path.public_url is not None else "tunnel",
        system=f"{platform.system()} Python {platform.python_version()}",
    )


def _asks(settings: Settings) -> dict[str, object]:
    """What the command wants of a call, as far as it gives nothing away: for whoever replays it."""
    conversation = settings.answering.conversation
    return {
        "ack": conversation.asks_for_key,
        "voicemail": conversation.voicemail.value,
        "amd": "carrier" if conversation.carrier_judges else None,
        "fallback": list(settings.fallback),
    }
