"""`cache warm`: the lines of a file, spoken one by one and kept for calls to come."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from cartesia_call.audio.mulaw import duration_ms
from cartesia_call.cli import signals, terminal
from cartesia_call.cli.session import JSON_SCHEMA, CommandSession, Failure
from cartesia_call.cli.signals import Stopped
from cartesia_call.declarations.setting import Need
from cartesia_call.errors import CacheError, InputError
from cartesia_call.telephony.outcomes import Voice

if TYPE_CHECKING:
    from cartesia_call.settings.model import Settings
    from cartesia_call.speech.message_text import Message
    from cartesia_call.wiring.speech import SpokenText


class Line(NamedTuple):
    """A text to speak and where it stands, counted from 1."""

    number: int
    message: Message


def warm_texts(file: str) -> None:
    """Speak and keep the lines of `file`, and print what that took."""
    from cartesia_call.wiring.line import run

    session = CommandSession()
    progress = _Progress("standard input" if file == "-" else file, is_json=session.mode.json)
    with session.telling_failures(lambda failure: progress.fields(failure=failure)), progress.ending_told():
        settings = session.read(frozenset({Need.CARTESIA}))
        progress.is_quiet = settings.quiet
        if not settings.speech.uses_cache:
            raise InputError(
                "--no-cache keeps nothing, and cache warm does nothing else", hint="leave it out"
            )
        lines = _read_texts(file, progress.source, settings)
        run(signals.stoppable(_speak(lines, settings, progress)))


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
            fields = self.fields(characters=spoken.characters, length_ms=length_ms, voice=spoken.voice)
            terminal.print_result(json.dumps(fields))
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

    @contextlib.contextmanager
    def ending_told(self) -> Iterator[None]:
        """Where it ended, if it fails inside the block. The error itself is told by whoever catches it."""
        try:
            yield
        except (Exception, Stopped):
            if self.line is not None:
                terminal.print_note(
                    f"it ended at line {self.line} of {self.source}; what came before is kept"
                )
            raise

    def fields(
        self,
        *,
        characters: int = 0,
        length_ms: float | None = None,
        voice: Voice | None = None,
        failure: Failure | None = None,
    ) -> dict[str, object]:
        """The line, as `--json` prints it."""
        known = {"line": self.line, "characters": characters, "length_ms": length_ms, "voice": voice}
        if failure is not None:
            return failure.fields(**known)
        return {"schema": JSON_SCHEMA, **known, "exit_code": 0, "error": None}


def _read_texts(file: str, source: str, settings: Settings) -> list[Line]:
    """What is to be spoken, all of it checked. InputError names the first line that cannot be."""
    from cartesia_call.cli.message_input import read_lines
    from cartesia_call.cli.wording import message_of

    found = []
    lines = read_lines(file, stdin=0, input_timeout_s=settings.limits.input_timeout_s)
    for number, written in enumerate(lines, start=1):
        if not written or written.startswith("#"):
            continue
        try:
            found.append(Line(number, message_of(written, settings)))
        except InputError as error:
            raise InputError(f"line {number} of {source}: {error}", hint=error.hint) from None
    if not found:
        raise InputError(f"{source} holds no text to speak", hint="write one a line, without # before it")
    return found


async def _speak(lines: list[Line], settings: Settings, progress: _Progress) -> None:
    from cartesia_call.wiring.speech import open_speech

    async with open_speech(settings, warn=terminal.warn) as speaker:
        for line in lines:
            progress.line = line.number
            spoken = await speaker.say(line.message)
            progress.tell(spoken)
            if spoken.warnings:  # about the cache, the only thing that may fail here and leave speech
                raise CacheError("; ".join(spoken.warnings))
    progress.tell_total(limit_bytes=settings.speech.cache_limit_bytes)
