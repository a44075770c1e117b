"""`cache`: what is kept, kept beforehand and removed; by the program in a process of its own."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from datetime import datetime
from pathlib import Path

import pytest

from tests.cli.live_network import live_environment, live_network, reached
from tests.cli_process import CommandLine

TEXTS = """\
# what the monitor says

The database is down.
   The disk is full. Somebody should look.\x20
"""
FIRST, SECOND = "The database is down.", "The disk is full. Somebody should look."
NEW = [f"line 3: {len(FIRST)} characters", f"line 4: {len(SECOND)} characters"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "texts.txt"
    path.write_text(TEXTS)
    return path


@pytest.fixture
def cache(clean_environment: dict[str, str]) -> Path:
    """Where the audio of live calls lies."""
    return Path(clean_environment["XDG_CACHE_HOME"]) / "cartesia-call" / "speech"


def without_lengths(stdout: str) -> list[str]:
    return [re.sub(r", \d+\.\d s$", "", line) for line in stdout.splitlines()]


# --- warm ---------------------------------------------------------------------------------------


def test_lines_are_spoken_once(exec_cli: CommandLine, run_cli: CommandLine, file: Path) -> None:
    """A line for each text, by its number; the second time it costs nothing. No text is printed."""
    first = exec_cli("cache", "warm", str(file), "--rehearse")
    assert (first.status, first.stderr) == (0, "")
    total = len(FIRST) + len(SECOND)
    assert without_lengths(first.stdout) == [*NEW, f"2 texts: {total} characters"]
    again = run_cli("cache", "warm", str(file), "--rehearse")
    assert without_lengths(again.stdout) == [
        "line 3: kept already",
        "line 4: kept already",
        "2 texts: 0 characters",
    ]
    assert [line[-6:] for line in first.stdout.splitlines()] == [
        line[-6:] for line in again.stdout.splitlines()
    ]
    assert "database" not in first.stdout + again.stdout


def test_a_call_uses_what_was_kept_beforehand(run_cli: CommandLine, file: Path) -> None:
    """The words of a line, as `dial` would be told them: nothing is synthesised any more."""
    run_cli("cache", "warm", str(file), "--rehearse")
    called = run_cli("dial", "--rehearse", "--json", "+12025550143", SECOND)
    result = json.loads(called.stdout)
    assert (result["outcome"], result["voice"], result["characters"]) == ("delivered", "cache", 0)


def test_objects_are_one_for_each_text(run_cli: CommandLine, file: Path) -> None:
    """On standard input too; no total, which a program makes itself."""
    ran = run_cli("cache", "warm", "-", "--rehearse", "--json", stdin=f"{FIRST}\n{FIRST}\n")
    first, again = map(json.loads, ran.stdout.splitlines())
    assert list(first) == ["schema", "line", "characters", "length_ms", "voice", "exit_code", "error"]
    assert (first["line"], first["characters"], first["voice"]) == (1, len(FIRST), "cartesia")
    assert again == first | {"line": 2, "characters": 0, "voice": "cache"}
    assert first["length_ms"] > 500
    assert run_cli("cache", "warm", str(file), "--rehearse", "-q").stdout == ""


async def test_a_voice_of_its_own_is_spoken_and_kept_apart(run_cli: CommandLine, file: Path) -> None:
    """Live, at the service's own address: one context for each text, none for what is kept."""
    async with live_network() as network:
        environment = live_environment(network)
        for options, contexts in (((), 2), ((), 2), (("--language", "de"), 4), (("--speed", "1.2"), 6)):
            ran = await asyncio.to_thread(run_cli, "cache", "warm", str(file), *options, env=environment)
            assert (ran.status, ran.stderr) == (0, "")
            assert len(network.speech.contexts) == contexts


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("# nothing\n\n", "holds no text to speak"),
        ("", "holds no text to speak"),
        ("Hello.\n\u200b\n", "line 2 of standard input: .*nothing in it that a voice could say"),
    ],
)
def test_texts_are_refused_before_anything_is_spoken(
    run_cli: CommandLine, cache: Path, content: str, says: str
) -> None:
    """Exit 2, one sentence that names the line."""
    ran = run_cli("cache", "warm", "-", "--rehearse", stdin=content)
    assert (ran.status, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    assert re.search(says, line)
    assert not cache.exists()


def test_a_file_that_is_not_there_is_one_sentence(run_cli: CommandLine) -> None:
    ran = run_cli("cache", "warm", "missing.txt", "--rehearse", "--json")
    assert ran.status == 2
    assert "missing.txt" in ran.stderr
    assert json.loads(ran.stdout)["error"]["kind"] == "InputError"


def test_keeping_nothing_makes_no_sense(run_cli: CommandLine, file: Path) -> None:
    ran = run_cli("cache", "warm", str(file), "--rehearse", env={"CARTESIA_CALL_CACHE": "0"})
    assert ran.status == 2
    assert "--no-cache" in ran.stderr


@pytest.mark.parametrize(("fault", "status"), [("speech-401", 20), ("speech-refused", 23)])
async def test_what_cannot_be_spoken_ends_it(
    run_cli: CommandLine, file: Path, fault: str, status: int
) -> None:
    """At the line that cannot be; the statuses are those of a call."""
    async with live_network("answers", fault) as network:
        ran = await asyncio.to_thread(
            run_cli, "cache", "warm", str(file), "--json", env=live_environment(network)
        )
    assert ran.status == status
    assert "it ended at line 3 of " in ran.stderr.splitlines()[0]
    found = json.loads(ran.stdout)
    assert (found["line"], found["exit_code"], found["voice"]) == (3, status, None)
    assert found["error"]["message"] in ran.stderr


async def test_a_signal_ends_it(run_cli: CommandLine, file: Path) -> None:
    """With its own status; whatever is not whole is not kept."""
    async with live_network("answers", "speech-silent") as network:
        process = run_cli.start("cache", "warm", str(file), env=live_environment(network))
        await reached(lambda: bool(network.speech.contexts))
        process.send_signal(signal.SIGTERM)
        ran = await asyncio.to_thread(run_cli.wait, process)
    assert ran.status == 128 + signal.SIGTERM
    assert "interrupted" in ran.stderr


def test_audio_that_cannot_be_kept_ends_it(run_cli: CommandLine, file: Path, cache: Path) -> None:
    """Before more is paid for."""
    folder = cache.parent / "rehearsal"
    folder.parent.mkdir(mode=0o700)
    folder.write_text("")
    ran = run_cli("cache", "warm", str(file), "--rehearse")
    assert ran.status == 2
    assert without_lengths(ran.stdout) == NEW[:1]
    assert "it ended at line 3" in ran.stderr
    assert "The speech cache " in ran.stderr


def test_more_than_there_is_room_for_is_said(run_cli: CommandLine, file: Path) -> None:
    ran = run_cli("cache", "warm", str(file), "--rehearse", "--cache-size", "20kB")
    assert ran.status == 0
    assert "more audio than --cache-size" in ran.stderr


# --- list and clear -----------------------------------------------------------------------------


@pytest.mark.parametrize("options", [[], ["--rehearse"], ["--json"]])
def test_nothing_is_listed_where_nothing_is_kept(
    run_cli: CommandLine, cache: Path, options: list[str]
) -> None:
    """Standard error says so, nothing is created, and that is a success."""
    ran = run_cli("cache", "list", *options)
    assert (ran.status, ran.stdout) == (0, "")
    assert "nothing is kept" in ran.stderr
    assert not cache.parent.exists()


def test_what_is_kept_is_listed(run_cli: CommandLine, file: Path) -> None:
    """The last used first, aligned, a total behind it; no text. Live calls see nothing of a rehearsal."""
    run_cli("cache", "warm", str(file), "--rehearse")
    heading, *rows, total = run_cli("cache", "list", "--rehearse").stdout.splitlines()
    assert heading.split() == ["KEY", "LENGTH", "CHARACTERS", "VOICE", "MODEL", "LANGUAGE", "LAST", "USED"]
    cells = [re.split(r"  +", row) for row in rows]
    assert [row[2] for row in cells] == [str(len(SECOND)), str(len(FIRST))]
    assert [row[3:6] for row in cells] == [["f786b574-daa5-4673-aa0c-cbe3e8534c02", "sonic-3.5", "en"]] * 2
    assert all(re.fullmatch(r"[0-9a-f]{12}", row[0]) for row in cells)
    assert {row.index("sonic-3.5") for row in rows} == {heading.index("MODEL")}
    assert re.fullmatch(r"2 texts, \d+\.\d s of speech, \d+\.\d kB", total)
    assert run_cli("cache", "list").stdout == ""


def test_objects_have_whole_keys(run_cli: CommandLine, file: Path) -> None:
    run_cli("cache", "warm", str(file), "--rehearse")
    last, first = map(json.loads, run_cli("cache", "list", "--rehearse", "--json").stdout.splitlines())
    assert list(first) == [
        *("schema", "key", "length_ms", "size_bytes", "characters"),
        *("voice_id", "model_id", "language", "used_at"),
    ]
    assert re.fullmatch(r"[0-9a-f]{64}", first["key"])
    assert first["size_bytes"] > first["length_ms"] * 8
    assert first["used_at"].endswith("Z")
    assert datetime.fromisoformat(first["used_at"]) <= datetime.fromisoformat(last["used_at"])


def test_clearing_says_what_was_freed(run_cli: CommandLine, file: Path) -> None:
    """And does so once; -q says nothing."""
    run_cli("cache", "warm", str(file), "--rehearse")
    *_, total = run_cli("cache", "list", "--rehearse").stdout.splitlines()
    cleared = run_cli("cache", "clear", "--rehearse")
    assert (cleared.status, cleared.stderr) == (0, "")
    assert cleared.stdout == f"2 texts removed, {total.rsplit(', ', 1)[1]} freed\n"
    assert run_cli("cache", "clear", "--rehearse").stdout == "0 texts removed, 0 B freed\n"
    assert run_cli("cache", "clear", "-q").stdout == ""


def test_a_folder_that_cannot_be_read_is_one_sentence(run_cli: CommandLine, cache: Path) -> None:
    """Exit 2; the folder is named."""
    cache.parent.mkdir(mode=0o700)
    cache.write_text("")
    for command in ("list", "clear"):
        ran = run_cli("cache", command)
        assert (ran.status, ran.stdout) == (2, "")
        assert str(cache) in ran.stderr
        assert len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", [[], ["list"], ["warm"], ["clear"]])
def test_every_command_explains_itself(run_cli: CommandLine, command: list[str]) -> None:
    ran = run_cli("cache", *command, "--help")
    assert (ran.status, ran.stderr) == (0, "")
    assert "cartesia-call cache" in ran.stdout
