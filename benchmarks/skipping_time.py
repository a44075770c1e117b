"""What a rehearsal takes: its time as a ratio to the call's, and processor seconds per minute of the call.

    python -m benchmarks.skipping_time
    git worktree add /tmp/before HEAD~1 && python -m benchmarks.skipping_time --against /tmp/before

Each rehearsal is a process, `cartesia-call dial --rehearse`, start and imports included; `a further minute`
leaves them out, by comparing the longest message with the shortest. With `--against` each is also made by the
build whose worktree is named, in turn with this one's, with that build's own defaults, and the ratios are
printed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.calls.rehearsed import CALLEE, message_of

LENGTHS = (10, 60, 300, 1_500, 20_000)
HERE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Took:
    """Real seconds, and processor seconds of all threads."""

    wall_s: float
    cpu_s: float


def rehearse(build: Path, length: int) -> tuple[Took, float]:
    """A call with a message of `length` characters; how many seconds it lasted by its own dates, too."""
    command = [
        sys.executable,
        "-m",
        "cartesia_call",
        "dial",
        CALLEE,
        message_of(length),
        "--rehearse",
        "--json",
    ]
    command += ["--callee", "answers,ring:1s", "--no-cache", "--max-duration", "60m", "--quiet"]
    with tempfile.TemporaryDirectory(prefix="cartesia-call-time-") as home:
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG"}}
        process = subprocess.Popen(
            command,
            env={**kept, "HOME": home, "PYTHONPATH": str(build / "src")},
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        began_s = time.perf_counter()
        assert process.stdout is not None
        with process.stdout:
            result = json.loads(process.stdout.read())
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        took = Took(time.perf_counter() - began_s, usage.ru_utime + usage.ru_stime)
    assert result["outcome"] == "delivered", result
    dates = [datetime.fromisoformat(result[name]) for name in ("started_at", "ended_at")]
    return took, (dates[1] - dates[0]).total_seconds()


def further_minute(took: dict[int, Took], call_s: dict[int, float]) -> Took:
    """What the longest call took beyond the shortest, per minute that it is longer."""
    longest, shortest = max(took), min(took)
    minutes = (call_s[longest] - call_s[shortest]) / 60
    return Took(
        (took[longest].wall_s - took[shortest].wall_s) / minutes,
        (took[longest].cpu_s - took[shortest].cpu_s) / minutes,
    )


def main(against: Path | None, lengths: tuple[int, ...]) -> None:
    """Measure and print; the call's own length is this build's, for both."""
    ours: dict[int, Took] = {}
    theirs: dict[int, Took] = {}
    call_s: dict[int, float] = {}
    print(
        "characters  call s   wall s  of real time   cpu s per min"
        + "   before: wall s   cpu s per min" * bool(against)
    )
    for length in lengths:
        ours[length], call_s[length] = rehearse(HERE, length)
        row = f"{length:>10}{call_s[length]:>8.1f}" + _figures(ours[length], call_s[length])
        if against is not None:
            theirs[length], _ = rehearse(against, length)
            row += f"{theirs[length].wall_s:>17.2f}{theirs[length].cpu_s / call_s[length] * 60:>16.2f}"
            row += f"   ratios: {ours[length].wall_s / theirs[length].wall_s:.2f} wall"
            row += f", {ours[length].cpu_s / theirs[length].cpu_s:.2f} cpu"
        print(row, flush=True)
    ours_further = further_minute(ours, call_s)
    print(f"a further minute: {ours_further.wall_s:.2f} s wall, {ours_further.cpu_s:.2f} s cpu")
    if against is not None:
        before = further_minute(theirs, call_s)
        ratios = (
            f"{ours_further.wall_s / before.wall_s:.2f} wall, {ours_further.cpu_s / before.cpu_s:.2f} cpu"
        )
        print(f"before: {before.wall_s:.2f} s wall, {before.cpu_s:.2f} s cpu; ratios: {ratios}")


def _figures(took: Took, call_s: float) -> str:
    return f"{took.wall_s:>9.2f}{took.wall_s / call_s:>14.3f}{took.cpu_s / call_s * 60:>16.2f}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--against", type=Path, help="a worktree of another build")
    parser.add_argument("--lengths", type=int, nargs="+", default=LENGTHS, metavar="CHARACTERS")
    arguments = parser.parse_args()
    main(arguments.against and arguments.against.resolve(), tuple(arguments.lengths))
