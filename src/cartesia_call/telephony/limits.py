"""How long each wait of one call may take, and the options that say so."""

from __future__ import annotations

from collections.abc import Callable

from cartesia_call.audio.durations import format_duration, parse_duration_s
from cartesia_call.declarations.setting import (
    CALL,
    DIAL,
    EVERY,
    LINE,
    REACHED,
    SPEECH,
    Command,
    Setting,
    setting,
)
from cartesia_call.declarations.trust import Trust
from cartesia_call.records import dataclass

RING_LEAST_S, RING_MOST_S = 5, 600
"""Twilio's `Timeout` is at most 600 s; below 5 s hardly a telephone has rung."""


def limit_s(value: str) -> float:
    """A duration above 0 and up to a day, in seconds."""
    duration_s = parse_duration_s(value)
    if duration_s <= 0:
        raise ValueError(f"{value!r} is no time at all; every limit is above 0")
    return duration_s


def optional_limit_s(value: str) -> float | None:
    """The same, or `none`."""
    return None if value.lower() == "none" else limit_s(value)


def ring_timeout_s(value: str) -> float:
    """Whole seconds, as the carrier counts them."""
    duration_s = round(limit_s(value))
    if not RING_LEAST_S <= duration_s <= RING_MOST_S:
        raise ValueError(
            f"{value!r} is outside {format_duration(RING_LEAST_S)} to {format_duration(RING_MOST_S)}"
        )
    return float(duration_s)


def _limit(
    option: str,
    default: str,
    help: str,
    commands: frozenset[Command] = DIAL,
    parse: Callable[[str], float] = limit_s,
) -> Setting[float]:
    return setting(
        option,
        metavar="DURATION",
        default=default,
        parse=parse,
        help=help,
        least_trust=Trust.FOUND,
        commands=commands,
    )


MAX_DURATION = setting(
    "--max-duration",
    metavar="DURATION|none",
    default="10m",
    parse=optional_limit_s,
    help="The whole call, counted from the answer, pauses and waits for a key included.",
)


@dataclass(frozen=True, kw_only=True)
class CallLimits:
    """Waits of a call, in seconds, all above 0. `connect_timeout_s`: one request to the carrier.
    `tunnel_timeout_s`: the public path until it is proven; `speech_timeout_s`: a voice to its first audio and
    from one piece to the next. `turn_timeout_s`: before the call, while others call the same number.
    `max_duration_s` counts from the answer; None: no limit."""

    ring_timeout_s: float = _limit(
        "--ring-timeout", "30s", "How long it may ring, 5s to 10m.", parse=ring_timeout_s
    ).field
    connect_timeout_s: float = _limit(
        "--connect-timeout",
        "10s",
        "Each request to Twilio or Cartesia.",
        EVERY - LINE - {Command.CACHE_LIST, Command.CACHE_CLEAR, Command.QUEUE},
    ).field
    tunnel_timeout_s: float = _limit(
        "--tunnel-timeout", "30s", "The public path, until it is proven.", REACHED
    ).field
    speech_timeout_s: float = _limit(
        "--speech-timeout", "10s", "Cartesia, to the first audio and between chunks.", CALL | SPEECH
    ).field
    # assumes: stream-follows-answer, connected-then-start
    stream_timeout_s: float = _limit("--stream-timeout", "10s", "The media stream, after the answer.").field
    hangup_timeout_s: float = _limit(
        "--hangup-timeout", "20s", "The hang-up, until it is confirmed.", DIAL | {Command.HANGUP}
    ).field
    input_timeout_s: float = _limit("--input-timeout", "30s", "Silence on standard input.", SPEECH).field
    # Every 15 minutes the guard lets three calls to one number through: longer than that, and what these
    # took.
    turn_timeout_s: float = _limit(
        "--turn-timeout",
        "20m",
        "While another call of yours to the same number is up, or waits before this one; with --join also "
        "until the guard lets the next one through. Then it is withheld.",
    ).field
    max_duration_s: float | None = MAX_DURATION.field
