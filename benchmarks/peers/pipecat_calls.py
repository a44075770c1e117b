"""The leanest pipecat program that calls so many people with one text: no model, no turns, no input.

Started by `benchmarks.peers.compare` and `benchmarks.peers.one_call` with the interpreter of an environment
that has its packages; the environment variables point it at a telephone network and a speech service. One
process serves all calls, which spares each of them an interpreter of its own. It prints a line of JSON when
everything is loaded and one when all calls are over.
"""

# mypy: ignore-errors
# pipecat lives in an environment of its own.
# ruff: noqa: ASYNC110

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time

import aiohttp
import uvicorn
from fastapi import FastAPI, WebSocket
from loguru import logger
from pipecat.frames.frames import EndFrame, TTSSpeakFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.cartesia.tts import CartesiaTTSService
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.workers.runner import WorkerRunner

SAMPLE_RATE_HZ = 8000
ACCOUNT = os.environ["TWILIO_ACCOUNT_SID"]
TOKEN = os.environ["TWILIO_AUTH_TOKEN"]
CARRIER = os.environ["TWILIO_BASE_URL"]
SPEECH = os.environ["CARTESIA_BASE_URL"].replace("http", "ws", 1) + "/tts/websocket"

app = FastAPI()
message = ""
ended = 0


@app.websocket("/")
async def serve(websocket: WebSocket) -> None:
    """One call: speak, wait until it is played, hang up."""
    global ended  # noqa: PLW0603
    await websocket.accept()
    await websocket.receive_text()
    start = json.loads(await websocket.receive_text())["start"]
    serializer = TwilioFrameSerializer(
        start["streamSid"],
        call_sid=start["callSid"],
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        base_url=CARRIER,
    )
    transport = FastAPIWebsocketTransport(
        websocket,
        FastAPIWebsocketParams(
            audio_out_enabled=True,
            audio_out_auto_silence=False,
            audio_out_end_silence_secs=0,
            serializer=serializer,
        ),
    )
    speech = CartesiaTTSService(
        api_key=os.environ["CARTESIA_API_KEY"],
        url=SPEECH,
        settings=CartesiaTTSService.Settings(voice=os.environ["VOICE_ID"]),
    )
    worker = PipelineWorker(
        Pipeline([transport.input(), speech, transport.output()]),
        params=PipelineParams(audio_in_sample_rate=SAMPLE_RATE_HZ, audio_out_sample_rate=SAMPLE_RATE_HZ),
        enable_turn_tracking=False,
        enable_rtvi=False,
        idle_timeout_secs=None,
    )
    await worker.queue_frames([TTSSpeakFrame(message), EndFrame()])
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()
    ended += 1


async def place(session: aiohttp.ClientSession, number: int, port: int) -> None:
    """Call somebody, whose audio is to come here."""
    form = {
        "To": f"+120255501{1 + number % 99:02}",
        "From": os.environ["TWILIO_FROM_NUMBER"],
        "Twiml": f'<Response><Connect><Stream url="ws://127.0.0.1:{port}/"/></Connect></Response>',
    }
    url = f"{CARRIER}/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    headers = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
    async with session.post(url, data=form, headers=headers) as answer:
        if answer.status != 201:
            raise SystemExit(f"the carrier refused the call: {await answer.text()}")


async def main(calls: int, cps: float, port: int, limit_s: float) -> None:
    """Call everybody."""
    # The carrier answers no pings, as nobody promised it would.
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", ws_ping_interval=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    print(json.dumps({"ready": True}), flush=True)
    began_s, processor_began_s = time.perf_counter(), time.process_time()
    async with asyncio.timeout(limit_s), aiohttp.ClientSession() as session:
        for number in range(calls):
            await place(session, number, port)
            if number + 1 < calls:
                await asyncio.sleep(1 / cps)
        while ended < calls:
            await asyncio.sleep(0.02)
    figures = {
        "processor_s": time.process_time() - processor_began_s,
        "took_s": time.perf_counter() - began_s,
        "calls": ended,
    }
    print(json.dumps(figures), flush=True)
    server.should_exit = True
    await serving


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--cps", type=float, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--limit-s", type=float, required=True)
    arguments = parser.parse_args()
    message = sys.stdin.read()
    logger.remove()
    logger.add(sys.stderr, level=os.environ.get("LOG_LEVEL", "WARNING"))
    asyncio.run(main(arguments.calls, arguments.cps, arguments.port, arguments.limit_s))
