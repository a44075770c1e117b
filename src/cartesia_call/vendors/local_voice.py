"""The voice of this machine: espeak-ng of the extra `offline`, for when Cartesia cannot speak."""

from __future__ import annotations

import asyncio
import functools
import importlib.util
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.errors import SpeechUnavailable
from cartesia_call.quoting import quotable
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech.words import WordEnd
from cartesia_call.speech_ports import SpeechRequest
from cartesia_call.telephony.outcomes import Voice

HOW_TO_INSTALL = "pip install 'cartesia-call[offline]'"

T = TypeVar("T")


class Synthesiser(Protocol):
    """Text to 8 kHz mu-law, chunk by chunk. Blocks between chunks, and runs in threads of its own."""

    def speak(self, text: str, *, language: str) -> Iterator[bytes]:
        """Audio of `text`, which may hold Cartesia's tags; no chunk is longer than a few seconds."""


def is_installed() -> bool:
    """Whether the extra `offline` is there. Loads nothing, so it may still turn out to be broken."""
    return importlib.util.find_spec("espeakng_loader") is not None


def load_espeak() -> Synthesiser:
    """espeak-ng, loaded. Blocks for some milliseconds; ImportError without the extra `offline`."""
    from cartesia_call.offline_voice import espeak

    return espeak.load_espeak()


class LocalVoice:
    """Implements `speech_ports.SpeechService`.

    `step_timeout_s`, in seconds, limits loading the synthesiser and each chunk of audio that it makes;
    until the first chunk, whoever asks may set one limit for all of it. A step that takes longer is left to
    itself in a daemon thread, which delays nobody.
    """

    def __init__(self, *, step_timeout_s: float, load: Callable[[], Synthesiser] = load_espeak) -> None:
        self._step_timeout_s = step_timeout_s
        self._load = load

    @property
    def voice(self) -> Voice:
        return Voice.LOCAL

    async def synthesise(
        self, request: SpeechRequest, utterance: Utterance, *, first_audio_by_s: float | None = None
    ) -> None:
        """Append the audio of `request`, far faster than it plays. Its model and voice ID mean nothing here.

        Of words, it knows only when the last one of a sentence ends. SpeechUnavailable if the synthesiser is
        missing, breaks, stalls or has no sound for any of it. Cancelling it ends the work at the next chunk,
        after some milliseconds.
        """
        start_bytes = utterance.length_bytes

        async def step(call: Callable[[], T]) -> T:
            is_first = utterance.length_bytes == start_bytes
            return await self._step(call, by_s=first_audio_by_s if is_first else None)

        synthesiser = await step(self._load)
        characters = 0
        for sentence in request.message.sentences:
            sentence_start_bytes = utterance.length_bytes
            chunks = synthesiser.speak(sentence, language=request.voicing.language)
            while (chunk := await step(functools.partial(next, chunks, None))) is not None:
                utterance.append(chunk)
            spoken = characters + len(sentence.rstrip())
            characters += len(sentence)
            # What another voice left unfinished is no sentence of ours.
            if utterance.length_bytes > sentence_start_bytes:
                utterance.end_sentence()
                utterance.end_words([WordEnd(spoken, utterance.length_bytes - start_bytes)])
        if utterance.length_bytes == start_bytes:
            raise SpeechUnavailable("the local voice has no sound for this message")

    async def _step(self, call: Callable[[], T], *, by_s: float | None) -> T:
        try:
            async with asyncio.timeout(self._step_timeout_s) as limit:
                if by_s is not None:
                    limit.reschedule(by_s)
                return await in_daemon_thread(call)
        except TimeoutError:
            raise SpeechUnavailable(
                f"the local voice made no audio for {self._step_timeout_s:g} s",
                hint="--speech-timeout sets how long to wait for the first audio and between chunks",
            ) from None
        except ImportError:
            raise SpeechUnavailable("the local voice is not installed", hint=HOW_TO_INSTALL) from None
        except (OSError, RuntimeError, AttributeError) as broken:  # what ctypes and espeak-ng fail with
            raise SpeechUnavailable(f"the local voice is broken: {quotable(str(broken))}") from broken
