"""How wide the screen is: COLUMNS, where it is a number of columns."""

from __future__ import annotations

import pytest

from cartesia_call.settings.screen import columns_said


@pytest.mark.parametrize(
    ("said", "found"), [("60", 60), ("", None), ("0", None), ("-1", None), ("wide", None)]
)
def test_a_number_of_columns_is_taken(monkeypatch: pytest.MonkeyPatch, said: str, found: int | None) -> None:
    monkeypatch.setenv("COLUMNS", said)
    assert columns_said() == found


def test_nothing_may_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert columns_said() is None
