"""One case played, and what the carrier and the callee saw of it, as a row of docs/faults.md."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cartesia_call.audio.mulaw import BYTES_PER_S
from cartesia_call.cli import exit_status
from cartesia_call.speech.message_text import Message
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.tracing.lines import read_trace
from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.rest import RecordedRequest
from cartesia_simulator.comparing.compare import compare
from tests.calls.rehearsed import Rehearsed, Told, rehearsed
from tests.calls.trace_secrets import leaked
from tests.faults.matrix import CALLEE, MESSAGE, Case

LIMIT_S = 2000
"""Seconds for one case: a bound against hanging."""

LEFT_UP_S = 120.0
"""Call seconds in which a call that nobody ends any more must have ended by itself."""

SHORTEST_PART_BYTES = BYTES_PER_S // 4
"""Less than a word: whoever hears it has heard nothing, and whether they do is a matter of luck."""

TRIAL_SENTENCE = "The Stream verb is not available on trial accounts."


@dataclass(frozen=True, kw_only=True)
class Row:
    """What came of a case. `posts` were sent to place a call, `placing_posts` of them may have placed one.

    `differences`: what its trace shows of a network other than the built-in one; `leaked`: what it gives
    away.
    """

    case: Case
    result: AttemptResult
    exit_status: int
    calls: int
    posts: int
    placing_posts: int
    heard: str
    is_left_up: bool
    differences: tuple[str, ...] = ()
    leaked: tuple[str, ...] = ()


async def play(case: Case) -> Row:
    """Rehearse `case` and see that the call, if there is one, ends, and what its trace shows."""
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "call.jsonl"
        row, rehearsal = await _play(case, trace)
        text = trace.read_text()
    compared = compare(read_trace(text.splitlines()))
    differences = tuple(finding.sentence for finding in compared.differences)
    return replace(row, differences=differences, leaked=tuple(leaked(text, rehearsal, MESSAGE)))


async def _play(case: Case, trace: Path) -> tuple[Row, Rehearsed]:
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(
            CALLEE,
            *case.faults,
            message=MESSAGE,
            fallback=case.fallback,
            cache="0",
            trace=trace,
            **case.options,
        ) as rehearsal,
    ):
        result = await rehearsal.run()
        is_left_up = not await all_over(rehearsal)
        placing = placing_requests(rehearsal)
        calls = list(rehearsal.network.carrier.calls.values())
        row = Row(
            case=case,
            result=result,
            exit_status=exit_status.of_result(result),
            calls=len(calls),
            posts=len(placing),
            placing_posts=sum(map(may_have_placed, placing)),
            heard=heard_by(calls[0], rehearsal, rehearsal.told[0]) if calls else "-",
            is_left_up=is_left_up,
        )
        return row, rehearsal


async def all_over(rehearsal: Rehearsed) -> bool:
    """Whether every call ends that nobody ends any more."""
    clock = rehearsal.line.ports.clock
    until_s = clock.now_s() + LEFT_UP_S
    calls = rehearsal.network.carrier.calls
    while any(not call.is_over for call in calls.values()):
        if clock.now_s() > until_s:
            return False
        await asyncio.sleep(0.1)
    return True


def placing_requests(rehearsal: Rehearsed) -> list[RecordedRequest]:
    """What was sent to place a call."""
    requests = rehearsal.network.carrier.requests
    return [
        request for request in requests if request.method == "POST" and request.path.endswith("Calls.json")
    ]


def may_have_placed(request: RecordedRequest) -> bool:
    """Twilio's 4xx are the proof that there is no call."""
    return not 400 <= (request.http_status or 0) < 500


def heard_by(call: SimulatedCall, rehearsal: Rehearsed, told: Told) -> str:
    """What the callee heard, in the order in which they did: by the bytes, not by what the result says."""
    parts = []
    words = call.stream_audio.rstrip(b"\xff")
    if len(words) >= SHORTEST_PART_BYTES:
        whole = told.sent_audio.rstrip(b"\xff")
        is_whole = words == whole and told.result.message_ms is not None
        extent = "whole" if is_whole else "part" if told.sent_audio.startswith(words) else "GARBLED"
        parts.append(f"{extent} ({_our_voices(words, rehearsal)})")
    for text in call.said_by_carrier:
        spoken = b"".join(rehearsal.network.voice.speak(text, language="en-US")).rstrip(b"\xff")
        extent = _extent_of(text) if spoken in call.heard else "part"
        parts.append(f"{extent} (carrier)")
    return ", then ".join(parts) or "nothing"


def _our_voices(words: bytes, rehearsal: Rehearsed) -> str:
    """Cartesia's voice, the local voice, or one after the other."""
    made = [bytes(context.audio) for context in rehearsal.network.speech.contexts.values()]
    by_cartesia = any(audio.startswith(words[:SHORTEST_PART_BYTES]) for audio in made)
    by_local = not any(audio.startswith(words) for audio in made)
    return ", then ".join(["Cartesia"] * by_cartesia + ["local"] * by_local)


def _extent_of(text: str) -> str:
    if text == TRIAL_SENTENCE:
        return "a sentence about trial accounts"
    if text == MESSAGE:
        return "whole"
    message = Message.of(MESSAGE)
    for first in range(1, len(message)):
        if text == message[first:].text:
            return f"from sentence {first + 1}"
    return f"{text!r}"


HEADER = (
    "fault",
    "`--fallback`",
    "outcome",
    "status",
    "POSTs (that may have placed a call)",
    "the callee heard",
    "call left up",
    "voice",
    "evidence",
)


def render(rows: Iterable[Row]) -> str:
    """The table as Markdown."""
    return table(HEADER, map(cells_of, rows))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells as Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def cells_of(row: Row) -> tuple[str, ...]:
    """The row as cells of the table."""
    result = row.result
    return (
        row.case.in_code,
        row.case.fallback,
        str(result.outcome),
        str(row.exit_status),
        f"{row.posts} ({row.placing_posts})",
        row.heard,
        "YES" if row.is_left_up else "no",
        str(result.voice or "-"),
        str(result.evidence),
    )
