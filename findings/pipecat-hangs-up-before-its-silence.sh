#!/usr/bin/env bash
# pipecat's audio_out_end_silence_secs, which is there "so words don't cut out", does not delay the hang-up.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'pipecat-ai[websocket]==1.14.0' uvicorn==0.54.0
LOGURU_LEVEL=WARNING "$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import base64
import json
import socket
import sys
import time
from importlib.metadata import version

import aiohttp
import uvicorn
from aiohttp import web
from fastapi import FastAPI, WebSocket
from pipecat.frames.frames import EndFrame, OutputAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.workers.runner import WorkerRunner

RATE_HZ = 8000
SPEECH_S, SILENCE_S = 1, 2  # the second is pipecat's default
app = FastAPI()
moments = {}


@app.websocket("/media")
async def speak(websocket: WebSocket) -> None:
    await websocket.accept()
    serializer = TwilioFrameSerializer(
        "MZ0", call_sid="CA0", account_sid="AC0", auth_token="evidently-fake", base_url=moments["url"]
    )
    params = FastAPIWebsocketParams(
        audio_out_enabled=True, serializer=serializer, audio_out_end_silence_secs=SILENCE_S
    )
    transport = FastAPIWebsocketTransport(websocket, params)
    worker = PipelineWorker(
        Pipeline([transport.input(), transport.output()]),
        params=PipelineParams(audio_in_sample_rate=RATE_HZ, audio_out_sample_rate=RATE_HZ),
    )
    speech = OutputAudioRawFrame(audio=b"\0\1" * RATE_HZ * SPEECH_S, sample_rate=RATE_HZ, num_channels=1)
    await worker.queue_frames([speech, EndFrame()])
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


async def hang_up(request: web.Request) -> web.Response:
    moments["hung up"] = time.monotonic()
    return web.json_response({})


async def main() -> None:
    carrier = web.Application()
    carrier.router.add_post("/2010-04-01/Accounts/AC0/Calls/CA0.json", hang_up)
    runner = web.AppRunner(carrier)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    moments["url"] = f"http://127.0.0.1:{runner.addresses[0][1]}"
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.05)
    sent_bytes = 0
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(f"http://127.0.0.1:{listening.getsockname()[1]}/media") as stream:
            async for message in stream:
                moments.setdefault("first audio", time.monotonic())
                sent_bytes += len(base64.b64decode(json.loads(message.data)["media"]["payload"]))
    server.should_exit = True
    await serving
    await runner.cleanup()
    sent_s, up_s = sent_bytes / RATE_HZ, moments["hung up"] - moments["first audio"]
    print(f"pipecat-ai {version('pipecat-ai')}; {SPEECH_S} s of audio and an EndFrame, audio_out_end_silence_secs={SILENCE_S}")
    print("one would guess: audio is sent at the speed at which it plays, so the call ends behind the silence")
    print("what happens: the silence is sent at once, as one message, and the call is hung up without waiting for it")
    print(f"seen: {sent_s:.1f} s of audio were sent; the hang-up came {up_s:.1f} s after the first of it")
    if sent_s < SPEECH_S + SILENCE_S - 0.1 or up_s > SPEECH_S + SILENCE_S / 2:
        sys.exit("the behaviour has changed")


asyncio.run(main())
PYTHON
