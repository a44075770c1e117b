"""`python -m tests.settings > .env.example`: print every setting as an env file may hold it."""

from __future__ import annotations

import sys

from tests.settings.example import example

if __name__ == "__main__":
    sys.stdout.write(example())
