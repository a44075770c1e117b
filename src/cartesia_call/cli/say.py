"""`say`: hear what will be said, without calling anybody."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cartesia_call.cli import signals, terminal
from cartesia_call.cli.options import MessageCommand, files, settings_of
from cartesia_call.cli.output_files import STANDARD_OUTPUT, check_writable, write_output
from cartesia_call.cli.session import CommandSession
from cartesia_call.declarations.setting import Command, Need
from cartesia_call.errors import InputError
from cartesia_call.settings.sources import program_on_path

if TYPE_CHECKING:
    from cartesia_call.settings.model import Settings
    from cartesia_call.speech.message_text import Message
    from cartesia_call.wiring.speech import SpokenText

PLAYERS = (
    ("afplay",),
    ("pw-play",),
    ("paplay",),
    ("aplay", "--quiet"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
)
"""Programs that play a WAV file and end: of macOS, PipeWire, PulseAudio, ALSA, FFmpeg. The first found."""


@click.command(cls=MessageCommand)
@click.argument("message", metavar="[MESSAGE]", required=False)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    shell_complete=files,
    envvar="CARTESIA_CALL_OUTPUT",
    show_envvar=True,
    help="Where the audio goes; - is standard output.",
)
@click.option(
    "--format",
    "audio_format",
    type=click.Choice(["wav", "raw"]),
    envvar="CARTESIA_CALL_FORMAT",
    show_envvar=True,
    help="wav: 16-bit, 8000 Hz. raw: mu-law, 8000 bytes a second, as the callee's line carries it. "
    "By default raw for a name that ends in .raw or .ulaw, else wav.",
)
@click.option(
    "--play", is_flag=True, envvar="CARTESIA_CALL_PLAY", show_envvar=True, help="Play it on this machine."
)
@settings_of(Command.SAY)
def say(message: str | None, output: str | None, audio_format: str | None, play: bool) -> None:
    """Synthesise MESSAGE without calling: hear what will be said.

    Prints how long it is and how many characters were paid for. What is kept from earlier is free.

    \b
    cartesia-call say "The database is down." -o hello.wav
    cartesia-call say --rehearse "Hello" --play
    """
    session = CommandSession()
    # Where the audio is to go, nobody looks for an object.
    told = contextlib.nullcontext() if output == STANDARD_OUTPUT else session.telling_failures()
    with told:
        settings = session.read(frozenset({Need.CARTESIA}))
        _say(_take_message(message, settings), output, audio_format, settings, play=play)


def _say(
    message: Message, output: str | None, audio_format: str | None, settings: Settings, *, play: bool
) -> None:
    from cartesia_call.cli.wording import shown

    if settings.print_only:
        terminal.print_lines(shown(message.text, settings))
        return
    player = _check_destination(output, settings, play=play)
    spoken = _spoken(message, settings)
    for warning in spoken.warnings:
        terminal.print_note(f"warning: {warning}")
    wav = _wav(spoken.audio)
    if output is not None:
        is_raw = (audio_format or _format_of(output)) == "raw"
        write_output(output, spoken.audio if is_raw else wav, what="audio")
    _report(spoken, output, settings)
    if player is not None:
        _play(wav, player)


def _take_message(message: str | None, settings: Settings) -> Message:
    from cartesia_call.cli.wording import take_message
    from cartesia_call.wiring.voices import check_fallback

    for warning in check_fallback(settings):
        terminal.print_note(f"warning: {warning}")
    speech = dataclasses.replace(settings.speech, obeys_tags=True)  # whoever listens first wrote it
    return take_message(message, dataclasses.replace(settings, speech=speech))


def _check_destination(output: str | None, settings: Settings, *, play: bool) -> tuple[str, ...] | None:
    """The player, if it is to be played; InputError if the audio could go nowhere, before it is paid for."""
    if output is None and not play:
        raise InputError("the audio would go nowhere", hint="name a file with -o hello.wav, or add --play")
    if output == STANDARD_OUTPUT and settings.json:
        raise InputError("--json and -o - both want standard output", hint="write the audio to a file")
    if output == STANDARD_OUTPUT and os.isatty(1):
        raise InputError(
            "audio does not go to a terminal", hint="name a file with -o hello.wav, or add --play"
        )
    if output is not None and output != STANDARD_OUTPUT:
        check_writable(Path(output), option="-o", what="audio", example="a .wav file")
    if not play:
        return None
    for name, *options in PLAYERS:
        if path := program_on_path(name):
            return (path, *options)
    names = ", ".join(player[0] for player in PLAYERS)
    raise InputError(f"there is no player on this machine (looked for {names})", hint="use -o hello.wav")


def _spoken(message: Message, settings: Settings) -> SpokenText:
    from cartesia_call.wiring.line import run
    from cartesia_call.wiring.line_checks import skips_time
    from cartesia_call.wiring.speech import open_speech

    async def work() -> SpokenText:
        async with open_speech(settings, warn=terminal.warn) as speaker:
            return await speaker.say(message)

    return run(signals.stoppable(work()), skips=skips_time(settings))


def _format_of(output: str) -> str:
    return "raw" if Path(output).suffix in {".raw", ".ulaw"} else "wav"


def _wav(audio: bytes) -> bytes:
    from cartesia_call.cli.wav import mono_wav

    return mono_wav(audio)


def _report(spoken: SpokenText, output: str | None, settings: Settings) -> None:
    from cartesia_call.audio.mulaw import duration_ms

    length_ms = round(duration_ms(len(spoken.audio)))
    if settings.json:
        fields = {
            "schema": 1,
            "file": output,
            "length_ms": length_ms,
            "characters": spoken.characters,
            "voice": spoken.voice,
            "rehearsal": settings.rehearse,
        }
        terminal.print_result(json.dumps(fields))
        return
    rehearsal = "REHEARSAL: " if settings.rehearse else ""
    line = f"{rehearsal}{length_ms / 1000:.1f} s, {spoken.characters} characters paid, voice: {spoken.voice}"
    if output == STANDARD_OUTPUT:
        terminal.print_note(line)
    elif not settings.quiet:
        terminal.print_result(line)


def _play(wav: bytes, player: tuple[str, ...]) -> None:
    signals.stop_on_signals()  # they are ignored since the speech is made, and the player would inherit that
    with tempfile.NamedTemporaryFile(prefix="cartesia-call-", suffix=".wav") as file:
        file.write(wav)
        file.flush()
        played = subprocess.run([*player, file.name], stdin=subprocess.DEVNULL, check=False)  # noqa: S603  # a name of ours
    if played.returncode != 0:
        raise InputError(f"{player[0]} could not play it: it ended with status {played.returncode}")
