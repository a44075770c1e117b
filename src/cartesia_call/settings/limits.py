"""How long each wait may take."""

from __future__ import annotations

from cartesia_call.leg.limits import CallLimits
from cartesia_call.settings import parsers
from cartesia_call.settings.reader import Reader
from cartesia_call.settings.setting import CALL, DIAL, EVERY, LINE, REACHED, SPEECH, Command, Section, Setting
from cartesia_call.settings.trust import Trust

SECTION = Section("Time limits")


def _limit(option: str, default: str, help: str, commands: frozenset[Command] = DIAL) -> Setting[float]:
    parse = parsers.ring_timeout_s if option == "--ring-timeout" else parsers.limit_s
    return SECTION.setting(
        option,
        metavar="DURATION",
        default=default,
        parse=parse,
        help=help,
        least_trust=Trust.FOUND,
        commands=commands,
    )


RING_TIMEOUT = _limit("--ring-timeout", "30s", "How long it may ring, 5s to 10m.")
CONNECT_TIMEOUT = _limit(
    "--connect-timeout",
    "10s",
    "Each request to Twilio or Cartesia.",
    EVERY - LINE - {Command.CACHE_LIST, Command.CACHE_CLEAR, Command.QUEUE},
)
TUNNEL_TIMEOUT = _limit("--tunnel-timeout", "30s", "The public path, until it is proven.", REACHED)
SPEECH_TIMEOUT = _limit(
    "--speech-timeout", "10s", "Cartesia, to the first audio and between chunks.", CALL | SPEECH
)
# assumes: stream-follows-answer, connected-then-start
STREAM_TIMEOUT = _limit("--stream-timeout", "10s", "The media stream, after the answer.")
HANGUP_TIMEOUT = _limit(
    "--hangup-timeout", "20s", "The hang-up, until it is confirmed.", DIAL | {Command.HANGUP}
)
INPUT_TIMEOUT = _limit("--input-timeout", "30s", "Silence on standard input.", SPEECH)
# Every 15 minutes the guard lets three calls to one number through: longer than that, and what these took.
TURN_TIMEOUT = _limit(
    "--turn-timeout",
    "20m",
    "While another call of yours to the same number is up, or waits before this one; with --join also until "
    "the guard lets the next one through. Then it is withheld.",
)
MAX_DURATION = SECTION.setting(
    "--max-duration",
    metavar="DURATION|none",
    default="10m",
    parse=parsers.optional_limit_s,
    help="The whole call, counted from the answer, pauses and waits for a key included.",
)


def read_limits(reader: Reader) -> CallLimits:
    """All that a call waits for, in seconds."""
    return CallLimits(
        connect_timeout_s=reader.value(CONNECT_TIMEOUT),
        tunnel_timeout_s=reader.value(TUNNEL_TIMEOUT),
        speech_timeout_s=reader.value(SPEECH_TIMEOUT),
        ring_timeout_s=reader.value(RING_TIMEOUT),
        stream_timeout_s=reader.value(STREAM_TIMEOUT),
        hangup_timeout_s=reader.value(HANGUP_TIMEOUT),
        max_duration_s=reader.value(MAX_DURATION),
        turn_timeout_s=reader.value(TURN_TIMEOUT),
    )
