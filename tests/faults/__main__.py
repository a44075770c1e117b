"""`python -m tests.faults > docs/faults.md`: play every case and print the document."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from cartesia_call.wiring.line import run
from tests.calls.side_by_side import play_all
from tests.faults.document import document
from tests.faults.matrix import cases
from tests.faults.table import play
from tests.faults.two_people import cases_of_two, play_two
from tests.isolation import home_variables, remove_foreign_settings


def main() -> None:
    """Without anybody's keys, in a home of its own."""
    with tempfile.TemporaryDirectory() as home:
        remove_foreign_settings(os.environ)
        os.environ.update(home_variables(Path(home)))
        rows = run(play_all(play, list(cases())), skips=True)
        rows_of_two = run(play_all(play_two, list(cases_of_two())), skips=True)
        sys.stdout.write(document(rows, rows_of_two))


if __name__ == "__main__":
    main()
