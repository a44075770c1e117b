"""`say`: what would be heard, in a file, on standard output or from a loudspeaker; nobody is called."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from cartesia_call.audio.mulaw import BYTES_PER_S
from tests.cli_process import CommandLine

TEXT = "The database is down."


def samples_of(wav: bytes) -> bytes:
    """The samples of a 16-bit WAV at 8000 Hz with one channel."""
    with wave.open(io.BytesIO(wav), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        return file.readframes(file.getnframes())


def test_a_file_holds_it_and_a_line_tells_the_price(run_cli: CommandLine, tmp_path: Path) -> None:
    """For its owner only. The second time it is free."""
    file = tmp_path / "hello.wav"
    ran = run_cli("say", "--rehearse", TEXT, "-o", str(file))
    assert ran.status == 0
    length_s = len(samples_of(file.read_bytes())) / 2 / BYTES_PER_S
    assert ran.stdout == f"REHEARSAL: {length_s:.1f} s, {len(TEXT)} characters paid, voice: cartesia\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = run_cli("say", "--rehearse", TEXT, "-o", str(file))
    assert again.stdout == f"REHEARSAL: {length_s:.1f} s, 0 characters paid, voice: cache\n"
    assert not run_cli("history", "--rehearsal").stdout


@pytest.mark.parametrize(("name", "options"), [("x.raw", ()), ("x.ulaw", ()), ("x", ("--format", "raw"))])
def test_raw_audio_is_what_the_line_carries(
    run_cli: CommandLine, tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    """Mu-law without a header, as long as the object says."""
    file = tmp_path / name
    ran = run_cli("say", "--rehearse", TEXT, "-o", str(file), "--json", *options)
    fields = json.loads(ran.stdout)
    assert fields == {
        "schema": 1,
        "file": str(file),
        "length_ms": round(file.stat().st_size * 1000 / BYTES_PER_S),
        "characters": len(TEXT),
        "voice": "cartesia",
        "rehearsal": True,
    }


def test_standard_output_takes_audio_and_nothing_else(clean_environment: dict[str, str]) -> None:
    """So that it can be piped into a player; the line goes to standard error."""
    ran = subprocess.run(
        [sys.executable, "-m", "cartesia_call", "say", "--rehearse", TEXT, "-o", "-"],
        env=clean_environment,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=True,
    )
    assert samples_of(ran.stdout)
    assert b"characters paid" in ran.stderr


def test_a_player_gets_a_wav_file(
    run_cli: CommandLine, clean_environment: dict[str, str], tmp_path: Path
) -> None:
    """That is gone when it has been played."""
    player = tmp_path / "aplay"
    player.write_text(f'#!/bin/sh\ncp "$2" {tmp_path}/played.wav; echo "$2" > {tmp_path}/name\n')
    player.chmod(0o700)
    env = {"PATH": f"{tmp_path}:/bin:/usr/bin"}
    ran = run_cli("say", "--rehearse", TEXT, "--play", env=env)
    assert ran.status == 0, ran.stderr
    assert samples_of((tmp_path / "played.wav").read_bytes())
    assert not Path((tmp_path / "name").read_text().strip()).exists()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((TEXT,), "the audio would go nowhere; name a file with -o hello.wav, or add --play"),
        ((TEXT, "-o", "-", "--json"), "--json and -o - both want standard output"),
        ((TEXT, "-o", "/nowhere/x.wav"), "cannot write audio to /nowhere/x.wav"),
        ((TEXT, "--play"), "there is no player on this machine"),
        (("", "-o", "x.wav"), "the message is empty"),
        (("\u200b", "-o", "x.wav"), "nothing in it that a voice could say"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_paid(
    run_cli: CommandLine, arguments: tuple[str, ...], error: str
) -> None:
    """With one sentence and status 2."""
    ran = run_cli("say", "--rehearse", *arguments, env={"PATH": "/nowhere"})
    assert (ran.status, ran.stdout) == (2, "")
    assert error in ran.stderr


def test_print_shows_what_would_be_said(run_cli: CommandLine) -> None:
    """`say` and `dial` alike, and nothing is synthesised or dialled."""
    for command in (("say",), ("dial", "+12025550143")):
        ran = run_cli(*command, "--rehearse", "Disk at 97% on db-03", "--read-as", "alert", "--print")
        assert ran.status == 0
        assert "97 percent" in ran.stdout
        as_object = run_cli(*command, "--rehearse", "Disk at 97%", "--read-as", "alert", "--print", "--json")
        assert json.loads(as_object.stdout) == {"schema": 1, "text": "Disk at 97 percent"}
    assert not run_cli("history", "--rehearsal").stdout


@pytest.mark.parametrize(("fault", "status"), [("speech-401", 20), ("speech-refused", 23)])
def test_a_service_that_refuses_is_told_by_the_status(
    run_cli: CommandLine, tmp_path: Path, fault: str, status: int
) -> None:
    """And there is no file."""
    ran = run_cli("say", "--rehearse", "--fault", fault, TEXT, "-o", str(tmp_path / "x.wav"))
    assert ran.status == status
    assert not (tmp_path / "x.wav").exists()


def test_a_failure_is_an_object_too(run_cli: CommandLine) -> None:
    """With --json, as of every command; the sentence for people stays."""
    failed = run_cli("say", "--rehearse", "--json", "   ", "-o", "x.wav")
    fields = json.loads(failed.stdout)
    assert fields["exit_code"] == failed.status == 2
    assert fields["error"]["kind"] == "InputError"
    assert failed.stderr.startswith("cartesia-call: ")


def test_numbers_are_shown_on_request(run_cli: CommandLine) -> None:
    """--show-numbers holds for whatever a command says on standard error."""
    wrong = ("say", "--rehearse", "--file", "+12025550143", "-o", "x.wav")
    assert "+1202***0143" in run_cli(*wrong).stderr
    assert "+12025550143" in run_cli(*wrong, "--show-numbers").stderr
