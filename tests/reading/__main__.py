"""`python -m tests.reading > docs/reading.md`: print the document."""

from __future__ import annotations

import sys

from tests.reading.document import document

if __name__ == "__main__":
    sys.stdout.write(document())
