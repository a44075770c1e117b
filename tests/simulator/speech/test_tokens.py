"""Access tokens: valid for what they grant, until they expire, and for one account."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cartesia_simulator.speech.refusals import Refusal
from cartesia_simulator.speech.tokens import grants_of, issue

KEY = "sk_car_test"
NOW_S = 1_790_000_000.5


@pytest.mark.parametrize(
    ("grants", "granted"),
    [
        ({"tts": True, "stt": True}, {"tts", "stt"}),
        ({"tts": True, "agent": False}, {"tts"}),
        ({"stt": None}, set()),
        ({}, set()),
        (None, set()),
    ],
)
def test_a_token_grants_what_was_asked_for(grants: object, granted: set[str]) -> None:
    """And nothing that was false, null or not named."""
    token = issue({"grants": grants, "expires_in": 60}, key=KEY, at_s=NOW_S)
    assert grants_of(token, key=KEY, at_s=NOW_S) == granted


@pytest.mark.parametrize(
    ("body", "lifetime_s"), [({"expires_in": 60}, 60), ({}, 3600), ({"expires_in": 1}, 1)]
)
def test_it_expires(body: Mapping[str, object], lifetime_s: int) -> None:
    """To the second; without `expires_in` after an hour."""
    token = issue(body, key=KEY, at_s=NOW_S)
    issued_s = int(NOW_S)
    assert grants_of(token, key=KEY, at_s=issued_s + lifetime_s - 0.1) == set()
    with pytest.raises(Refusal) as refused:
        grants_of(token, key=KEY, at_s=issued_s + lifetime_s)
    assert refused.value.status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"expires_in": 0},
        {"expires_in": 3601},
        {"expires_in": "60"},
        {"expires_in": 1.5},
        {"expires_in": True},
        {"grants": {"voices": True}},
        {"grants": {"tts": "yes"}},
        {"grants": ["tts"]},
        {"expires": 60},
    ],
)
def test_wrong_bodies(body: Mapping[str, object]) -> None:
    """Refused with 400, as any wrong field."""
    with pytest.raises(Refusal) as refused:
        issue(body, key=KEY, at_s=NOW_S)
    assert refused.value.status_code == 400


TOKEN = issue({"grants": {"tts": True}}, key=KEY, at_s=NOW_S)
HEADER, CLAIMS, SIGNATURE = TOKEN.split(".")
OTHER_CLAIMS = issue({"grants": {"agent": True}}, key=KEY, at_s=NOW_S).split(".")[1]


@pytest.mark.parametrize(
    "token",
    [
        "",
        "..",
        KEY,
        CLAIMS,
        f"{HEADER}.{CLAIMS}.",
        f"{HEADER}.{CLAIMS}",
        f"{HEADER}.{OTHER_CLAIMS}.{SIGNATURE}",
        f"{HEADER}.{CLAIMS}.{SIGNATURE[:-1]}",
        f"{TOKEN}.x",
        f"{TOKEN}\udcff",
        issue({"grants": {"tts": True}}, key="sk_car_other", at_s=NOW_S),
    ],
)
def test_what_is_no_token_of_this_account(token: str) -> None:
    """Changed, cut, made by another key: 401."""
    with pytest.raises(Refusal) as refused:
        grants_of(token, key=KEY, at_s=NOW_S)
    assert refused.value.status_code == 401
