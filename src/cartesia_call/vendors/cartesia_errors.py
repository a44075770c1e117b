"""Cartesia's refusals as our exceptions, with a hint where a person can do something."""

from __future__ import annotations

from cartesia_call.errors import SpeechRefused, SpeechUnavailable, Unauthorized
from cartesia_call.loggers import logger_of
from cartesia_call.speech.messages import ServiceError

logger = logger_of(__name__)


class Busy(Exception):
    """The plan's limit was reached before any audio of a context came: asking again later may help."""

    def __init__(self, refusal: ServiceError) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class BrokenOff(Exception):
    """A connection ended by itself, or the service behind it failed, before any audio came: `failure` says
    so to whoever has no other. `is_refusal`: it was closed for what we sent, as another one would be."""

    def __init__(self, failure: SpeechUnavailable, *, is_refusal: bool = False) -> None:
        super().__init__(str(failure))
        self.failure = failure
        self.is_refusal = is_refusal


_HINT_BY_CODE = {
    "concurrency_limited": (
        "this plan allows fewer messages at once; make fewer calls at once, or try again later: "
        "--max-contexts says how many there may be"
    ),
    "language_not_supported": "choose another --language, or a --model that speaks it",
    "model_not_found": "check --model or CARTESIA_MODEL_ID; the default is sonic-3.5",
    "model_sunsetted": (
        "this model is gone; choose a current one with --model or CARTESIA_MODEL_ID: the default is sonic-3.5"
    ),
    "plan_upgrade_required": "this needs a larger Cartesia plan: play.cartesia.ai",
    "quota_exceeded": "the credits of this Cartesia plan are used up: play.cartesia.ai",
    "unsupported_audio_format": "this is a bug in cartesia-call, or this --model makes no telephone audio",
    "voice_model_mismatch": "this voice does not work with this model; change --voice or --model",
    "voice_not_found": "check --voice or CARTESIA_VOICE_ID; `cartesia-call voices` lists what there is",
}
"""From the table on docs.cartesia.ai, page `use-the-api/api-errors`. Other codes get no hint."""

_HINT_BY_STATUS = {
    402: _HINT_BY_CODE["quota_exceeded"],
    404: "check CARTESIA_VERSION and CARTESIA_BASE_URL, and the voice's ID",
    429: _HINT_BY_CODE["concurrency_limited"],
}


def translate(error: ServiceError) -> SpeechRefused | SpeechUnavailable | Unauthorized:
    """The exception for `error`. A 403 is about the key, unless its code says that it is about the plan.

    Its request's id, which Cartesia's support asks for, is logged whole: the sentence has only a part.
    """
    if error.request_id is not None:
        logger.debug("Cartesia's id of the request that failed: %s", error.request_id)
    if error.status in (401, 403) and error.code not in _HINT_BY_CODE:
        return Unauthorized(
            f"Cartesia refused the key in CARTESIA_API_KEY: {error}",
            http_status=error.status,
            hint="check CARTESIA_API_KEY; keys are made at play.cartesia.ai/keys",
        )
    hint = _HINT_BY_CODE.get(error.code or "") or _HINT_BY_STATUS.get(error.status or 0)
    if error.is_final:
        return SpeechRefused(
            f"Cartesia refused the message: {error}", code=error.code, http_status=error.status, hint=hint
        )
    return SpeechUnavailable(
        f"Cartesia could not make the speech: {error}", code=error.code, http_status=error.status, hint=hint
    )


def translate_passing(error: ServiceError) -> SpeechRefused | Unauthorized | BrokenOff:
    """The same for an error before any audio: one that is not final may stay away on another connection."""
    failure = translate(error)
    return BrokenOff(failure) if isinstance(failure, SpeechUnavailable) else failure


def still_busy(refusal: ServiceError, *, for_s: float) -> SpeechUnavailable:
    """The exception for a `refusal` that was repeated for so many seconds."""
    return SpeechUnavailable(
        f"Cartesia had no room for this message within {for_s:g} s: {refusal}",
        code=refusal.code,
        http_status=refusal.status,
        hint=_HINT_BY_CODE["concurrency_limited"],
    )
