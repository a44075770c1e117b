"""`dial --fallback` on a machine without the extra `offline`."""

from __future__ import annotations

from collections.abc import Callable

from tests.cli_process import Finished

DIAL = ("dial", "--rehearse", "--dry-run", "+12025550143", "Hello")


def test_a_missing_local_voice_alone_is_refused(run_without_offline_voice: Callable[..., Finished]) -> None:
    """Exit 2, and what to install."""
    ran = run_without_offline_voice(*DIAL, "--fallback", "local")
    assert (ran.status, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    assert "--fallback local: the local voice is not installed" in line
    assert "pip install 'cartesia-call[offline]'" in line


def test_a_missing_local_voice_beside_the_carriers_is_a_warning(
    run_without_offline_voice: Callable[..., Finished],
) -> None:
    """The call goes on."""
    ran = run_without_offline_voice(*DIAL, "--fallback", "local,say")
    assert ran.status == 0
    (line,) = ran.stderr.splitlines()
    assert "warning: the local voice of --fallback is not installed" in line
