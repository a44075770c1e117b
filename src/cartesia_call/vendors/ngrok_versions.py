"""Which ngrok agents are of use: how old they are, and from where."""

from __future__ import annotations

import re
from datetime import date

from cartesia_call.check_ports import AgentFacts
from cartesia_call.errors import TunnelError

GET_ANOTHER = (
    "`cartesia-call check --install-agent` gets a current agent and says where it is; set PYNGROK_NGROK_PATH "
    "to that, for one on PATH is found first"
)

LEAST_MAJOR = 3
"""One of version 2 does not know the endpoints that this program asks for; ngrok gave it up in 2020."""

SUPPORTED_MONTHS = 14
"""How long a minor release is let in after it came out (ngrok.com/docs/agent/version-support-policy)."""

_RELEASED = """
3.20 2025-02-20; 3.21 2025-03-13; 3.22 2025-03-20; 3.23 2025-06-05; 3.24 2025-07-17; 3.25 2025-08-01;
3.26 2025-08-07; 3.27 2025-08-28; 3.28 2025-09-11; 3.29 2025-09-17; 3.30 2025-09-23; 3.31 2025-10-20;
3.32 2025-10-23; 3.33 2025-11-12; 3.34 2025-12-05; 3.35 2026-01-12; 3.36 2026-02-03; 3.37 2026-03-05;
3.38 2026-04-17; 3.39 2026-04-27
"""
"""The chart of that page, as of August 2026. Its column of ends is not copied: some rows contradict the
policy by a year."""
RELEASED = {
    (int(major), int(minor)): date.fromisoformat(day)
    for major, minor, day in re.findall(r"(\d+)\.(\d+) ([\d-]+)", _RELEASED)
}

OLDEST_END = date(2026, 2, 17)
"""When 3.19 came to its end, the last one before those of the table."""

_SNAP_FOLDERS = ("/snap/", "/var/lib/snapd/snap/")


def judge(path: str, version: str, today: date) -> AgentFacts:
    """The agent with what speaks against it; TunnelError for one that can open no tunnel of ours.

    A version that is newer than the table, or no version at all, is not doubted.
    """
    found = re.match(r"(\d{1,9})\.(\d{1,9})", version)
    doubts: list[str] = []
    if found is not None:
        release = int(found[1]), int(found[2])
        if release[0] < LEAST_MAJOR:
            raise TunnelError(
                f"the ngrok agent {path} has version {version}, which ngrok gave up: it opens no tunnel",
                hint=GET_ANOTHER,
            )
        ended = end_of_life(release)
        if ended is not None and ended <= today:
            doubts.append("past its end of life, it is refused on free plans")
    if path.startswith(_SNAP_FOLDERS):
        doubts.append("from snap, it may not read hidden folders, where this program's file for it is")
    return AgentFacts(path=path, version=version, doubts=tuple(doubts), hint=GET_ANOTHER if doubts else None)


def end_of_life(release: tuple[int, int]) -> date | None:
    """The first day on which a free account cannot use it; None for a release that is not known yet."""
    if release < min(RELEASED):
        return OLDEST_END
    released = RELEASED.get(release)
    if released is None:
        return None
    months = released.month - 1 + SUPPORTED_MONTHS
    day = min(released.day, 28)  # there is one in every month
    return date(released.year + months // 12, months % 12 + 1, day)
