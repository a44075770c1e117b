"""One spoken word: what came, how soon, and whether it can be a word at all."""

from __future__ import annotations

import pytest

from cartesia_call.audio.mulaw import silence
from cartesia_call.checking.findings import Status
from cartesia_call.checking.voice import SPEECH, check_voice, why_no_word
from cartesia_call.clock import SystemClock
from cartesia_call.errors import SpeechRefused, SpeechUnavailable
from cartesia_call.telephony.outcomes import Voice
from tests.checking.told import SPOKEN, WORD, ToldVoice


async def test_a_word_is_measured() -> None:
    """Time to the first audio, and the length of all of it."""
    finding = await check_voice(SPEECH, ToldVoice(SPOKEN), WORD, SystemClock(), limit_s=5)
    assert finding.status is Status.PASS
    assert finding.value is not None
    assert finding.value["audio_ms"] == 500
    assert finding.value["first_audio_ms"] in range(5000)
    assert WORD.voicing.voice_id in finding.detail


async def test_the_voice_of_this_machine_has_no_model() -> None:
    finding = await check_voice(
        "local-voice", ToldVoice(SPOKEN, voice=Voice.LOCAL), WORD, SystemClock(), limit_s=5
    )
    assert WORD.voicing.voice_id not in finding.detail


async def test_a_refusal_is_told_as_it_is() -> None:
    """Unknown voice, sunset model: the service's own words."""
    error = SpeechRefused("Cartesia refused the message: unknown voice", hint="check --voice")
    finding = await check_voice(SPEECH, ToldVoice(error=error), WORD, SystemClock(), limit_s=5)
    assert (finding.status, finding.error, finding.hint) == (Status.FAIL, error, "check --voice")


async def test_a_word_that_never_ends_is_given_up() -> None:
    """However long the pauses in between are."""
    finding = await check_voice(SPEECH, ToldVoice(SPOKEN, hangs=True), WORD, SystemClock(), limit_s=0.05)
    assert isinstance(finding.error, SpeechUnavailable)


@pytest.mark.parametrize(
    ("audio", "reason"),
    [
        (SPOKEN, None),
        (b"", "0.00 s"),
        (SPOKEN[:200], "0.03 s"),
        (SPOKEN * 21, "10.50 s"),
        (silence(500), "silence"),
        (b"\x7f" * 4000, "silence"),
        (b"RIFF" + SPOKEN, "a file"),
    ],
)
async def test_what_came_must_be_able_to_be_a_word(audio: bytes, reason: str | None) -> None:
    """Long enough, short enough, audible, and without a file's header."""
    found = why_no_word(audio)
    assert found is None if reason is None else found is not None and reason in found
    finding = await check_voice(SPEECH, ToldVoice(audio), WORD, SystemClock(), limit_s=5)
    assert finding.status is (Status.PASS if reason is None else Status.FAIL)
