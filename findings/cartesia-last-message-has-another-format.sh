#!/usr/bin/env bash
# cartesia's no_more_inputs() names another format, model and voice than what was sent before.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'cartesia[websockets]==4.2.0' websockets==15.0.1
"$folder/venv/bin/python" - <<'PYTHON'
import json
import sys
import threading

import cartesia
from websockets.sync.server import serve

received = []


def listen(socket) -> None:
    for text in socket:
        received.append(json.loads(text))


with serve(listen, "127.0.0.1", 0) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.socket.getsockname()[1]
    client = cartesia.Cartesia(api_key="sk_car_evidently_fake", websocket_base_url=f"ws://127.0.0.1:{port}")
    with client.tts.websocket_connect() as connection:
        context = connection.context()
        context.send(
            model_id="sonic-3",
            transcript="The database is down.",
            voice={"mode": "id", "id": "a-voice-of-ours"},
            output_format={"container": "raw", "encoding": "pcm_mulaw", "sample_rate": 8000},
            continue_=True,
        )
        context.no_more_inputs()
    server.shutdown()

first, last = received
fields = ("model_id", "voice", "output_format")
print(f"cartesia {cartesia.__version__}; context.send(...) with everything named, then context.no_more_inputs()")
print("one would guess: the message that ends a context repeats what the context was begun with")
print("what happens: send() remembers nothing, so the last message carries the SDK's own defaults")
for message, name in ((first, "first message"), (last, "last message")):
    print(f"seen: {name}: " + ", ".join(f"{field} {message[field]!r}" for field in fields))
has_defaults = last["output_format"]["encoding"] == "pcm_f32le" and last["output_format"]["sample_rate"] == 44100
if not has_defaults or any(first[field] == last[field] for field in fields):
    sys.exit("the behaviour has changed")
PYTHON
