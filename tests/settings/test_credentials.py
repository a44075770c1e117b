"""Which credentials and which host of Twilio's are used."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartesia_call.declarations.setting import Need
from cartesia_call.errors import SettingsError
from cartesia_call.settings.credentials import RegionsSettings, TwilioSettings
from tests.settings.machine import ACCOUNT_SID, KEYS, Machine

SK_PLAIN, SK_IE1 = "SK" + "0" * 32, "SK" + "1" * 32
ACCOUNT = {"TWILIO_ACCOUNT_SID": ACCOUNT_SID}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def twilio(machine: Machine, environ: dict[str, str]) -> TwilioSettings:
    settings = machine.resolve({**ACCOUNT, **environ}, needs=frozenset({Need.TWILIO})).twilio
    assert settings is not None
    return settings


@pytest.mark.parametrize(
    ("region", "edge", "base_url"),
    [
        ("us1", "ashburn", "https://api.twilio.com"),
        ("ie1", "dublin", "https://api.dublin.ie1.twilio.com"),
        ("AU1", "sydney", "https://api.sydney.au1.twilio.com"),
    ],
)
def test_edge_and_host_follow_from_the_region(
    machine: Machine, region: str, edge: str, base_url: str
) -> None:
    """The hosts without an edge are dead; a fitting edge may be written down."""
    for extra in ({}, {"TWILIO_EDGE": edge}):
        settings = twilio(machine, {**KEYS, "TWILIO_REGION": region, **extra})
        assert (settings.region, settings.edge, settings.base_url) == (region.lower(), edge, base_url)


def test_edge_of_another_region_is_refused(machine: Machine) -> None:
    """Edge and region together choose where a call is processed; a mixed pair is a mistake."""
    (problem,) = machine.problems({**KEYS, "TWILIO_REGION": "ie1", "TWILIO_EDGE": "sydney"})
    assert problem == "TWILIO_EDGE sydney does not go with region ie1: leave it out, or set it to dublin"


def test_other_host(machine: Machine) -> None:
    """The simulator's address replaces the region's."""
    settings = twilio(machine, {**KEYS, "TWILIO_BASE_URL": "http://127.0.0.1:8000/"})
    assert settings.base_url == "http://127.0.0.1:8000"


def test_api_key_and_token_serve_side_by_side(machine: Machine) -> None:
    """The key signs requests, the token verifies signatures; without a token there is none to verify with."""
    api_key = {"TWILIO_API_KEY_SID": SK_PLAIN, "TWILIO_API_KEY_SECRET": "fake-secret"}
    both = twilio(machine, {**KEYS, **api_key})
    assert (both.api_key_sid, both.api_key_secret, both.auth_token) == (SK_PLAIN, "fake-secret", "fake-token")
    alone = twilio(machine, api_key)
    assert (alone.api_key_sid, alone.auth_token, alone.all_auth_tokens) == (SK_PLAIN, None, ())


@pytest.mark.parametrize(
    ("present", "missing"),
    [
        ({"TWILIO_API_KEY_SID": SK_PLAIN}, "TWILIO_API_KEY_SECRET"),
        ({"TWILIO_API_KEY_SECRET": "fake"}, "TWILIO_API_KEY_SID"),
        ({"TWILIO_API_KEY_SID_IE1": SK_PLAIN}, "TWILIO_API_KEY_SECRET_IE1"),
    ],
)
def test_half_an_api_key_is_refused(machine: Machine, present: dict[str, str], missing: str) -> None:
    """SID and secret come together, also where a token would do."""
    (problem,) = machine.problems({**KEYS, **present})
    assert problem.startswith(f"{missing} is missing")


def test_regional_credentials_win_in_their_region(machine: Machine) -> None:
    """Credentials are regional: a plain API key must not be used where the region has a token of its own."""
    environ = {
        **KEYS,
        "TWILIO_API_KEY_SID": SK_PLAIN,
        "TWILIO_API_KEY_SECRET": "fake-secret",
        "TWILIO_AUTH_TOKEN_IE1": "fake-irish-token",
        "TWILIO_AUTH_TOKEN_AU1": "fake-australian-token",
    }
    ireland = twilio(machine, {**environ, "TWILIO_REGION": "ie1"})
    assert (ireland.auth_token, ireland.api_key_sid) == ("fake-irish-token", None)
    assert ireland.all_auth_tokens == ("fake-irish-token", "fake-token", "fake-australian-token")
    virginia = twilio(machine, environ)
    assert (virginia.auth_token, virginia.api_key_sid) == ("fake-token", SK_PLAIN)


def test_regional_credentials_win_from_any_source(machine: Machine) -> None:
    """A plain token of the shell's profile does not hide the env file's token for the region in use."""
    machine.write(machine.here / ".env", "TWILIO_REGION=ie1\nTWILIO_AUTH_TOKEN_IE1=fake-irish-token\n")
    assert twilio(machine, KEYS).auth_token == "fake-irish-token"


def test_regional_api_key_with_plain_token(machine: Machine) -> None:
    """The plain token is another region's: verified with it, no stream would be let in."""
    irish = {"TWILIO_REGION": "ie1", "TWILIO_API_KEY_SID_IE1": SK_IE1, "TWILIO_API_KEY_SECRET_IE1": "fake"}
    settings = twilio(machine, {**KEYS, **irish})
    assert (settings.api_key_sid, settings.all_auth_tokens) == (SK_IE1, ())


def regions(machine: Machine, environ: dict[str, str]) -> RegionsSettings:
    settings = machine.resolve(environ, needs=frozenset({Need.REGIONS})).regions
    assert settings is not None
    return settings


IRISH_KEY = {"TWILIO_API_KEY_SID_IE1": SK_IE1, "TWILIO_API_KEY_SECRET_IE1": "fake-irish-secret"}
PLAIN_KEY = {"TWILIO_API_KEY_SID": SK_PLAIN, "TWILIO_API_KEY_SECRET": "fake-secret"}


@pytest.mark.parametrize(
    ("extra", "plain_region", "found"),
    [
        (PLAIN_KEY, "us1", {"us1": SK_PLAIN}),
        ({**PLAIN_KEY, **IRISH_KEY}, "us1", {"us1": SK_PLAIN, "ie1": SK_IE1}),
        ({**PLAIN_KEY, "TWILIO_REGION": "au1"}, "au1", {"au1": SK_PLAIN}),
        ({**PLAIN_KEY, **IRISH_KEY, "TWILIO_REGION": "ie1"}, "us1", {"us1": SK_PLAIN, "ie1": SK_IE1}),
        ({**PLAIN_KEY, "TWILIO_AUTH_TOKEN_US1": "fake-token"}, None, {"us1": None}),
    ],
)
def test_whose_the_plain_credentials_are(
    machine: Machine, extra: dict[str, str], plain_region: str | None, found: dict[str, str | None]
) -> None:
    """The used region's, unless it has its own; then us1's, unless that has."""
    known = regions(machine, {**ACCOUNT, **extra})
    assert known.plain_region == plain_region
    assert {region: known.by_region[region].api_key_sid for region in known.by_region} == found
    for region in found:
        suffix = "" if region == plain_region else f"_{region.upper()}"
        assert known.variable("TWILIO_API_KEY_SID", region) == f"TWILIO_API_KEY_SID{suffix}"


def test_credentials_need_their_account_and_nothing_needs_credentials(machine: Machine) -> None:
    """Without any Cartesia's side can be looked at all the same."""
    assert regions(machine, {}).by_region == {}
    with pytest.raises(SettingsError) as refusal:
        machine.resolve(IRISH_KEY, needs=frozenset({Need.REGIONS}))
    (problem,) = refusal.value.problems
    assert problem.startswith("TWILIO_ACCOUNT_SID is missing")


def test_another_host_for_one_region(machine: Machine) -> None:
    """It wins over the plain one, which holds in every region without its own."""
    environ = {
        **KEYS,
        "TWILIO_BASE_URL": "http://127.0.0.1:8000",
        "TWILIO_BASE_URL_IE1": "http://127.0.0.1:8001",
    }
    urls = regions(machine, environ).base_urls
    assert urls == {
        "us1": "http://127.0.0.1:8000",
        "ie1": "http://127.0.0.1:8001",
        "au1": "http://127.0.0.1:8000",
    }
    for region, url in urls.items():
        assert twilio(machine, {**environ, "TWILIO_REGION": region}).base_url == url
    irish_only = regions(machine, {**KEYS, "TWILIO_BASE_URL_IE1": "http://127.0.0.1:8001"})
    assert irish_only.base_urls["au1"] == "https://api.sydney.au1.twilio.com"


def test_regional_secrets_are_secrets(machine: Machine) -> None:
    """Whoever masks one masks all of them."""
    settings = machine.resolve({**KEYS, **IRISH_KEY}, needs=frozenset({Need.REGIONS}))
    assert {"fake-token", "fake-irish-secret"} <= set(settings.secrets)
    assert "fake-irish-secret" not in repr(settings)
