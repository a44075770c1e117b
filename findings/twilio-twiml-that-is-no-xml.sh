#!/usr/bin/env bash
# twilio writes control characters into TwiML that no XML parser reads.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check twilio==9.13.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys
import xml.etree.ElementTree as ElementTree

import twilio
from twilio.twiml.voice_response import VoiceResponse

TEXTS = {
    "an ampersand": "disk & fan",
    "a tab": "disk\tfull",
    "a form feed, as in a printer's log": "page one\x0cpage two",
    "the colours of a terminal": "\x1b[31mfailed\x1b[0m",
}


def is_xml(text: str) -> bool:
    response = VoiceResponse()
    response.say(text)
    try:
        ElementTree.fromstring(str(response))
    except ElementTree.ParseError:
        return False
    return True


readable = {name: is_xml(text) for name, text in TEXTS.items()}
print(f"twilio {twilio.__version__}; VoiceResponse().say(text), read again by Python's own XML parser")
print("one would guess: a library that escapes & and < makes well-formed XML, or refuses the text")
print("what happens: characters that XML 1.0 does not have are written as they are, and nothing is raised")
for name, is_readable in readable.items():
    print(f"seen: {name}: {'well-formed' if is_readable else 'not well-formed'}")
if list(readable.values()) != [True, True, False, False]:
    sys.exit("the behaviour has changed")
PYTHON
