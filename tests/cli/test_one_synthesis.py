"""Many processes want the same words at the same moment: they are paid for once, and every call is right."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
from typing import Any

from cartesia_call.blocking import in_daemon_thread
from tests.cli.live_network import LiveNetwork, live_network, reserved_port
from tests.cli_process import CommandLine

PROCESSES = 8
MESSAGE = "The database is down. Please call the operator."
LIMIT_S = 120


async def test_eight_processes_have_one_text_made_once(run_cli: CommandLine) -> None:
    """One context for all of them; each callee hears it whole."""
    async with asyncio.timeout(LIMIT_S), live_network("answers,ring:0.2s") as network:
        with contextlib.ExitStack() as held:
            ports = [held.enter_context(reserved_port()) for _ in range(PROCESSES)]
            results = await asyncio.gather(
                *(in_daemon_thread(functools.partial(_dial, run_cli, network, port)) for port in ports)
            )
        (context,) = network.speech.contexts.values()
        calls = list(network.carrier.calls.values())
    assert [result["outcome"] for result in results] == ["delivered"] * PROCESSES
    assert sorted(result["voice"] for result in results) == ["cache"] * (PROCESSES - 1) + ["cartesia"]
    assert sum(result["characters"] for result in results) == len(MESSAGE)
    assert len(calls) == PROCESSES
    assert all(bytes(context.audio) in call.stream_audio for call in calls)


def _dial(run_cli: CommandLine, network: LiveNetwork, port: int) -> dict[str, Any]:
    """Call somebody whom nobody else calls."""
    env = network.environment() | {"CARTESIA_CALL_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    ran = run_cli("dial", f"+120255501{port % 100:02}", MESSAGE, "--json", "--no-guard", "a test", env=env)
    fields: dict[str, Any] = json.loads(ran.stdout)
    return fields
