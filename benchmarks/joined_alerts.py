"""Many `dial --join` to one number at once, as monitors start them: is everybody told, by one call at a time
and no more calls than the guard allows, and does each process end with what became of its own alert?

    python -m benchmarks.joined_alerts
    python -m benchmarks.joined_alerts --alerts 12

Telephone network and speech service run in a process of their own, as `cartesia-call simulator`. Twice: as it
is, and with a `kill -9` of the process that calls for the others, in mid-message. Ends with status 1 if
anything is not so.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import signal
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.many_legs import simulator
from cartesia_call.policy.guard import GUARD
from tests.cli.live_network import reserved_port
from tests.isolation import home_variables, minimal_environment

TO = "+12025550143"
CALLEE = "answers,ring:1s,presses:1@4s"
LIMIT_S = 300.0
LOOK_EVERY_S = 0.2
MID_MESSAGE_S = 1.5
"""After the answer: the key is pressed later."""


@dataclass(frozen=True)
class Ended:
    """One process: its alert, its exit status and the object that it printed, None if it was killed."""

    alert: int
    status: int
    result: dict[str, Any] | None


def calls_of(environment: dict[str, str]) -> list[dict[str, Any]]:
    """What the carrier was asked to place, the oldest first."""
    sid, token = environment["TWILIO_ACCOUNT_SID"], environment["TWILIO_AUTH_TOKEN"]
    login = base64.b64encode(f"{sid}:{token}".encode()).decode()
    url = f"{environment['TWILIO_BASE_URL']}/2010-04-01/Accounts/{sid}/Calls.json?PageSize=1000"
    request = urllib.request.Request(url, headers={"Authorization": f"Basic {login}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        calls: list[dict[str, Any]] = json.load(answer)["calls"]
    return sorted(calls, key=lambda call: parsedate_to_datetime(call["date_created"]))


async def start(number: int, environment: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cartesia_call", "dial", TO, f"Shop {number} is down."),
        *("--ack", "1", "--join", "--json"),
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def end_of(number: int, process: asyncio.subprocess.Process) -> Ended:
    stdout, stderr = await process.communicate()
    if stderr:
        print(f"  alert {number}: {stderr.decode().strip()}")
    lines = stdout.decode().splitlines()
    return Ended(number, process.returncode or 0, json.loads(lines[-1]) if lines else None)


def who_listens(port: int, pids: list[int]) -> int | None:
    """Whoever has this loopback port is the one that calls (of Linux's /proc)."""
    sockets = {
        f"socket:[{fields[9]}]"
        for fields in map(str.split, Path("/proc/net/tcp").read_text().splitlines()[1:])
        if fields[1] == f"0100007F:{port:04X}" and fields[3] == "0A"
    }
    for pid in pids:
        descriptors = Path(f"/proc/{pid}/fd")
        try:
            if any(os.readlink(one) in sockets for one in descriptors.iterdir()):
                return pid
        except OSError:  # it has ended, or has just closed one
            continue
    return None


async def kill_the_caller(
    processes: list[asyncio.subprocess.Process], environment: dict[str, str], port: int
) -> None:
    """Of the second call, which is made for all that had to wait; the first one was alone."""
    while True:
        calls = await asyncio.to_thread(calls_of, environment)
        if len(calls) > 1 and calls[1]["status"] == "in-progress":
            break
        await asyncio.sleep(LOOK_EVERY_S)
    await asyncio.sleep(MID_MESSAGE_S)
    pid = who_listens(port, [process.pid for process in processes if process.returncode is None])
    if pid is None:
        raise RuntimeError("nobody calls who could be killed")
    os.kill(pid, signal.SIGKILL)
    print(f"  kill -9 of the process that calls, in its call {calls[1]['sid']}")


def problems_of(ended: list[Ended], calls: list[dict[str, Any]], *, killed: int) -> list[str]:
    """What is not as it should be."""
    found = []
    if sum(one.status == -signal.SIGKILL for one in ended) != killed:
        found.append("not as many were killed as were to be")
    placed = {call["sid"] for call in calls}
    for one in ended:
        if one.status == -signal.SIGKILL:
            continue
        told = one.result is not None and one.result["outcome"] == "acknowledged"
        if one.status or one.result is None or not told or one.result["call_sid"] not in placed:
            found.append(f"alert {one.alert} ended with {one.status}: {one.result}")
    moments = [(parsedate_to_datetime(call["date_created"]), call["end_time"]) for call in calls]
    if any(end is None or parsedate_to_datetime(end) > begin for (_, end), (begin, _) in pairwise(moments)):
        found.append("two calls were up at a time")
    if len(calls) > GUARD.limits[0].calls:
        found.append(f"{len(calls)} calls were placed")
    return found


async def run(alerts: int, folder: Path, *, kills: bool) -> bool:
    """One user with a new ledger; whether all was well."""
    began_s = time.monotonic()
    with reserved_port() as port:
        async with simulator(folder, callee=CALLEE) as (network, _), asyncio.timeout(LIMIT_S):
            environment = {
                **minimal_environment(folder),
                **home_variables(folder),
                **network,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "CARTESIA_CALL_PUBLIC_URL": f"http://127.0.0.1:{port}",
            }
            processes = [await start(number, environment) for number in range(1, alerts + 1)]
            ends = [asyncio.create_task(end_of(number, one)) for number, one in enumerate(processes, 1)]
            if kills:
                await kill_the_caller(processes, environment, port)
            ended = await asyncio.gather(*ends)
            calls = await asyncio.to_thread(calls_of, environment)
    told_by = Counter(one.result["call_sid"] for one in ended if one.result is not None)
    for call in calls:
        print(
            f"  {call['sid']}: {call['status']}, {call['duration']} s, told {told_by[call['sid']]} processes"
        )
    print(
        f"  exit statuses: {dict(Counter(one.status for one in ended))}; {time.monotonic() - began_s:.0f} s"
    )
    problems = problems_of(ended, calls, killed=int(kills))
    for problem in problems:
        print(f"  WRONG: {problem}")
    return not problems


async def main(alerts: int) -> bool:
    with tempfile.TemporaryDirectory() as home:
        print(f"{alerts} alerts at once:")
        went_well = await run(alerts, Path(home), kills=False)
    with tempfile.TemporaryDirectory() as home:
        print(f"{alerts} alerts at once, and kill -9 of the process that calls:")
        return await run(alerts, Path(home), kills=True) and went_well


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--alerts", type=int, default=20)
    sys.exit(0 if asyncio.run(main(parser.parse_args().alerts)) else 1)
