"""One call by a good afternoon's script: websockets and twilio, nothing kept, nothing checked.

Started by `benchmarks.peers.one_call`. The speech is asked for while the phone rings; its audio is sent as
soon as the stream has started, and the call is hung up when the mark behind it has come back.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from twilio.rest import Client
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

ACCOUNT, TOKEN = os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"]
SPEECH = os.environ["CARTESIA_BASE_URL"].replace("http", "ws", 1) + "/tts/websocket"
HEADERS = {"X-API-Key": os.environ["CARTESIA_API_KEY"], "Cartesia-Version": "2025-04-16"}


async def speak(message: str, audio: asyncio.Queue[str | None]) -> None:
    """Put the audio's pieces, as base64, and None behind them."""
    async with connect(SPEECH, additional_headers=HEADERS) as speech:
        request = {
            "model_id": "sonic-3.5",
            "transcript": message,
            "voice": {"mode": "id", "id": os.environ["VOICE_ID"]},
            "output_format": {"container": "raw", "encoding": "pcm_mulaw", "sample_rate": 8000},
            "language": "en",
            "context_id": "one",
        }
        await speech.send(json.dumps(request))
        async for text in speech:
            told = json.loads(text)
            if told["type"] == "chunk":
                audio.put_nowait(told["data"])
            elif told["type"] == "done":
                audio.put_nowait(None)
                return


async def main(to: str, message: str) -> None:
    """Call, speak, hang up."""
    audio: asyncio.Queue[str | None] = asyncio.Queue()
    over = asyncio.Event()

    async def play(stream: ServerConnection) -> None:
        async for text in stream:
            told = json.loads(text)
            if told["event"] == "start":
                stream_sid = told["start"]["streamSid"]
                while (piece := await audio.get()) is not None:
                    media = {"event": "media", "streamSid": stream_sid, "media": {"payload": piece}}
                    await stream.send(json.dumps(media))
                await stream.send(
                    json.dumps({"event": "mark", "streamSid": stream_sid, "mark": {"name": "end"}})
                )
            elif told["event"] == "mark":
                over.set()

    client = Client(ACCOUNT, TOKEN)
    client.api.base_url = os.environ["TWILIO_BASE_URL"]
    async with serve(play, "127.0.0.1", 0) as server, asyncio.TaskGroup() as group:
        group.create_task(speak(message, audio))
        port = server.sockets[0].getsockname()[1]
        twiml = f'<Response><Connect><Stream url="ws://127.0.0.1:{port}/"/></Connect></Response>'
        call = await asyncio.to_thread(
            client.calls.create, to=to, from_=os.environ["TWILIO_FROM_NUMBER"], twiml=twiml
        )
        await over.wait()
        await asyncio.to_thread(client.calls(str(call.sid)).update, status="completed")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
