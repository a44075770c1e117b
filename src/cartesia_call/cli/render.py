"""An attempt's result for scripts (one JSON object) and for people (one line)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cartesia_call.cli import exit_status, terminal
from cartesia_call.telephony.attempt import AttemptResult, ErrorReport
from cartesia_call.telephony.outcomes import Evidence, Outcome, Played, Voice

JSON_SCHEMA = 1

_ANSWERERS = {"machine": "a machine", "fax": "a fax"}
"""Who is worth a word: people answer telephones, and what is not known is no news."""
_NOT_CARTESIA = {Voice.LOCAL: "local voice", Voice.CARRIER: "carrier's voice"}


PRINTED_AS_WRITTEN = (
    *("detail", "call_sid", "stream_sid", "carrier_status", "answered_by", "answered_by_source", "beep"),
    *("screened", "key", "joined", "voice", "evidence", "message_ms", "heard_ms", "heard_text", "digits"),
    *("acknowledged", "attempts", "rehearsal", "carrier"),
)
"""Fields that the ledger holds as `--json` prints them."""


def result_fields(result: AttemptResult) -> dict[str, Any]:
    """The fields that `--json` prints, in its order."""
    from cartesia_call.store.rows import written_form

    return printed_fields(written_form(result))


def printed_fields(written: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a result in the form in which the ledger holds it."""
    error = written["error"]
    return {
        "schema": JSON_SCHEMA,
        "id": written["id"],
        "to": written["to"],
        "from": written["caller_id"],
        "outcome": written["outcome"],
        "exit_code": exit_status.of_written(
            written["outcome"], error and error["kind"], written["interrupted_by"]
        ),
        **{name: written[name] for name in PRINTED_AS_WRITTEN},
        "started_at": written["started_at"].replace("+00:00", "Z"),
        "ended_at": written["ended_at"].replace("+00:00", "Z"),
        "timing": written["timing"],
        "characters": written["characters"],
        "price": written["price"],
        "price_unit": written["price_unit"],
        "error": error and written_error_fields(error),
    }


def error_fields(error: ErrorReport) -> dict[str, Any]:
    """The object `error` of `--json`."""
    return written_error_fields(vars(error))


def written_error_fields(error: Mapping[str, Any]) -> dict[str, Any]:
    """The same of an error in the form in which the ledger holds it."""
    return {name: error[name] for name in ("kind", "code", "message", "hint")}


def result_json(result: AttemptResult) -> str:
    """The JSON object on one line."""
    import json  # no dry run needs it

    return json.dumps(result_fields(result))


def human_line(result: AttemptResult, *, number: str) -> str:
    """One line that says what happened, how it is known, and what to do. `number` is masked or not.

    Of a message that somebody took it says who, and by which key: the word that the user gave it, too.
    """
    outcome = result.outcome or "failed"
    line = f"{outcome}: {number}: {result.detail}"
    if outcome is Outcome.ACKNOWLEDGED:
        answer = "" if result.key in {None, str(outcome)} else f": {result.key}"
        line = f"{outcome} by {number}{answer}"
    line = not_twilio(rehearsal=result.rehearsal, carrier=result.carrier) + line
    facts = _facts(result)
    if facts:
        told = ", ".join(facts)
        line += f"; {told}" if line.endswith(")") else f" ({told})"
    return terminal.with_hint(line, result.error.hint if result.error else None)


def not_twilio(*, rehearsal: bool, carrier: str | None) -> str:
    """What stands before every line of what was no call through Twilio; nothing before one that was."""
    if rehearsal:
        return "REHEARSAL: "
    return "" if carrier is None else f"NOT TWILIO ({carrier}): "


def _facts(result: AttemptResult) -> list[str]:
    facts = []
    if result.digits:
        facts.append(f"{'key' if len(result.digits) == 1 else 'keys'} {result.digits}")
    if result.answered_by in _ANSWERERS:
        facts += _who_answered(_ANSWERERS[result.answered_by], result)
    if result.screened:
        facts.append("screened")
    if result.outcome is None or result.outcome.means.played is not Played.NOTHING:
        facts += _what_was_heard(result)
    if result.joined:
        facts.append(f"one of {len(result.joined)} alerts in this call")
    if result.attempts > 1:
        facts.append(f"{result.attempts} attempts")
    if result.call_sid is not None and result.call_sid not in result.detail:
        facts.append(result.call_sid)
    return facts


def _who_answered(answerer: str, result: AttemptResult) -> list[str]:
    """Once, and a guess of ours as one."""
    is_guess = result.answered_by_source == "local"
    if answerer in result.detail:
        return [f"{answerer} is our guess"] if is_guess else []
    return [f"{'probably ' if is_guess else ''}{answerer} answered"]


def _what_was_heard(result: AttemptResult) -> list[str]:
    """By somebody for whom it was meant: whose voice, how much, and how that is known of the end."""
    facts = []
    heard_ms, message_ms = result.heard_ms, result.message_ms
    voice = _NOT_CARTESIA.get(result.voice) if result.voice else None
    if voice is not None and voice not in result.detail:
        facts.append(voice)
    if heard_ms is not None and result.voice is not None:
        of_length = f" of {message_ms / 1000:.1f}" if message_ms is not None else ""
        facts.append(f"{heard_ms / 1000:.1f}{of_length} s heard")
    is_whole = result.outcome is not None and result.outcome.means.played is Played.WHOLE
    is_cut = heard_ms is not None and message_ms is not None and heard_ms < message_ms
    if result.evidence is not Evidence.NONE and (is_whole or not is_cut):
        facts.append(f"evidence: {result.evidence}")
    return facts


def heard_by_the_callee_ms(result: AttemptResult) -> int | None:
    """How much was played to somebody for whom it was meant; None if nobody knows, or nobody was."""
    if result.outcome is not None and result.outcome.means.played is Played.NOTHING:
        return None
    return result.heard_ms


def is_success(result: AttemptResult) -> bool:
    """True for the outcomes whose exit status is 0."""
    return exit_status.of_result(result) == 0
