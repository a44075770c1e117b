"""What a model's ID tells before anything is asked of it."""

from __future__ import annotations

import pytest

from cartesia_call.settings.speaking import MODEL_ID
from cartesia_call.speech.models import check_model


@pytest.mark.parametrize(
    "model_id",
    [
        "sonic",
        "sonic-english",
        "sonic-multilingual",
        "sonic-2",
        "sonic-2-2025-03-07",
        "sonic-turbo",
        "sonic-turbo-2025-03-07",
        "sonic-3-2025-10-27",
    ],
)
def test_models_that_are_gone_are_refused(model_id: str) -> None:
    """By a sentence that names one that is there."""
    problem = check_model(model_id)
    assert problem is not None
    assert model_id in problem
    assert str(MODEL_ID.default) in problem


@pytest.mark.parametrize(
    "model_id",
    [
        *("sonic-3", "sonic-3-2026-01-12", "sonic-3.5", "sonic-3.6", "sonic-3.6-2026-08-27"),
        *("sonic-latest", "sonic-4", "new"),
    ],
)
def test_models_that_are_there_or_may_be_new_pass(model_id: str) -> None:
    assert check_model(model_id) is None
