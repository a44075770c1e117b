"""Messages of 10 to 20,000 characters: what is heard, how far ahead is sent, memory.

    python -m benchmarks.message_lengths

Ends with status 1 at the first that was not heard byte for byte. Each rehearsal runs in a process of its own,
so that its peak memory is its own. The process holds the telephone network too, which keeps a copy of what
was synthesised and one of what was heard.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys

from cartesia_call.audio.mulaw import SILENCE_BYTE
from cartesia_call.telephony.outcomes import Outcome
from cartesia_call.wiring.line import run
from tests.calls.rehearsed import message_of, rehearsed

LENGTHS = (10, 60, 300, 1_500, 20_000)


async def measure(length: int) -> dict[str, object]:
    """One rehearsal of a message of `length` characters."""
    async with rehearsed(message=message_of(length), max_duration="60m") as rehearsal:
        result = await rehearsal.run()
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        call, synthesised = rehearsal.simulated, rehearsal.synthesised
        heard = call.heard
        start = heard.find(synthesised)
        rest = heard[:start] + heard[start + len(synthesised) :]
        return {
            "characters": length,
            "audio_s": len(synthesised) / 8000,
            "outcome": result.outcome,
            "evidence": result.evidence,
            "equal": start >= 0 and set(rest) <= {SILENCE_BYTE},
            "queue_s": call.max_queued_ms / 1000,
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
        if not row["equal"] or row["outcome"] != Outcome.DELIVERED:
            sys.exit(1)
    print(f"peak memory, longest / shortest: {peaks[-1] / peaks[0]:.2f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(run(measure(int(sys.argv[1])), skips=True)))
    else:
        main()
