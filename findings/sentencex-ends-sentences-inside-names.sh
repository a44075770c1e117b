#!/usr/bin/env bash
# sentencex ends a sentence inside a word, at the dot of a name in capitals.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check sentencex==1.0.32
"$folder/venv/bin/python" - <<'PYTHON'
import importlib.metadata
import sys

import sentencex

TEXTS = {
    "The host db1.example.com is down.": 1,
    "The host DB1.EXAMPLE.COM is down.": 3,
    "Node.js has stopped.": 1,
    "Node.JS has stopped.": 2,
    "See https://example.com/A.B today.": 1,
}
seen = {text: list(sentencex.segment("en", text)) for text in TEXTS}
print(f"sentencex {importlib.metadata.version('sentencex')}; segment('en', ...) of one sentence with a name in it")
print("one would guess: a full stop ends a sentence before white space only, and in doubt none, as its README promises")
print("what happens: a capital letter behind the dot is enough; web addresses are spared, names of hosts and files not")
for sentences in seen.values():
    print(f"seen: {len(sentences)} sentence(s): {sentences}")
if {text: len(sentences) for text, sentences in seen.items()} != TEXTS:
    sys.exit("the behaviour has changed")
PYTHON
