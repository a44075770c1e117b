#!/usr/bin/env bash
# livekit-plugins-cartesia's synthesize() gives out 10 ms of silence more than the service sent.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check livekit-agents==1.8.9 livekit-plugins-cartesia==1.8.9
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import sys
from importlib.metadata import version

import aiohttp
from aiohttp import web
from livekit.plugins import cartesia

RATE_HZ = 16000
SENT = b"\x01\x02" * RATE_HZ  # one second


async def speak(request: web.Request) -> web.Response:
    return web.Response(body=SENT, content_type="audio/pcm")


async def main() -> None:
    app = web.Application()
    app.router.add_post("/tts/bytes", speak)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as session:
        tts = cartesia.TTS(
            api_key="sk_car_evidently_fake", base_url=url, http_session=session, sample_rate=RATE_HZ
        )
        got = b"".join([bytes(audio.frame.data) async for audio in tts.synthesize("Hello.")])
    await runner.cleanup()
    more = got[len(SENT) :]
    print(f"livekit-agents {version('livekit-agents')}; one second of audio, answered to TTS.synthesize('Hello.')")
    print("one would guess: the frames hold what was sent")
    print("what happens: the last frame, which marks the end, is silence that nobody sent")
    print(f"seen: {len(SENT)} bytes were sent, {len(got)} came, the last {len(more)} of them {set(more)}")
    if got[: len(SENT)] != SENT or len(more) != 2 * RATE_HZ // 100 or set(more) != {0}:
        sys.exit("the behaviour has changed")


asyncio.run(main())
PYTHON
