"""Errors in the shape of each API version."""

from __future__ import annotations

from cartesia_simulator.speech.refusals import too_many_contexts, unknown_model


def test_structured_event() -> None:
    """Since 2026-03-01 an error has its parts apart, and names its context."""
    event = too_many_contexts().event("2026-03-01", context_id="c1")
    request_id = event.pop("request_id")
    assert isinstance(request_id, str)
    assert request_id.split(":")[1] == "c1"
    assert event == {
        "type": "error",
        "done": True,
        "status_code": 429,
        "error_code": "concurrency_limited",
        "title": "Too many concurrent requests",
        "message": "You have exceeded your plan's concurrency limit.",
        "context_id": "c1",
    }


def test_event_of_the_connection() -> None:
    """An error that concerns no context names none."""
    assert "context_id" not in unknown_model().event("2026-08-14", context_id=None)


def test_old_event() -> None:
    """Before 2026-03-01 there was one string."""
    assert unknown_model().event("2025-04-16", context_id="c1") == {
        "type": "error",
        "done": True,
        "status_code": 400,
        "error": "Invalid model: The model is not valid, make sure it is a valid model ID.",
        "context_id": "c1",
    }


def test_http_bodies() -> None:
    """JSON since 2026-03-01, one line of text before."""
    assert unknown_model().response("2026-03-01").content_type == "application/json"
    assert unknown_model().response("2025-04-16").text == str(unknown_model())
