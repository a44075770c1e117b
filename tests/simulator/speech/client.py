"""A plain client of the speech service for tests: websockets and JSON, nothing of the product's own."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from cartesia_call.clock import SystemClock
from cartesia_simulator.faults import FaultPlan, parse_fault
from cartesia_simulator.speech.service import SimulatedSpeechService
from cartesia_simulator.tones import ToneVoice
from cartesia_simulator.voice import Voice

API_KEY = "sk_car_test"
KATIE = "f786b574-daa5-4673-aa0c-cbe3e8534c02"
HEADERS = {"Authorization": f"Bearer {API_KEY}", "Cartesia-Version": "2026-03-01"}
MULAW = {"container": "raw", "encoding": "pcm_mulaw", "sample_rate": 8000}
PATIENCE_S = 1000.0
"""After which a test gives up waiting; more than the service's longest limit."""

GATE_OPENS_WITHIN_S = 30.0
"""Real seconds: a thread waits for it."""


def spoken(*texts: str) -> bytes:
    """What the service's voice says, each text by itself."""
    return b"".join(b"".join(ToneVoice().speak(text, language="en")) for text in texts)


def request(
    transcript: str, *, context_id: str = "c1", more: bool = False, **fields: object
) -> dict[str, object]:
    """A generation request with the fields that matter to us; `more` is `continue`."""
    return {
        "context_id": context_id,
        "model_id": "sonic-3.5",
        "transcript": transcript,
        "voice": {"mode": "id", "id": KATIE},
        "output_format": MULAW,
        "continue": more,
        **fields,
    }


def body_of(transcript: str, **fields: object) -> dict[str, object]:
    """A body for `/tts/bytes` or `/tts/sse` with what is required."""
    return {
        "model_id": "sonic-3.5",
        "transcript": transcript,
        "voice": {"mode": "id", "id": KATIE},
        "output_format": MULAW,
        **fields,
    }


class GatedVoice(ToneVoice):
    """Says all but the first second of a text only once `gate` is open, so that a test can be in between."""

    def __init__(self) -> None:
        self.gate = threading.Event()

    def speak(self, text: str, *, language: str) -> Iterator[bytes]:
        chunks = super().speak(text, language=language)
        yield next(chunks)
        assert self.gate.wait(GATE_OPENS_WITHIN_S)
        yield from chunks


@asynccontextmanager
async def serving(
    *faults: str,
    context_limit: int = 3,
    voice: Voice | None = None,
    plan: FaultPlan | None = None,
) -> AsyncIterator[tuple[SimulatedSpeechService, str]]:
    """A running service and its base URL. `plan`, for a test that notes moments, replaces `faults`."""
    service = SimulatedSpeechService(
        SystemClock(),
        api_key=API_KEY,
        voice=voice or ToneVoice(),
        faults=plan or plan_of(*faults),
        context_limit=context_limit,
    )
    url = await service.start()
    try:
        yield service, url
    finally:
        await service.stop()


def plan_of(*faults: str) -> FaultPlan:
    """These faults, and no moment has come."""
    return FaultPlan(parse_fault(fault) for fault in faults)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something that the service records is so; nothing announces its change."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.002)


class SpeechClient:
    """One open websocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, message: object) -> None:
        """One message; a string is sent as it is."""
        await self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        """The next event."""
        async with asyncio.timeout(PATIENCE_S):
            event: dict[str, Any] = json.loads(await self.connection.recv())
        return event

    async def until_done(self, context_id: str = "c1") -> list[dict[str, Any]]:
        """This context's events up to the first with `done`; those of other contexts are dropped."""
        events = []
        while True:
            event = await self.receive()
            if event.get("context_id") == context_id:
                events.append(event)
                if event["done"]:
                    return events

    async def ended(self) -> tuple[int | None, str | None]:
        """Wait for the service to close; code and reason."""
        async with asyncio.timeout(PATIENCE_S):
            await self.connection.wait_closed()
        return self.connection.close_code, self.connection.close_reason


@asynccontextmanager
async def connected(url: str, headers: dict[str, str] = HEADERS) -> AsyncIterator[SpeechClient]:
    """A websocket to the service at `url`."""
    address = url.replace("http://", "ws://") + "/tts/websocket"
    async with connect(address, additional_headers=headers, proxy=None) as connection:
        yield SpeechClient(connection)


def audio_of(events: list[dict[str, Any]]) -> bytes:
    """The audio of all chunks."""
    return b"".join(base64.b64decode(event["data"]) for event in events if event["type"] == "chunk")


def kinds_of(events: list[dict[str, Any]]) -> list[str]:
    """The events' types, a run of chunks counted once."""
    kinds: list[str] = []
    for event in events:
        if event["type"] != "chunk" or kinds[-1:] != ["chunk"]:
            kinds.append(event["type"])
    return kinds
