"""Keys with words of one's own, as scripts and callees meet them; and who asked not to be called again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.cli.live_network import live_environment, live_network, reached
from tests.cli_process import CommandLine

NUMBER, MASKED = "+12025550143", "+1202***0143"
REHEARSAL = ("dial", "--rehearse", NUMBER, "Your appointment is tomorrow.")
WORDS = ("--key", "1=confirmed", "--key", "2=cancelled")
OPT_OUT = ("--key", "9=opt-out")
PRESSES = "answers,ring:0.1s,presses:9@0.3s"


@pytest.fixture
def never(tmp_path: Path) -> Path:
    """A do-not-call file as an editor may leave it."""
    path = tmp_path / "never.txt"
    path.write_text("+12025550199  # Ben", encoding="utf-8")
    path.chmod(0o640)
    return path


def test_the_word_is_on_the_line_and_in_the_history(run_cli: CommandLine) -> None:
    """0, whatever it means: scripts read `key`."""
    ran = run_cli(*REHEARSAL, *WORDS, "--callee", "answers,ring:1s,presses:2@1s")
    assert ran.status == 0, ran.stderr
    assert ran.stdout.startswith(f"REHEARSAL: acknowledged by {MASKED}: cancelled (key 2, ")
    (row,) = map(json.loads, run_cli("history", "--rehearsal", "--json").stdout.splitlines())
    assert (row["key"], row["outcome"], row["digits"]) == ("cancelled", "acknowledged", None)
    assert row["detail"] == "the callee pressed the key that means cancelled"
    shown = run_cli("show", row["id"], "--rehearsal").stdout
    assert "key                                 cancelled" in shown


@pytest.mark.parametrize(
    ("options", "pressed", "expected"),
    [
        (WORDS, "1", (0, "acknowledged", "confirmed", True)),
        (WORDS, "3", (16, "not-acknowledged", None, False)),
        (("--ack", "1", "--reject", "3"), "1", (0, "acknowledged", "acknowledged", True)),
        (("--ack", "1", "--reject", "3"), "3", (17, "rejected", "rejected", False)),
        ((), "1", (0, "delivered", None, None)),
    ],
)
def test_a_script_finds_the_word_in_the_object(
    run_cli: CommandLine,
    options: tuple[str, ...],
    pressed: str,
    expected: tuple[int, str, str | None, bool | None],
) -> None:
    """Null where no key answered the message."""
    callee = f"answers,ring:1s,presses:{pressed}@1s"
    ran = run_cli(*REHEARSAL, *options, "--json", "--callee", callee)
    result = json.loads(ran.stdout)
    assert (ran.status, result["outcome"], result["key"], result["acknowledged"]) == expected


def test_a_rehearsed_opt_out_leaves_the_file_alone(run_cli: CommandLine, never: Path) -> None:
    """It says what a call would do."""
    before = never.read_bytes()
    ran = run_cli(*REHEARSAL, *WORDS, *OPT_OUT, "--do-not-call", str(never), "--callee", PRESSES)
    assert ran.status == 17
    told = f"a live call would put the number on the do-not-call list {never}"
    assert f"rejected: {MASKED}: the callee asked not to be called again; {told} (key 9, " in ran.stderr
    assert never.read_bytes() == before


async def test_whoever_opts_out_is_not_called_again(run_cli: CommandLine, never: Path) -> None:
    """Line and object say so; the file has its mode and one line more; the next call is withheld."""
    arguments = ("dial", NUMBER, "Hi.", *OPT_OUT, "--do-not-call", str(never), "--json")
    async with live_network(PRESSES) as network:
        environment = live_environment(network)
        ran = await asyncio.to_thread(run_cli, *arguments, env=environment)
        result = json.loads(ran.stdout)
        assert (ran.status, result["outcome"], result["key"]) == (17, "rejected", "opt-out")
        assert result["acknowledged"] is None
        assert result["detail"].endswith(f"; the number is on the do-not-call list {never}")
        assert result["detail"] in ran.stderr
        first, second = never.read_text(encoding="utf-8").splitlines()
        assert first == "+12025550199  # Ben"
        assert second.startswith(f"{NUMBER}  # opt-out by key, 20")
        assert never.stat().st_mode & 0o777 == 0o640
        again = await asyncio.to_thread(run_cli, *arguments, env=environment)
        assert (again.status, json.loads(again.stdout)["outcome"]) == (18, "withheld")
        assert len(network.carrier.calls) == 1


async def test_an_opt_out_that_cannot_be_kept_is_loud(run_cli: CommandLine, never: Path) -> None:
    """A warning and the result say so; the status is the callee's answer all the same."""
    arguments = ("dial", NUMBER, "Hi.", *OPT_OUT, "--do-not-call", str(never))
    async with live_network(PRESSES) as network:
        calling = asyncio.create_task(asyncio.to_thread(run_cli, *arguments, env=live_environment(network)))
        await reached(lambda: bool(network.carrier.calls))
        never.unlink()
        ran = await calling
    assert ran.status == 17
    why = f"the number is on no list: {never} cannot be written: No such file or directory"
    warning = f"warning: {MASKED} asked not to be called again, and {why}; write it there yourself"
    assert warning in ran.stderr
    assert f"rejected: {MASKED}: the callee asked not to be called again; {why} (key 9" in ran.stderr
    assert not never.exists()
