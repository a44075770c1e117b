"""The carrier's voices by name, and the one that speaks a language unless another one is named."""

from __future__ import annotations

import pytest

from cartesia_call.settings.speaking import LANGUAGES
from cartesia_call.telephony.say_voices import (
    default_say_voice,
    find_say_voices,
    listed_locales,
    say_voice_for,
    similar_say_voices,
)

WITHOUT = {"hr", "ka", "or", "ur"}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_of_cartesias_but_four_has_a_voice_by_default(language: str) -> None:
    """One that Twilio lists and that speaks it."""
    voice = default_say_voice(language)
    assert (voice is None) is (language in WITHOUT)
    if voice is not None:
        assert (voice.language, voice.is_listed) == (language, True)
        assert say_voice_for(voice.name, language) == voice


def test_the_defaults_are_neural_where_there_is_one() -> None:
    """Bulgarian and Telugu have standard ones and none of Google's that is neural, Thai and Hungarian none
    that both lists name."""
    names = [voice.name for language in LANGUAGES if (voice := default_say_voice(language)) is not None]
    standard = {name for name in names if "Neural" not in name and "Wavenet" not in name}
    assert {name[7:12] for name in standard} == {"bg-BG", "te-IN", "th-TH", "hu-HU"}


@pytest.mark.parametrize(
    ("language", "name", "locale"),
    [
        ("en", "Google.en-US-Neural2-F", "en-US"),
        ("en-GB", "Google.en-GB-Neural2-N", "en-GB"),
        ("en-gb", "Google.en-GB-Neural2-N", "en-GB"),
        ("en-CA", "Google.en-US-Neural2-F", "en-US"),
        ("en-IE", "Polly.Niamh-Neural", "en-IE"),
        ("de-AT", "Polly.Hannah-Neural", "de-AT"),
        ("de-CH", "Google.de-DE-Neural2-G", "de-DE"),
        ("es", "Google.es-ES-Neural2-H", "es-ES"),
        ("es-MX", "Polly.Mia-Neural", "es-MX"),
        ("es-AR", "Google.es-US-Neural2-A", "es-US"),
        ("es-419", "Google.es-US-Neural2-A", "es-US"),
        ("pt", "Google.pt-BR-Neural2-A", "pt-BR"),
        ("pt-PT", "Google.pt-PT-Wavenet-E", "pt-PT"),
        ("pt-AO", "Google.pt-PT-Wavenet-E", "pt-PT"),
        ("no", "Google.nb-NO-Wavenet-F", "nb-NO"),
        ("no-NO", "Google.nb-NO-Wavenet-F", "nb-NO"),
        ("tl", "Google.fil-PH-Wavenet-A", "fil-PH"),
        ("zh", "Google.cmn-CN-Wavenet-A", "cmn-CN"),
        ("zh-TW", "Google.cmn-TW-Wavenet-A", "cmn-TW"),
        ("zh-HK", "Google.yue-HK-Standard-A", "yue-HK"),
        ("is", "Google.is-IS-Standard-A", "is-IS"),  # Cartesia has it not, or not yet
    ],
)
def test_the_region_decides_where_it_has_a_voice(language: str, name: str, locale: str) -> None:
    """Else the voice that is nearest."""
    voice = default_say_voice(language)
    assert voice is not None
    assert (voice.name, voice.locale) == (name, locale)


@pytest.mark.parametrize("language", ["", "xx", "hr-HR", "ur-PK"])
def test_a_language_that_nobody_speaks_has_none(language: str) -> None:
    assert default_say_voice(language) is None


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("polly.joanna-NEURAL", "Polly.Joanna-Neural"),
        (" man ", "man"),
        ("Polly.Céline", "Polly.Celine"),
        ("Polly.Mia-Generative", "Polly.Mía-Generative"),
        ("Google.de-DE-Chirp3-HD-Kore", "Google.de-DE-Chirp3-HD-Kore"),
    ],
)
def test_names_are_found_in_any_case_with_or_without_accents(written: str, name: str) -> None:
    """And written as Twilio writes them."""
    assert {voice.name for voice in find_say_voices(written)} == {name}


@pytest.mark.parametrize(
    "name",
    ["", "robot", "alice", "Joanna", "Polly.Joana", "Polly.", "Google.de-DE-Wavenet-Z", "Google.hr-HR"],
)
def test_other_names_are_nobodys(name: str) -> None:
    assert find_say_voices(name) == ()


def test_a_google_voice_of_a_locale_without_any_is_believed_in() -> None:
    """Twilio adds languages, and its documents lag behind."""
    (voice,) = find_say_voices("Google.hr-HR-Standard-A")
    assert (voice.locale, voice.language, voice.is_listed) == ("hr-HR", "hr", False)
    assert "hr-HR" not in listed_locales()


@pytest.mark.parametrize(
    ("name", "language", "locale"),
    [
        ("Polly.Kajal-Neural", "en", "en-IN"),
        ("Polly.Kajal-Neural", "hi-IN", "hi-IN"),
        ("woman", "es-MX", "es-MX"),
        ("woman", "en-AU", "en-US"),
        ("Polly.Amy", "en-US", "en-GB"),
        ("Polly.Amy", "de", None),
        ("woman", "ja", None),
    ],
)
def test_a_voice_speaks_its_own_languages(name: str, language: str, locale: str | None) -> None:
    """In the region that is asked for, if it can."""
    voice = say_voice_for(name, language)
    assert (voice.locale if voice else None) == locale


def test_what_may_have_been_meant() -> None:
    """The nearest names, else the language's own voice."""
    assert similar_say_voices("Polly.Joana", "en")[0] == "Polly.Joanna"
    assert similar_say_voices("alice", "de") == ("Google.de-DE-Neural2-G",)
    assert similar_say_voices("alice", "hr") == ()


def test_each_provider_has_its_limit() -> None:
    """In UTF-8 bytes (13521)."""
    names = "man", "Polly.Amy", "Google.en-US-Neural2-F"
    assert [find_say_voices(name)[0].most_bytes for name in names] == [4096, 3000, 5000]
