#!/usr/bin/env bash
# pipecat's serializer for Twilio never sends the last moments of speech that a pause follows.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'pipecat-ai[websocket]==1.14.0'
LOGURU_LEVEL=WARNING "$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import base64
import json
import sys
from importlib.metadata import version

import numpy
from pipecat.frames.frames import OutputAudioRawFrame
from pipecat.serializers.twilio import TwilioFrameSerializer

PHONE_HZ = 8000
SPOKEN_MS, FRAME_MS, PAUSE_S = 1000, 40, 0.3


async def sent_ms(rate_hz: int) -> list[float]:
    """How much of two utterances of `SPOKEN_MS` reaches the carrier, with a pause between them."""
    serializer = TwilioFrameSerializer("MZ0", call_sid="CA0", account_sid="AC0", auth_token="evidently-fake")
    tone = 8000 * numpy.sin(2 * numpy.pi * 440 * numpy.arange(rate_hz * FRAME_MS // 1000) / rate_hz)
    frame = OutputAudioRawFrame(audio=tone.astype(numpy.int16).tobytes(), sample_rate=rate_hz, num_channels=1)
    sent = []
    for _ in range(2):
        messages = [await serializer.serialize(frame) for _ in range(SPOKEN_MS // FRAME_MS)]
        payloads = [base64.b64decode(json.loads(message)["media"]["payload"]) for message in messages if message]
        sent.append(sum(map(len, payloads)) * 1000 / PHONE_HZ)
        await asyncio.sleep(PAUSE_S)
    return sent


seen = {rate_hz: asyncio.run(sent_ms(rate_hz)) for rate_hz in (8000, 16000, 24000, 44100)}
print(f"pipecat-ai {version('pipecat-ai')}; TwilioFrameSerializer.serialize(), twice {SPOKEN_MS} ms of audio, {PAUSE_S} s between them")
print("one would guess: as much goes to the carrier as is spoken, the end of it a little late at worst")
print("what happens: what the resampler still holds is thrown away once 0.2 s have passed, and nothing flushes it before")
for rate_hz, (first_ms, second_ms) in seen.items():
    print(f"seen: at {rate_hz} Hz {first_ms:.0f} ms and {second_ms:.0f} ms were sent")
whole = [SPOKEN_MS, SPOKEN_MS]
if seen.pop(8000) != whole or any(max(sent) > SPOKEN_MS - 30 for sent in seen.values()):
    sys.exit("the behaviour has changed")
PYTHON
