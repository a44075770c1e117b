#!/usr/bin/env bash
# soxr's stream gives the 20 ms frames of a call out again in lumps of about a tenth of a second.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check soxr==1.1.0 numpy
"$folder/venv/bin/python" - <<'PYTHON'
import importlib.metadata
import sys

import numpy
import soxr

FRAME_MS, FRAMES = 20, 250


def held_back_ms(from_hz: int, to_hz: int) -> tuple[int, int, int]:
    """How many first frames bring nothing; the least and most that is kept inside, once it runs."""
    stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="int16")
    frame = numpy.zeros(from_hz * FRAME_MS // 1000, dtype=numpy.int16)
    out, empty, held = 0, 0, []
    for number in range(1, FRAMES + 1):
        out += len(stream.resample_chunk(frame))
        empty += out == 0
        held.append(round(number * FRAME_MS - out * 1000 / to_hz))
    return empty, min(held[FRAMES // 2 :]), max(held[FRAMES // 2 :])


seen = {(a, b): held_back_ms(a, b) for a, b in ((8000, 16000), (16000, 8000), (24000, 8000), (48000, 8000))}
print(f"soxr {importlib.metadata.version('soxr')}; ResampleStream(...) of the usual quality, fed frames of {FRAME_MS} ms")
print("one would guess: each frame brings one, behind a small and steady delay, the smallest for the ratio of two")
print("what happens: whole blocks are gathered; most frames bring nothing, then one brings those of several")
for (from_hz, to_hz), (empty, least_ms, most_ms) in seen.items():
    print(f"seen: {from_hz} to {to_hz} Hz: the first {empty} frames are empty, then {least_ms} to {most_ms} ms are held back")
if any(empty < 3 or least_ms > 30 or most_ms < 60 for empty, least_ms, most_ms in seen.values()):
    sys.exit("the behaviour has changed")
if seen[16000, 8000][2] < seen[24000, 8000][2]:
    sys.exit("the behaviour has changed")
PYTHON
