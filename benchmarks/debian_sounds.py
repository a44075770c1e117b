"""Real telephone prompts and hold music, as Debian packages them for Asterisk: fetched, unpacked, read.

Nothing of it is kept in this project: the packages are fetched anew each time, or read from a folder that
somebody keeps.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cartesia_call.audio.mulaw import SAMPLE_RATE_HZ

PROMPT_PACKAGES = (
    *(f"asterisk-core-sounds-{language}-wav" for language in ("en", "es", "fr", "it", "ru")),
    "asterisk-prompt-it-menardi-wav",
)
"""Six voices in five languages."""
PACKAGES = (*PROMPT_PACKAGES, "asterisk-moh-opsound-wav")
FETCH_LIMIT_S = 600
_SOUNDS, _MUSIC = "usr/share/asterisk/sounds", "usr/share/asterisk/moh"


class CannotFetchError(Exception):
    """There is no apt, no network, or no such package; the sentence says which."""


@dataclass(frozen=True, kw_only=True)
class Recording:
    """16-bit mono PCM at 8 kHz. `voice` is the folder it came from, `name` the file's, without its ending."""

    voice: str
    name: str
    pcm: bytes


def fetch(folder: Path) -> None:
    """Fetch all packages and unpack them below `folder`, which exists; `CannotFetchError` if that fails."""
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise CannotFetchError(f"there is no {tool}: the recordings are Debian's packages")
    packages = folder / "packages"
    packages.mkdir()
    _run(["apt-get", "download", *PACKAGES], packages)
    for package in sorted(packages.glob("*.deb")):
        _run(["dpkg-deb", "-x", str(package), str(folder)], folder)
    shutil.rmtree(packages)


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=FETCH_LIMIT_S,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired as late:
        raise CannotFetchError(f"{command[0]} did not end within {FETCH_LIMIT_S} s") from late
    if done.returncode != 0:
        last = done.stderr.strip().rpartition("\n")[2]
        raise CannotFetchError(f"{' '.join(command[:2])} failed: {last or 'it does not say why'}")


def voices(folder: Path) -> list[Path]:
    """The folders of the prompts, one for each voice, in order."""
    return sorted(
        path for path in (folder / _SOUNDS).glob("*_*_*_*") if path.is_dir() and not path.is_symlink()
    )


def prompts(voice: Path) -> Iterator[Recording]:
    """All that this voice says, and a few tones, in the order of the names."""
    for path in sorted(voice.rglob("*.wav")):
        name = path.relative_to(voice).with_suffix("").as_posix()
        yield Recording(voice=voice.name, name=name, pcm=read(path))


def music(folder: Path) -> Iterator[Recording]:
    """The pieces of hold music, in the order of their names."""
    for path in sorted((folder / _MUSIC).glob("*.wav")):
        yield Recording(voice="music", name=path.stem, pcm=read(path))


def read(path: Path) -> bytes:
    """A WAV file's samples; `ValueError` for any other kind than the packages hold."""
    with wave.open(str(path), "rb") as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (SAMPLE_RATE_HZ, 1, 2):
            raise ValueError(f"{path.name} is no 16-bit mono recording at {SAMPLE_RATE_HZ} Hz")
        return file.readframes(file.getnframes())
