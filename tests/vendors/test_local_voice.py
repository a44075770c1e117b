"""The voice of this machine, real and with synthesisers that fail."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from cartesia_call.audio import mulaw
from cartesia_call.errors import SpeechUnavailable
from cartesia_call.offline_voice import espeak
from cartesia_call.speech.delivery import Voicing
from cartesia_call.speech.message_text import Message
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech_ports import SpeechRequest
from cartesia_call.telephony.outcomes import Voice
from cartesia_call.vendors.local_voice import LocalVoice, Synthesiser, is_installed

LIMIT_S = 10.0


def request_for(*sentences: str, language: str = "en") -> SpeechRequest:
    voicing = Voicing(model_id="sonic-3.5", voice_id="voice-1", language=language)
    return SpeechRequest(Message.joined(sentences), voicing)


def read_all(utterance: Utterance) -> bytes:
    return utterance.read(0, utterance.length_bytes)


class Spelling:
    """A synthesiser whose audio is its text, a chunk per word; it may do something before each word."""

    def __init__(self, before: Callable[[str], None] = lambda word: None) -> None:
        self._before = before

    def speak(self, text: str, *, language: str) -> Iterator[bytes]:
        for word in text.split():
            self._before(word)
            yield word.encode()


def spelling_voice(before: Callable[[str], None] = lambda word: None, step_s: float = LIMIT_S) -> LocalVoice:
    return LocalVoice(step_timeout_s=step_s, load=lambda: Spelling(before))


def fail_with(error: Exception) -> Callable[[str], None]:
    def fail(word: str) -> None:
        if word == "broken":
            raise error

    return fail


class Recorder(Utterance):
    """An utterance that notes how much was there at each sentence's end."""

    def __init__(self) -> None:
        super().__init__()
        self.ends_bytes: list[int] = []

    def end_sentence(self) -> None:
        super().end_sentence()
        self.ends_bytes.append(self.length_bytes)


async def test_the_last_word_of_each_sentence_has_its_end() -> None:
    """Counted from where this voice began; no other word's end is known, nor that of a silent sentence."""
    utterance = Utterance()
    utterance.append(b"Before.")
    utterance.begin_voice(Voice.LOCAL, 10)
    await spelling_voice().synthesise(request_for("Hello there. ", " \n", "Bye."), utterance)
    assert utterance.word_ends == ((10 + 12, 7 + 11), (10 + 19, 7 + 15))


async def test_it_speaks_with_espeak() -> None:
    """What espeak-ng makes of each sentence, in order, tags honoured, and nobody else ends the utterance."""
    sentences = ("The database is down. ", 'Press <spell>AB</spell>.<break time="1s"/>\n', "Thank you")
    utterance = Utterance()
    voice = LocalVoice(step_timeout_s=LIMIT_S)
    await voice.synthesise(request_for(*sentences), utterance)
    synthesiser = espeak.load_espeak()
    alone = [b"".join(synthesiser.speak(sentence, language="en")) for sentence in sentences]
    assert read_all(utterance) == b"".join(alone)
    assert mulaw.silence(1000) in alone[1]
    assert utterance.whole_sentences == 3
    assert not utterance.has_ended
    assert voice.voice is Voice.LOCAL


async def test_audio_comes_while_it_is_made() -> None:
    """Chunk by chunk, and each sentence's end right behind its last chunk."""
    lengths: list[int] = []
    utterance = Recorder()
    utterance.subscribe(lambda: lengths.append(utterance.length_bytes))
    await spelling_voice().synthesise(request_for("one two ", "three"), utterance)
    assert lengths == [3, 6, 11]
    assert utterance.ends_bytes == [6, 11]


async def test_the_event_loop_makes_no_audio() -> None:
    """Every step runs in a daemon thread: none of them can keep the program alive."""
    threads: list[threading.Thread] = []
    await spelling_voice(lambda word: threads.append(threading.current_thread())).synthesise(
        request_for("one two"), Utterance()
    )
    assert len(threads) == 2
    assert all(thread.daemon and thread is not threading.current_thread() for thread in threads)


async def test_it_goes_on_behind_another_voice() -> None:
    """Of a message that broke off it is given the rest; a sentence that the other left stays unfinished."""
    utterance = Utterance()
    utterance.append(b"one")
    utterance.end_sentence()
    utterance.append(b"tw")
    await spelling_voice().synthesise(request_for(" ", "two", "three"), utterance)
    assert read_all(utterance) == b"onetwtwothree"
    assert utterance.whole_sentences == 3


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("espeak-ng has no\x1b[31m voice"), "is broken: espeak-ng has no voice"),
        (OSError("cannot open shared object file"), "is broken: cannot open"),
        (AttributeError("undefined symbol: espeak_Synth"), "is broken: undefined symbol"),
    ],
)
async def test_a_broken_synthesiser_is_unavailable(error: Exception, said: str) -> None:
    """While it speaks or when it is loaded. The audio of before stays, and its whole sentences count."""
    utterance = Utterance()
    with pytest.raises(SpeechUnavailable, match=said):
        await spelling_voice(fail_with(error)).synthesise(request_for("one ", "two broken"), utterance)
    assert read_all(utterance) == b"onetwo"
    assert utterance.whole_sentences == 1

    def load() -> Synthesiser:
        raise error

    with pytest.raises(SpeechUnavailable, match=said):
        await LocalVoice(step_timeout_s=LIMIT_S, load=load).synthesise(request_for("one"), Utterance())


async def test_a_synthesiser_that_hangs_is_unavailable() -> None:
    """Each step has the limit, not the whole; the hung one is left to its daemon thread."""
    release = threading.Event()

    def hang(word: str) -> None:
        if word == "hang":
            release.wait(LIMIT_S)

    utterance = Utterance()
    try:
        with pytest.raises(SpeechUnavailable, match=r"no audio for 0\.2 s") as raised:
            await spelling_voice(hang, step_s=0.2).synthesise(request_for("one hang two"), utterance)
    finally:
        release.set()
    assert "--speech-timeout" in (raised.value.hint or "")
    assert read_all(utterance) == b"one"


async def test_cancelling_it_ends_the_work_at_the_next_chunk() -> None:
    """The step under way ends by itself; no other begins, and nothing more is appended."""
    started, release, ended = threading.Event(), threading.Event(), threading.Event()
    words: list[str] = []

    def work(word: str) -> None:
        words.append(word)
        started.set()
        release.wait(LIMIT_S)
        ended.set()

    utterance = Utterance()
    speaking = asyncio.create_task(spelling_voice(work).synthesise(request_for("one two three"), utterance))
    async with asyncio.timeout(LIMIT_S):
        assert await asyncio.to_thread(started.wait, LIMIT_S)
        speaking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await speaking
        release.set()
        assert await asyncio.to_thread(ended.wait, LIMIT_S)
    assert words == ["one"]
    assert utterance.length_bytes == 0


@pytest.mark.parametrize("sentences", [(), (" ", '<emotion value="sad"/>')])
async def test_a_message_without_a_sound_is_unavailable(sentences: tuple[str, ...]) -> None:
    """Silence must not pass for a message that was spoken."""
    with pytest.raises(SpeechUnavailable, match="no sound"):
        await LocalVoice(step_timeout_s=LIMIT_S).synthesise(request_for(*sentences), Utterance())


async def test_without_the_extra_it_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Known beforehand without loading anything, and again when it is to speak."""
    assert is_installed()
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    assert not is_installed()
    with pytest.raises(SpeechUnavailable, match="not installed") as raised:
        await LocalVoice(step_timeout_s=LIMIT_S).synthesise(request_for("one"), Utterance())
    assert raised.value.hint == "pip install 'cartesia-call[offline]'"
