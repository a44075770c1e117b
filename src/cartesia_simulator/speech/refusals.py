"""What the built-in speech service says when it refuses, in the shape of the API version asked for."""

from __future__ import annotations

import uuid

from aiohttp import web

from cartesia_simulator.speech.catalogue import STRUCTURED_ERRORS_VERSION


class Refusal(Exception):
    """One error of Cartesia's API: HTTP status, title, message and, where it has one, `error_code`."""

    def __init__(self, status_code: int, title: str, message: str, error_code: str | None = None) -> None:
        super().__init__(f"{title}: {message}")
        self.status_code = status_code
        self.title = title
        self.message = message
        self.error_code = error_code

    def event(self, version: str, *, context_id: str | None) -> dict[str, object]:
        """The error as a websocket event; one that concerns the whole connection has no `context_id`."""
        event: dict[str, object] = {"type": "error", "done": True, "status_code": self.status_code}
        if version >= STRUCTURED_ERRORS_VERSION:
            request_id = str(uuid.uuid4())
            if context_id is not None:
                request_id = f"{request_id}:{context_id}:{uuid.uuid4()}"
            event |= self._structure(request_id)
        else:
            event["error"] = str(self)
        if context_id is not None:
            event["context_id"] = context_id
        return event

    def response(self, version: str) -> web.Response:
        """The error as an HTTP response: JSON, or one line of text before 2026-03-01."""
        request_id = str(uuid.uuid4())
        headers = {"x-request-id": request_id}
        if version < STRUCTURED_ERRORS_VERSION:
            return web.Response(status=self.status_code, text=str(self), headers=headers)
        body = {"status_code": self.status_code, **self._structure(request_id)}
        return web.json_response(body, status=self.status_code, headers=headers)

    def _structure(self, request_id: str) -> dict[str, object]:
        return {
            "error_code": self.error_code,
            "title": self.title,
            "message": self.message,
            "request_id": request_id,
        }


def bad_key() -> Refusal:
    return Refusal(401, "Unauthorized", "The API key is missing or invalid.")


def not_granted() -> Refusal:
    """An access token that is valid, and not for this. Neither the status nor the words are documented."""
    return Refusal(403, "Forbidden", "The access token does not grant this; use the API key.")


def unknown_version() -> Refusal:
    return Refusal(404, "API version not found", "No API schema exists for the requested Cartesia-Version.")


def bad_request(message: str) -> Refusal:
    """A field is missing, of the wrong type, or out of range; `message` says which."""
    return Refusal(400, "Invalid request", message)


def unknown_model() -> Refusal:
    """The words of the documented sample."""
    return Refusal(
        400, "Invalid model", "The model is not valid, make sure it is a valid model ID.", "model_not_found"
    )


def unsupported_format(message: str) -> Refusal:
    """A container, an encoding or a sample rate that cannot be had."""
    return Refusal(400, "Unsupported audio format", message, "unsupported_audio_format")


def unknown_voice(voice_id: str) -> Refusal:
    """404 since March 2026, for ids that are no UUIDs too."""
    return Refusal(404, "Voice not found", f"There is no voice {voice_id!r}.", "voice_not_found")


def too_many_contexts() -> Refusal:
    """The words of the documented sample."""
    return Refusal(
        429,
        "Too many concurrent requests",
        "You have exceeded your plan's concurrency limit.",
        "concurrency_limited",
    )


def context_closed() -> Refusal:
    """An input on a context that had its last input, was cancelled, failed, or expired."""
    return Refusal(400, "Context has closed", "The context has closed; use a new context_id.")
