"""The program where no file can be written, or nobody knows the user: calls are made, nothing ends with 1."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.cli.live_network import live_network
from tests.cli_process import CommandLine, Finished
from tests.vendors.ngrok_stand_in import write_stand_in_agent

TROUBLED = "tests.cli.troubled_program"
NUMBER = "+12025550143"


async def test_the_alert_of_a_full_disk_is_heard(
    run_cli: CommandLine, clean_environment: dict[str, str], tmp_path: Path
) -> None:
    """Through the tunnel, in Cartesia's voice: the agent's configuration of the last call serves."""
    message = "The disk is full, and somebody should make room on it."
    async with live_network() as network:
        environment = network.environment() | {
            "PYNGROK_NGROK_PATH": str(write_stand_in_agent(tmp_path)),
            "NGROK_AUTHTOKEN": "evidently-fake-ngrok-token",
        }

        async def dial(**trouble: str) -> Finished:
            process = run_cli.start(
                *("dial", NUMBER, message, "--json", "--no-cache", "--no-guard", "a test"),
                env=environment | trouble,
                module=TROUBLED if trouble else "cartesia_call",
            )
            return await asyncio.to_thread(run_cli.wait, process)

        assert (await dial()).status == 0
        ran = await dial(TROUBLE="full-disk")
    fields = json.loads(ran.stdout)
    assert (ran.status, fields["voice"], fields["evidence"]) == (0, "cartesia", "mark")
    (warning,) = ran.stderr.splitlines()
    assert "cannot write the intent in the ledger: " in warning
    assert (Path(clean_environment["XDG_STATE_HOME"]) / "cartesia-call" / "ngrok.yml").exists()


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("dial", "--rehearse", NUMBER, "Hello"), 0),
        (("hangup", f"CA{7:032}"), 2),  # for want of keys
        (("history",), 0),
        (("cache", "list"), 0),
    ],
    ids=["dial", "hangup", "history", "cache list"],
)
def test_a_user_whom_nobody_knows_can_call_and_hang_up(
    run_cli: CommandLine, clean_environment: dict[str, str], arguments: tuple[str, ...], status: int
) -> None:
    """A container's user number, or a service while the directory of users is down: no HOME, and no name."""
    nothing = {name: "" for name in clean_environment if name == "HOME" or name.startswith("XDG_")}
    ran = run_cli.wait(run_cli.start(*arguments, env={**nothing, "TROUBLE": "unknown-user"}, module=TROUBLED))
    assert ran.status == status, ran.stderr
    assert "fault of ours" not in ran.stderr


def test_a_process_that_may_open_few_files_calls_nobody_and_says_so(run_cli: CommandLine) -> None:
    """It is the user's limit and no fault of ours."""
    trouble = {"TROUBLE": "few-files", "OPEN_FILES": "16"}
    ran = run_cli.wait(run_cli.start("dial", "--rehearse", NUMBER, "Hello", env=trouble, module=TROUBLED))
    assert (ran.status, ran.stdout) == (2, "")
    assert "may have 16 files open at once, and a rehearsal needs 28" in ran.stderr
    assert "fault of ours" not in ran.stderr
