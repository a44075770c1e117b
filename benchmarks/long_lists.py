"""A long dial list as a command: the time and the memory that it takes before and after its calls.

    python -m benchmarks.long_lists [--rows 100000]
    python -m benchmarks.long_lists --rehearse 100000 --write rehearsed.json

In a process of its own each time: `batch --dry-run` of a tenth of the rows and of all of them, with numbers
and with SIP addresses; then `batch --resume` of a list that is done, whose journal is written here as that of
a list that was called, and with `--results`. The list that is done must be told of within two seconds of
processor time, or the status is 1.

`--rehearse ROWS` calls so many rows instead, each with a text of its own, some hundredths of a second each,
and prints every 5,000 rows what they took. `--write` has the figures of every 1,000 rows as JSON. The memory
must be flat: the median of the last 10,000 rows may be a fiftieth above that of the 10,000 from row 8,000 on,
else the status is 1. Until then it grows to what the built-in network knows of the calls of a minute, and the
cache of the speech that fills `--cache-size`.
"""

from __future__ import annotations

import argparse
import csv
import functools
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from cartesia_call.cli.list_file import ListFile
from cartesia_call.clock import SystemClock
from cartesia_call.dial_list.rows import ListRules
from cartesia_call.dial_list.template import Template
from cartesia_call.store.rows import result_text, time_text
from cartesia_call.store.schema import open_database
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.outcomes import Outcome
from tests.isolation import home_variables, minimal_environment

MESSAGE = "Hello {name}, your appointment is at {time}."
LIST_ID = "20261129T120000Z-00000000"
DONE_WITHIN_S = 2.0

MEASURED_EVERY, PRINTED_EVERY = 1_000, 5_000
"""Rows."""

WARM_AFTER = 8_000
"""Rows. The built-in network forgets a call when it has been over for a minute of its time, 6,000 rows at
this pace; 256 MB hold the speech of some 7,600 rows, of which a few hundred bytes each are known."""

COMPARED = 10
"""Figures of the memory, of 1,000 rows each."""

MAY_GROW_BY = 0.02


class Taken(NamedTuple):
    """What a process took: real seconds, those of a processor, and the most memory it ever had."""

    real_s: float
    cpu_s: float
    peak_mb: float


def number(row: int) -> str:
    """A number for each row, all of them free to be called by nobody."""
    return f"+1{202 + row // 8_000_000 * 10}{2_000_000 + row % 8_000_000:07d}"


def address(row: int) -> str:
    """A SIP address for each row."""
    return f"sip:desk-{row}@example.com"


def write_list(path: Path, rows: int, callee: Callable[[int], str]) -> None:
    """A list with a text for each row."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["to", "name", "time"])
        writer.writerows([callee(row), f"number {row}", f"{row % 12 + 1}:30"] for row in range(rows))


def write_journal(path: Path, rows: int, state: Path) -> None:
    """As if everybody of the list at `path` had been called."""
    rules = ListRules(template=Template.parse(MESSAGE))
    with ListFile(str(path), rules, input_timeout_s=10) as file:
        digest = file.digest(MESSAGE, "to", "refuse")
    now = SystemClock().utc_now()
    text = result_text(
        AttemptResult(
            id="x",
            to=address(0),
            caller_id="+12025550100",
            outcome=Outcome.DELIVERED,
            detail="the whole message was played",
            rehearsal=True,
            started_at=now,
            ended_at=now,
        )
    )
    at = time_text(now)
    database = open_database(state, busy_timeout_s=10)
    database.execute("BEGIN")
    database.execute(
        "INSERT INTO lists (id, digest, name, row_count, created_at, ended_at) VALUES (?, ?, ?, ?, ?, ?)",
        (LIST_ID, digest, path.name, rows, at, at),
    )
    database.executemany(
        "INSERT INTO calls (id, created_at, to_number, caller_id, account_sid, region, time_limit_s,"
        " call_sid, outcome, ended_at, result, list_id, list_row, list_attempt)"
        " VALUES (?, ?, ?, '+12025550100', 'AC', 'us1', 100, ?, 'delivered', ?, ?, ?, ?, 1)",
        (
            (f"{LIST_ID}-{row}", at, address(row), f"CA{row:032x}", at, text, LIST_ID, row + 1)
            for row in range(rows)
        ),
    )
    database.execute("COMMIT")
    database.close()


def run(environment: dict[str, str], path: Path, *options: str) -> Taken:
    """One command. CalledProcessError if it fails."""
    command = [sys.executable, "-m", "cartesia_call", "batch", str(path), "--message", MESSAGE, "--rehearse"]
    began_s = time.monotonic()
    process = subprocess.Popen(
        [*command, *options], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    told = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, stderr=told)
    return Taken(time.monotonic() - began_s, used.ru_utime + used.ru_stime, peak_mb(used))


def peak_mb(used: resource.struct_rusage) -> float:
    """The most memory that a process had. Linux counts it in KiB, macOS in bytes."""
    return used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


class Point(NamedTuple):
    """A process on its way: rows that are over, real seconds, those of a processor, and its memory now."""

    rows: int
    real_s: float
    cpu_s: float
    memory_mb: float


def rehearse(environment: dict[str, str], path: Path) -> tuple[list[Point], Taken]:
    """Call everybody; what it took on the way, and whole. CalledProcessError if anybody was not reached."""
    command = [sys.executable, "-m", "cartesia_call", "batch", str(path), "--message", MESSAGE, "--rehearse"]
    command += ["--cps", "100", "--max-live", "200", "--quiet", "--json"]
    began_s, points = time.monotonic(), []
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for rows, _ in enumerate(process.stdout, start=1):
            if rows % MEASURED_EVERY == 0:
                point = Point(rows, time.monotonic() - began_s, *cpu_and_memory(process.pid))
                points.append(point)
                if rows % PRINTED_EVERY == 0 or rows in {MEASURED_EVERY, 2 * MEASURED_EVERY, WARM_AFTER}:
                    show("rehearsal so far", rows, Taken(*point[1:]))
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return points, Taken(time.monotonic() - began_s, used.ru_utime + used.ru_stime, peak_mb(used))


def cpu_and_memory(pid: int) -> tuple[float, float]:
    """What a process that runs has taken so far: seconds, and MB that it has now."""
    shown = subprocess.run(
        ["ps", "-o", "cputime=", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    days, _, clock = shown[0].rpartition("-")
    seconds = functools.reduce(lambda total, part: 60 * total + float(part), clock.split(":"), 0.0)
    return 86_400 * int(days or 0) + seconds, int(shown[1]) / 2**10


def grows_by(points: Sequence[Point]) -> float:
    """By how large a share the last `COMPARED` figures of the memory are above the first from `WARM_AFTER`
    on: their medians, since one figure sways by some MB. 0 where there are too few."""
    warm_mb = [point.memory_mb for point in points if point.rows >= WARM_AFTER]
    if len(warm_mb) < 2 * COMPARED:
        return 0.0
    return statistics.median(warm_mb[-COMPARED:]) / statistics.median(warm_mb[:COMPARED]) - 1


def show(what: str, rows: int, taken: Taken) -> None:
    """A line."""
    print(f"{what} | {rows} | {taken.real_s:.2f} | {taken.cpu_s:.2f} | {taken.peak_mb:.0f}", flush=True)


def main() -> int:
    """Print a line per command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rehearse", type=int, default=0, metavar="ROWS")
    parser.add_argument("--write", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    print("what | rows | real s | CPU s | peak MB")
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        environment = {
            **minimal_environment(home),
            **home_variables(home),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        if arguments.rehearse:
            return rehearsal(home / "people.csv", environment, arguments.rehearse, arguments.write)
        return before_and_after(home, environment, arguments.rows)


def rehearsal(path: Path, environment: dict[str, str], rows: int, write: Path | None) -> int:
    """A list whose rows are all called; 1 if the memory was not flat."""
    write_list(path, rows, address)
    points, taken = rehearse(environment, path)
    show("rehearsal", rows, taken)
    grown = grows_by(points)
    print(
        f"from row {WARM_AFTER} on the memory grew by {grown:.1%}; {taken.cpu_s / rows * 1000:.1f} ms a row"
    )
    if write is not None:
        figures = {"rows": rows, **taken._asdict(), "points": [point._asdict() for point in points]}
        write.write_text(json.dumps(figures, indent=1) + "\n")
    return int(grown > MAY_GROW_BY)


def before_and_after(home: Path, environment: dict[str, str], rows: int) -> int:
    """Lists of which nobody is called; 1 if the one that is done takes too long to tell of."""
    path = home / "people.csv"

    def measure(what: str, count: int, *options: str) -> Taken:
        taken = run(environment, path, *options)
        show(what, count, taken)
        return taken

    for (kind, callee), count in itertools.product(
        (("numbers", number), ("addresses", address)), (rows // 10, rows)
    ):
        write_list(path, count, callee)
        measure(f"dry run, {kind}", count, "--dry-run")
    state = Path(environment["XDG_STATE_HOME"]) / "cartesia-call" / "rehearsal"
    write_journal(path, rows, state)
    done = measure("--resume when done", rows, "--resume")
    measure("the same with --results", rows, "--resume", "--results", str(home / "results.csv"))
    return int(done.cpu_s > DONE_WITHIN_S)


if __name__ == "__main__":
    sys.exit(main())
