"""Messages of 10 to 20,000 characters: what is heard, how far ahead is sent, how fast is hung up, memory.

    python -m benchmarks.message_lengths

Each rehearsal runs in a process of its own, so that its peak memory is its own. The process holds the
telephone network too, which keeps a copy of what was synthesised and one of what was heard.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys

from cartesia_call.audio.mulaw import SILENCE_BYTE
from tests.calls.rehearsed import message_of, rehearsed

LENGTHS = (10, 60, 300, 1_500, 20_000)
TIME_SCALES = {20_000: 100.0}
USUAL_TIME_SCALE = 10.0


async def measure(length: int) -> dict[str, object]:
    """One rehearsal of a message of `length` characters."""
    time_scale = TIME_SCALES.get(length, USUAL_TIME_SCALE)
    async with rehearsed(message=message_of(length), time_scale=time_scale) as rehearsal:
        result = await rehearsal.run()
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        call, synthesised = rehearsal.simulated, rehearsal.synthesised
        heard = call.heard
        start = heard.find(synthesised)
        rest = heard[:start] + heard[start + len(synthesised) :]
        hang_up_at_s = min(
            request.at_s for request in rehearsal.network.carrier.requests if "Status" in request.parameters
        )
        return {
            "characters": length,
            "audio_s": len(synthesised) / 8000,
            "outcome": result.outcome,
            "evidence": result.evidence,
            "equal": start >= 0 and set(rest) <= {SILENCE_BYTE},
            "queue_s": call.max_queued_ms / 1000,
            # Real milliseconds: the clock runs `time_scale` times as fast.
            "mark_to_hang_up_ms": (hang_up_at_s - call.marks_echoed[-1][1]) * 1000 / time_scale,
            "peak_mb": peak_mb,
        }


def main() -> None:
    """Print a row per length, and the memory of the longest as a ratio to the shortest."""
    header = (
        "characters",
        "audio s",
        "outcome",
        "evidence",
        "heard = made",
        "most queued s",
        "mark>hangup ms",
    )
    print(" | ".join((*header, "peak MB")))
    peaks: list[float] = []
    for length in LENGTHS:
        output = subprocess.run(
            [sys.executable, "-m", "benchmarks.message_lengths", str(length)],
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        row = json.loads(output)
        peaks.append(row["peak_mb"])
        print(
            " | ".join(f"{value:.1f}" if isinstance(value, float) else str(value) for value in row.values())
        )
    print(f"peak memory, longest / shortest: {peaks[-1] / peaks[0]:.2f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(asyncio.run(measure(int(sys.argv[1])))))
    else:
        main()
