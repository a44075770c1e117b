"""Many calls of one machine over one public line: are all delivered, and what does it cost to share?

    python -m benchmarks.shared_line together         20 `dial` in the same second, one agent
    python -m benchmarks.shared_line killed           the same, the process that opened the line killed
    python -m benchmarks.shared_line killed-early     the same, killed while it opens it
    python -m benchmarks.shared_line borrower         a process killed while its stream is under way
    python -m benchmarks.shared_line address          20 `dial` behind one --public-url
    python -m benchmarks.shared_line stranger         what another user's process can reach (as root)
    python -m benchmarks.shared_line quick            with a line up against without, paired

The telephone network is `cartesia-call simulator`, the agent a stand-in that refuses a second endpoint of one
name as ngrok does. Each prints what it found and ends with status 1 if that is not what is promised.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.line_ground import Ground, ground, lines_of, read, wait

CALLS = int(os.environ.get("CALLS", "20"))
LIMIT_S = 240.0
NOBODY = 65534


def _results(processes: list[subprocess.Popen[str]]) -> list[dict[str, Any] | None]:
    """Each one's result; None of one that was killed."""
    deadline_s = time.perf_counter() + LIMIT_S
    found: list[dict[str, Any] | None] = []
    for process in processes:
        out, err = process.communicate(timeout=max(1.0, deadline_s - time.perf_counter()))
        found.append(json.loads(out) if out.strip() else None)
        if not out.strip() and process.returncode >= 0:
            print(err, file=sys.stderr)
    return found


def _say(what: str, results: list[dict[str, Any] | None]) -> int:
    """Print the count of outcomes and voices; how many were delivered in Cartesia's voice."""
    told = [(each["outcome"], each["voice"]) if each else ("killed", None) for each in results]
    counts = {f"{outcome} ({voice})": told.count((outcome, voice)) for outcome, voice in dict.fromkeys(told)}
    print(f"{what}: {counts}")
    for each in results:
        if each and each["voice"] != "cartesia":
            print(f"  {each['outcome']}: {each['detail']} {each['error']}")
    return sum(voice == "cartesia" and outcome == "delivered" for outcome, voice in told)


def _watch_agents(place: Ground, processes: list[subprocess.Popen[str]]) -> int:
    """The most agents that ran at one moment, until the calls are over."""
    most = 0
    while any(process.poll() is None for process in processes):
        most = max(most, len(place.agents()))
        wait(0.05)
    return most


def _opener(place: Ground, processes: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    """Whose keeper runs."""
    while True:
        for pid in place.keepers():
            status = read(f"/proc/{pid}/stat").decode(errors="replace")
            for process in processes if status else ():
                if process.pid == int(status.rpartition(")")[2].split()[1]):
                    return process
        wait(0.02)


def together() -> bool:
    """All are delivered in Cartesia's voice, side by side, by one agent, and nothing is left."""
    with ground() as place:
        began_s = time.perf_counter()
        processes = [place.dial(number) for number in range(CALLS)]
        print(f"{CALLS} started within {time.perf_counter() - began_s:.2f} s")
        most = _watch_agents(place, processes)
        results = _results(processes)
        took_s = time.perf_counter() - began_s
        delivered = _say("together", results)
        spoken_s = sum((each or {}).get("message_ms") or 0 for each in results) / 1000
        print(f"{took_s:.1f} s for {spoken_s:.0f} s of speech, at most {most} agent at once")
        left = place.left()
        print(f"left: {left or 'nothing'}")
        return delivered == CALLS and most == 1 and not left and took_s < spoken_s


def killed() -> bool:
    """Whoever opened the line is killed in the middle of all calls: nobody else notices."""
    with ground() as place:
        processes = [place.dial(number) for number in range(CALLS)]
        opener = _opener(place, processes)
        while place.in_progress() < 3:
            wait(0.1)
        print(f"killed the process that opened the line with {place.in_progress()} calls under way")
        opener.kill()
        most = _watch_agents(place, processes)
        delivered = _say("killed", _results(processes))
        wait(2.5)
        left = place.left()
        print(f"at most {most} agent at once, left: {left or 'nothing'}")
        return delivered == CALLS - 1 and most == 1 and not [one for one in left if "/" not in one]


def killed_early() -> bool:
    """The same, while it opens the tunnel that the others wait for."""
    with ground(slow_s=0.5) as place:
        processes = [place.dial(number) for number in range(CALLS)]
        opener = _opener(place, processes)
        opener.kill()
        print(f"killed the process that was opening the line, {opener.pid}")
        delivered = _say("killed early", _results(processes))
        wait(2.5)
        left = place.left()
        print(f"left: {left or 'nothing'}")
        return delivered == CALLS - 1 and not [one for one in left if "/" not in one]


def borrower() -> bool:
    """One that did not open the line is killed while it speaks: its call falls back, the others go on."""
    with ground() as place:
        processes = [place.dial(number) for number in range(6)]
        opener = _opener(place, processes)
        victim = next(process for process in processes if process is not opener)
        while place.in_progress() < len(processes):
            wait(0.1)
        victim.kill()
        number = processes.index(victim)
        wait(1)
        after_s, status = 1, place.status_of_call_to(number)
        went_on = status == "in-progress"
        while status == "in-progress" and after_s < LIMIT_S:
            wait(1)
            after_s, status = after_s + 1, place.status_of_call_to(number)
        print(f"the call of the killed process went on for {after_s} s in the carrier's voice: {status}")
        delivered = _say("borrower killed", _results(processes))
        return delivered == 5 and went_on and status == "completed"


def address() -> bool:
    """One address of one's own for all."""
    with ground() as place, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        url = f"http://127.0.0.1:{port}"
        processes = [place.dial(number, "--public-url", url) for number in range(CALLS)]
        delivered = _say("one address", _results(processes))
        left = place.left()
        print(f"left: {left or 'nothing'}")
        return delivered == CALLS and not left


ASK = """
import socket, sys
channel = socket.socket(socket.AF_UNIX)
channel.settimeout(5)
try:
    channel.connect(sys.argv[1])
    channel.sendall(b'{"question": "line"}\\n')
    print(channel.recv(100) or "no answer")
except (BrokenPipeError, ConnectionResetError):
    print("no answer")
except OSError as error:
    print(type(error).__name__)
"""


def stranger() -> bool:
    """Another user's process reaches no socket of the line, and gets no answer where it does. As root."""
    with ground() as place:
        line = place.start("line", "up")
        assert line.stderr is not None
        line.stderr.readline()
        (address,) = [path for path in lines_of(place).glob("*/*") if path.is_socket()]
        folders = [folder for folder in address.parents if place.folder.parent in (folder, *folder.parents)]
        said = {"ourselves": _asked(address, None), "in its folder": _asked(address, NOBODY)}
        for path in (*folders, place.folder.parent):
            path.chmod(0o755)
        said["its folder open"] = _asked(address, NOBODY)
        address.chmod(0o666)
        said["everything open"] = _asked(address, NOBODY)
        line.send_signal(signal.SIGTERM)
        line.communicate(timeout=30)
    print(said)
    return [*said.values()][1:] == ["PermissionError", "PermissionError", "no answer"]


def _asked(address: Path, user: int | None) -> str:
    found = subprocess.run(
        ["/usr/bin/env", "python3", "-c", ASK, str(address)],
        user=user,
        cwd="/",
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return found.stdout.strip()[:60] or found.stderr


def quick(pairs: int = 8) -> bool:
    """From the command to the POST with a line up, against without; and from `start` to the first audio."""
    measured: dict[str, list[tuple[float, float]]] = {"without": [], "with": []}
    with ground(callee="answers,hangs-up@1s") as place:
        for number in range(pairs):
            for kind in ("without", "with"):
                line = place.start("line", "up") if kind == "with" else None
                if line is not None:
                    assert line.stderr is not None
                    line.stderr.readline()
                result = _results([place.dial(number)])[0]
                assert result is not None
                timing = result["timing"]
                measured[kind].append((timing["placed_after"], timing["stream_start_to_first_audio"]))
                if line is not None:
                    line.send_signal(signal.SIGTERM)
                    line.communicate(timeout=30)
        left = place.left()
    placed = {kind: statistics.median(each[0] for each in found) for kind, found in measured.items()}
    audio = {kind: statistics.median(each[1] for each in found) for kind, found in measured.items()}
    ratio = statistics.median(
        one[0] / other[0] for one, other in zip(measured["with"], measured["without"], strict=True)
    )
    print(f"command to POST, median ms: {placed}, ratio of the pairs {ratio:.2f}")
    print(f"start to first audio, median ms: {audio}, left: {left or 'nothing'}")
    return ratio <= 0.5 and not left


CASES = {
    "together": together,
    "killed": killed,
    "killed-early": killed_early,
    "borrower": borrower,
    "address": address,
    "stranger": stranger,
    "quick": quick,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("case", choices=[*CASES])
    sys.exit(0 if CASES[parser.parse_args().case]() else 1)
