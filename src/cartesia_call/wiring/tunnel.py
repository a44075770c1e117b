"""Bridge and public path of a command: its own in a rehearsal, a line that it shares with others else."""

from __future__ import annotations

import secrets as random_words
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cartesia_call.ports import Bridge, Clock, PublicPath
from cartesia_call.settings.model import Settings
from cartesia_call.settings.public_path import CLOUDFLARED
from cartesia_call.sharing.routes import NAME_BYTES, prefix_of
from cartesia_call.store.directories import directories
from cartesia_call.store.line_folder import LineFolder
from cartesia_call.trace_ports import Tracer
from cartesia_call.wiring.line_checks import uses_built_in_tunnel

if TYPE_CHECKING:
    from cartesia_call.vendors.twilio_signature import SignatureVerifier
    from cartesia_call.wiring.line_opening import LineOpener
    from cartesia_call.wiring.shared_line import SharedLine
    from cartesia_simulator.faults import FaultPlan

CALLS = "calls"
"""What processes on the line are about, unless they say otherwise."""


def public_way(
    settings: Settings,
    environment: Mapping[str, str],
    verifier: SignatureVerifier | None,
    *,
    clock: Clock,
    faults: FaultPlan | None,
    tracer: Tracer | None = None,
) -> tuple[Bridge, PublicPath]:
    """The built-in tunnel of a rehearsal with a bridge of its own, or the line of one's own address, of ngrok
    or of cloudflared.

    `faults` are those of the rehearsal's network, None in a live call. `verifier` None: secrets decide alone.
    """
    if faults is None or not uses_built_in_tunnel(settings):
        line = shared_line(settings, environment, verifier, does=CALLS, tracer=tracer)
        return line, line
    from cartesia_call.vendors.bridge import MediaBridge
    from cartesia_simulator.tunnel import built_in_tunnel

    bridge = MediaBridge(
        bind_host=settings.path.bind_host,
        bind_port=settings.path.bind_port,
        verifier=verifier,
        network=settings.network,
        no_probe=settings.path.no_probe,
        tracer=tracer,
    )
    return bridge, built_in_tunnel(faults, clock, tunnel_timeout_s=settings.limits.tunnel_timeout_s)


def shared_line(
    settings: Settings,
    environment: Mapping[str, str],
    verifier: SignatureVerifier | None,
    *,
    does: str,
    tracer: Tracer | None = None,
) -> SharedLine:
    """The line that calls with these settings go over. Opens nothing yet."""
    from cartesia_call.vendors.bridge import MediaBridge
    from cartesia_call.wiring.shared_line import SharedLine

    name = random_words.token_hex(NAME_BYTES)
    bridge = MediaBridge(
        bind_host=settings.path.bind_host,
        bind_port=settings.path.bind_port,
        verifier=verifier,
        network=settings.network,
        no_probe=settings.path.no_probe,
        prefix=prefix_of(name),
        tracer=tracer,
    )
    folder = line_folder(settings)
    return SharedLine(
        bridge,
        _opener(settings, environment, folder, tracer),
        folder,
        name=name,
        does=does,
        timeout_s=settings.limits.tunnel_timeout_s,
    )


def line_folder(settings: Settings) -> LineFolder:
    """Where those meet who share the line: an ngrok account and its domain, one's own address, or a quick
    tunnel, which nobody has an account for."""
    path = settings.path
    state = directories(rehearsal=settings.rehearse).state
    if path.public_url is not None:
        return LineFolder(state, "own", path.public_url, path.bind_host, str(path.bind_port))
    if path.tunnel == CLOUDFLARED:
        return LineFolder(state, CLOUDFLARED)
    return LineFolder(state, "ngrok", path.ngrok_authtoken, path.ngrok_domain)


def _opener(
    settings: Settings, environment: Mapping[str, str], folder: LineFolder, tracer: Tracer | None
) -> LineOpener:
    from cartesia_call.wiring.line_opening import AgentLine, OwnAddressLine

    if settings.path.public_url is not None:
        return OwnAddressLine(settings)
    return AgentLine(settings, environment, folder, tracer)
