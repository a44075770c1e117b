"""Processor time for a minute of a call: a list of ours, and pipecat's leanest program for the same job.

    python -m benchmarks.peers.compare --calls 20 --cps 1

Both call so many people with one text, one after the other, on `cartesia-call simulator`. pipecat's current
release is installed into a temporary environment; `--python` names an interpreter that has it already. What
each program loads before its first call does not count. For the peer, the carrier's side says how much of the
stream each callee heard.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

from benchmarks.live_list import call_list, live_line, minutes_heard, people_of
from benchmarks.many_legs import simulator
from cartesia_call.blocking import DaemonThreadLoop
from cartesia_call.settings.speaking import VOICE_ID
from tests.cli.live_network import reserved_port
from tests.isolation import home_variables, minimal_environment

PACKAGES = ("pipecat-ai[cartesia,websocket]", "uvicorn[standard]", "aiohttp")
PROGRAM = Path(__file__).with_name("pipecat_calls.py")
SPARE_S = 60.0
"""For the start of calls and of the message, beside what the message takes."""

CHARACTERS_PER_S = 12
"""Of slow speech: how long a call may take."""

TARGET = 0.1
_HEARD = re.compile(r"([\d.]+) s of the stream heard")


def install(folder: Path) -> Path:
    """The interpreter of a new environment with the peer's current release, or CalledProcessError."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    return python


async def call_with_pipecat(
    python: Path, environment: dict[str, str], message: str, *, calls: int, cps: float, home: Path
) -> dict[str, float]:
    """What it says that it used."""
    limit_s = SPARE_S + calls / cps + len(message) / CHARACTERS_PER_S
    with reserved_port() as port:
        process = await asyncio.create_subprocess_exec(
            *(python, PROGRAM, "--calls", str(calls), "--cps", f"{cps:g}", "--port", str(port)),
            *("--limit-s", f"{limit_s:g}"),
            env=minimal_environment(home) | environment | {"VOICE_ID": VOICE_ID.default or ""},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(limit_s + SPARE_S):
            told, _ = await process.communicate(message.encode())
    if process.returncode:
        raise SystemExit(f"the peer ended with status {process.returncode}")
    figures: dict[str, float] = json.loads(told.splitlines()[-1])
    return figures


async def compare(python: Path, *, calls: int, cps: float, characters: int, home: Path) -> bool:
    """Print both, and whether ours is a tenth at most."""
    people = people_of(calls, characters, personal=False)
    message = people[0].message
    async with (
        simulator(home) as (environment, pid),
        live_line(environment, home, rows=calls, cps=cps) as (line, settings),
    ):
        results, used = await call_list(people, line, settings, pid)
    minutes = minutes_heard(results)
    ours = used.ours_s / minutes
    print(f"ours: {used.ours_s:.1f} s for {minutes:.1f} minutes heard, {ours:.3f} s a minute", flush=True)
    lines: list[str] = []
    async with simulator(home, lines) as (environment, _):
        figures = await call_with_pipecat(python, environment, message, calls=calls, cps=cps, home=home)
    heard_s = [float(found[1]) for line in lines if (found := _HEARD.search(line))]
    theirs = figures["processor_s"] / (sum(heard_s) / 60)
    print(
        f"{version(python)}: {figures['processor_s']:.1f} s for {sum(heard_s) / 60:.1f} minutes heard in "
        f"{len(heard_s)} calls, {theirs:.3f} s a minute"
    )
    print(f"ours takes {ours / theirs:.3f} of the processor time of theirs")
    return ours <= TARGET * theirs


def version(python: Path) -> str:
    """The peer's name and release."""
    asked = "from importlib.metadata import version; print('pipecat-ai', version('pipecat-ai'))"
    return subprocess.run([python, "-c", asked], check=True, capture_output=True, text=True).stdout.strip()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print three lines; 1 if ours takes more than a tenth."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--cps", type=float, default=1.0)
    parser.add_argument("--characters", type=int, default=700)
    parser.add_argument("--python", type=Path)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="cartesia-call-peers-") as folder:
        home = Path(folder) / "home"
        python = given.python or install(Path(folder) / "peer")
        os.environ |= home_variables(home)
        with asyncio.Runner(loop_factory=DaemonThreadLoop) as runner:
            is_tenth = runner.run(
                compare(python, calls=given.calls, cps=given.cps, characters=given.characters, home=home)
            )
    return int(not is_tenth)


if __name__ == "__main__":
    sys.exit(main())
