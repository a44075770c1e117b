"""One live call by each program, in turns: ours, another build of ours, and what others would use for it.

    python -m benchmarks.peers.one_call --rounds 11 --against ../before --pipecat TEMPORARY --guide TEMPORARY

Every call is a process of its own that calls one person with one text, on the light telephone network in
this process (`light_carrier.py`) and the speech service of `cartesia-call simulator`; the phone rings for
half a second. None has a tunnel: the carrier reaches each on the loopback. Ours is `dial` with a fresh home
each time. The others are the integration guide's Node program (`guide_call.cjs`), a short script with
websockets and twilio (`script_call.py`), pipecat's leanest program (`pipecat_calls.py`), and the floor, a
bare asyncio server with prepared frames (`floor_calls.py`). Whoever has not hung up `PATIENCE_S` after the
first media is hung up on; a process that has not exited by itself as long after the call's end is ended, and
has no time of leaving.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

from benchmarks.first_audio import NUMBER, OURS, TITLES, WATCH, Measured, distributions, python_of
from benchmarks.peers.compare import install
from benchmarks.peers.light_carrier import LightCarrier
from benchmarks.peers.live_calls import stand_ins
from tests.cli.live_network import reserved_port
from tests.isolation import minimal_environment

HERE = Path(__file__).resolve().parent
MESSAGE = "The database is down. Please call the operator."
AUDIO_S = 3.0
"""Of the floor's prepared frames: about what the message takes."""

PATIENCE_S = 6.0
LIMIT_S = 60.0
GUIDE_PACKAGES = ("twilio@6.3.1", "ws@8.23.0")


def install_guide(folder: Path) -> Path:
    """A new folder with the guide's packages and program, or CalledProcessError."""
    folder.mkdir(parents=True)
    npm = ("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), *GUIDE_PACKAGES)
    subprocess.run(npm, check=True, stdout=subprocess.DEVNULL)
    shutil.copy(HERE / "guide_call.cjs", folder)
    return folder


class Programs:
    """How each is started."""

    def __init__(self, *, against: Path | None, pipecat: Path | None, guide: Path | None) -> None:
        self._builds = {"ours": OURS} | ({"before": against} if against else {})
        self._pipecat = pipecat
        self._guide = guide

    def names(self) -> list[str]:
        """Ours first."""
        others = {"guide": self._guide, "pipecat": self._pipecat}
        return [*self._builds, *(name for name, place in others.items() if place), "script", "floor"]

    def command(self, name: str, port: int) -> tuple[list[str], str]:
        """Its words, and its PYTHONPATH."""
        if name in self._builds:
            checkout = self._builds[name]
            words = [python_of(checkout), "-m", "cartesia_call", "dial", NUMBER, MESSAGE, "--quiet"]
            public = ["--public-url", f"http://127.0.0.1:{port}", "--fallback", "none"]
            return [*words, *public], str(checkout / "src")
        if name == "guide":
            node = shutil.which("node")
            assert node is not None
            return [node, str(self._guide_program()), NUMBER, MESSAGE], ""
        if name == "pipecat":
            once = ["--calls", "1", "--cps", "1", "--limit-s", f"{LIMIT_S:g}", "--port", str(port)]
            return [str(self._pipecat), str(HERE / "pipecat_calls.py"), *once], ""
        if name == "script":
            return [sys.executable, str(HERE / "script_call.py"), NUMBER, MESSAGE], ""
        once = ["--calls", "1", "--cps", "1", "--audio-s", f"{AUDIO_S:g}"]
        return [sys.executable, "-m", "benchmarks.peers.floor_calls", *once], str(OURS)

    def _guide_program(self) -> Path:
        assert self._guide is not None
        return self._guide / "guide_call.cjs"


async def one_call(
    command: Sequence[str], environment: dict[str, str], carrier: LightCarrier, home: Path
) -> Measured:
    """Start the program, and wait until its call and its process are over."""
    known = set(carrier.calls)
    watch = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WATCH, *command),
        env=environment,
        cwd=home,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert watch.stdin is not None
    assert watch.stdout is not None
    watch.stdin.write(MESSAGE.encode())
    watch.stdin.close()
    pid, began = (await watch.stdout.readline()).split()
    try:
        async with asyncio.timeout(LIMIT_S):
            printed = await _until_over(carrier, known, watch.stdout, int(pid))
    finally:
        if watch.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
            await watch.wait()
    ended, processor, peak, status = printed.rsplit(b"\n", 2)[-2].split()
    (sid,) = set(carrier.calls) - known
    call, began_s = carrier.calls[sid], float(began)
    assert call.ended_at_s is not None
    assert call.heard.first_media_at_s is not None
    assert call.heard.start_to_media_s is not None
    is_killed = os.WIFSIGNALED(int(status))
    return Measured(
        asking=None,
        first_media=(call.heard.first_media_at_s - began_s) * 1000,
        placing=(call.placed_at_s - began_s) * 1000,
        start_to_media=call.heard.start_to_media_s * 1000,
        leaving=None if is_killed else (float(ended) - call.ended_at_s) * 1000,
        processor=float(processor) * 1000,
        peak_mb=float(peak),
    )


async def _until_over(
    carrier: LightCarrier, known: set[str], printed: asyncio.StreamReader, pid: int
) -> bytes:
    """All that is printed until the program has ended, by itself or not."""
    rest = asyncio.create_task(printed.read())
    while not rest.done():
        await asyncio.wait({rest}, timeout=0.05)
        now_s = asyncio.get_running_loop().time()
        for sid in set(carrier.calls) - known:
            call = carrier.calls[sid]
            first_s = call.heard.first_media_at_s
            if call.ended_at_s is None and first_s is not None and now_s > first_s + PATIENCE_S:
                carrier.complete(call)
            if call.ended_at_s is not None and now_s > call.ended_at_s + PATIENCE_S:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    return rest.result()


def fresh_home(folder: str, name: str) -> Path:
    home = Path(folder, name)
    home.mkdir()
    return home


async def measure(rounds: int, programs: Programs) -> dict[str, list[Measured]]:
    """Each program's calls; a first one of each is not counted."""
    names = programs.names()
    found: dict[str, list[Measured]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory(prefix="cartesia-call-one-call-") as folder:
        async with stand_ins(Path(folder, "network")) as (carrier, environment):
            for number in range(-1, rounds):
                for name in names if number % 2 else reversed(names):
                    home = fresh_home(folder, f"{name} {number}")
                    with reserved_port() as port:
                        command, path = programs.command(name, port)
                        own = minimal_environment(home) | environment
                        measured = await one_call(command, own | {"PYTHONPATH": path}, carrier, home)
                    if number >= 0:
                        found[name].append(measured)
    return found


def main() -> None:
    """Print each program's medians."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--against", type=Path, help="the checkout of another build of ours")
    parser.add_argument("--pipecat", help="an interpreter that has it, or TEMPORARY to install it")
    parser.add_argument("--guide", help="a folder that `install_guide` made, or TEMPORARY to make it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cartesia-call-peers-") as name:
        programs = installed(Path(name), against=given.against, pipecat=given.pipecat, guide=given.guide)
        found = asyncio.run(measure(given.rounds, programs))
    for field in fields(Measured):
        print(TITLES[field.name])
        for program, calls in found.items():
            values = sorted(distributions(calls).get(field.name, []))
            middle = f"{values[len(values) // 2]:9.1f}, most {values[-1]:9.1f}" if values else f"{'-':>9}"
            print(f"    {program:<10}{middle}")


def installed(folder: Path, *, against: Path | None, pipecat: str | None, guide: str | None) -> Programs:
    """With what is TEMPORARY made in `folder`."""
    return Programs(
        against=against and against.resolve(),
        pipecat=made_or_given(pipecat, lambda: install(folder / "pipecat")),
        guide=made_or_given(guide, lambda: install_guide(folder / "guide")),
    )


def made_or_given(given: str | None, make: Callable[[], Path]) -> Path | None:
    """What the command line named."""
    if given == "TEMPORARY":
        return make()
    return Path(given) if given else None


if __name__ == "__main__":
    main()
