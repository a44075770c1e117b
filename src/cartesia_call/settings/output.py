"""How a command is to answer, and which env file it reads."""

from __future__ import annotations

from pathlib import Path

from cartesia_call.declarations.setting import CALL, EVERY, PLACE, Command, Section, Shape
from cartesia_call.declarations.trust import Trust
from cartesia_call.records import dataclass
from cartesia_call.settings import parsers
from cartesia_call.settings.reader import Reader

SECTION = Section("Output")

ENV_FILE = SECTION.optional(
    "--env-file",
    metavar="PATH",
    least_trust=Trust.PROCESS,
    parse=parsers.path,
    default_note=".env here, else cartesia-call/.env in the user's configuration directory",
    help="File with settings, one NAME=value a line.",
    commands=EVERY,
)
JSON = SECTION.switch(
    "--json",
    help="Print one JSON object on standard output.",
    commands=EVERY - {Command.CACHE_CLEAR, Command.LINE_UP, Command.LINE_DOWN},
)
QUIET = SECTION.switch(
    "--quiet",
    "-q",
    help="Print nothing about a success.",
    commands=EVERY - {Command.VOICES, Command.CACHE_LIST, Command.LINE_STATUS},
)
VERBOSE = SECTION.setting(
    "--verbose",
    "-v",
    shape=Shape.COUNT,
    default="0",
    parse=parsers.count,
    help="Tell more on standard error: the steps of the call; -vv: also status callbacks, requests that "
    "failed, and where a fault of ours comes from.",
    file_note="1 is -v, 2 is -vv.",
    commands=EVERY,
)
TRACE = SECTION.optional(
    "--trace",
    metavar="PATH",
    parse=parsers.path,
    help="Write every message to and from Twilio, Cartesia and ngrok there, with pseudonyms in the place of "
    "whatever is yours: fit for a bug report, see docs/tracing.md.",
    commands=CALL | {Command.SAY},
)
TRACE_AUDIO = SECTION.switch(
    "--trace-audio",
    help="With --trace, keep the audio too: voices give away who speaks, and what.",
    commands=CALL | {Command.SAY},
)
SHOW_NUMBERS = SECTION.switch(
    "--show-numbers",
    help="Do not mask telephone numbers on standard error.",
    commands=PLACE | {Command.SAY, Command.HANGUP, Command.RECORD},
)


@dataclass(frozen=True, kw_only=True)
class TraceSettings:
    """Where every message is written down, and whether its audio is, too."""

    path: Path
    keeps_audio: bool


def read_trace(reader: Reader) -> TraceSettings | None:
    """None where nobody asked for one."""
    path, keeps_audio = reader.value(TRACE), reader.value(TRACE_AUDIO)
    if path is None:
        if keeps_audio:
            reader.problems.append("--trace-audio adds to a file that nothing names: give --trace PATH too")
        return None
    return TraceSettings(path=path, keeps_audio=keeps_audio)
