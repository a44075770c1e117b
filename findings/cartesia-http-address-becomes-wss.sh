#!/usr/bin/env bash
# cartesia opens websockets with TLS even where its base_url is http://.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'cartesia[websockets]==4.2.0' websockets==15.0.1
"$folder/venv/bin/python" - <<'PYTHON'
import socket
import sys
import threading

import cartesia

HANDSHAKE = 0x16
first_bytes = []
listening = socket.create_server(("127.0.0.1", 0))
port = listening.getsockname()[1]


def serve() -> None:
    while True:
        peer, _ = listening.accept()
        first_bytes.append(peer.recv(4))
        peer.close()


threading.Thread(target=serve, daemon=True).start()
client = cartesia.Cartesia(api_key="sk_car_evidently_fake", base_url=f"http://127.0.0.1:{port}", max_retries=0)
try:
    client.voices.list()
except cartesia.APIConnectionError:
    pass
try:
    with client.tts.websocket_connect():
        pass
except Exception as error:
    outcome = type(error).__name__
print(f"cartesia {cartesia.__version__}; Cartesia(base_url='http://127.0.0.1:PORT'), a local server behind it")
print("one would guess: http:// becomes ws://, as https:// becomes wss://")
print("what happens: requests go out in plain text, websockets begin a TLS handshake; websocket_base_url is needed")
print(f"seen: a request begins with {first_bytes[0]!r}, a websocket with {first_bytes[-1]!r} ({outcome})")
if first_bytes[0][:3] != b"GET" or first_bytes[-1][0] != HANDSHAKE:
    sys.exit("the behaviour has changed")
PYTHON
