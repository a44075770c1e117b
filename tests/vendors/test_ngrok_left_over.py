"""An agent of a run that is gone: ended if it is the very same process, else left alone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cartesia_call.vendors.ngrok_left_over import AgentIdentity, end_left_over, identity_of_agent
from tests.vendors.ngrok_stand_in import write_stand_in_agent


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    path = write_stand_in_agent(tmp_path, silent=True)
    with subprocess.Popen([path, "start", "--none", "--log", "stdout"], stdout=subprocess.DEVNULL) as process:
        # For a moment after it was started, a process may not be seen under its own command line yet.
        pause = threading.Event()
        for _ in range(100):
            if identity_of_agent(process.pid) is not None:
                break
            pause.wait(0.05)
        yield process
        process.kill()


def test_the_same_process_is_ended(agent: subprocess.Popen[bytes]) -> None:
    """Process number and start time match: it is the left-over agent, and it ends."""
    identity = identity_of_agent(agent.pid)
    assert identity is not None

    assert end_left_over(identity)

    agent.wait(5)
    assert not end_left_over(identity)
    assert identity_of_agent(agent.pid) is None


def test_a_later_process_of_the_same_number_is_left_alone(agent: subprocess.Popen[bytes]) -> None:
    """Numbers are used again: another start time is another process."""
    assert not end_left_over(AgentIdentity(agent.pid, "long ago"))

    assert agent.poll() is None


def test_a_process_that_is_no_agent_has_no_identity() -> None:
    """Even a number and a start time that match do not make this process an agent."""
    assert identity_of_agent(os.getpid()) is None


def test_identity_survives_another_look(agent: subprocess.Popen[bytes]) -> None:
    """Two looks at one process agree, from another program too, which is how the next run sees it."""
    code = (
        "import sys; from cartesia_call.vendors.ngrok_left_over import identity_of_agent;"
        "print(identity_of_agent(int(sys.argv[1])))"
    )
    seen = subprocess.run(
        [sys.executable, "-c", code, str(agent.pid)], capture_output=True, text=True, check=True
    ).stdout

    assert seen.strip() == str(identity_of_agent(agent.pid))
