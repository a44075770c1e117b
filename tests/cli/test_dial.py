"""`dial` as its users meet it: a process, its exit status, its two outputs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from cartesia_call.cli.render import result_fields
from tests.cli.live_network import live_environment, live_network, only_call
from tests.cli_process import CommandLine
from tests.forked_process import CLOSED
from tests.store.attempts import result as an_attempt

NUMBER = "+12025550143"
REHEARSE = ("dial", "--rehearse")


@pytest.mark.parametrize(
    ("options", "status", "outcome"),
    [
        ((), 0, "delivered"),
        (("--callee", "busy"), 10, "busy"),
        (("--callee", "hangs-up@0.2s"), 15, "hung-up-early"),
        (("--fault", "auth-401"), 20, "unauthorized"),
        (("--fault", "hangup-ignored", "--hangup-timeout", "4s"), 31, "hangup-unconfirmed"),
    ],
)
def test_an_outcome_has_its_status_its_object_and_its_line(
    run_cli: CommandLine, options: tuple[str, ...], status: int, outcome: str
) -> None:
    """Exit status, one JSON object on standard output, and one line on standard error unless it is 0: of whom
    nobody was reached, who left, what was never placed, and what may be up."""
    ran = run_cli(*REHEARSE, NUMBER, "The database is down.", *options, "--json")
    assert ran.status == status
    (line,) = ran.stdout.splitlines()
    fields = json.loads(line)
    assert list(fields) == list(result_fields(an_attempt("x")))
    assert (fields["outcome"], fields["exit_code"], fields["to"]) == (outcome, status, NUMBER)
    assert fields["rehearsal"] is True
    assert len(ran.stderr.splitlines()) == (status != 0)
    assert (f"REHEARSAL: {outcome}: +1202***0143" in ran.stderr) == (status != 0)
    assert NUMBER not in ran.stderr


def test_the_environment_can_make_a_whole_script_rehearse(run_cli: CommandLine) -> None:
    """`CARTESIA_CALL_REHEARSE=1`, and the message from a pipe."""
    ran = run_cli("dial", NUMBER, "-", env={"CARTESIA_CALL_REHEARSE": "1"}, stdin="Hello from a pipe\n")
    assert ran.status == 0
    assert "REHEARSAL" in ran.stdout


def test_standard_input_is_left_alone_when_a_message_is_given(run_cli: CommandLine) -> None:
    """`while read n; do cartesia-call dial "$n" "..."; done` keeps its list."""
    reading, writing = os.pipe()
    with open(reading, "rb") as rest:
        with open(writing, "wb") as list_of_numbers:
            list_of_numbers.write(b"+12025550144\n+12025550145\n")
        ran = run_cli.wait(run_cli.start(*REHEARSE, NUMBER, "Hello", stdin=reading))
        assert "delivered" in ran.stdout
        assert rest.read() == b"+12025550144\n+12025550145\n"


def test_the_saved_audio_is_what_the_callee_heard_and_said(run_cli: CommandLine, tmp_path: Path) -> None:
    """Two channels of 8 kHz, heard on the left, said on the right; both with sound, and only for its time."""
    target = tmp_path / "call.wav"
    ran = run_cli(
        *REHEARSE,
        NUMBER,
        "Hello there",
        "--callee",
        "answers,says:0.5s",
        "--save-audio",
        str(target),
        "--json",
    )
    assert ran.status == 0
    with wave.open(str(target)) as recording:
        assert (recording.getnchannels(), recording.getframerate(), recording.getsampwidth()) == (2, 8000, 2)
        frames = recording.readframes(recording.getnframes())
    samples = memoryview(frames).cast("h")
    left, right = samples[0::2].tolist(), samples[1::2].tolist()
    message_samples = json.loads(ran.stdout)["message_ms"] * 8
    assert 0.5 * message_samples < sum(1 for sample in left if sample) <= message_samples + 8
    assert 0 < sum(1 for sample in right if sample) <= 0.6 * 8000


@pytest.mark.parametrize("place", ["/dev/full", "closed"])
def test_notes_that_cannot_be_printed_change_no_exit_status(run_cli: CommandLine, place: str) -> None:
    """At full verbosity, on a full disk or a closed descriptor."""
    with _going_to(place) as stderr:
        for arguments, status in (((NUMBER, "Hello", "-v", "-v"), 0), (("nonsense", "Hello"), 2)):
            process = run_cli.start(*REHEARSE, *arguments, stdout=subprocess.DEVNULL, stderr=stderr)
            assert run_cli.wait(process).status == status


@contextlib.contextmanager
def _going_to(place: str) -> Iterator[int]:
    """A stream for a process that can print nothing to it: `>&-`, or a full disk."""
    if place == "closed":
        yield CLOSED
    else:
        with open(place, "wb") as file:
            yield file.fileno()


def test_a_message_that_is_not_utf_8_is_said_and_told(run_cli: CommandLine) -> None:
    """Somebody is called; and a C locale loses no letter of a message that is UTF-8."""
    ran = run_cli(*REHEARSE, NUMBER, os.fsdecode(b"caf\xe9 is closed"))
    assert ran.status == 0
    assert "the argument is not UTF-8: byte 0xe9 at offset 3" in ran.stderr
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ran = run_cli(*REHEARSE, NUMBER, "h\u00e9llo \u4f60\u597d", "--json", env=plain)
    assert json.loads(ran.stdout)["characters"] == 8


def test_a_deleted_working_directory_silences_no_alert(
    clean_environment: dict[str, str], tmp_path: Path
) -> None:
    """There is no env file in it, and that is all."""
    place = tmp_path / "gone"
    place.mkdir()
    ran = subprocess.run(
        [
            "/bin/sh",
            "-c",
            f'rmdir "$PWD"; "$0" -m cartesia_call dial --rehearse {NUMBER} Hello',
            sys.executable,
        ],
        cwd=place,
        env=clean_environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("variable", ["CARTESIA_CALL_JSON", "--json"])
def test_a_refusal_is_an_object_wherever_json_was_asked_for(run_cli: CommandLine, variable: str) -> None:
    """On the command line or in the environment; and it says whether it was a rehearsal."""
    env = {"CARTESIA_CALL_REHEARSE": "1"}
    if variable == "--json":
        ran = run_cli("dial", "911", "Hello", "--json", env=env)
    else:
        ran = run_cli("dial", "911", "Hello", env={**env, variable: "1"})
    fields = json.loads(ran.stdout)
    assert (ran.status, fields["exit_code"], fields["outcome"], fields["rehearsal"]) == (2, 2, None, True)


BAD_INPUT = {
    "no number": ((), "no number"),
    "a bad number": (("12", "Hello"), "12"),
    "a national number without a country": (("2025550143", "Hello"), "--country"),
    "an emergency number": (("911", "Hello"), "emergency"),
    "another emergency number": (("112", "Hello"), "emergency"),
    "an empty message": ((NUMBER, ""), "empty"),
    "only spaces": ((NUMBER, " \n\t "), "empty"),
    "nothing that can be said": ((NUMBER, "\u200b"), "a voice could say"),
    "sound to standard output": ((NUMBER, "Hello", "--save-audio", "-"), "--save-audio"),
    "an unreadable file": ((NUMBER, "--file", "/nonexistent/message.txt"), "/nonexistent/message.txt"),
    "message and file": ((NUMBER, "Hello", "--file", "x"), "--file"),
    "no message": ((NUMBER,), "add - to read it"),
    "nothing on standard input": ((NUMBER, "-"), "empty"),
    "the message first": (("Hello", NUMBER), "the number comes first"),
    "a malformed duration": ((NUMBER, "Hello", "--ring-timeout", "soon"), "--ring-timeout"),
    "a folder that does not exist": ((NUMBER, "Hello", "--save-audio", "/nonexistent/a.wav"), "/nonexistent"),
    "a public URL without TLS": ((NUMBER, "Hello", "--public-url", "http://calls.example.com"), "http://"),
    "a rehearsal's option": ((NUMBER, "Hello", "--callee", "busy"), "--rehearse"),
    "a key that repeats": ((NUMBER, "Hello", "--ack", "*"), "--ack"),
    "a prompt for no key": ((NUMBER, "Hello", "--prompt", "Press"), "--ack"),
    "too many attempts for the guard": ((NUMBER, "Hello", "--attempts", "9"), "--retry-after"),
    "no reason against the guard": ((NUMBER, "Hello", "--no-guard", ""), "--no-guard"),
    "a list that is not there": ((NUMBER, "Hello", "--do-not-call", "nowhere.txt"), "nowhere.txt"),
    "a window nowhere": (("sip:anna@example.com", "Hello", "--window", "08:00-21:00"), "--timezone"),
    "a missing env file": ((NUMBER, "Hello", "--env-file", "nowhere.env"), "nowhere.env"),
}


@pytest.mark.parametrize(("arguments", "named"), BAD_INPUT.values(), ids=BAD_INPUT.keys())
async def test_bad_input_is_one_message_and_nothing_is_sent(
    run_cli: CommandLine, arguments: tuple[str, ...], named: str
) -> None:
    """Exit 2, one clear message that names the culprit, no request to anybody: the settings are live ones."""
    async with live_network() as network:
        ran = await asyncio.to_thread(run_cli, "dial", *arguments, env=live_environment(network))
        assert ran.status == 2
        assert ran.stdout == ""
        assert named in ran.stderr
        assert "Traceback" not in ran.stderr
        assert not network.carrier.requests
        assert not network.speech.connections


def test_all_missing_and_malformed_settings_are_named_at_once(run_cli: CommandLine) -> None:
    """One message says what is missing, what is malformed, and where it was looked for."""
    ran = run_cli(
        "dial",
        NUMBER,
        "Hello",
        env={"TWILIO_ACCOUNT_SID": "nonsense", "CARTESIA_BASE_URL": "http://speech.example.com"},
    )
    assert ran.status == 2
    for name in (
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_FROM_NUMBER",
        "CARTESIA_API_KEY",
        "CARTESIA_BASE_URL",
        "NGROK_AUTHTOKEN",
    ):
        assert name in ran.stderr
    assert ".env" in ran.stderr


def test_a_refusal_is_an_object_too(run_cli: CommandLine) -> None:
    """With `--json`, also when nothing was dialled: outcome null, exit code 2, the error."""
    ran = run_cli(*REHEARSE, "911", "Hello", "--json")
    fields = json.loads(ran.stdout)
    assert (ran.status, fields["exit_code"], fields["outcome"], fields["call_sid"]) == (2, 2, None, None)
    assert fields["error"]["kind"] == "InputError"


def test_a_dry_run_shows_everything_and_sends_nothing(run_cli: CommandLine) -> None:
    """Number, caller ID, TwiML with the token masked, characters."""
    ran = run_cli(*REHEARSE, NUMBER, "Hello & goodbye", "--dry-run", "--json", "--from", "+12025550100")
    fields = json.loads(ran.stdout)
    assert ran.status == 0
    assert (fields["to"], fields["from"], fields["characters"]) == (NUMBER, "+12025550100", 15)
    assert "/media/***" in fields["twiml"]
    assert "Hello &amp; goodbye" in fields["twiml"]
    assert fields["twiml"].endswith("<Hangup /></Response>")


def test_a_dry_run_shows_what_is_asked_and_whom(run_cli: CommandLine) -> None:
    """Everything that is said is counted; whoever reads it on a terminal sees masked numbers."""
    options = ("--ack", "1", "--confirmation", "", "--then", "sip:anna@example.com", "--window", "8:00-21:00")
    others = ("--timezone", "America/New_York", "--ring-twice")
    arguments = (*REHEARSE, NUMBER, "Hello", "--dry-run", *options, *others)
    fields = json.loads(run_cli(*arguments, "--json").stdout)
    assert (fields["to"], fields["then"], fields["attempts"]) == (NUMBER, ["sip:anna@example.com"], 4)
    assert fields["ring_twice_after_s"] == 75
    assert (fields["ack"], fields["prompt"], fields["confirmation"]) == ("1", "Press 1 to confirm.", None)
    assert fields["keys"] == ["1=acknowledged (0)"]
    assert fields["window"] == "08:00-21:00"
    assert fields["characters"] == len("Hello") + len("Press 1 to confirm.")
    ran = run_cli(*arguments)
    assert "sip:a***@example.com" in ran.stdout
    assert "  0.0 to 0.0 for the message, by the voice" in ran.stdout
    assert "anna" not in ran.stdout
    assert NUMBER not in ran.stdout


async def test_a_live_call_is_made_with_the_settings_of_the_environment(run_cli: CommandLine) -> None:
    """The same program, with addresses and keys from the environment, under cron's bare environment."""
    async with live_network() as network:
        ran = await asyncio.to_thread(
            run_cli, "dial", NUMBER, "Hello", "--json", env=live_environment(network)
        )
        fields = json.loads(ran.stdout)
        assert (ran.status, fields["outcome"], fields["evidence"]) == (0, "delivered", "mark")
        assert fields["rehearsal"] is False
        assert fields["carrier"] == live_environment(network)["TWILIO_BASE_URL"]
        call = only_call(network)
        assert fields["call_sid"] == call.sid
        assert fields["heard_ms"] == len(call.stream_audio) // 8 - 400
        assert call.ended_by == "api"


async def test_neither_keys_nor_text_nor_full_numbers_are_left_in_logs_or_ledger(
    run_cli: CommandLine, clean_environment: dict[str, str]
) -> None:
    """At the highest verbosity: keys nowhere, the number masked, the words in no file."""
    async with live_network() as network:
        environment = live_environment(network)
        ran = await asyncio.to_thread(run_cli, "dial", NUMBER, "Xylophone zebra", "-v", "-v", env=environment)
        assert ran.status == 0
        files = [path.read_bytes() for path in Path(clean_environment["HOME"]).rglob("*") if path.is_file()]
        assert files
        everything = [ran.stdout.encode(), ran.stderr.encode(), *files]
        for secret in ("TWILIO_AUTH_TOKEN", "CARTESIA_API_KEY"):
            assert not any(environment[secret].encode() in text for text in everything)
        assert NUMBER not in ran.stdout + ran.stderr
        assert not any(b"Xylophone" in text for text in everything)


@pytest.mark.parametrize("place", ["closed", "/dev/full"])
def test_a_result_that_cannot_be_printed_changes_no_exit_status(run_cli: CommandLine, place: str) -> None:
    """Standard output closed, or on a full disk."""
    runs: dict[tuple[str, ...], int] = {(): 0, ("--json",): 0, ("--callee", "busy", "--json"): 10}
    with _going_to(place) as stdout:
        started = {
            options: run_cli.start(*REHEARSE, NUMBER, "Hello", *options, stdout=stdout) for options in runs
        }
        for options, process in started.items():
            ran = run_cli.wait(process)
            assert ran.status == runs[options], ran.stderr
            assert "Exception ignored" not in ran.stderr
            told = ran.stderr.count("warning: the result could not be written to standard output")
            assert told == (place == "/dev/full" and ("--json" in options or not ran.status))
