"""What the settings of all regions become for a survey and for a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartesia_call.declarations.setting import Need
from cartesia_call.settings.credentials import RegionsSettings
from cartesia_call.wiring.regions import api_key, region_plans
from tests.settings.machine import KEYS, Machine

SK_IE1 = "SK" + "1" * 32


@pytest.fixture
def regions(tmp_path: Path) -> RegionsSettings:
    """A token for us1, an API key for ie1, nothing for au1."""
    irish = {"TWILIO_API_KEY_SID_IE1": SK_IE1, "TWILIO_API_KEY_SECRET_IE1": "evidently-fake"}
    found = Machine(tmp_path).resolve({**KEYS, **irish}, needs=frozenset({Need.REGIONS})).regions
    assert found is not None
    return found


def test_a_plan_says_what_signs_and_where_it_is_set(regions: RegionsSettings) -> None:
    """Key or token by its variables; a region without any by the variables of a key."""
    us1, ie1, au1 = region_plans(regions)
    assert (us1.signed_with, us1.variables) == ("the auth token", "TWILIO_AUTH_TOKEN")
    assert (ie1.signed_with, ie1.api_key_sid) == (f"the API key {SK_IE1}", SK_IE1)
    assert ie1.variables == "TWILIO_API_KEY_SID_IE1 and TWILIO_API_KEY_SECRET_IE1"
    assert (au1.signed_with, au1.account_sid) == (None, None)
    assert au1.variables == "TWILIO_API_KEY_SID_AU1 and TWILIO_API_KEY_SECRET_AU1"


def test_only_an_api_key_can_be_linked(regions: RegionsSettings) -> None:
    """Cartesia takes no auth token."""
    key = api_key(regions, "ie1")
    assert key is not None
    assert (key.sid, key.secret) == (SK_IE1, "evidently-fake")
    assert "evidently-fake" not in repr(key)
    assert api_key(regions, "us1") is None
    assert api_key(regions, "au1") is None
