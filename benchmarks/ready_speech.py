"""From the stream's `start` to the first media message: speech that is ready, and speech asked for then.

    python -m benchmarks.ready_speech --calls 200

Rehearses pairs of calls in real time: one as the program makes it, the audio ready before the phone rings,
and one that asks the speech service only when the stream starts. The built-in speech service is on loopback
and needs no time to think, so a real one makes the second figure larger, never smaller.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
from collections.abc import Sequence

from cartesia_call.ports import CallStage, Clock
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech_ports import SpeechRequest, SpeechService
from cartesia_call.telephony.outcomes import Voice
from tests.calls.rehearsed import rehearsed

CALLEE = "answers,ring:0s,hangs-up@0.4s"
MESSAGE = "The database is down. Please call the operator."


class SpeechAtStart:
    """Asks for the speech when the stream has started, as the guide for Node does.

    One byte of silence stands for the audio that the program wants to see before it dials.
    """

    def __init__(self, service: SpeechService, clock: Clock) -> None:
        self._service = service
        self._clock = clock
        self._started = asyncio.Event()
        self._started_at_s = 0.0
        self.first_audio_after_ms: float | None = None

    def show(self, phase: CallStage) -> None:
        """Watches the call for the moment in which the stream starts."""
        if phase.kind == "speaking":
            self._started_at_s = phase.since_s
            self._started.set()

    @property
    def voice(self) -> Voice:
        return self._service.voice

    async def synthesise(
        self, request: SpeechRequest, utterance: Utterance, *, first_audio_by_s: float | None = None
    ) -> None:
        """The speech, from the stream's start on."""
        utterance.append(b"\xff")
        await self._started.wait()
        leave = utterance.subscribe(self._note)
        try:
            await self._service.synthesise(request, utterance, first_audio_by_s=first_audio_by_s)
        finally:
            leave()

    def _note(self) -> None:
        if self.first_audio_after_ms is None:
            self.first_audio_after_ms = (self._clock.now_s() - self._started_at_s) * 1000


async def ready_call() -> float:
    """Milliseconds from `start` to the first media message of a call as the program makes it."""
    async with rehearsed(CALLEE, message=MESSAGE) as rehearsal:
        result = await rehearsal.run(cache=None)
        assert result.timing.stream_start_to_first_audio is not None, result
        return result.timing.stream_start_to_first_audio


async def late_call() -> float:
    """The same of a call that asks for speech at `start`."""
    async with rehearsed(CALLEE, message=MESSAGE) as rehearsal:
        ports = rehearsal.line.ports
        late = SpeechAtStart(ports.voices[0], ports.clock)
        await rehearsal.run(voices=(late,), observer=late, cache=None)
        assert late.first_audio_after_ms is not None
        return late.first_audio_after_ms


def row(name: str, values_ms: Sequence[float]) -> str:
    """One line of the table: median, 90th and 99th percentile, maximum."""
    percentiles = statistics.quantiles(values_ms, n=100, method="inclusive")
    figures = (statistics.median(values_ms), percentiles[89], percentiles[98], max(values_ms))
    return f"{name:<34}" + "".join(f"{figure:>10.2f}" for figure in figures)


async def measure(calls: int) -> None:
    """Run the pairs one after the other and print the table."""
    ready_ms, late_ms = [], []
    for _ in range(calls):
        ready_ms.append(await ready_call())
        late_ms.append(await late_call())
    print(f"{f'{calls} pairs, milliseconds':<34}" + "".join(f"{n:>10}" for n in ("p50", "p90", "p99", "max")))
    print(row("audio ready before the call", ready_ms))
    print(row("speech asked for at `start`", late_ms))
    ratio = statistics.median(late / ready for late, ready in zip(late_ms, ready_ms, strict=True))
    print(f"median of the pairs' ratios: {ratio:.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=200)
    asyncio.run(measure(parser.parse_args().calls))
