"""A long dial list: rows read per second of CPU, and the memory that takes.

    python -m benchmarks.dial_list [--rows 100000]

Reads lists of a tenth of the rows and of all of them, with a message to fill in for each, from a file as the
command does: numbers that come again and again, of which nothing is kept, and SIP addresses of which each has
to be another one. The peak is what Python allocates while it reads, without what is imported and what the
numbering plan keeps of a country. Where nothing is kept it must be the same however long the list is, or the
status is 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from cartesia_call.dial_list.layout import HEAD_BYTES, layout_of
from cartesia_call.dial_list.rows import Duplicates, ListRow, ListRules, read_rows
from cartesia_call.dial_list.template import Template

_TEMPLATE = Template.parse("Hello {name}, your appointment is at {time} in room {room}.")
_FLAT = 1.2
"""How much more the longer list may take where nothing is kept."""


def _number(row: int) -> str:
    return f"+1202555{row % 100 + 100:04d}"


def _address(row: int) -> str:
    return f"sip:desk-{row}@example.com"


_LISTS: tuple[tuple[str, Callable[[int], str], Duplicates], ...] = (
    ("numbers", _number, Duplicates.ALL),
    ("addresses", _address, Duplicates.REFUSE),
)


def write_list(path: Path, rows: int, callee: Callable[[int], str]) -> None:
    """A list as a spreadsheet writes it, 75 bytes a row."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("to,name,time,room,timezone\r\n")
        for row in range(rows):
            file.write(f'{callee(row)},"Zoë, {row}",{row % 12 + 1}:30,{row % 70},America/New_York\r\n')


def read(path: Path, duplicates: Duplicates) -> int:
    """How many rows of the list can be called."""
    with path.open("rb") as file:
        layout = layout_of(file.read(HEAD_BYTES), source=path.name)
    rules = ListRules(template=_TEMPLATE, duplicates=duplicates)
    with path.open(encoding=layout.encoding, errors=layout.errors, newline="") as lines:
        return sum(isinstance(row, ListRow) for row in read_rows(lines, layout, rules))


def main() -> int:
    """Print a row per list."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    most = parser.parse_args().rows
    is_flat = True
    print("callees | rows | can be called | rows/s | peak bytes")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        for name, callee, duplicates in _LISTS:
            write_list(path, 100, callee)
            read(path, duplicates)  # what is loaded once
            peaks = []
            for rows in (most // 10, most):
                write_list(path, rows, callee)
                began_s = time.process_time()
                can_be_called = read(path, duplicates)
                took_s = time.process_time() - began_s
                tracemalloc.start()
                read(path, duplicates)
                peaks.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.stop()
                print(f"{name} | {rows} | {can_be_called} | {rows / took_s:.0f} | {peaks[-1]}", flush=True)
            is_flat = is_flat and (duplicates is not Duplicates.ALL or peaks[1] <= _FLAT * peaks[0])
    return int(not is_flat)


if __name__ == "__main__":
    sys.exit(main())
