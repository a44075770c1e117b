"""A voice speaks one word, and what comes is listened to as far as a program can."""

from __future__ import annotations

import asyncio
from array import array

from cartesia_call.audio.mulaw import BYTES_PER_S, duration_s, to_pcm16
from cartesia_call.checking.findings import Finding, failed, passed
from cartesia_call.errors import CartesiaCallError, SpeechUnavailable
from cartesia_call.ports import Clock
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech_ports import SpeechRequest, SpeechService
from cartesia_call.telephony.outcomes import Voice

SPEECH = "speech"
LOCAL_VOICE = "local-voice"

SHORTEST_S, LONGEST_S = 0.1, 10.0
"""What one word takes, pauses included, with a generous margin."""

_AUDIBLE = 328
"""Of 32768: a hundredth of full scale, -40 dB. Spoken words peak above -20 dB."""

_FILE_HEADERS = (b"RIFF", b"ID3", b"OggS", b"fLaC", b".snd")


async def check_voice(
    name: str, service: SpeechService, word: SpeechRequest, clock: Clock, *, limit_s: float
) -> Finding:
    """Have `service` say `word`, within `limit_s` seconds."""
    utterance = Utterance()
    asked_at_s = clock.now_s()
    first_audio_ms = 0

    def note_first_audio() -> None:
        nonlocal first_audio_ms
        first_audio_ms = first_audio_ms or round((clock.now_s() - asked_at_s) * 1000)

    utterance.subscribe(note_first_audio)
    try:
        async with asyncio.timeout(limit_s):
            await service.synthesise(word, utterance)
    except TimeoutError:
        return failed(name, SpeechUnavailable(f"one word was not spoken within {limit_s:g} s"))
    except CartesiaCallError as error:
        return failed(name, error)
    audio = utterance.read(0, utterance.length_bytes)
    if reason := why_no_word(audio):
        return failed(name, SpeechUnavailable(f"one word was asked for, and {reason}"))
    return passed(
        name,
        f"{_name(service.voice, word)} says a word of {duration_s(len(audio)):.1f} s, "
        f"the first of it after {first_audio_ms} ms",
        first_audio_ms=first_audio_ms,
        audio_ms=round(duration_s(len(audio)) * 1000),
        voice_id=word.voicing.voice_id,
        model_id=word.voicing.model_id,
    )


def _name(voice: Voice, word: SpeechRequest) -> str:
    if voice is Voice.LOCAL:
        return "the voice of this machine"
    return f"Cartesia's model {word.voicing.model_id} with voice {word.voicing.voice_id}"


def why_no_word(audio: bytes) -> str | None:
    """What speaks against `audio` being one word in mu-law, as the end of a sentence; None: nothing."""
    if audio.startswith(_FILE_HEADERS):
        return "a file came instead of bare mu-law audio"
    length_s = len(audio) / BYTES_PER_S
    if not SHORTEST_S <= length_s <= LONGEST_S:
        return f"{length_s:.2f} s of audio came"
    samples = array("h", to_pcm16(audio))
    if max(samples) - min(samples) < 2 * _AUDIBLE:
        return "silence came"
    return None
