#!/usr/bin/env bash
# twilio's RequestValidator refuses a signature that it has computed itself, by how the address is written.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check twilio==9.13.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import twilio
from twilio.request_validator import RequestValidator

ADDRESSES = {
    "https://example.com/answer": True,
    "https://EXAMPLE.com/answer?line=1": True,
    "https://example.com/answer?": False,
    "https://example.com/answer#": False,
    "HTTPS://example.com/answer": False,
}
validator = RequestValidator("evidently-fake-token")
seen = {url: validator.validate(url, {}, validator.compute_signature(url, {})) for url in ADDRESSES}
print(f"twilio {twilio.__version__}; validate(url, {{}}, compute_signature(url, {{}})), with the same address twice")
print("one would guess: what the library signs it accepts, for Twilio signs the address as it was given")
print("what happens: to try it with and without a port, validate() takes the address apart and writes it anew, its")
print("way: an empty query's ? and an empty fragment's # are lost and the scheme gets small letters")
for url, is_accepted in seen.items():
    print(f"seen: {url} {'accepted' if is_accepted else 'refused'}")
if seen != ADDRESSES:
    sys.exit("the behaviour has changed")
PYTHON
