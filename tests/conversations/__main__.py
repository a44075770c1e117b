"""`python -m tests.conversations > docs/conversations.md`: play every case and print the document."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from cartesia_call.wiring.line import run
from tests.calls.side_by_side import play_all
from tests.conversations.document import document
from tests.conversations.matrix import CASES
from tests.conversations.play import play
from tests.conversations.test_conversations import sections_of
from tests.isolation import home_variables, remove_foreign_settings


def main() -> None:
    """Without anybody's keys, in a home of its own."""
    with tempfile.TemporaryDirectory() as home:
        remove_foreign_settings(os.environ)
        os.environ.update(home_variables(Path(home)))
        rows = run(play_all(play, CASES), skips=True)
        sys.stdout.write(document(sections_of(rows)))


if __name__ == "__main__":
    main()
