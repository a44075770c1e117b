"""How long what is known of people is kept."""

from __future__ import annotations

from datetime import timedelta

NUMBERS_KEPT = timedelta(days=90)
"""From the call on. After that the ledger holds them masked: nothing that is asked of it needs them."""

LEAST_AGE_TO_FORGET = timedelta(days=1)
"""Younger rows are still needed: the guard counts them, and a call of theirs may be up."""
