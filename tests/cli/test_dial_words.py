"""What `dial` tells people: the line of its result, what stands beside it, and how a lost answer is put."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.cli_process import CommandLine, Finished

NUMBER = "+12025550143"
REHEARSE = ("dial", "--rehearse")


@pytest.mark.parametrize(
    ("options", "status", "outcome"), [((), 0, "delivered"), (("--callee", "busy"), 10, "busy")]
)
def test_people_get_a_line(run_cli: CommandLine, options: tuple[str, ...], status: int, outcome: str) -> None:
    """On standard output for 0, else on standard error; the number is masked."""
    ran = run_cli(*REHEARSE, NUMBER, "The database is down.", *options)
    assert ran.status == status
    said, silent = (ran.stderr, ran.stdout) if status else (ran.stdout, ran.stderr)
    assert silent == ""
    (line,) = said.splitlines()
    assert f"REHEARSAL: {outcome}: +1202***0143" in line
    assert NUMBER not in said


def test_quiet_success_prints_nothing(run_cli: CommandLine) -> None:
    """For cron, which mails whatever is printed."""
    ran = run_cli(*REHEARSE, NUMBER, "Hello", "-q")
    assert (ran.status, ran.stdout, ran.stderr) == (0, "", "")


def test_without_a_voice_it_says_that_tones_stand_for_words(
    run_without_offline_voice: Callable[..., Finished],
) -> None:
    """One warning, on standard error; `-q` keeps a success silent."""
    ran = run_without_offline_voice(*REHEARSE, NUMBER, "Hello")
    assert ran.status == 0
    (line,) = ran.stderr.splitlines()
    assert line == (
        "cartesia-call: warning: a tone stands for each word; the extra `offline` brings a real voice"
    )
    ran = run_without_offline_voice(*REHEARSE, NUMBER, "Hello", "-q")
    assert (ran.status, ran.stdout, ran.stderr) == (0, "", "")


def test_verbosity_tells_steps_then_callbacks_too(run_cli: CommandLine) -> None:
    """As the help and `.env.example` promise."""
    once, twice = (run_cli(*REHEARSE, NUMBER, "Hello", option).stderr for option in ("-v", "-vv"))
    for step in ("placed call CA", "ringing", "answered", "speaking", "hanging up"):
        assert step in once
        assert step in twice
    assert "callback" not in once
    assert "callback 0: initiated" in twice


def test_unknown_says_once_that_a_call_may_have_been_placed(run_cli: CommandLine) -> None:
    """The carrier's sentence says it; what was looked up follows."""
    ran = run_cli(*REHEARSE, NUMBER, "Hello", "--fault", "place-500,tunnel-refused")
    assert ran.status == 30
    line = ran.stderr.splitlines()[-1]
    assert line.count("may have been placed") == 1
    assert "HTTP 500" in line
    assert "may be ours, and nothing has proven it" in line
