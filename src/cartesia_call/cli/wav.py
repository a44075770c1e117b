"""A call as a two-channel WAV file: left what the callee heard, right what they said."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import wave
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from cartesia_call.audio.mulaw import BYTES_PER_S, SAMPLE_RATE_HZ, SILENCE_BYTE, to_pcm16
from cartesia_call.errors import InputError

_SAMPLE_BYTES = 2
_CHANNELS = 2
_DEVICES = Path("/dev")
_BLOCK_BYTES = 10 * BYTES_PER_S
"""How much mu-law is converted at once, so that a long call needs no second copy of itself in memory."""


def check_writable(path: Path, *, option: str = "--save-audio") -> None:
    """InputError if a file cannot be made at `path`. Leaves nothing there; to be asked before dialling."""
    if str(path) == "-":
        raise InputError(f"{option} cannot write to standard output", hint="name a .wav file")
    folder = path.parent
    try:
        # A link is replaced by the file, so that it may lead to any; but nothing of /dev is, /dev/stdout say.
        if (path.exists() and not path.is_file()) or folder.resolve() == _DEVICES:
            raise InputError(f"cannot write audio to {path}: it is not a file", hint="name a .wav file")
        if path.exists() and not path.is_symlink() and not os.access(path, os.W_OK):
            raise InputError(f"cannot write audio to {path}: it is read-only", hint="name another file")
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(
            f"cannot write audio to {path}: {folder}: {error.strerror}",
            hint="name a file in a folder that exists and that you may write to",
        ) from error


def write_wav(path: Path, heard: bytes, said: bytes) -> None:
    """Write two mu-law strings as the channels of one 16-bit WAV at 8000 Hz, mode 0600.

    Both start at the same moment; the shorter one is followed by silence. A file that is there already is
    replaced only once the new one is whole. OSError if it cannot be written.
    """
    with replacing(path) as file, wave.open(file, "wb") as wav:
        wav.setnchannels(_CHANNELS)
        wav.setsampwidth(_SAMPLE_BYTES)
        wav.setframerate(SAMPLE_RATE_HZ)
        length_bytes = max(len(heard), len(said))
        for start in range(0, length_bytes, _BLOCK_BYTES):
            end = min(start + _BLOCK_BYTES, length_bytes)
            wav.writeframesraw(_interleaved(heard[start:end], said[start:end], end - start))


def mono_wav(audio: bytes) -> bytes:
    """One mu-law string as a 16-bit WAV at 8000 Hz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(_SAMPLE_BYTES)
        wav.setframerate(SAMPLE_RATE_HZ)
        wav.writeframesraw(_samples(audio, len(audio)).tobytes())
    return file.getvalue()


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A new file, mode 0600, that takes the place of what is at `path` once the block is left in peace.

    Of a symbolic link, too: what it leads to was chosen by whoever made it, and stays as it is.
    """
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".wav", delete=False) as file:
        try:
            yield file
            file.flush()
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def _interleaved(left: bytes, right: bytes, length_bytes: int) -> bytes:
    samples = array("h", bytes(length_bytes * _CHANNELS * _SAMPLE_BYTES))
    samples[0::2] = _samples(left, length_bytes)
    samples[1::2] = _samples(right, length_bytes)
    return samples.tobytes()


def _samples(mulaw: bytes, length_bytes: int) -> array[int]:
    return array("h", to_pcm16(mulaw.ljust(length_bytes, bytes([SILENCE_BYTE]))))
