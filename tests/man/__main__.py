"""`python -m tests.man FOLDER`: write the man page of the program, and of each command, into FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

from cartesia_call.cli.main import cli
from cartesia_call.clock import SystemClock
from tests.man.page import man_pages

if __name__ == "__main__":
    [folder] = map(Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in man_pages(cli, date=str(SystemClock().utc_now().date())):
        (folder / f"{name}.1").write_text(text, encoding="utf-8")
