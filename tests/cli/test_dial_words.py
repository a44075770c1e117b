"""What `dial` tells people beside the result, and how the result of a lost answer is worded."""

from __future__ import annotations

from tests.cli_process import CommandLine

NUMBER = "+12025550143"
REHEARSE = ("dial", "--rehearse", "--time-scale", "20")


def test_without_a_voice_it_says_that_tones_stand_for_words(
    run_cli: CommandLine, without_offline_voice: dict[str, str]
) -> None:
    """One warning, on standard error; `-q` keeps a success silent."""
    ran = run_cli(*REHEARSE, NUMBER, "Hello", env=without_offline_voice)
    assert ran.status == 0
    (line,) = ran.stderr.splitlines()
    assert line == (
        "cartesia-call: warning: a tone stands for each word; the extra `offline` brings a real voice"
    )
    ran = run_cli(*REHEARSE, NUMBER, "Hello", "-q", env=without_offline_voice)
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
