"""The program in trouble: `python -m tests.cli.troubled_program ARGUMENT...` with TROUBLE in the environment.

The trouble comes from the interpreter's audit hooks, by which no code of ours is replaced:
`fault-in-ledger`: connecting to SQLite raises what only a bug would, with the words of FAULT_WORDS.
`file-hangs`: the disk hangs when the file of --save-audio is made, `check-hangs`: when it is tried before.
Then a line "hangs" goes to standard output.

Four troubles are the machine's, and no hook's:
`full-disk`: files can be made, and hold nothing.
`few-files`: as many may be open at once as OPEN_FILES says.
`no-offline-voice`: the extra `offline` is not installed.
`unknown-user`: the list of users does not have this one, nor anybody else.
"""

from __future__ import annotations

import os
import pwd
import resource
import sys
import threading
from typing import Any

_FOREVER_S = 600.0


def _trouble(event: str, arguments: tuple[Any, ...]) -> None:
    trouble = os.environ["TROUBLE"]
    if trouble == "fault-in-ledger" and event == "sqlite3.connect":
        raise AttributeError(os.environ["FAULT_WORDS"])
    if event == "open" and isinstance(arguments[0], str):
        name, flags = os.path.basename(arguments[0]), arguments[2]
        is_audio = name.startswith(".") and name.endswith(".wav")
        is_trial = bool(flags & getattr(os, "O_TMPFILE", 0) == getattr(os, "O_TMPFILE", -1))
        if (trouble == "file-hangs" and is_audio) or (trouble == "check-hangs" and is_trial):
            os.write(1, b"hangs\n")
            threading.Event().wait(_FOREVER_S)


def _empty_list_of_users() -> None:
    def find_nobody(key: object) -> None:
        raise KeyError(key)

    # In place: who has imported the module already sees it, too.
    vars(pwd).update(getpwuid=find_nobody, getpwnam=find_nobody, getpwall=list)


def _begin() -> None:
    trouble = os.environ["TROUBLE"]
    if trouble == "full-disk":
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    elif trouble == "few-files":
        resource.setrlimit(resource.RLIMIT_NOFILE, (int(os.environ["OPEN_FILES"]),) * 2)
    elif trouble == "no-offline-voice":
        sys.modules["espeakng_loader"] = None  # type: ignore[assignment]  # it cannot be imported, says Python
    elif trouble == "unknown-user":
        _empty_list_of_users()
    else:
        sys.addaudithook(_trouble)


if __name__ == "__main__":
    _begin()
    from cartesia_call.cli.main import main

    main()
