"""`verify-live` makes one call and says of each belief what it came to, and whose answer that was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cartesia_call.cli.main import cli
from cartesia_call.errors import InputError
from cartesia_simulator.comparing.assumptions import ASSUMPTIONS
from tests.settings.machine import KEYS

CALLEE = "+12025550143"


pytestmark = pytest.mark.usefixtures("logging_as_it_was")


def verify(*arguments: str) -> object:
    return cli.main(args=["verify-live", *arguments], standalone_mode=False)


def test_a_rehearsal_runs_whole_and_says_who_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "call.jsonl"
    assert verify("--rehearse", "--json", "--trace", str(kept), CALLEE) == 0
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert (told["outcome"], told["rehearsal"], told["network"]) == ("acknowledged", True, "built-in")
    assert told["differences"] == []
    verdicts = {belief["name"]: belief["verdict"] for belief in told["assumptions"]}
    assert verdicts.keys() == ASSUMPTIONS.keys()
    assert {belief["source"] for belief in told["assumptions"]} == {"built-in"}
    settled = [name for name, verdict in verdicts.items() if verdict == "confirmed"]
    assert {"ended-call-is-refused", "verdicts-come-by-get", "pings-may-stay-unanswered"} <= set(settled)
    assert "every answer came from the built-in network" in printed.err
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_real_call_is_never_placed_unasked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The keys are fake, so one that was placed would fail otherwise."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match="nobody can be asked") as refused:
        verify(CALLEE)
    assert refused.value.hint == "add --yes"
    assert "up to 2 minutes" in capsys.readouterr().err


def test_without_a_place_for_its_trace_no_call_is_made(tmp_path: Path) -> None:
    """It would be paid for and show nothing."""
    with pytest.raises(InputError, match="No such file") as refused:
        verify("--rehearse", "--trace", str(tmp_path / "none" / "call.jsonl"), CALLEE)
    assert refused.value.hint == "nothing was sent"
