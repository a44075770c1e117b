"""Every parser of what comes from outside, with inputs for it and what it promises.

`tests/test_wire_fuzz.py` gives each a few hundred inputs, `benchmarks/wire_parsers.py` a million.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from cartesia_call.errors import CarrierError, PeerProtocolError
from cartesia_call.mediastream import messages as media_messages
from cartesia_call.mediastream import session as media_session
from cartesia_call.speech import messages as speech_messages
from cartesia_call.speech.delivery import Voicing
from cartesia_call.speech.utterance import Utterance
from cartesia_call.telephony.call_states import StatusEvent, parse_status_event
from cartesia_call.vendors import ngrok_errors, twilio_errors
from cartesia_simulator.carrier import wire
from cartesia_simulator.speech import generation, refusals
from tests.alerts.hostile_bodies import ALERTS, judge_alert
from tests.hostile_json import any_text, broken_text, mostly, near_fields, near_json
from tests.simulator.speech.odd_posts import odd_posts, odd_tokens, read_post, read_token
from tests.vendors.forged_requests import judge_request, request_bytes, signed_requests
from tests.vendors.odd_answers import odd_answers, read_answer

STREAM_SID = "MZ" + "0" * 32
_ACCOUNT_SID = "AC" + "0" * 32
_CALL_SID = "CA" + "0" * 32
_SECRET = "not-a-real-secret"


@dataclass(frozen=True)
class Parser:
    """`read` returns a word for what it made of an input; anything that it raises is a finding."""

    name: str
    inputs: st.SearchStrategy[Any]
    read: Callable[[Any], str]


def drive(parser: Parser, inputs: int, *, random_seed: int | None = None) -> Counter[str]:
    """Give `parser` so many inputs, the same ones each time unless there is a seed; how often it said what.

    The first input that breaks a promise is made small, and raises.
    """
    said: Counter[str] = Counter()

    @settings(
        max_examples=inputs,
        deadline=None,
        database=None,
        derandomize=random_seed is None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(parser.inputs)
    def one(given_input: Any) -> None:
        said[parser.read(given_input)] += 1

    if random_seed is not None:
        one = seed(random_seed)(one)
    one()
    return said


# --- the carrier's media stream --------------------------------------------------------------------

_START = json.loads(wire.start(1, STREAM_SID, account_sid=_ACCOUNT_SID, call_sid=_CALL_SID, parameters={}))
_MESSAGES = (
    json.loads(wire.connected()),
    _START,
    json.loads(wire.media(2, STREAM_SID, chunk=1, timestamp_ms=20, audio=b"\xff" * 160)),
    json.loads(wire.mark(3, STREAM_SID, name="message-end-1")),
    json.loads(wire.dtmf(4, STREAM_SID, digit="5")),
    json.loads(wire.stop(5, STREAM_SID, account_sid=_ACCOUNT_SID, call_sid=_CALL_SID)),
)
_carrier_texts = near_json(*_MESSAGES)


def _read_carrier_message(text: str) -> str:
    try:
        message = media_messages.parse_message(text)
    except PeerProtocolError:
        return "refused"
    if isinstance(message, media_messages.Media):
        try:
            assert isinstance(message.audio(), bytes)
        except PeerProtocolError:
            return "refused"
    return type(message).__name__


_valid_texts = st.sampled_from([json.dumps(message) for message in _MESSAGES])
_steps = st.tuples(
    mostly(st.just(json.dumps(_START)), _carrier_texts),
    st.lists(st.tuples(_valid_texts | _carrier_texts, st.floats(0, 15)), max_size=8),
)


def _run_session(given_input: tuple[str, list[tuple[str, float]]]) -> str:
    """A whole stream: what it sends is what the carrier takes, and it starts and ends at most once."""
    session = media_session.MediaSession(account_sid=_ACCOUNT_SID, call_sid=_CALL_SID, record_inbound=True)
    utterance = Utterance()
    utterance.append(b"\x7f" * 4_000)
    utterance.finish()
    session.speak(utterance)
    first, steps = given_input
    now_s, events = 0.0, list[object]()
    for text, passed_s in [(first, 0.0), *steps]:
        now_s += passed_s
        session.check(now_s)
        session.receive_text(text, now_s)
        while (sent := session.next_text(now_s)) is not None:
            assert isinstance(wire.read_message(sent, session.stream_sid or ""), wire.Media | wire.Mark)
        deadline_s = session.next_deadline_s()
        assert deadline_s is None or deadline_s == deadline_s  # not NaN
        assert 0 <= session.played_ms(now_s) <= 500
        events += session.events()
    session.connection_lost(now_s)
    events += session.events()
    kinds = Counter(type(event).__name__ for event in events)
    assert kinds["Ended"] + kinds["Refused"] == 1
    assert kinds["Started"] <= 1
    assert kinds["Played"] + kinds["AudioDropped"] <= 1
    assert len(session.inbound_audio) < 10_000_000
    return "started" if kinds["Started"] else "never started"


def _read_our_message(text: str) -> str:
    """The built-in carrier's reading of what we send."""
    try:
        return type(wire.read_message(text, STREAM_SID)).__name__
    except wire.InvalidMessage:
        return "refused"


_OUR_TEXTS = (media_messages.media_text(STREAM_SID, "/w=="), media_messages.mark_text(STREAM_SID, "end"))
_OUR_MESSAGES = (*map(json.loads, _OUR_TEXTS), {"event": "clear", "streamSid": STREAM_SID})


def _media_there_and_back(given_input: tuple[str, bytes, str]) -> str:
    stream_sid, audio, name = given_input
    payload = base64.b64encode(audio).decode()
    there = wire.read_message(media_messages.media_text(stream_sid, payload), stream_sid)
    assert there == wire.Media(audio)
    assert wire.read_message(media_messages.mark_text(stream_sid, name), stream_sid) == wire.Mark(name)
    back = media_messages.parse_message(wire.media(1, STREAM_SID, chunk=1, timestamp_ms=20, audio=audio))
    assert isinstance(back, media_messages.Media)
    assert back.audio() == audio
    mark = media_messages.parse_message(wire.mark(1, STREAM_SID, name=name))
    assert mark == media_messages.MarkEcho(name)
    return "the same"


def _read_status_event(parameters: dict[str, str]) -> str:
    try:
        event = parse_status_event(parameters)
    except ValueError:
        return "refused"
    assert event.call_sid.isascii()
    assert event.call_sid.isalnum()
    assert all(
        number is None or 0 <= number < 10**9
        for number in (event.sequence_number, event.sip_code, event.duration_s)
    )
    return StatusEvent.__name__


_STATUS = {
    "CallSid": _CALL_SID,
    "AccountSid": _ACCOUNT_SID,
    "CallStatus": "completed",
    "SequenceNumber": "3",
    "SipResponseCode": "200",
    "CallDuration": "12",
    "To": "+12025550143",
}

# --- the speech service ----------------------------------------------------------------------------

_EVENTS = (
    {"type": "chunk", "data": "//8=", "done": False, "status_code": 206, "context_id": "a", "flush_id": 1},
    {"type": "flush_done", "done": False, "flush_done": True, "flush_id": 1, "context_id": "a"},
    {"type": "timestamps", "context_id": "a", "word_timestamps": {"words": ["a"], "start": [0], "end": [1]}},
    {"type": "done", "done": True, "status_code": 200, "context_id": "a"},
    refusals.unknown_model().event("2026-03-01", context_id="a"),
    refusals.unknown_model().event("2025-04-16", context_id="a"),
    {"status_code": 402, "title": "Credits", "message": f"{_SECRET} has none", "request_id": "r"},
)


def _read_speech_event(text: str) -> str:
    try:
        message = speech_messages.parse_server_message(text, secrets=(_SECRET,))
    except ValueError:
        return "refused"
    if isinstance(message, speech_messages.ServiceError):
        _is_quotable(str(message))
        assert message.is_final in {True, False}
    return type(message).__name__


def _read_speech_refusal(given_input: tuple[int, str, str | None]) -> str:
    status, body, request_id = given_input
    error = speech_messages.parse_http_error(status, body, request_id=request_id, secrets=(_SECRET,))
    assert error.status == status
    _is_quotable(str(error))
    return "final" if error.is_final else "passing"


def _is_quotable(sentence: str) -> None:
    assert _SECRET not in sentence
    assert sentence.isprintable()
    assert len(sentence) < 3_000


_GENERATION = json.loads(
    speech_messages.generation_request(
        transcript="Hello. ",
        voicing=Voicing(model_id="sonic-3", voice_id="voice", language="en"),
        context_id="a",
        more_follows=True,
    )
)
_GENERATIONS = (
    _GENERATION,
    _GENERATION | {"voice": "voice", "locale": "en-GB", "generation_config": {"speed": 1.0, "volume": 1}},
    _GENERATION | {"duration": 3.5, "speed": "slow", "flush": True, "add_timestamps": True},
    {"context_id": "a", "cancel": True},
)


def _read_generation(given_input: tuple[str, str]) -> str:
    """The built-in speech service's reading of what we ask for."""
    text, version = given_input
    try:
        request = generation.parse_request(generation.read_message(text), version)
    except refusals.Refusal as refusal:
        event = json.dumps(refusal.event(version, context_id="a"))
        assert isinstance(speech_messages.parse_server_message(event), speech_messages.ServiceError)
        return "refused"
    return type(request).__name__


def _generation_there(given_input: tuple[str, str, bool]) -> str:
    transcript, context_id, more_follows = given_input
    text = speech_messages.generation_request(
        transcript=transcript,
        voicing=Voicing(model_id="sonic-3", voice_id="voice", language="en"),
        context_id=context_id,
        more_follows=more_follows,
    )
    request = generation.parse_request(generation.read_message(text), "2026-03-01")
    assert isinstance(request, generation.GenerationRequest)
    said = (request.transcript, request.context_id, request.continues)
    assert said == (transcript, context_id, more_follows)
    return "the same"


# --- errors of Twilio and ngrok --------------------------------------------------------------------

_BODIES = (
    {"code": 21211, "message": f"{_SECRET} is not valid", "more_info": "https://example.com", "status": 400},
    {"code": 20003, "title": "Authenticate", "detail": "Try again", "type": "https://example.com"},
)
_ACCOUNT = twilio_errors.Account(region="us1", by_api_key=False, secrets=(_SECRET,))


def _read_twilio_error(given_input: tuple[int, str, bool, str | None]) -> str:
    status, body, placing, call_sid = given_input
    error = twilio_errors.error_for(
        twilio_errors.Refusal(status, body), _ACCOUNT, placing=placing, call_sid=call_sid
    )
    assert isinstance(error, CarrierError)
    _is_quotable(f"{error} {error.hint}")
    return type(error).__name__


_AGENT_SAYS = (
    {"error_code": 103, "status_code": 502, "msg": "failed", "details": {"err": "bad\n\nERR_NGROK_334\n"}},
    {"msg": f"your authtoken: {_SECRET}\r\n\r\nERR_NGROK_107"},
)
_LOG_LINES = (
    f"failed to auth: the token is not valid.\\r\\nYour authtoken: {_SECRET}\\r\\n\\r\\nERR_NGROK_107\\r\\n",
    "the endpoint https://x.ngrok.app is already online. ERR_NGROK_" + "3" * 5_000,
    "listen tcp 127.0.0.1:4040: bind: address already in use",
)


def _read_ngrok_refusal(said: str) -> str:
    refusal = ngrok_errors.read_refusal(said, authtoken=_SECRET)
    error = refusal.as_error()
    _is_quotable(f"{refusal.sentence} {error} {refusal.hint} {error.hint}")
    assert refusal.passes in {True, False}
    return "with a code" if refusal.code else "without"


_surrogate_free = st.text(max_size=60)
_sid = st.text("0123456789abcdef", max_size=32).map(lambda digits: f"MZ{digits}")
_VERSIONS = ("2024-06-10", "2025-04-16", "2026-03-01", "2026-08-14")

PARSERS = (
    Parser("mediastream.messages", _carrier_texts, _read_carrier_message),
    Parser("mediastream.session", _steps, _run_session),
    Parser("simulator.carrier.wire", near_json(*_OUR_MESSAGES), _read_our_message),
    Parser("media, there and back", st.tuples(_sid, st.binary(), any_text), _media_there_and_back),
    Parser("telephony.call_states", near_fields(_STATUS), _read_status_event),
    Parser("speech.messages, socket", near_json(*_EVENTS), _read_speech_event),
    Parser(
        "speech.messages, refusal",
        st.tuples(st.integers(100, 599), near_json(*_EVENTS), st.none() | any_text),
        _read_speech_refusal,
    ),
    Parser(
        "simulator.speech.generation",
        st.tuples(near_json(*_GENERATIONS), st.sampled_from(_VERSIONS)),
        _read_generation,
    ),
    Parser("simulator.speech.bodies", odd_posts, read_post),
    Parser("simulator.speech.tokens", odd_tokens, read_token),
    Parser("generation, there", st.tuples(any_text, any_text.filter(bool), st.booleans()), _generation_there),
    Parser(
        "vendors.twilio_errors",
        st.tuples(st.integers(300, 599), near_json(*_BODIES), st.booleans(), st.none() | st.just(_CALL_SID)),
        _read_twilio_error,
    ),
    Parser("vendors.twilio_calls", odd_answers, read_answer),
    Parser(
        "vendors.ngrok_errors",
        near_json(*_AGENT_SAYS) | broken_text(st.sampled_from(_LOG_LINES)),
        _read_ngrok_refusal,
    ),
    *(Parser(f"alerts, {kind}", inputs, judge_alert) for kind, inputs in ALERTS.items()),
    Parser("vendors.bridge, requests", request_bytes, judge_request),
    Parser("vendors.bridge, signatures", signed_requests, judge_request),
)
