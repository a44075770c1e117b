"""From three sources to one set of values, or to one list of everything that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartesia_call.declarations.setting import Need
from cartesia_call.errors import SettingsError
from cartesia_call.settings.output import JSON
from tests.settings.machine import ACCOUNT_SID, BY_NAME, KEYS, Machine
from tests.vendors.http_peers import CERTIFICATE


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_what_is_only_printed_needs_no_key(machine: Machine) -> None:
    """Whoever tries what a monitor's body comes to has none yet."""
    settings = machine.resolve({}, print_only=True)
    assert (settings.twilio, settings.cartesia, settings.caller_id) == (None, None, None)


def test_what_is_malformed_is_told_before_what_is_missing(machine: Machine) -> None:
    """At first much is missing, and a mistyped word must not hide behind it."""
    problems = machine.problems({}, from_alert="frob")
    assert "'frob' is not a format" in problems[0]
    assert all(" is missing" in problem for problem in problems[1:])


def test_five_keys_are_enough(machine: Machine) -> None:
    """With the keys set, everything else has a default."""
    settings = machine.resolve()
    assert settings.twilio is not None
    assert settings.twilio.account_sid == ACCOUNT_SID
    assert settings.twilio.auth_token == "fake-token"
    assert settings.twilio.base_url == "https://api.twilio.com"
    assert settings.twilio.all_auth_tokens == ("fake-token",)
    assert settings.cartesia is not None
    assert settings.cartesia.api_key == "sk_car_fake"
    assert settings.cartesia.base_url == "https://api.cartesia.ai"
    assert settings.cartesia.version == "2026-03-01"
    assert settings.model_id == "sonic-3.5"
    assert settings.caller_id == "+12025550100"
    assert settings.path.ngrok_authtoken == "fake-authtoken"
    assert (settings.path.bind_host, settings.path.bind_port) == ("127.0.0.1", 0)
    assert not settings.path.no_probe
    assert not settings.path.no_verify_signature
    assert settings.limits.ring_timeout_s == 30
    assert settings.limits.max_duration_s == 600
    assert settings.fallback == ("say",)
    assert not settings.rehearse
    assert settings.warnings == ()


def test_all_problems_are_told_together(machine: Machine) -> None:
    """Missing and malformed settings of every kind come in one error, each with its own sentence."""
    env_file = machine.write(machine.here / ".env", "TWILIO_ACCOUNT_SID=AC123\nTWILIO_REGION=mars\n")
    no_pem = machine.write(machine.here / "ca.pem", "no certificate")
    problems = machine.problems(
        {
            "CARTESIA_CALL_RING_TIMEOUT": "soon",
            "CARTESIA_CALL_SPEECH_TIMEOUT": "9" * 400,
            "CARTESIA_BASE_URL": "http://example.com",
            "SSL_CERT_FILE": str(no_pem),
        },
        public_url="https://a_b.example.com",
        voice_id="Ka\ntie",
        caller_id="+1911",
        fallback="shout",
    )
    beginnings = {
        "--public-url: the host name",
        f"TWILIO_ACCOUNT_SID in {env_file}: is not AC",
        f"TWILIO_REGION in {env_file}: 'mars' is not known",
        "TWILIO_AUTH_TOKEN is missing: copy it from console.twilio.com",
        "CARTESIA_API_KEY is missing: make one at play.cartesia.ai",
        "CARTESIA_BASE_URL in the environment: plain http://",
        "--voice: is neither the UUID nor",
        "--from: '+1911' is an emergency number",
        f"SSL_CERT_FILE in the environment: {no_pem} cannot be used: it holds no certificates",
        "CARTESIA_CALL_SPEECH_TIMEOUT in the environment: that is longer than a day",
        "CARTESIA_CALL_RING_TIMEOUT in the environment: 'soon' is not a duration",
        "--fallback: 'shout' is not a fallback",
    }
    assert len(problems) == len(beginnings)
    for beginning in beginnings:
        assert any(problem.startswith(beginning) for problem in problems), beginning


def test_no_limit_is_not_the_default(machine: Machine) -> None:
    """`none` says something; what is malformed says nothing."""
    assert machine.resolve(max_duration="none").limits.max_duration_s is None
    assert machine.resolve().limits.max_duration_s == 600


def test_missing_settings_are_a_short_line_each(machine: Machine) -> None:
    """Every name, then where to get it; the places that were tried are told once, behind all of them."""
    with pytest.raises(SettingsError) as refusal:
        machine.resolve({})
    problems = refusal.value.problems
    assert {problem.split()[0] for problem in problems} == set(KEYS)
    assert max(map(len, problems)) <= 130
    (caller_id,) = (problem for problem in problems if "FROM" in problem)
    assert caller_id == (
        "TWILIO_FROM_NUMBER is missing (or --from or CARTESIA_CALL_FROM): "
        "name a number of your Twilio account, such as +12025550100"
    )
    assert refusal.value.hint == (
        f"Looked in the environment and in {machine.here / '.env'} and {machine.config / '.env'}. "
        "`cartesia-call init` asks for keys; add --rehearse to try without any."
    )
    env_file = machine.write(machine.here / ".env", "TWILIO_REGION=us1\n")
    with pytest.raises(SettingsError) as refusal:
        machine.resolve({})
    assert f"in the environment and in {env_file}." in str(refusal.value.hint)


@pytest.mark.parametrize(
    ("command_line", "environ", "in_file", "ring_timeout_s", "source"),
    [
        ("6s", "7s", "8s", 6, "command line"),
        (None, "7s", "8s", 7, "environment"),
        (None, "", "8s", 8, "env file"),
        (None, None, "8s", 8, "env file"),
        (None, " ", "", 30, "default"),
    ],
)
def test_precedence(
    machine: Machine,
    command_line: str | None,
    environ: str | None,
    in_file: str,
    ring_timeout_s: float,
    source: str,
) -> None:
    """Command line, environment, env file, default; an empty variable is unset."""
    machine.write(machine.here / ".env", f"TWILIO_REGION=us1\nCARTESIA_CALL_RING_TIMEOUT={in_file}\n")
    environment = KEYS if environ is None else {**KEYS, "CARTESIA_CALL_RING_TIMEOUT": environ}
    settings = machine.resolve(environment, ring_timeout=command_line)
    assert settings.limits.ring_timeout_s == ring_timeout_s
    assert settings.sources["CARTESIA_CALL_RING_TIMEOUT"] == source


def test_every_name_of_a_source_comes_before_the_next_source(machine: Machine) -> None:
    """The environment's vendor name beats the env file's own name; in one source the own name wins."""
    machine.write(machine.here / ".env", "CARTESIA_CALL_FROM=+12025550101\n")
    assert machine.resolve().caller_id == "+12025550100"
    both = {**KEYS, "CARTESIA_CALL_FROM": "+12025550102"}
    assert machine.resolve(both).caller_id == "+12025550102"


def test_named_env_file_replaces_the_others(machine: Machine) -> None:
    """`--env-file`, relative to the working directory, is read instead of .env, not beside it."""
    machine.write(machine.here / ".env", "CARTESIA_CALL_LANGUAGE=de\nCARTESIA_CALL_COUNTRY=DE\n")
    named = machine.write(machine.here / "named", "CARTESIA_CALL_LANGUAGE=fr\n")
    for settings in (
        machine.resolve(env_file="named"),
        machine.resolve({**KEYS, "CARTESIA_CALL_ENV_FILE": "named"}),
    ):
        assert (settings.language, settings.country, settings.env_file) == ("fr", None, named)


def test_missing_named_env_file_is_the_only_problem(machine: Machine) -> None:
    """What it would have held is not reported as missing."""
    assert machine.problems({}, env_file="nowhere") == (
        f"--env-file {machine.here / 'nowhere'}: there is no such file",
    )


def test_what_a_found_file_may_not_set_is_told_with_everything_else(machine: Machine) -> None:
    """One problem for all of it, beside those of what it may set; neither is a reason to name keys again."""
    keys = "".join(f"{name}={value}\n" for name, value in KEYS.items())
    path = machine.write(
        machine.here / ".env",
        f"{keys}CARTESIA_CALL_RING_TIMEOUT=soon\nTWILIO_BASE_URL=https://evil.example\nCARTESIA_CALL_ACK=x\n",
    )
    refused, malformed = machine.problems({})
    assert refused.startswith(f"{path} sets TWILIO_BASE_URL and CARTESIA_CALL_ACK: ")
    assert str(machine.config / ".env") in refused
    assert malformed.startswith(f"CARTESIA_CALL_RING_TIMEOUT in {path}")
    assert "evil" not in refused


def test_the_same_file_holds_if_it_is_named_or_the_users_own(machine: Machine) -> None:
    """Then whoever runs the program has chosen it."""
    text = "CARTESIA_CALL_ACK=1\nCARTESIA_BASE_URL=https://speech.example.com\n"
    machine.write(machine.here / ".env", text)
    named = machine.resolve(env_file=".env")
    (machine.here / ".env").unlink()
    machine.write(machine.config / ".env", text)
    for settings in (named, machine.resolve()):
        assert settings.answering.conversation.ack_key == "1"
        assert settings.cartesia is not None
        assert settings.cartesia.base_url == "https://speech.example.com"
        assert settings.names_from_file == ("CARTESIA_BASE_URL", "CARTESIA_CALL_ACK")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("CARTESIA_BASE_URL=https://evil.example", "CARTESIA_BASE_URL"),
        ("TWILIO_BASE_URL=https://evil.example", "TWILIO_BASE_URL"),
        ("HTTPS_PROXY=evil.example:1", "HTTPS_PROXY"),
        (f"SSL_CERT_FILE={CERTIFICATE}", "SSL_CERT_FILE"),
        ("PYNGROK_NGROK_PATH=/tmp/ngrok", "PYNGROK_NGROK_PATH"),
    ],
)
def test_no_key_of_the_environment_goes_where_a_shared_file_says(
    machine: Machine, line: str, name: str
) -> None:
    """A file that was named and that others may write sends its own keys where it likes, and no others."""
    path = machine.write(machine.here / "shared", f"{line}\n")
    machine.resolve(env_file="shared")
    path.chmod(0o666)
    (problem,) = machine.problems(env_file="shared")
    assert problem.startswith(f"{name} in {path}, which others may write, would say where ")
    keys = "".join(f"{key}={value}\n" for key, value in KEYS.items())
    machine.write(path, f"{line}\n{keys}").chmod(0o666)
    machine.resolve({}, env_file="shared")


def test_a_relative_program_is_refused(machine: Machine) -> None:
    """Wherever it stands: it would be whatever lies in the working directory."""
    for path in ("./tool", "tool", "../bin/ngrok"):
        (problem,) = machine.problems({**KEYS, "PYNGROK_NGROK_PATH": path})
        assert f"PYNGROK_NGROK_PATH in the environment: {path!r} is a relative path" in problem
    assert machine.resolve({**KEYS, "PYNGROK_NGROK_PATH": "/opt/ngrok"}).path.ngrok_path == "/opt/ngrok"


def test_a_web_applications_file_does_not_hide_the_users_own(machine: Machine) -> None:
    """Twilio's two names are in many a program's .env. Without another file the message says so."""
    two = "".join(f"{name}={KEYS[name]}\n" for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"))
    path = machine.write(machine.here / ".env", f"DATABASE_URL=x\n{two}")
    with pytest.raises(SettingsError, match="is missing") as refusal:
        machine.resolve({})
    assert f"; {path} sets nothing but what other programs set too." in str(refusal.value.hint)
    machine.write(machine.config / ".env", "".join(f"{name}={value}\n" for name, value in KEYS.items()))
    assert machine.resolve({}).env_file == machine.config / ".env"


def test_what_holds_as_the_file_sets_it_is_known(machine: Machine) -> None:
    """By the names that it uses; what a more trusted place sets is not the file's doing."""
    machine.write(machine.here / ".env", "CARTESIA_CALL_FROM=+12025550101\nCARTESIA_CALL_LANGUAGE=de\n")
    assert machine.resolve().names_from_file == ("CARTESIA_CALL_LANGUAGE",)
    without = {name: value for name, value in KEYS.items() if name != "TWILIO_FROM_NUMBER"}
    assert machine.resolve(without).names_from_file == ("CARTESIA_CALL_FROM", "CARTESIA_CALL_LANGUAGE")


def test_user_configuration_is_the_second_place(machine: Machine) -> None:
    """Without a .env here, the one in the configuration directory holds, with its warnings."""
    path = machine.config / ".env"
    machine.write(path, "".join(f"{name}={value}\n" for name, value in KEYS.items()))
    path.chmod(0o644)
    settings = machine.resolve({})
    assert settings.env_file == path
    assert settings.sources["CARTESIA_API_KEY"] == "env file"
    assert settings.warnings[0].startswith("loose permissions")


def test_what_a_command_does_not_offer_cannot_fail_it(machine: Machine) -> None:
    """`hangup` works although the environment's ring time-out, voice and rehearsal switch are nonsense."""
    environ = {
        **KEYS,
        "CARTESIA_CALL_RING_TIMEOUT": "soon",
        "CARTESIA_VOICE_ID": "Katie",
        "CARTESIA_CALL_REHEARSE": "1",
        "CARTESIA_CALL_HANGUP_TIMEOUT": "3s",
    }
    settings = machine.resolve(
        environ, needs=frozenset({Need.TWILIO}), offered={BY_NAME["hangup_timeout"]: None, JSON: "1"}
    )
    assert settings.twilio is not None
    assert settings.cartesia is None
    assert not settings.rehearse
    assert settings.limits.ring_timeout_s == 30
    assert settings.limits.hangup_timeout_s == 3
    assert settings.json


def test_unneeded_keys_are_not_looked_at(machine: Machine) -> None:
    """A command that needs nothing runs without keys, and beside malformed ones."""
    settings = machine.resolve({"TWILIO_REGION": "mars", "HTTPS_PROXY": "socks5://x"}, needs=frozenset())
    assert (settings.twilio, settings.cartesia, settings.caller_id) == (None, None, None)


def test_empty_option_is_a_problem(machine: Machine) -> None:
    """`--from "$NOBODY"` is a mistake in a script, never the next source's value."""
    assert machine.problems(caller_id="") == ("--from is empty: give it a value, or leave it out",)


def test_caller_id_follows_the_country_and_may_warn(machine: Machine) -> None:
    """A national caller ID is read like the number to call; odd ones are masked in their warning."""
    assert machine.resolve(caller_id="(202) 555-0100", country="us").caller_id == "+12025550100"
    (warning,) = machine.resolve(caller_id="+15555550100").warnings
    assert warning.startswith("--from: +1555***0100 is outside the number ranges")


def test_no_secret_in_representation_or_messages(machine: Machine) -> None:
    """Neither `repr` of the settings nor any problem shows a secret."""
    environ = {
        **KEYS,
        "TWILIO_AUTH_TOKEN": "hush",
        "TWILIO_AUTH_TOKEN_US1": "hush-hush",
        "TWILIO_API_KEY_SID": "SK" + "0" * 32,
        "TWILIO_API_KEY_SECRET": "hush",
        "CARTESIA_API_KEY": "hush",
        "NGROK_AUTHTOKEN": "hush",
        "HTTPS_PROXY": "http://user:hush@proxy.example.com",
    }
    assert "hush" not in repr(machine.resolve(environ))
    malformed = {name: value.replace("hush", "hush hush") for name, value in environ.items()}
    malformed |= {"TWILIO_ACCOUNT_SID": "hush", "CARTESIA_VOICE_ID": "sk_car_hush"}
    problems = machine.problems(malformed)
    assert len(problems) == 8
    assert "hush" not in "".join(problems)


def test_recording_needs_a_file(machine: Machine) -> None:
    """--record-callee alone would record into nothing."""
    assert "give --save-audio" in machine.problems(record_callee=True)[0]
    settings = machine.resolve(record_callee=True, save_audio="call.wav")
    assert settings.save_audio == Path("call.wav")


def test_network_settings_take_either_name(machine: Machine) -> None:
    """The upper-case name first; REQUESTS_CA_BUNDLE before SSL_CERT_FILE."""
    environ = {
        **KEYS,
        "https_proxy": "lower:1",
        "HTTPS_PROXY": "upper:1",
        "no_proxy": "example.com",
        "SSL_CERT_FILE": str(CERTIFICATE),
    }
    network = machine.resolve(environ).network
    assert network.https_proxy == "http://upper:1"
    assert network.no_proxy == "example.com"
    assert network.ca_file == str(CERTIFICATE)
