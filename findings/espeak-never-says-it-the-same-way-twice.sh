#!/usr/bin/env bash
# espeak-ng says one text differently each time in one process.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check espeakng-loader==0.2.4
"$folder/venv/bin/python" - <<'PYTHON'
import ctypes
import hashlib
import sys

import espeakng_loader

library = ctypes.CDLL(espeakng_loader.get_library_path())
library.espeak_Info.restype = ctypes.c_char_p
RATE = library.espeak_Initialize(2, 0, espeakng_loader.get_data_path().encode(), 0)
version = library.espeak_Info(None).decode()

samples = bytearray()


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
def take(audio, count, _):
    if audio and count > 0:
        samples.extend(ctypes.string_at(audio, 2 * count))
    return 0


def said(text: str) -> tuple[str, int]:
    """A fingerprint of the audio, and how many samples it has."""
    samples.clear()
    library.espeak_Synth(text.encode() + b"\0", len(text) + 1, 0, 1, 0, 1, None, None)
    library.espeak_Synchronize()
    return hashlib.sha256(samples).hexdigest()[:8], len(samples) // 2


library.espeak_SetSynthCallback(take)
library.espeak_SetVoiceByName(b"en-us")
times = [said("The database is down.") for _ in range(6)]
print(f"espeak-ng {version} of espeakng-loader; the same words six times in one process, at {RATE} Hz")
print("one would guess: a formant synthesiser without any setting for chance makes the same audio each time")
print("what happens: every time is another, some in length too, so two WAV files of one text differ")
print("seen (fingerprint, samples):", *times)
if len({fingerprint for fingerprint, _ in times}) != len(times):
    sys.exit("the behaviour has changed")
PYTHON
