"""`cache warm`: the lines of a file, spoken one by one and kept for calls to come."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from cartesia_call.audio.mulaw import duration_ms
from cartesia_call.cli import exit_status, signals, terminal
from cartesia_call.cli.env_place import working_directory
from cartesia_call.cli.render import JSON_SCHEMA
from cartesia_call.cli.signals import Stopped
from cartesia_call.errors import CacheError, CartesiaCallError, InputError
from cartesia_call.settings.setting import Heading
from cartesia_call.settings.table import TABLE
from cartesia_call.telephony.outcomes import Voice

if TYPE_CHECKING:
    from cartesia_call.settings.model import Settings
    from cartesia_call.wiring.speech import SpokenText

WARM_KEYS = (
    *("read_as", "spells"),
    *(setting.key for setting in TABLE if setting.heading is Heading.VOICE and setting.options),
    *("connect_timeout", "speech_timeout", "input_timeout"),
)
"""Everything that decides how a text sounds, and how long it may take."""


class Line(NamedTuple):
    """A text to speak and where it stands, counted from 1."""

    number: int
    text: str


def warm_texts(file: str, command_line: dict[str, Any]) -> None:
    """Speak and keep the lines of `file`, and print what that took."""
    from cartesia_call.settings.output_mode import output_mode
    from cartesia_call.settings.sources import process_environment

    environment = process_environment()
    mode = output_mode(command_line, environment, working_directory=working_directory())
    progress = _Progress("standard input" if file == "-" else file, is_json=mode.json)
    try:
        _warm_checked(file, progress, command_line, environment)
    except (Exception, Stopped) as error:
        progress.tell_failure(error)
        raise


class _Progress:
    """Prints each line that is done, or failed, and adds up."""

    def __init__(self, source: str, *, is_json: bool) -> None:
        self.source = source
        self.is_quiet = False
        self.line: int | None = None
        self._is_json = is_json
        self._texts = self._characters = self._audio_bytes = 0

    def tell(self, spoken: SpokenText) -> None:
        self._texts += 1
        self._characters += spoken.characters
        self._audio_bytes += len(spoken.audio)
        length_ms = duration_ms(len(spoken.audio))
        if self._is_json:
            self._print_object(0, characters=spoken.characters, length_ms=length_ms, voice=spoken.voice)
        elif not self.is_quiet:
            is_new = spoken.voice is not Voice.CACHE
            cost = f"{spoken.characters} characters" if is_new else "kept already"
            terminal.print_result(f"line {self.line}: {cost}, {length_ms / 1000:.1f} s")

    def tell_total(self, *, limit_bytes: int) -> None:
        self.line = None
        if self._audio_bytes > limit_bytes:
            terminal.print_note("warning: not all of it is kept: there is more audio than --cache-size")
        if not (self._is_json or self.is_quiet):
            texts = "1 text" if self._texts == 1 else f"{self._texts} texts"
            length_s = duration_ms(self._audio_bytes) / 1000
            terminal.print_result(f"{texts}: {self._characters} characters, {length_s:.1f} s")

    def tell_failure(self, error: Exception | Stopped) -> None:
        """Where it ended. The error itself is told by whoever catches it."""
        from cartesia_call.leg.result import bug_report, error_report

        if self.line is not None:
            terminal.print_note(f"it ended at line {self.line} of {self.source}; what came before is kept")
        if not self._is_json:
            return
        if isinstance(error, CartesiaCallError):
            self._print_object(exit_status.of_error(error), error=error_report(error))
        elif isinstance(error, Stopped):
            self._print_object(exit_status.SIGNAL_BASE + error.number, error=bug_report(error))
        else:
            self._print_object(exit_status.BUG, error=bug_report(error))

    def _print_object(
        self,
        status: int,
        *,
        characters: int = 0,
        length_ms: float | None = None,
        voice: Voice | None = None,
        error: Any = None,
    ) -> None:
        fields = {
            "schema": JSON_SCHEMA,
            "line": self.line,
            "characters": characters,
            "length_ms": length_ms,
            "voice": voice,
            "exit_code": status,
            "error": None if error is None else dataclasses.asdict(error),
        }
        terminal.print_result(json.dumps(fields))


def _warm_checked(
    file: str, progress: _Progress, command_line: dict[str, Any], environment: dict[str, str]
) -> None:
    from cartesia_call.cli.logs import configure_logging
    from cartesia_call.settings.resolve import resolve
    from cartesia_call.wiring.line import run

    settings = resolve(
        command_line, environment, working_directory=working_directory(), needs=frozenset({"cartesia"})
    )
    progress.is_quiet = settings.quiet
    configure_logging(settings.verbose)
    terminal.hide(settings.secrets)
    for warning in settings.warnings:
        terminal.print_note(f"warning: {warning}")
    if not settings.speech.uses_cache:
        raise InputError("--no-cache keeps nothing, and cache warm does nothing else", hint="leave it out")
    lines = _read_texts(file, progress.source, settings)
    run(signals.stoppable(_speak(lines, settings, progress)))


def _read_texts(file: str, source: str, settings: Settings) -> list[Line]:
    """What is to be spoken, all of it checked. InputError names the first line that cannot be."""
    from cartesia_call.cli.message_input import read_lines
    from cartesia_call.cli.wording import check_text, wording

    found = []
    lines = read_lines(file, stdin=0, input_timeout_s=settings.limits.input_timeout_s)
    for number, written in enumerate(lines, start=1):
        if not written or written.startswith("#"):
            continue
        try:
            found.append(Line(number, check_text(wording(written, settings))))
        except InputError as error:
            raise InputError(f"line {number} of {source}: {error}", hint=error.hint) from None
    if not found:
        raise InputError(f"{source} holds no text to speak", hint="write one a line, without # before it")
    return found


async def _speak(lines: list[Line], settings: Settings, progress: _Progress) -> None:
    from cartesia_call.wiring.speech import open_speech

    async with open_speech(settings) as speaker:
        for line in lines:
            progress.line = line.number
            spoken = await speaker.say(line.text)
            progress.tell(spoken)
            if spoken.warnings:  # about the cache, the only thing that may fail here and leave speech
                raise CacheError("; ".join(spoken.warnings))
    progress.tell_total(limit_bytes=settings.speech.cache_limit_bytes)
