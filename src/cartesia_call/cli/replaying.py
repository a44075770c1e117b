"""`simulator replay`: what the program makes today of a carrier that was recorded."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cartesia_call.cli import exit_status, terminal
from cartesia_call.patterns import regex

if TYPE_CHECKING:
    from cartesia_call.declarations.setting import Setting
    from cartesia_call.settings.model import Settings
    from cartesia_call.telephony.attempt import AttemptResult
    from cartesia_call.tracing.lines import Trace

CALLEE = "+12025550143"
"""Who is called: a trace has no numbers."""

_LENGTH = regex(r"<text:\d+/(\d+)>")
_LONGEST_SENTENCE = 400
_CHARACTERS_A_SECOND = 15.0


@click.command(name="replay")
@click.argument("trace", metavar="TRACE")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def replay_command(*, trace: str, as_json: bool) -> int:
    """Play the carrier of TRACE against the program as it is now, and exit with what that comes to.

    Requests are answered as they were, callbacks and media stream come when they came, marks as long behind
    the end of the audio as then. The speech is the built-in one's, as long as then, and breaks where it broke
    then, as the tunnel does; the callee is silent unless the trace holds their audio. What was asked for (a
    key, a voicemail) stands in its first line.

    \b
    Example:
      cartesia-call simulator replay call.jsonl
    """
    from cartesia_call.cli.comparing import read
    from cartesia_call.cli.logs import configure_logging
    from cartesia_call.wiring.line import run

    configure_logging(0)
    result = run(replay(read(trace)), skips=True)
    if as_json:
        from cartesia_call.cli.render import result_fields

        terminal.print_result(json.dumps(result_fields(result)))
    else:
        from cartesia_call.cli.render import human_line

        terminal.print_result(human_line(result, number="the recorded callee"))
    return exit_status.of_result(result)


async def replay(trace: Trace) -> AttemptResult:
    """The call of `trace`, made anew."""
    from cartesia_call.calls.interruption import Interruption
    from cartesia_call.cli import signals
    from cartesia_call.cli.dial import Order, escalation
    from cartesia_call.cli.live_line import NoDisplay
    from cartesia_call.clock import SystemClock
    from cartesia_call.policy.number_list import NumberLists
    from cartesia_call.policy.retry import escalation_plan
    from cartesia_call.speech.message_text import Message, MessageText
    from cartesia_call.wiring.comparing import replaying
    from cartesia_call.wiring.line import open_line

    settings = replaying(_settings(trace), trace)
    text = MessageText.whole(Message.of(text_like(trace)))
    turns = escalation_plan((CALLEE,), attempts=None)
    order = Order(settings, text, None, [], {}, turns, NumberLists())
    clock, interruption = SystemClock(), Interruption()
    leave = signals.handled(
        interruption.raise_signal, lambda number: os._exit(exit_status.SIGNAL_BASE + number)
    )
    with leave:
        async with open_line(settings, {}, clock=clock, observer=NoDisplay()) as line:
            return await escalation(order, line, interruption, lambda _, __: None, lambda: None).run()


def _settings(trace: Trace) -> Settings:
    """What was asked for then, as far as the trace tells, of a rehearsal."""
    from cartesia_call.conversation.parts import VOICEMAIL
    from cartesia_call.settings import answering, asking, call, rehearsal, speaking
    from cartesia_call.settings.resolve import resolve

    given: dict[Setting[object], str | None] = {rehearsal.REHEARSE: "1", speaking.CACHE: "0"}
    asks = trace.header.get("asks")
    asked = asks if isinstance(asks, dict) else {}
    if asked.get("ack") or any(record.event == "dtmf" for record in trace.records):
        given[asking.ACK] = "1"
    if str(asked.get("voicemail")) in {"skip", "leave"}:
        given[VOICEMAIL] = str(asked["voicemail"])
    if asked.get("amd") == "carrier":
        given[answering.AMD] = "carrier"
    fallback = asked.get("fallback")
    if isinstance(fallback, list):
        given[call.FALLBACK] = (
            ",".join(kind for kind in map(str, fallback) if kind in {"say", "local"}) or "none"
        )
    return resolve(given, {}, working_directory=Path(), needs=frozenset())


def text_like(trace: Trace) -> str:
    """Sentences as long as those that were spoken first; what is unknown takes two seconds."""
    spoken = [
        record.fields
        for record in trace.records
        if record.peer == "cartesia" and record.sent and "transcript" in record.fields
    ]
    first = spoken[0].get("context_id") if spoken else None
    lengths = [
        min(int(found[1]), _LONGEST_SENTENCE)
        for fields in spoken
        if fields.get("context_id") == first and (found := _LENGTH.match(str(fields["transcript"])))
    ]
    return " ".join(_sentence(length) for length in lengths or [int(2 * _CHARACTERS_A_SECOND)])


def _sentence(length: int) -> str:
    words = "The recorded call says this now and then " * (length // 40 + 1)
    return words[: max(1, length - 1)].strip() + "."
