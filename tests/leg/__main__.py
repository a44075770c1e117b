"""`python -m tests.leg > docs/states.md`: bring a leg into every state, and print the document."""

from __future__ import annotations

import sys

from tests.leg.document import document

if __name__ == "__main__":
    sys.stdout.write(document())
