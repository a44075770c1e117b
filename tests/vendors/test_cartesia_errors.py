"""What Cartesia refuses, in our own exceptions, over real sockets."""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from cartesia_call.errors import CartesiaCallError, SpeechRefused, SpeechUnavailable, Unauthorized
from cartesia_call.settings.speaking import MODEL_ID
from cartesia_call.speech.messages import ServiceError
from cartesia_call.speech.utterance import Utterance
from cartesia_call.vendors.cartesia_errors import translate
from tests.vendors.hints import unknown_names
from tests.vendors.scripted_speech import KEY, REQUEST, Conversation, service, speech_from, until_closed

DEFAULT_MODEL = str(MODEL_ID.default)

ERRORS: tuple[tuple[str | None, int | None, type[CartesiaCallError], str | None], ...] = (
    # code, status, class, a word of the hint (None: there is nothing that somebody could do)
    ("concurrency_limited", 429, SpeechUnavailable, "--max-contexts"),
    ("concurrency_limited", None, SpeechUnavailable, "--max-contexts"),
    ("model_not_found", 400, SpeechRefused, "CARTESIA_MODEL_ID"),
    ("model_sunsetted", 400, SpeechRefused, DEFAULT_MODEL),
    ("voice_not_found", 404, SpeechRefused, "CARTESIA_VOICE_ID"),
    ("quota_exceeded", 402, SpeechRefused, "credits"),
    ("voice_model_mismatch", 400, SpeechRefused, "--voice"),
    ("language_not_supported", 400, SpeechRefused, "--language"),
    ("unsupported_audio_format", 400, SpeechRefused, "bug"),
    ("plan_upgrade_required", 403, SpeechRefused, "plan"),
    ("file_too_large", 400, SpeechRefused, None),
    ("preview_not_found", 404, SpeechRefused, "CARTESIA_VERSION"),
    ("brand_new", 400, SpeechRefused, None),
    ("brand_new", 500, SpeechUnavailable, None),
    ("brand_new", 403, Unauthorized, "CARTESIA_API_KEY"),
    (None, 401, Unauthorized, "CARTESIA_API_KEY"),
    (None, 402, SpeechRefused, "credits"),
    (None, 404, SpeechRefused, "CARTESIA_VERSION"),
    (None, 429, SpeechUnavailable, "--max-contexts"),
    (None, 503, SpeechUnavailable, None),
    (None, None, SpeechUnavailable, None),
)


@pytest.mark.parametrize(("code", "status", "kind", "hint"), ERRORS)
def test_each_error_has_a_class_a_sentence_and_a_hint(
    code: str | None, status: int | None, kind: type[CartesiaCallError], hint: str | None
) -> None:
    """One line that holds the service's own words and the code, known or not."""
    error = translate(ServiceError(code=code, title="No", message="It says no.", status=status))
    assert type(error) is kind
    assert "No: It says no" in str(error)
    assert code is None or code in str(error)
    assert str(error).isprintable()
    assert not str(error).endswith(".")
    assert (error.hint is None) == (hint is None)
    assert hint is None or hint in (error.hint or "")
    assert not (error.hint or "").endswith(".")
    assert not unknown_names(error.hint)


def test_the_requests_id_is_whole_in_the_log_only(caplog: pytest.LogCaptureFixture) -> None:
    """At debug level, once; the sentence has its first part."""
    request_id = "aaaa0000:bbbb1111:cccc2222"
    with caplog.at_level(logging.DEBUG, logger="cartesia_call"):
        error = translate(ServiceError(title="No", status=400, request_id=request_id))
    assert "request aaaa0000)" in str(error)
    assert [record.levelno for record in caplog.records if request_id in record.getMessage()] == [
        logging.DEBUG
    ]
    caplog.clear()
    translate(ServiceError(title="No", status=400))
    assert not caplog.records


@pytest.mark.parametrize(
    ("error", "expected", "hint"),
    [
        ({"status_code": 400, "error_code": "model_not_found"}, SpeechRefused, "CARTESIA_MODEL_ID"),
        ({"status_code": 500, "error": "Oops: broken."}, SpeechUnavailable, None),
        ({"status_code": 401}, Unauthorized, "CARTESIA_API_KEY"),
    ],
)
@pytest.mark.parametrize("names_context", [True, False])
async def test_an_error_event_ends_the_speech(
    error: dict[str, object],
    expected: type[CartesiaCallError],
    hint: str | None,
    names_context: bool,
) -> None:
    """An error without a context concerns the whole connection. Unknown codes are passed on."""

    async def script(conversation: Conversation) -> None:
        context_id = await conversation.read_request()
        await conversation.speak(context_id, b"part")
        own_context = {"context_id": context_id} if names_context else {}
        await conversation.say(type="error", done=True, **error, **own_context)
        await until_closed(conversation)

    utterance = Utterance()
    async with service(script) as base_url, asyncio.timeout(3):
        with pytest.raises(expected) as raised:
            await speech_from(base_url).synthesise(REQUEST, utterance)
    assert utterance.read(0, 100) == b"part"
    assert str(error.get("error_code", "")) in str(raised.value)
    assert hint in (raised.value.hint or "") if hint else raised.value.hint is None


@pytest.mark.parametrize(
    ("status", "body", "expected", "said"),
    [
        (401, "Invalid API key sk_car_not_a_real_key.", Unauthorized, "CARTESIA_API_KEY"),
        (403, "", Unauthorized, "CARTESIA_API_KEY"),
        (404, "API version not found: No API schema exists.", SpeechRefused, "No API schema exists"),
        (429, "Too many sockets", SpeechUnavailable, "Too many sockets"),
        (503, "<html>\x1b[2Jsorry</html>", SpeechUnavailable, "sorry"),
    ],
)
async def test_a_refused_handshake_says_what_the_service_said(
    status: int, body: str, expected: type[Exception], said: str
) -> None:
    """The key is not repeated, even where the service does."""

    def refuse(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(HTTPStatus(status), body)

    async with service(until_closed, process_request=refuse) as base_url:
        with pytest.raises(expected, match=said) as raised:
            await speech_from(base_url, speech_timeout_s=0.1).synthesise(REQUEST, Utterance())
    assert KEY not in str(raised.value)
    assert "\x1b" not in str(raised.value)


@pytest.mark.parametrize("place", [0, 90, 280, 295])
async def test_no_part_of_the_key_is_shown_wherever_a_text_is_cut(place: int) -> None:
    """In a refused handshake, in an error event, and in the reason of a close."""
    key = "a-key-of-another-shape"
    said = "x" * place + key

    def refuse(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(HTTPStatus.UNAUTHORIZED, said)

    async def fail(conversation: Conversation) -> None:
        context_id = await conversation.read_request()
        await conversation.say(type="error", context_id=context_id, status_code=400, message=said)
        await until_closed(conversation)

    async def close(conversation: Conversation) -> None:
        await conversation.read_request()
        await conversation.connection.close(1008, said[-120:])

    for script, look in ((fail, refuse), (fail, None), (close, None)):
        async with service(script, process_request=look) as base_url:
            with pytest.raises(CartesiaCallError) as raised:
                await speech_from(base_url, key=key).synthesise(REQUEST, Utterance())
        assert "a-k" not in str(raised.value)


@pytest.mark.parametrize("key", ["sk_car\n", "sk_cär", "\x00"])
async def test_a_key_that_no_header_can_carry_is_refused_unsent(key: str) -> None:
    async with service(until_closed) as base_url:
        with pytest.raises(Unauthorized, match="CARTESIA_API_KEY") as raised:
            await speech_from(base_url, key=key).synthesise(REQUEST, Utterance())
    assert key.strip() not in str(raised.value)
