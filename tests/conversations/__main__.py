"""`python -m tests.conversations > docs/conversations.md`: play every case and print the document."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from tests.conversations.document import document
from tests.conversations.matrix import CASES
from tests.conversations.play import play_all
from tests.conversations.test_conversations import sections_of
from tests.isolation import home_variables, remove_foreign_settings


def main() -> None:
    """Without anybody's keys, in a home of its own."""
    with tempfile.TemporaryDirectory() as home:
        remove_foreign_settings(os.environ)
        os.environ.update(home_variables(Path(home)))
        sys.stdout.write(document(sections_of(asyncio.run(play_all(CASES)))))


if __name__ == "__main__":
    main()
