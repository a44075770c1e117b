"""A request to place or to change a call: its form parameters, judged as Twilio judges them.

Codes are those of Twilio's error dictionary, limits those of the page "Call resource"; further sources:

- `TimeLimit` up to 24 hours: blog 2021/08, "Configurable call limits". 20422: it has no code of its own.
- `StatusCallback` with `http://` or `https://`, up to 4000 characters: errors/21609.
- `SendDigits`: 21206, see `dtmf`.
- Numbers: see `destinations`. Answering-machine detection: see `machine_detection`.
- A parameter that is given twice is 20422, unless Twilio's OpenAPI description has a list in its place. What
  Twilio does with the second value is documented nowhere; picking one in silence would hide a mistake.

Lenient, for lack of a document: a `TimeLimit` under a minute (the post offers none, the reference forbids
none) or above what a single account may have, methods in lower case, addresses without a path or in private
networks (11200 follows when they are asked). Loopback is accepted because this carrier lives there.
"""

from __future__ import annotations

from dataclasses import dataclass

from cartesia_simulator.carrier.api_errors import ApiError, invalid_parameter, source_not_verified
from cartesia_simulator.carrier.destinations import is_e164, refusal_of
from cartesia_simulator.carrier.dtmf import MAX_DIGITS, are_digits
from cartesia_simulator.carrier.form import Form, first_value, http_method, is_web_address, whole_number
from cartesia_simulator.carrier.machine_detection import (
    PARAMETERS as MACHINE_DETECTION_PARAMETERS,
)
from cartesia_simulator.carrier.machine_detection import (
    MachineDetection,
    parse_machine_detection,
)
from cartesia_simulator.carrier.notifications import Problem

MAX_TWIML_CHARACTERS = 4000
DEFAULT_RING_TIMEOUT_S = 60
MAX_RING_TIMEOUT_S = 600
DEFAULT_TIME_LIMIT_S = 4 * 60 * 60
MAX_TIME_LIMIT_S = 24 * 60 * 60
MAX_CALLBACK_CHARACTERS = 4000
PROGRESS_EVENTS = ("initiated", "ringing", "answered", "completed")

_SIMULATED = MACHINE_DETECTION_PARAMETERS | frozenset(
    {
        "To",
        "From",
        "Twiml",
        "Url",
        "Method",
        "SendDigits",
        "StatusCallback",
        "StatusCallbackEvent",
        "StatusCallbackMethod",
        "Timeout",
        "TimeLimit",
    }
)
_NOT_SIMULATED = MACHINE_DETECTION_PARAMETERS | frozenset(
    {
        "ApplicationSid",
        "Byoc",
        "CallReason",
        "CallToken",
        "CallerId",
        "ClientNotificationUrl",
        "FallbackMethod",
        "FallbackUrl",
        "Passports",
        "Record",
        "RecordingChannels",
        "RecordingConfigurationId",
        "RecordingStatusCallback",
        "RecordingStatusCallbackEvent",
        "RecordingStatusCallbackMethod",
        "RecordingTrack",
        "SipAuthPassword",
        "SipAuthUsername",
        "Trim",
    }
)
"""Names that Twilio's API knows and this carrier does nothing for."""
_LISTS = frozenset({"StatusCallbackEvent", "RecordingStatusCallbackEvent"})
_UPDATED = frozenset({"Status", "Twiml", "Url", "Method", "TimeLimit"})


@dataclass(frozen=True, kw_only=True)
class TwimlSource:
    """Where a call's instructions come from: the document itself, or a URL to ask for it."""

    twiml: str | None = None
    url: str | None = None
    method: str = "POST"


@dataclass(frozen=True, kw_only=True)
class StatusCallback:
    """Who wants to hear of which progress events, and how."""

    url: str
    method: str
    events: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A call that may be placed. `send_digits`: what to dial after the answer. `problems` are noted on the
    call and stop nothing.
    """

    to: str
    caller_id: str
    source: TwimlSource
    status_callback: StatusCallback | None
    ring_timeout_s: int
    time_limit_s: int
    machine_detection: MachineDetection | None
    send_digits: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, kw_only=True)
class CallUpdate:
    """What to change about a live call; None leaves it alone."""

    status: str | None
    source: TwimlSource | None
    time_limit_s: int | None
    problems: tuple[Problem, ...]


def parse_placement(form: Form, owned_numbers: frozenset[str]) -> Placement:
    """The parameters of `POST Calls.json`; ApiError as Twilio would refuse them."""
    _refuse_repeated(form, _SIMULATED | _NOT_SIMULATED)
    to, caller_id = first_value(form, "To"), first_value(form, "From")
    if not to:
        raise ApiError(21201, "No 'To' number is specified")
    if not caller_id:
        raise ApiError(21213, "No 'From' number is specified")
    if not is_e164(caller_id):
        raise ApiError(21212, f"The source phone number provided, {caller_id}, is not valid.")
    refusal = refusal_of(to, caller_id)
    if refusal is not None:
        raise refusal
    if caller_id not in owned_numbers:
        raise source_not_verified(caller_id)
    source, problems = _source(form)
    if source is None:
        raise ApiError(21205, "Url parameter is required.")
    detection = parse_machine_detection(form)
    return Placement(
        to=to,
        caller_id=caller_id,
        source=source,
        status_callback=_status_callback(form),
        ring_timeout_s=_ring_timeout_s(form),
        time_limit_s=_time_limit_s(form) or DEFAULT_TIME_LIMIT_S,
        machine_detection=detection,
        send_digits=_send_digits(form),
        problems=(*problems, *(detection.problems if detection else ()), *_ignored(form, _SIMULATED)),
    )


def parse_update(form: Form) -> CallUpdate:
    """The parameters of `POST Calls/{Sid}.json`; ApiError as Twilio would refuse them."""
    _refuse_repeated(form, _UPDATED)
    status = first_value(form, "Status")
    if status is not None and status not in {"completed", "canceled"}:
        raise invalid_parameter(f"Status {status!r} is neither completed nor canceled")
    if first_value(form, "Twiml") and first_value(form, "Url"):
        raise invalid_parameter("Twiml and Url are mutually exclusive")
    source, _ = _source(form)
    return CallUpdate(
        status=status,
        source=source,
        time_limit_s=_time_limit_s(form),
        problems=tuple(_ignored(form, _UPDATED)),
    )


def _refuse_repeated(form: Form, known: frozenset[str]) -> None:
    for name, values in form.items():
        if len(values) > 1 and name in known - _LISTS:
            raise invalid_parameter(f"{name} is given {len(values)} times")


def _source(form: Form) -> tuple[TwimlSource | None, list[Problem]]:
    twiml, url, method = first_value(form, "Twiml"), first_value(form, "Url"), http_method(form, "Method")
    if twiml and len(twiml) > MAX_TWIML_CHARACTERS:
        raise ApiError(
            32018, f"Twiml size exceeded maximum allowed value of {MAX_TWIML_CHARACTERS} characters"
        )
    if url:
        if not is_web_address(url):
            raise ApiError(21205, f"Url is not a valid URL: {url}")
        both = [Problem(32019, "Twiml and Voice URL are both set. Using Voice URL.")] if twiml else []
        return TwimlSource(url=url, method=method), both
    return (TwimlSource(twiml=twiml) if twiml else None), []


def _send_digits(form: Form) -> str:
    digits = first_value(form, "SendDigits") or ""
    if not are_digits(digits):
        raise ApiError(
            21206,
            f"Invalid SendDigits: {digits} is not at most {MAX_DIGITS} of 0123456789ABCD*#wW",
        )
    return digits


def _status_callback(form: Form) -> StatusCallback | None:
    events = frozenset(form.get("StatusCallbackEvent", ())) or frozenset({"completed"})
    if not events <= set(PROGRESS_EVENTS):
        raise ApiError(21626, f"Invalid 'StatusCallbackEvent': {', '.join(sorted(events))}")
    method = http_method(form, "StatusCallbackMethod")
    url = first_value(form, "StatusCallback")
    if not url:
        return None
    if not is_web_address(url) or len(url) > MAX_CALLBACK_CHARACTERS:
        raise ApiError(21609, f"Invalid 'StatusCallback': {url} is not a valid URL")
    return StatusCallback(url=url, method=method, events=events)


def _ring_timeout_s(form: Form) -> int:
    try:
        seconds = whole_number(form, "Timeout", range(1, MAX_RING_TIMEOUT_S + 1))
    except ValueError as problem:
        raise ApiError(21208, f"Invalid Timeout: {problem}") from None
    return DEFAULT_RING_TIMEOUT_S if seconds is None else seconds


def _time_limit_s(form: Form) -> int | None:
    try:
        return whole_number(form, "TimeLimit", range(1, MAX_TIME_LIMIT_S + 1))
    except ValueError as problem:
        raise invalid_parameter(str(problem)) from None


def _ignored(form: Form, simulated: frozenset[str]) -> list[Problem]:
    return [
        Problem(
            20001,
            f"The parameter {name} is not simulated and was ignored"
            if name in _NOT_SIMULATED | _SIMULATED
            else f"The parameter {name} is unknown and was ignored",
        )
        for name in form
        if name not in simulated
    ]
