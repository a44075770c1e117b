"""Cartesia's models, as far as an ID tells before anything is asked of them."""

from __future__ import annotations

import re

_GONE = re.compile(r"sonic(-2|-turbo|-english|-multilingual)?(-\d{4}-\d{2}-\d{2})?|sonic-3-2025-10-27")
"""Gone since June 2026 or sunset after 2026-10-20 (docs.cartesia.ai, `tts-models/api-changes`; the changelog
of July 2026). All but the last one are older than sonic-3."""


def check_model(model_id: str) -> str | None:
    """What is wrong with a model, and what to do; None for one that is there, or that may be new."""
    if not _GONE.fullmatch(model_id):
        return None
    return f"Cartesia has switched off the model {model_id}; name a current one: the default is sonic-3.5"
