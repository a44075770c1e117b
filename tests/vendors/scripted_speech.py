"""A speech service that follows a script, and our client for it."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from cartesia_call.addresses import NetworkRules
from cartesia_call.speech.delivery import Voicing
from cartesia_call.speech.message_text import Message
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech_ports import ContextSlots, SpeechRequest
from cartesia_call.vendors.cartesia import CartesiaSpeech
from tests.vendors.access import access_to

KEY = "sk_car_not_a_real_key"
DIRECT = NetworkRules(https_proxy=None, no_proxy=None, ca_file=None)
REQUEST = SpeechRequest(
    Message.joined(("One. ", "Two.\n", "Three.")),
    Voicing(model_id="sonic-3.5", voice_id="voice-1", language="en"),
)

Script = Callable[["Conversation"], Awaitable[None]]


@dataclass
class Conversation:
    """The service's side of one connection."""

    connection: ServerConnection
    received: list[dict[str, Any]] = field(default_factory=list)

    async def read_request(self) -> str:
        """All pieces of the next message, the last one included; its context."""
        while True:
            self.received.append(json.loads(await self.connection.recv()))
            if not self.received[-1]["continue"]:
                context_id: str = self.received[-1]["context_id"]
                return context_id

    async def say(self, **message: object) -> None:
        await self.connection.send(json.dumps(message))

    async def speak(self, context_id: str | None, audio: bytes, **more: object) -> None:
        data = base64.b64encode(audio).decode()
        await self.say(type="chunk", context_id=context_id, data=data, done=False, status_code=206, **more)


@asynccontextmanager
async def service(
    script: Script, conversations: list[Conversation] | None = None, **options: Any
) -> AsyncIterator[str]:
    """Serve `script` on loopback; the base URL."""

    async def handle(connection: ServerConnection) -> None:
        conversation = Conversation(connection)
        if conversations is not None:
            conversations.append(conversation)
        await script(conversation)

    async with serve(handle, "127.0.0.1", 0, close_timeout=0.2, **options) as server:
        yield f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


def speech_from(
    base_url: str,
    *,
    key: str = KEY,
    speech_timeout_s: float = 5,
    connect_timeout_s: float = 5,
    network: NetworkRules = DIRECT,
    slots: ContextSlots | None = None,
) -> CartesiaSpeech:
    access = access_to(base_url, key=key, timeout_s=connect_timeout_s, network=network)
    return CartesiaSpeech(access, speech_timeout_s=speech_timeout_s, slots=slots)


async def heard(speech: CartesiaSpeech) -> bytes:
    """One message, as our client has it."""
    utterance = Utterance()
    await speech.synthesise(REQUEST, utterance)
    return utterance.read(0, utterance.length_bytes)


async def speak_and_finish(conversation: Conversation, audio: bytes) -> None:
    """One message, as it should be."""
    context_id = await conversation.read_request()
    await conversation.speak(context_id, audio)
    await conversation.say(type="done", context_id=context_id, done=True, status_code=206)


async def until_closed(conversation: Conversation) -> None:
    await conversation.connection.wait_closed()
