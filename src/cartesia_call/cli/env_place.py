"""Where a command looks for an env file that nobody named."""

from __future__ import annotations

from pathlib import Path


def working_directory() -> Path:
    """The working directory. One that was deleted under our feet holds no file: an alert goes on."""
    try:
        return Path.cwd()
    except OSError:
        return Path("(deleted working directory)")
