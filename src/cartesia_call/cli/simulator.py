"""`simulator`: the built-in telephone network and speech service as local servers, for anybody's tests."""

from __future__ import annotations

import asyncio
import os
import shlex
from typing import TYPE_CHECKING

import click

from cartesia_call.audio.mulaw import duration_s
from cartesia_call.cli import exit_status, terminal
from cartesia_call.cli.comparing import compare_command
from cartesia_call.cli.replaying import replay_command
from cartesia_call.errors import InputError
from cartesia_call.telephony.numbers import mask_number

if TYPE_CHECKING:
    from cartesia_simulator.carrier.call import SimulatedCall
    from cartesia_simulator.network import BuiltInNetwork

_LOOK_AT_CALLS_EVERY_S = 0.1
_AUDIO_KEPT = 100
"""Calls and contexts: the servers may run for weeks, and a minute of audio is half a megabyte."""


@click.group(name="simulator", invoke_without_command=True)
@click.option(
    "--callee",
    default="answers",
    metavar="SCRIPT",
    show_default=True,
    envvar="CARTESIA_CALL_CALLEE",
    help="What whoever is called does: answers, busy, no-answer, declines, blocked or unreachable, "
    "with details after commas (ring:2s, says:1.5s, presses:1@5s, hangs-up@3s).",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME[@WHEN]",
    envvar="CARTESIA_CALL_FAULT",
    help="Break something on purpose, such as stream-drop, stream-drop@3s, or at a moment: @ring, @speech. "
    "Repeatable; docs/faults.md shows all names, an unknown name lists them.",
)
@click.option(
    "--carrier-port",
    default=0,
    type=click.IntRange(0, 65535),
    show_default="any free one",
    envvar="CARTESIA_CALL_CARRIER_PORT",
    help="Port of the carrier; its regions ie1 and au1 take any free ones.",
)
@click.option(
    "--speech-port",
    default=0,
    type=click.IntRange(0, 65535),
    show_default="any free one",
    envvar="CARTESIA_CALL_SPEECH_PORT",
    help="Port of the speech service.",
)
@click.option(
    "--max-contexts",
    type=click.IntRange(1, 1000),
    show_default="3, as of the plan Pro",
    help="How much speech the plan of the account allows at the same time; ten times as many connections.",
)
@click.option(
    "--shared-key",
    "signs_with_shared_key",
    is_flag=True,
    envvar="CARTESIA_CALL_SHARED_KEY",
    help="Sign what the carrier sends with a SharedKey (HMAC-SHA256) in the place of the auth token; the "
    "printed environment has its secret.",
)
@click.option(
    "--print-env/--no-print-env",
    default=True,
    show_default=True,
    envvar="CARTESIA_CALL_PRINT_ENV",
    help="Print the environment that points a program at the servers, as lines for a shell.",
)
def command(
    *,
    callee: str,
    faults: tuple[str, ...],
    carrier_port: int,
    speech_port: int,
    max_contexts: int | None,
    signs_with_shared_key: bool,
    print_env: bool,
) -> int:
    """Run the built-in telephone network and speech service as local servers.

    They answer with the vendors' own protocols until SIGINT or SIGTERM; then the exit status is 0. Standard
    error gets one line per call. docs/simulator.md has programs that call and speak by them.

    \b
    Example:
      cartesia-call simulator --callee answers,hangs-up@3s > simulator.env &
      . ./simulator.env
    """
    if click.get_current_context().invoked_subcommand is not None:
        return 0
    from cartesia_call.clock import SystemClock
    from cartesia_call.settings.parsers import words
    from cartesia_simulator.callee import parse_callees
    from cartesia_simulator.faults import FaultPlan, parse_faults
    from cartesia_simulator.network import LEAST_CONTEXTS, BuiltInNetwork
    from cartesia_simulator.tunnel import TUNNEL_FAULTS

    parsed = parse_faults(spec for given in faults for spec in words(given))
    for fault in parsed:
        if fault.name in TUNNEL_FAULTS:
            raise InputError(
                f"--fault: {fault.name} breaks the tunnel of a rehearsal, and the simulator has none",
                hint="leave it out, or use it with cartesia-call dial --rehearse",
            )
    network = BuiltInNetwork(
        SystemClock(),
        callee=parse_callees(callee),
        faults=FaultPlan(parsed),
        audio_kept=_AUDIO_KEPT,
        context_limit=max_contexts or LEAST_CONTEXTS,
        signs_with_shared_key=signs_with_shared_key,
    )
    return asyncio.run(_serve(network, carrier_port, speech_port, print_env=print_env))


command.add_command(compare_command)
command.add_command(replay_command)


async def _serve(network: BuiltInNetwork, carrier_port: int, speech_port: int, *, print_env: bool) -> int:
    from cartesia_call.cli import signals

    asked_to_stop = asyncio.Event()
    with signals.handled(
        lambda _: asked_to_stop.set(),
        lambda number: os._exit(exit_status.SIGNAL_BASE + number),
    ):
        try:
            await network.start(carrier_port=carrier_port, speech_port=speech_port)
        except OSError as error:
            raise InputError(
                f"the simulator cannot listen: {error.strerror}",
                hint="choose another --carrier-port or --speech-port, or leave them out",
            ) from error
        try:
            if print_env:
                for name, value in (network.environment() | network.key_environment()).items():
                    terminal.print_result(f"export {name}={shlex.quote(value)}")
            regions = ", ".join(f"{url} ({region})" for region, url in network.carrier_urls.items())
            terminal.print_note(
                f"the carrier listens on {regions}, the speech service on {network.speech_url}"
            )
            if not network.voice.is_speech:
                terminal.print_note("a tone stands for each word; the extra `offline` brings a real voice")
            await _tell_calls_until(asked_to_stop, network)
        finally:
            await network.stop()
    return 0


async def _tell_calls_until(asked_to_stop: asyncio.Event, network: BuiltInNetwork) -> None:
    """One line per call, once it is over."""
    told: set[str] = set()
    while not asked_to_stop.is_set():
        try:
            async with asyncio.timeout(_LOOK_AT_CALLS_EVERY_S):
                await asked_to_stop.wait()
        except TimeoutError:
            pass
        for call in network.carrier.calls.values():
            if call.is_over and call.sid not in told:
                told.add(call.sid)
                terminal.print_note(_line(call))


def _line(call: SimulatedCall) -> str:
    heard_s = duration_s(len(call.stream_audio))
    return (
        f"{call.sid} from {mask_number(call.caller_id)} to {mask_number(call.to)}: {call.status.value}, "
        f"ended by {call.ended_by}, {call.duration_s or 0} s, {heard_s:.1f} s of the stream heard"
    )
