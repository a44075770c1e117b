#!/usr/bin/env bash
# audioop and g711 write the quietest negative samples as different mu-law.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check g711==1.6.5 "audioop-lts==0.2.2; python_version >= '3.13'"
"$folder/venv/bin/python" - <<'PYTHON'
import importlib.metadata
import struct
import sys
import warnings

warnings.simplefilter("ignore", DeprecationWarning)
import audioop

import g711
import numpy

samples = range(-32768, 32768)
linear = struct.pack(f"<{len(samples)}h", *samples)
by_audioop = audioop.lin2ulaw(linear, 2)
by_g711 = g711.encode_ulaw(numpy.array(samples, dtype=numpy.float32) / 32768)
differing = sum(a != b for a, b in zip(by_audioop, by_g711))


def back(sample: int) -> int:
    return struct.unpack("<h", audioop.ulaw2lin(audioop.lin2ulaw(struct.pack("<h", sample), 2), 2))[0]


quiet = {sample: back(sample) for sample in (3, 2, 1, 0, -1, -2, -3)}
print(f"audioop of Python {sys.version.split()[0]}, g711 {importlib.metadata.version('g711')}; 16-bit samples to mu-law")
print("one would guess: mu-law is symmetric, so -1 becomes as silent as 1, and two encoders agree")
print("what happens: audioop rounds negative samples away from zero and never writes 0x7f; faint noise gets an offset")
print(f"seen: there and back by audioop: {quiet}; of 65536 samples the two encode {differing} differently")
if quiet != {3: 0, 2: 0, 1: 0, 0: 0, -1: -8, -2: -8, -3: -8} or 0x7F in by_audioop or 0x7F not in by_g711:
    sys.exit("the behaviour has changed")
PYTHON
