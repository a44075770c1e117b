"""Speech from Cartesia over its websocket: one connection and one context per utterance."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from cartesia_call.addresses import is_loopback
from cartesia_call.audio.mulaw import duration_s
from cartesia_call.errors import SettingsError, SpeechUnavailable, Unauthorized
from cartesia_call.quoting import quotable
from cartesia_call.speech.messages import (
    Chunk,
    Done,
    FlushDone,
    ServerMessage,
    ServiceError,
    generation_request,
    parse_http_error,
    parse_server_message,
)
from cartesia_call.speech.sentence_ends import SentenceEnds
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech_ports import SpeechRequest
from cartesia_call.telephony.outcomes import Voice
from cartesia_call.vendors.cartesia_errors import translate
from cartesia_call.vendors.network import NetworkRules
from cartesia_call.vendors.websocket_client import (
    CONNECTION_FAILURES,
    explain,
    open_websocket,
    websocket_url,
)

_PATH = "/tts/websocket"
_LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024
"""Chunks of 16 kB were seen; no size is documented. This is six minutes of audio in one message."""


class CartesiaSpeech:
    """Implements `ports.SpeechService`.

    `base_url` is https://, or http:// to a loopback address. `connect_timeout_s` limits the handshake,
    `speech_timeout_s` the wait for the first audio, between chunks, and from the last one to `done`; both
    are real seconds. The key travels in a header and is never quoted.
    """

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        version: str,
        connect_timeout_s: float,
        speech_timeout_s: float,
        network: NetworkRules,
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            raise SettingsError(["CARTESIA_BASE_URL is neither https:// nor http:// to a loopback address"])
        self._api_key = api_key
        self._url = websocket_url(base_url, _PATH)
        self._host = parts.netloc
        self._version = version
        self._connect_timeout_s = connect_timeout_s
        self._speech_timeout_s = speech_timeout_s
        self._network = network

    @property
    def voice(self) -> Voice:
        return Voice.CARTESIA

    async def synthesise(self, request: SpeechRequest, utterance: Utterance) -> None:
        """Append the audio of `request` as it comes; return at `done`. Cancelling it closes the connection.

        Unauthorized for a refused key; SpeechRefused for what would be refused again; SpeechUnavailable for
        a service that cannot be reached, stalls, or closes before `done`.
        """
        async with await self._connect() as connection:
            try:
                return await self._exchange(connection, request, utterance)
            except ConnectionClosed as closed:
                why = self._explain(closed)
        # Not from within the handler: a traceback would quote the peer's reason as it came.
        raise SpeechUnavailable(f"Cartesia broke off {_after(utterance)}: {why}")

    async def _connect(self) -> ClientConnection:
        if not (self._api_key.isascii() and self._api_key.isprintable()):
            # Such a character would end the header early, or could not be sent at all.
            raise Unauthorized(
                "CARTESIA_API_KEY holds a character that no key has", hint="copy the key again"
            )
        try:
            return await open_websocket(
                self._url,
                network=self._network,
                headers={"Authorization": f"Bearer {self._api_key}", "Cartesia-Version": self._version},
                open_timeout_s=self._connect_timeout_s,
                max_message_bytes=_LARGEST_MESSAGE_BYTES,
            )
        except InvalidStatus as refused:
            response = refused.response
            refusal = parse_http_error(
                response.status_code,
                bytes(response.body or b"").decode(errors="replace"),
                request_id=next(iter(response.headers.get_all("x-request-id")), None),
                secrets=(self._api_key,),
            )
        except CONNECTION_FAILURES as failure:
            # Without the library's own text, which quotes a proxy's address with its password.
            raise SpeechUnavailable(
                f"no connection to Cartesia at {self._host}: {self._explain(failure)}"
            ) from None
        raise translate(refusal)

    async def _exchange(
        self, connection: ClientConnection, request: SpeechRequest, utterance: Utterance
    ) -> None:
        context_id = str(uuid.uuid4())
        sentences = SentenceEnds(utterance, len(request.sentences))
        now_s = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(self._speech_timeout_s) as limit:
                for text in _generation_requests(request, context_id):
                    await connection.send(text)
                while True:
                    message = self._parse(await connection.recv(decode=True))
                    # No other context was ever open on this connection, so a message that names none is ours.
                    if message.context_id not in (None, context_id):
                        continue
                    match message:
                        case Chunk() if message.audio:
                            sentences.append(message)
                            limit.reschedule(now_s() + self._speech_timeout_s)
                        case FlushDone():
                            sentences.flush_done(message)
                        case Done() if utterance.length_bytes:
                            sentences.done()
                            return
                        case Done():
                            raise SpeechUnavailable(
                                "Cartesia said that the message is done without any audio"
                            )
                        case ServiceError():
                            raise translate(message)
        except TimeoutError:
            raise SpeechUnavailable(
                f"Cartesia sent no audio and no end for {self._speech_timeout_s:g} s {_after(utterance)}",
                hint="--speech-timeout sets how long to wait for the first audio and between chunks",
            ) from None

    def _parse(self, text: str) -> ServerMessage:
        try:
            return parse_server_message(text, secrets=(self._api_key,))
        except ValueError as malformed:
            # Going on would leave a hole in the message, and call it whole.
            raise SpeechUnavailable(f"Cartesia sent a malformed message: {malformed}") from None

    def _explain(self, failure: Exception) -> str:
        return quotable(explain(failure), secrets=(self._api_key,))


def _generation_requests(request: SpeechRequest, context_id: str) -> Iterator[str]:
    last = len(request.sentences) - 1
    for index, sentence in enumerate(request.sentences):
        yield generation_request(
            transcript=sentence,
            model_id=request.model_id,
            voice_id=request.voice_id,
            language=request.language,
            context_id=context_id,
            more_follows=index < last,
        )


def _after(utterance: Utterance) -> str:
    if not utterance.length_bytes:
        return "before the first audio"
    return f"after {duration_s(utterance.length_bytes):.1f} s of audio"
