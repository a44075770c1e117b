"""One message on one of Cartesia's connections: a context, from its request to `done`."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator

from websockets.asyncio.client import ClientConnection

from cartesia_call.audio.mulaw import duration_s
from cartesia_call.clock import running_s
from cartesia_call.errors import SpeechUnavailable
from cartesia_call.speech.messages import (
    Chunk,
    Done,
    FlushDone,
    ServerMessage,
    ServiceError,
    Timestamps,
    generation_request,
    parse_server_message,
)
from cartesia_call.speech.sentence_ends import SentenceEnds
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech.words import WordPlaces
from cartesia_call.speech_ports import SpeechRequest
from cartesia_call.vendors.cartesia_errors import Busy, translate, translate_passing


class CartesiaContext:
    """Fills `utterance` with the audio of `request`. Once."""

    def __init__(
        self,
        request: SpeechRequest,
        utterance: Utterance,
        *,
        speech_timeout_s: float,
        secrets: tuple[str, ...],
    ) -> None:
        self._id = str(uuid.uuid4())
        self._request = request
        self._utterance = utterance
        self._before_bytes = utterance.length_bytes
        self._speech_timeout_s = speech_timeout_s
        self._secrets = secrets
        self._sentences = SentenceEnds(utterance, len(request.message))
        self._words = WordPlaces(request.message.text)
        self.is_always_named = True
        """False once a message did not say which context it is about."""

    @property
    def has_audio(self) -> bool:
        return self._audio_bytes > 0

    @property
    def so_far(self) -> str:
        """How far it has come, for a sentence."""
        return (
            f"after {duration_s(self._audio_bytes):.1f} s of audio"
            if self.has_audio
            else "before the first audio"
        )

    @property
    def _audio_bytes(self) -> int:
        return self._utterance.length_bytes - self._before_bytes

    async def run(self, connection: ClientConnection, *, first_audio_by_s: float) -> None:
        """Until `done`, and only that is the end. No other context may be open on `connection`.

        The first audio comes until `first_audio_by_s` in the event loop's time.

        Busy if the plan's limit was reached before any audio, BrokenOff if the service failed before any in a
        way that may pass; ConnectionClosed if the connection ends; else one of our own errors. After any of
        them the connection is of no more use.
        """
        silent_s = round(max(0.0, first_audio_by_s - running_s()), 1)
        try:
            async with asyncio.timeout_at(first_audio_by_s) as limit:
                for text in self._requests():
                    await connection.send(text)
                self._utterance.ask_for()
                while not isinstance(message := await self._next(connection), Done):
                    if self._take(message):
                        silent_s = self._speech_timeout_s
                        limit.reschedule(running_s() + self._speech_timeout_s)
        except TimeoutError:
            raise SpeechUnavailable(
                f"Cartesia sent no audio and no end for {silent_s:g} s {self.so_far}",
                hint="--speech-timeout sets how long to wait for the first audio and between chunks",
            ) from None
        if not self.has_audio:
            raise SpeechUnavailable("Cartesia said that the message is done without any audio")
        self._sentences.done()

    def _requests(self) -> Iterator[str]:
        message = self._request.message
        last = len(message) - 1
        for index, sentence in enumerate(message.sentences):
            yield generation_request(
                transcript=sentence,
                voicing=self._request.voicing,
                context_id=self._id,
                more_follows=index < last,
            )

    async def _next(self, connection: ClientConnection) -> ServerMessage:
        """The next message that is not about another context."""
        while True:
            text = await connection.recv(decode=True)
            try:
                message = parse_server_message(text, secrets=self._secrets)
            except ValueError as malformed:
                # Going on would leave a hole in the message, and call it whole.
                raise SpeechUnavailable(f"Cartesia sent a malformed message: {malformed}") from None
            # No other context is open on this connection, so a message that names none is ours.
            self.is_always_named &= message.context_id is not None  # assumes: context-is-named
            if message.context_id in (None, self._id):
                return message

    def _take(self, message: ServerMessage) -> bool:
        """True if it is audio."""
        match message:
            case Chunk() if message.audio:
                self._sentences.append(message)
                return True
            case FlushDone():
                self._sentences.flush_done(message)
            case Timestamps():
                self._utterance.end_words(self._words.place(message.words, message.ends_s))
            case ServiceError() if message.is_busy and not self.has_audio:
                raise Busy(message)
            case ServiceError():
                raise translate(message) if self.has_audio else translate_passing(message)
        return False
