"""Which public path a call takes, and what the built-in tunnel's faults do to a rehearsal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from cartesia_call.clock import SystemClock
from cartesia_call.declarations.setting import Need
from cartesia_call.errors import InputError
from cartesia_call.settings.model import Settings
from cartesia_call.settings.resolve import resolve
from cartesia_call.vendors.bridge import MediaBridge
from cartesia_call.wiring.line_checks import check_rehearsal
from cartesia_call.wiring.shared_line import SharedLine
from cartesia_call.wiring.tunnel import line_folder, public_way
from cartesia_simulator.faults import FaultPlan, parse_fault
from cartesia_simulator.tunnel import FaultyTunnel, LoopbackTunnel
from tests.calls.rehearsed import rehearsed
from tests.settings.machine import command_line

OWN = {"public_url": "https://calls.example.com", "bind": "127.0.0.1:8080"}

BUILT_IN_FAULTS = ("tunnel-refused", "tunnel-334@1s", "tunnel-late", "tunnel-drop@ring")


def settings(options: Mapping[str, object], *needs: Need) -> Settings:
    return resolve(
        command_line(**options),
        {"NGROK_AUTHTOKEN": "fake-token"},
        working_directory=Path.cwd(),
        needs=frozenset(needs),
    )


def path_of(chosen: Settings, faults: FaultPlan | None = None) -> object:
    bridge, path = public_way(chosen, {}, None, clock=SystemClock(), faults=faults)
    assert isinstance(bridge, SharedLine if isinstance(path, SharedLine) else MediaBridge)
    return path


def test_a_rehearsal_takes_the_built_in_tunnel() -> None:
    """Direct, unless one of its faults is asked for."""
    chosen = settings({"rehearse": True})
    assert isinstance(path_of(chosen, FaultPlan([parse_fault("stream-drop")])), LoopbackTunnel)
    for spec in BUILT_IN_FAULTS:
        assert isinstance(path_of(chosen, FaultPlan([parse_fault(spec)])), FaultyTunnel)


def test_other_paths_are_shared() -> None:
    """`--tunnel ngrok`, in a rehearsal too, and the own address of a live call."""
    assert isinstance(path_of(settings({"rehearse": True, "tunnel": "ngrok"}), FaultPlan()), SharedLine)
    assert isinstance(path_of(settings(OWN, Need.PATH)), SharedLine)
    cloudflared = {"rehearse": True, "tunnel": "cloudflared"}
    assert isinstance(path_of(settings(cloudflared), FaultPlan()), SharedLine)
    assert isinstance(path_of(settings({"rehearse": True, "tunnel": "none"}), FaultPlan()), LoopbackTunnel)
    assert isinstance(path_of(settings({}, Need.PATH)), SharedLine)


def test_those_meet_who_share_the_same() -> None:
    """An account and its domain, or an address and where it leads; a rehearsal meets no live call. Nothing of
    it is read off the folder's name."""
    folders = {
        line_folder(settings(options, Need.PATH)).path
        for options in (
            {},
            {"tunnel_timeout": "9s"},
            {"ngrok_domain": "one.ngrok.app"},
            {"rehearse": True, "tunnel": "ngrok"},
            OWN,
            {**OWN, "bind": "127.0.0.1:8081"},
        )
    }
    assert len(folders) == 5
    assert not any("fake-token" in str(folder) or "example" in str(folder) for folder in folders)


@pytest.mark.parametrize("spec", BUILT_IN_FAULTS)
def test_a_fault_needs_the_tunnel_that_it_breaks(spec: str) -> None:
    """Said before anything starts; with the built-in tunnel it is fine, and so is ngrok without it."""
    check_rehearsal(settings({"rehearse": True, "faults": (spec,)}))
    check_rehearsal(settings({"rehearse": True, "tunnel": "ngrok", "faults": ("stream-drop",)}))
    with pytest.raises(InputError, match="breaks the built-in tunnel") as caught:
        check_rehearsal(settings({"rehearse": True, "tunnel": "ngrok", "faults": ("stream-drop", spec)}))
    assert caught.value.hint is not None
    assert "--tunnel ngrok" in caught.value.hint


@pytest.mark.skipping
@pytest.mark.parametrize("fault", ["tunnel-late", "tunnel-334@1s", "tunnel-drop@ring", "tunnel-drop"])
async def test_a_call_is_placed_once_the_path_is_proven(fault: str) -> None:
    """A tunnel that comes late is asked again; one that breaks later was proven. One call each."""
    async with rehearsed("answers,ring:1s", fault) as call:
        result = await call.run()
        assert result.call_sid == call.simulated.sid
        assert call.requests("POST") == 1


@pytest.mark.skipping
@pytest.mark.parametrize("fault", ["tunnel-refused", "tunnel-334", "tunnel-late@60m"])
async def test_no_call_is_placed_without_a_path_and_a_fallback(fault: str) -> None:
    """As with ngrok itself, within `--tunnel-timeout`."""
    async with rehearsed("answers", fault, fallback="none", tunnel_timeout="0.5s") as call:
        result = await call.run()
        assert result.call_sid is None
        assert not call.network.carrier.calls
