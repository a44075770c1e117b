"""What an env file may set depends on how it came to be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartesia_call.declarations.setting import Setting
from cartesia_call.declarations.trust import Trust
from cartesia_call.settings.env_file import EnvFile, env_file
from cartesia_call.settings.table import TABLE, known_names

NAMES = known_names()
PATH, OWN_FILE = Path("/repository/.env"), Path("/home/me/.config/cartesia-call/.env")


def said(text: str, trust: Trust) -> EnvFile:
    return env_file(PATH, text.encode(), mode=0o100600, names=NAMES, trust=trust, own_file=OWN_FILE)


@pytest.mark.parametrize(
    "line",
    [
        *("PYNGROK_NGROK_PATH=./tool", "TWILIO_BASE_URL=https://evil.example", "HTTPS_PROXY=evil.example:1"),
        *("TWILIO_BASE_URL_IE1=https://evil.example", "CARTESIA_BASE_URL=https://evil.example"),
        *("https_proxy=evil.example:1", "SSL_CERT_FILE=/repository/ca.pem", "REQUESTS_CA_BUNDLE=ca.pem"),
        *("NO_PROXY=*", "NGROK_DOMAIN=evil.example", "CARTESIA_CALL_PUBLIC_URL=https://evil.example"),
        *("CARTESIA_CALL_BIND=0.0.0.0:80", "CARTESIA_CALL_ALLOW_REMOTE_BIND=1"),
        *("CARTESIA_CALL_SAVE_AUDIO=~/.bashrc", "CARTESIA_CALL_FILE=/etc/passwd"),
        *("CARTESIA_CALL_DO_NOT_CALL=/dev/null", "CARTESIA_CALL_THEN=+12025550199"),
        *("CARTESIA_CALL_NO_GUARD=whatever", "CARTESIA_CALL_WINDOW=00:00-23:59"),
        *("CARTESIA_CALL_ATTEMPTS=100", "CARTESIA_CALL_MAX_DURATION=none", "CARTESIA_CALL_DRY_RUN=1"),
        *("CARTESIA_CALL_NO_VERIFY_SIGNATURE=1", "CARTESIA_CALL_FALLBACK=none", "CARTESIA_CALL_TUNNEL=ngrok"),
        *("CARTESIA_CALL_SHOW_NUMBERS=1", "CARTESIA_CALL_VERBOSE=2", "CARTESIA_CALL_RECORD_CALLEE=1"),
    ],
)
def test_what_is_found_may_not_set_this(line: str) -> None:
    """The same line holds in a file of the user's own, and in one that was named."""
    name, _, value = line.partition("=")
    found = said(f"TWILIO_REGION=ie1\n{line}\n", Trust.FOUND)
    assert found.values == {"TWILIO_REGION": "ie1"}
    (problem,) = found.problems
    assert f"{PATH} sets {name}: " in problem
    assert value not in problem
    for trust in (Trust.NAMED, Trust.OWN):
        assert said(line, trust).values == {name: value}
        assert said(line, trust).problems == ()


def test_what_is_found_may_set_this() -> None:
    """Keys, caller ID, voice, model, language, region, country, time-outs, and nothing else."""
    allowed = {setting.title for setting in TABLE if setting.least_trust is Trust.FOUND}
    keys = {"TWILIO_ACCOUNT_SID", "TWILIO_SHARED_KEY", "CARTESIA_API_KEY", "NGROK_AUTHTOKEN"}
    for suffix in ("", "_US1", "_IE1", "_AU1"):
        keys |= {f"TWILIO_{name}{suffix}" for name in ("AUTH_TOKEN", "API_KEY_SID", "API_KEY_SECRET")}
    who_and_where = {"TWILIO_FROM_NUMBER", "TWILIO_REGION", "TWILIO_EDGE", "CARTESIA_CALL_COUNTRY"}
    voice = {"CARTESIA_VOICE_ID", "CARTESIA_MODEL_ID", "CARTESIA_CALL_LANGUAGE", "CARTESIA_CALL_SAY_VOICE"}
    waits = ("RING", "CONNECT", "TUNNEL", "SPEECH", "STREAM", "HANGUP", "INPUT", "ACK", "AMD", "TURN")
    assert allowed == keys | who_and_where | voice | {f"CARTESIA_CALL_{wait}_TIMEOUT" for wait in waits}


def test_everything_else_is_one_error_that_says_where_it_may_stand() -> None:
    """With every name in it, and no value."""
    text = "CARTESIA_API_KEY=fake\nCARTESIA_CALL_ACK=1\nHTTPS_PROXY=x:1\nCARTESIA_CALL_THEN=+12025550199\n"
    (problem,) = said(text, Trust.FOUND).problems
    assert "sets CARTESIA_CALL_ACK, HTTPS_PROXY and CARTESIA_CALL_THEN:" in problem
    for place in ("the environment", str(OWN_FILE), f"--env-file {PATH}"):
        assert place in problem


def test_an_empty_value_sets_nothing() -> None:
    """As it stands in a copy of `.env.example`."""
    assert said("CARTESIA_CALL_SAVE_AUDIO=\n", Trust.FOUND).problems == ()


@pytest.mark.parametrize("trust", [Trust.FOUND, Trust.NAMED, Trust.OWN])
@pytest.mark.parametrize("name", ["CARTESIA_CALL_REHEARSE", "CARTESIA_CALL_ENV_FILE"])
def test_some_may_stand_in_no_file(trust: Trust, name: str) -> None:
    """Nobody writes a rehearsal there who wants a call, nor wants one who does: to go on would be a guess."""
    read = said(f"{name}=1\n", trust)
    assert read.values == {}
    (problem,) = read.problems
    assert f"{name}, which no file may" in problem
    assert "process environment only" in problem


@pytest.mark.parametrize("setting", [one for one in TABLE if one.leads_keys], ids=lambda one: one.title)
def test_nothing_that_leads_keys_is_ever_found(setting: Setting[object]) -> None:
    """A key that was found may go where the user's own places say; never the other way round."""
    assert setting.least_trust > Trust.FOUND


@pytest.mark.parametrize(
    ("address", "key", "may"),
    [
        (Trust.FOUND, Trust.FOUND, True),
        (Trust.FOUND, Trust.OWN, False),
        (Trust.NAMED, Trust.NAMED, True),
        (Trust.NAMED, Trust.FOUND, True),
        (Trust.NAMED, Trust.PROCESS, False),
        (Trust.OWN, Trust.PROCESS, True),
        (Trust.PROCESS, Trust.FOUND, True),
        (Trust.PROCESS, Trust.PROCESS, True),
    ],
)
def test_no_key_goes_to_an_address_of_a_less_trusted_place(address: Trust, key: Trust, may: bool) -> None:
    """The user's own file and the environment are as good as each other."""
    assert address.may_lead(key) is may
