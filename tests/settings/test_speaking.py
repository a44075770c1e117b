"""Settings of how the message is read and spoken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cartesia_call.alerts.formats import AlertFormat
from cartesia_call.settings.speaking import SpeechSettings
from cartesia_call.speech.delivery import Delivery
from tests.settings.machine import KEYS, Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_defaults(machine: Machine) -> None:
    """The voice's own manner, what is written, and audio that is kept."""
    settings = machine.resolve()
    assert settings.speech == SpeechSettings(
        delivery=Delivery(), cache_limit_bytes=256_000_000, max_contexts=2
    )
    assert not settings.print_only
    assert settings.region == "us1"


def test_options(machine: Machine) -> None:
    """Each option reaches its field."""
    settings = machine.resolve(
        voice_id="Skylar",
        speed="0.9",
        volume="1.5",
        emotion="calm",
        pronunciation="pdict_1",
        cache=False,
        cache_size="1GB",
        max_contexts="15",
        read_as="alert",
        spells=True,
        print_only=True,
        region="ie1",
    )
    assert settings.speech == SpeechSettings(
        delivery=Delivery(speed=0.9, volume=1.5, emotion="calm", pronunciation_dict_id="pdict_1"),
        uses_cache=False,
        cache_limit_bytes=1_000_000_000,
        max_contexts=15,
        read_as="alert",
        spells=True,
    )
    assert settings.voice_id == "Skylar"
    assert settings.print_only
    assert settings.region == "ie1"


def test_environment_names(machine: Machine) -> None:
    """The options' own variables hold too, and the region's wins over Twilio's name for it."""
    environ = {
        **KEYS,
        "TWILIO_REGION": "au1",
        "CARTESIA_CALL_REGION": "ie1",
        "CARTESIA_CALL_CACHE": "0",
        "CARTESIA_CALL_READ_AS": "ALERT",
        "CARTESIA_CALL_SPELL": "1",
        "CARTESIA_CALL_PRONUNCIATION": "pdict_2",
    }
    settings = machine.resolve(environ)
    assert settings.twilio is not None
    assert settings.twilio.region == settings.region == "ie1"
    assert settings.speech == SpeechSettings(
        delivery=Delivery(pronunciation_dict_id="pdict_2"),
        uses_cache=False,
        cache_limit_bytes=256_000_000,
        max_contexts=2,
        read_as="alert",
        spells=True,
    )


def test_a_rehearsal_takes_the_region_of_the_command_line(machine: Machine) -> None:
    """The account's own region is as little its business as the account's keys."""
    environ = {**KEYS, "TWILIO_REGION": "au1"}
    assert machine.resolve(environ, rehearse=True).region == "us1"
    assert machine.resolve(environ, rehearse=True, region="ie1").region == "ie1"


@pytest.mark.parametrize("model_id", ["sonic-2", "sonic-2-2025-03-07", "sonic-turbo", "sonic"])
def test_old_models_take_no_manner(machine: Machine, model_id: str) -> None:
    """Cartesia would ignore it or refuse; each setting is named with its place."""
    problems = machine.problems(
        {**KEYS, "CARTESIA_CALL_EMOTION": "calm"}, model_id=model_id, speed="1.1", volume="1"
    )
    assert [problem.partition(":")[0] for problem in problems] == [
        "--speed",
        "--volume",
        "CARTESIA_CALL_EMOTION in the environment",
    ]
    assert f"model {model_id} cannot do that" in problems[0]


@pytest.mark.parametrize("model_id", ["sonic-3", "sonic-3.6-2026-08-27", "sonic-latest", "sonic-4", "other"])
def test_newer_and_unknown_models_take_it(machine: Machine, model_id: str) -> None:
    """What is not known to be old may be new."""
    assert machine.resolve(model_id=model_id, speed="1.1").speech.delivery.speed == 1.1


def test_undocumented_language_is_a_warning(machine: Machine) -> None:
    """Cartesia may have learned it since."""
    settings = machine.resolve(language="IS")
    assert settings.language == "is"
    (warning,) = settings.warnings
    assert warning.startswith("--language: 'is' is not among the languages that Cartesia documents")
    assert machine.resolve(language="te").warnings == ()


@pytest.mark.parametrize(
    ("options", "name", "locale"),
    [
        ({}, "Google.en-US-Neural2-F", "en-US"),
        ({"language": "pt-PT"}, "Google.pt-PT-Wavenet-E", "pt-PT"),
        ({"say_voice": "polly.amy-neural"}, "Polly.Amy-Neural", "en-GB"),
        ({"say_voice": "woman", "language": "es-MX"}, "woman", "es-MX"),
        # Nobody at Twilio speaks Urdu, and whoever reads Hindi is understood.
        ({"say_voice": "Polly.Kajal-Neural", "language": "ur"}, "Polly.Kajal-Neural", "en-IN"),
    ],
)
def test_the_carriers_voice_is_the_languages_or_the_one_that_is_named(
    machine: Machine, options: dict[str, Any], name: str, locale: str
) -> None:
    settings = machine.resolve(**options)
    assert settings.say_voice is not None
    assert (settings.say_voice.name, settings.say_voice.locale, settings.warnings) == (name, locale, ())


def test_a_voice_of_another_language_is_refused_where_this_command_names_it(machine: Machine) -> None:
    """With one that speaks the language."""
    assert machine.problems(say_voice="Polly.Vicki") == (
        "--say-voice: Polly.Vicki speaks de-DE, and --language is en; "
        "write one that speaks it, such as Google.en-US-Neural2-F",
    )


def test_one_that_is_configured_may_be_meant_for_other_messages(machine: Machine) -> None:
    """A script in one language must not fail because of the voice for another."""
    environ = {**KEYS, "CARTESIA_CALL_SAY_VOICE": "Polly.Vicki"}
    assert machine.resolve(environ, language="de").warnings == ()
    settings = machine.resolve(environ)
    assert settings.say_voice is not None
    assert settings.say_voice.name == "Google.en-US-Neural2-F"
    (warning,) = settings.warnings
    assert warning.startswith("CARTESIA_CALL_SAY_VOICE in the environment: Polly.Vicki speaks de-DE")


@pytest.mark.parametrize("language", ["hr", "ka", "or", "ur-PK"])
def test_a_language_without_any_voice_of_the_carriers_is_a_warning(machine: Machine, language: str) -> None:
    """Before the call, and only where the carrier's voice may have to speak."""
    settings = machine.resolve(language=language)
    assert settings.say_voice is None
    (warning,) = settings.warnings
    assert warning.startswith(f"the carrier has no voice that speaks {language}")
    assert "--fallback local" in warning
    assert machine.resolve(language=language, fallback="none").warnings == ()
    assert machine.resolve(language=language, fallback="local").warnings == ()


def test_a_voice_that_twilio_does_not_list_yet_is_a_warning(machine: Machine) -> None:
    """It may have been added, and then it is what is needed."""
    settings = machine.resolve(language="hr", say_voice="Google.hr-HR-Standard-A")
    assert settings.say_voice is not None
    (warning,) = settings.warnings
    assert "Google.hr-HR-Standard-A is not among the voices that Twilio lists" in warning


def test_what_is_switched_off_or_undocumented_is_a_warning(machine: Machine) -> None:
    """The call goes on: Cartesia may know better, and a fallback speaks."""
    warnings = machine.resolve(model_id="sonic-2", emotion=None).warnings
    assert [warning.partition(":")[0] for warning in warnings] == ["--model"]
    warnings = machine.resolve(emotion="furious").warnings
    assert warnings[0].startswith("--emotion: 'furious' is no emotion")
    assert machine.resolve(emotion="calm", model_id="sonic-3-2025-10-27").speech.delivery.emotion == "calm"


def test_spelling_needs_something_that_recognises(machine: Machine) -> None:
    """On the command line it is a mistake; a variable may be meant for other calls."""
    assert machine.problems(spells=True) == ("--spell spells what --read-as alert recognises: add it",)
    assert not machine.resolve({**KEYS, "CARTESIA_CALL_SPELL": "1"}).speech.spells


@pytest.mark.parametrize(("text", "age_s"), [("30d", 30 * 86_400), ("2w", 14 * 86_400), ("36m", 2160)])
def test_audio_may_get_only_so_old(machine: Machine, text: str, age_s: float) -> None:
    """Unless it is said, as old as there is room."""
    assert machine.resolve().speech.cache_max_age_s is None
    assert machine.resolve(cache_max_age=text).speech.cache_max_age_s == age_s


@pytest.mark.parametrize("text", ["0d", "0", "soon", "99999d", "-1d", "1.5d"])
def test_what_is_no_age_is_refused(machine: Machine, text: str) -> None:
    """By the name of the option."""
    assert "--cache-max-age" in machine.problems(cache_max_age=text)[0]


def test_what_a_monitor_sent_is_read_as_an_alert(machine: Machine) -> None:
    """Unless something else is said; and then it may be spelled, too."""
    settings = machine.resolve(from_alert="json:host,error.message", spells=True, resolved=True)
    assert settings.speech.from_alert == AlertFormat("json", (("host",), ("error", "message")))
    assert settings.speech.tells_resolved
    assert (settings.speech.read_as, settings.speech.spells) == ("alert", True)
    assert machine.resolve(from_alert="nagios", read_as="plain").speech.read_as == "plain"
    assert (
        machine.resolve({**KEYS, "CARTESIA_CALL_READ_AS": "plain"}, from_alert="nagios").speech.read_as
        == "plain"
    )
    settings = machine.resolve()
    assert (settings.speech.from_alert, settings.speech.tells_resolved, settings.speech.read_as) == (
        None,
        False,
        "plain",
    )


def test_resolved_is_about_what_a_monitor_sent(machine: Machine) -> None:
    """On the command line; in the environment it may be meant for other calls."""
    assert machine.problems(resolved=True) == (
        "--resolved is about what a monitor sent: add --from-alert FORMAT",
    )
    assert machine.problems(from_alert="x", resolved=True)[0].startswith("--from-alert: 'x' is not a format")
    assert machine.resolve({**KEYS, "CARTESIA_CALL_RESOLVED": "1"}).speech.from_alert is None
