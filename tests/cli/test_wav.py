"""`--save-audio`: two channels, whole or not at all, and refused before anything is dialled."""

from __future__ import annotations

import stat
import tracemalloc
import wave
from array import array
from pathlib import Path

import pytest

from cartesia_call.audio.mulaw import BYTES_PER_S, silence, to_pcm16
from cartesia_call.cli.wav import write_wav


def channels(path: Path) -> tuple[bytes, bytes]:
    with wave.open(str(path), "rb") as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (2, 2, 8000)
        samples = array("h", wav.readframes(wav.getnframes()))
    return samples[0::2].tobytes(), samples[1::2].tobytes()


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        (bytes(range(256)), bytes(range(255, -1, -1))),
        (bytes(range(256)), b""),
        (b"", bytes(range(256))),
        (b"", b""),
        (bytes(range(256)) * 1000, bytes(range(7)) * 9000),
    ],
    ids=["equal", "nothing said", "nothing heard", "nothing at all", "several blocks"],
)
def test_left_is_heard_and_right_is_said(tmp_path: Path, heard: bytes, said: bytes) -> None:
    """Sample for sample; the shorter channel is padded with silence."""
    path = tmp_path / "call.wav"
    write_wav(path, heard, said)
    length = max(len(heard), len(said))
    left, right = channels(path)
    assert left == to_pcm16(heard.ljust(length, b"\xff"))
    assert right == to_pcm16(said.ljust(length, b"\xff"))


def test_only_the_owner_may_listen(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    write_wav(path, b"\xff", b"\xff")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_older_file_is_replaced_and_nothing_else_left(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_text("older")
    write_wav(path, silence(20), b"")
    assert channels(path)[0] == to_pcm16(silence(20))
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    """The target turned into a folder in the meantime: no temporary file stays behind."""
    path = tmp_path / "call.wav"
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_wav(path, silence(20), b"")
    assert list(tmp_path.iterdir()) == [path]


def test_memory_stays_flat_for_twenty_minutes(tmp_path: Path) -> None:
    """The file has 38 MB; making it takes a few blocks of ten seconds."""
    heard = bytes(20 * 60 * BYTES_PER_S)
    tracemalloc.start()
    try:
        write_wav(tmp_path / "call.wav", heard, b"")
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 3_000_000
