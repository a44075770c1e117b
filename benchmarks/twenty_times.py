"""The suite again and again beside other work: how often it passes, with nothing tried again.

    python -m benchmarks.twenty_times

For each core of the machine a process that does nothing but work runs beside it, at the same priority.
Arguments behind `--` go to pytest. Ends with status 1 unless every run passed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator


@contextlib.contextmanager
def load(processes: int) -> Iterator[None]:
    """So many busy processes run inside the block."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def main(times: int, processes: int, arguments: list[str]) -> int:
    """Run, print a line for each run and the count, and return the exit status."""
    passed = 0
    with load(processes):
        for number in range(1, times + 1):
            began_s = time.perf_counter()
            command = [sys.executable, "-m", "pytest", "-q", *arguments]
            run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
            passed += run.returncode == 0
            took = f"{'passed' if run.returncode == 0 else 'FAILED'} in {time.perf_counter() - began_s:.0f} s"
            last = run.stdout.rstrip().rpartition("\n")[2]
            print(f"{number:>2}: {took}: {last}", flush=True)
            failures = [line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
            print("".join(f"    {line}\n" for line in failures), end="", flush=True)
    print(f"{passed} of {times} runs passed beside {processes} busy processes")
    return int(passed != times)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--busy", type=int, default=os.cpu_count() or 1, help="busy processes beside it")
    parser.add_argument("pytest", nargs="*", default=["-n", "3"], help="arguments of pytest")
    given = parser.parse_args()
    sys.exit(main(given.times, given.busy, given.pytest))
