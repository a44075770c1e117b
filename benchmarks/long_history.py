"""What is kept, listed as a command: `history --json` of many calls and `cache list` of many texts.

    python -m benchmarks.long_history [--calls 100000] [--texts 20000] [--against CHECKOUT]

Each command runs in a process of its own: its processor time, and the most memory that it ever had. With
another checkout of this project the two take turns, the least time of each counts, and the status is 1 if
ours takes more than 0.4 of the other's.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from benchmarks.long_lists import Taken, peak_mb
from cartesia_call.clock import SystemClock
from cartesia_call.speech.words import WordEnd
from cartesia_call.store.cache_records import CacheRecord, record_text
from cartesia_call.store.rows import result_text, time_text
from cartesia_call.store.schema import DATABASE_NAME
from cartesia_call.telephony.attempt import AttemptResult, Timing
from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice
from tests.isolation import minimal_environment

MOST_OF_THE_OTHER = 0.4
ROUNDS = 3
OURS = Path(__file__).resolve().parents[1]


OPEN_LEDGER = """
import sys; from pathlib import Path; from cartesia_call.store.schema import open_database
open_database(Path(sys.argv[1]), busy_timeout_s=10).close()
"""


def ground(checkout: Path, home: Path, *, calls: int, texts: int) -> dict[str, str]:
    """The environment of a home with so much in it, its ledger as this checkout makes it: another release
    may know no other."""
    environment = minimal_environment(home)
    state = Path(environment["XDG_STATE_HOME"]) / "cartesia-call"
    command = [sys.executable, "-c", OPEN_LEDGER, str(state)]
    subprocess.run(command, env={**environment, "PYTHONPATH": str(checkout / "src")}, check=True)
    write_calls(state, calls)
    write_texts(Path(environment["XDG_CACHE_HOME"]) / "cartesia-call" / "speech", texts)
    return environment


def write_calls(state: Path, count: int) -> None:
    """So many delivered calls, in a ledger that is there."""
    now = SystemClock().utc_now()
    text = result_text(
        AttemptResult(
            id="x",
            to="+12025550143",
            caller_id="+12025550100",
            outcome=Outcome.DELIVERED,
            detail="the whole message was played",
            call_sid="CA" + "0" * 32,
            voice=Voice.CARTESIA,
            evidence=Evidence.MARK,
            message_ms=4200,
            heard_ms=4200,
            rehearsal=False,
            started_at=now,
            ended_at=now,
            timing=Timing(placed_after=400.0, ring=3000.0),
        )
    )
    database = sqlite3.connect(state / DATABASE_NAME, isolation_level=None)
    database.execute("BEGIN")
    database.executemany(
        "INSERT INTO calls (id, created_at, to_number, caller_id, account_sid, region, time_limit_s,"
        " call_sid, outcome, ended_at, result)"
        " VALUES (?, ?, '+12025550143', '+12025550100', 'AC', 'us1', 100, ?, 'delivered', ?, ?)",
        (
            (f"a-{n:08d}", at, f"CA{n:032x}", at, text)
            for n in range(count)
            for at in [time_text(now - timedelta(seconds=n))]
        ),
    )
    database.execute("COMMIT")
    database.close()


def write_texts(folder: Path, count: int) -> None:
    """A cache in which so many texts of twenty words are kept; their audio is short."""
    folder.mkdir(mode=0o700, parents=True)
    audio = bytes(320)
    ends = tuple(WordEnd(5 * (n + 1), 16 * (n + 1)) for n in range(20))
    for n in range(count):
        key = hashlib.sha256(str(n).encode()).hexdigest()
        record = CacheRecord(
            key=key,
            length_bytes=len(audio),
            sha256=hashlib.sha256(audio).hexdigest(),
            word_ends=ends,
            characters=100,
            voice_id="f786b574-daa5-4673-aa0c-cbe3e8534c02",
            model_id="sonic-3.5",
            language="en",
            made_at="2026-11-29T12:00:00+00:00",
        )
        (folder / f"{key}.ulaw").write_bytes(audio)
        (folder / f"{key}.json").write_text(record_text(record))


def run(checkout: Path, environment: dict[str, str], *words: str) -> Taken:
    """One command of one checkout. CalledProcessError if it fails."""
    command = [sys.executable, "-m", "cartesia_call", *words]
    process = subprocess.Popen(
        command,
        env={**environment, "PYTHONPATH": str(checkout / "src")},
        cwd=environment["HOME"],
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Taken(0.0, used.ru_utime + used.ru_stime, peak_mb(used))


def in_turns(environments: dict[Path, dict[str, str]], *words: str) -> dict[Path, list[Taken]]:
    """One command of each checkout, `ROUNDS` times."""
    taken: dict[Path, list[Taken]] = {checkout: [] for checkout in environments}
    for _ in range(ROUNDS):
        for checkout, environment in environments.items():
            taken[checkout].append(run(checkout, environment, *words))
    return taken


def compare(environments: dict[Path, dict[str, str]], *words: str) -> bool:
    """Print a line; whether ours takes little enough of the other's time."""
    taken = in_turns(environments, *words)
    least = {checkout: min(runs, key=lambda one: one.cpu_s) for checkout, runs in taken.items()}
    told = [f"{one.cpu_s:.2f} s, {one.peak_mb:.0f} MB" for one in least.values()]
    *_, other = least.values()
    ratio = least[OURS].cpu_s / other.cpu_s
    print(" | ".join((" ".join(words), *told, *([f"{ratio:.2f}"] if len(least) > 1 else []))), flush=True)
    return len(least) == 1 or ratio <= MOST_OF_THE_OTHER


def main() -> int:
    """0 unless ours takes too much of the other's time."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--against", type=Path, metavar="CHECKOUT")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        environments = {
            checkout: ground(checkout, Path(name, str(number)), calls=arguments.calls, texts=arguments.texts)
            for number, checkout in enumerate(filter(None, (OURS, arguments.against)))
        }
        commands = (
            ("history", "--json", "--limit", str(arguments.calls // 10)),
            ("history", "--json", "--limit", str(arguments.calls)),
            ("cache", "list"),
            ("cache", "list", "--json"),
        )
        # The first one is there to show how memory grows.
        good = [compare(environments, *words) for words in commands]
    return 0 if all(good[1:]) else 1


if __name__ == "__main__":
    sys.exit(main())
