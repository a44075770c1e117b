"""Every callee with every option that makes a difference to them: the cases, by the sections of the table."""

from __future__ import annotations

from collections.abc import Sequence

from tests.conversations import machines, people
from tests.conversations.case import Case

SECTIONS: dict[str, Sequence[Case]] = {
    "People": tuple(people.cases()),
    "Machines": tuple(machines.cases()),
}

CASES = tuple(case for cases in SECTIONS.values() for case in cases)
