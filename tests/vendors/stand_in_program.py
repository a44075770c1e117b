"""The executable file of a stand-in: as little Python as answers, and the stand-in's module for the rest."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parents[2]
# -I -S: nothing of the folder, the environment or site-packages.
_PROGRAM = """\
#!{python} -IS
import sys

if sys.argv[1:] == ["--version"]:
    print({version!r})
    sys.exit()
sys.path.append({repository!r})
from {module} import main

main()
"""


def write_program(path: Path, module: str, *, version: str) -> None:
    """Write `path`, which runs `main` of `module`, or tells its version.

    The program asks an agent for that each time before it starts it: without asyncio it takes a tenth of the
    time.
    """
    program = _PROGRAM.format(
        python=os.path.realpath(sys.executable), version=version, repository=str(_REPOSITORY), module=module
    )
    path.write_text(program, encoding="utf-8")
    path.chmod(0o755)
