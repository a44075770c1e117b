"""How many files, sockets and pipes this process may have open at once (`ulimit -n`)."""

from __future__ import annotations

import errno
import resource

from cartesia_call.errors import InputError

FEWEST = 26
"""Of a call that opens a tunnel: two fewer than of a rehearsal, as they were counted side by side before the
rehearsal's were counted anew."""
FEWEST_REHEARSED = 28
"""A rehearsal has 25 at once, the network's ends among them: measured on Linux in a home that was empty, and
the directories that Python looks into for a moment counted. Two threads may look at the same time."""
ENOUGH = 4096
"""For a list's calls side by side, too; systems begin with 256 or 1024 and let a process have more."""


def check_open_files(*, rehearses: bool) -> None:
    """Have room for a call, as far as the system lets this process. InputError where it does not suffice.

    With fewer some of a call's connections fail while others work, and nobody can tell what becomes of it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(ENOUGH, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    fewest = FEWEST_REHEARSED if rehearses else FEWEST
    if soft != resource.RLIM_INFINITY and soft < fewest:
        what = "a rehearsal" if rehearses else "a call"
        raise InputError(
            f"this process may have {soft} files open at once, and {what} needs {fewest}",
            hint="allow more where it is started: ulimit -n 256, or LimitNOFILE= of its service",
        )


def too_many_open_files(error: Exception) -> str | None:
    """The sentence about an `error` that is none of ours but that limit; None for every other one."""
    if isinstance(error, OSError) and error.errno in {errno.EMFILE, errno.ENFILE}:
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return f"too many open files: this process may have {soft} at once; allow more with ulimit -n"
    return None
