"""Choosing a voice, and speaking without holding up the event loop."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from cartesia_simulator.tones import ToneVoice
from cartesia_simulator.voice import RememberingVoice, in_thread, load_voice


def test_the_extra_brings_a_real_voice() -> None:
    """With the extra `offline`, as the tests have it, words can be understood."""
    voice = load_voice()
    assert (voice.name, voice.is_speech) == ("espeak-ng", True)


class CountedVoice(ToneVoice):
    """Counts how often it is asked to speak."""

    asked = 0

    def speak(self, text: str, *, language: str) -> Iterator[bytes]:
        self.asked += 1
        return super().speak(text, language=language)


@pytest.mark.parametrize(("text", "times"), [("Hello.", 1), ("Hello. " * 40, 2)])
def test_what_was_said_lately_is_not_made_again(text: str, times: int) -> None:
    """Nothing long is kept, and what comes back is the same."""
    counted = CountedVoice()
    voice = RememberingVoice(counted)
    once, again = (b"".join(voice.speak(text, language="en")) for _ in range(2))
    assert once == again == b"".join(ToneVoice().speak(text, language="en"))
    assert counted.asked == times


async def test_chunks_are_made_in_other_threads() -> None:
    """The event loop's thread makes none of them, and their order is kept."""
    makers: list[int] = []

    def chunks() -> Iterator[bytes]:
        for chunk in (b"one", b"two", b"three"):
            makers.append(threading.get_ident())
            yield chunk

    assert [chunk async for chunk in in_thread(chunks())] == [b"one", b"two", b"three"]
    assert threading.get_ident() not in makers


def test_without_the_extra_there_are_tones() -> None:
    """A missing package is no failure."""
    program = (
        "import sys; sys.modules['espeakng_loader'] = None\n"
        "from cartesia_simulator.voice import load_voice; print(load_voice().name)"
    )
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, check=True)
    assert run.stdout == b"tones\n"
