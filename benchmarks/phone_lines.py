"""What a telephone line does to sound: G.711 always, a mobile's codec where sox can.

G.711 is mu-law, as the carrier sends it. GSM full rate and AMR (narrowband, 12.2 kbit/s, its best and sox's
choice below) come before it, as between a mobile and the network.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from cartesia_call.audio import mulaw

LIMIT_S = 600
_FRAME = 320
"""Bytes of 20 ms, a frame of every codec here: what begins with a frame is not split by one."""
_BETWEEN = bytes(20 * _FRAME)
"""0.4 s of silence between recordings that share one run of sox."""
_RAW = ("-t", "raw", "-r", "8000", "-e", "signed-integer", "-b", "16", "-c", "1")


@dataclass(frozen=True, kw_only=True)
class Line:
    """A kind of line. `codec` is sox's name of a mobile's codec, with its options; None for none.

    `carries_tones`: a network's tone is still one behind it. AMR, made for speech, fills the pauses with
    sound of its own; a network sends its tones without it.
    """

    name: str
    codec: tuple[str, ...] | None = None
    carries_tones: bool = True

    def why_not(self) -> str | None:
        """Why this line cannot be tried here; None if it can."""
        if self.codec is None:
            return None
        if shutil.which("sox") is None:
            return "there is no sox"
        listed = subprocess.run(
            ["sox", "--help"], capture_output=True, text=True, check=False, timeout=LIMIT_S
        ).stdout
        formats = {
            word for line in listed.splitlines() if line.startswith("AUDIO FILE") for word in line.split()
        }
        return None if self.codec[1] in formats else f"sox has no {self.codec[1]} (Debian: libsox-fmt-all)"

    def carry(self, sounds: Sequence[bytes]) -> list[bytes]:
        """Each of `sounds` (16-bit PCM at 8 kHz) as mu-law, as it comes out at the other end."""
        if self.codec is None:
            return [mulaw.from_pcm16(pcm) for pcm in sounds]
        padded = [pcm + bytes(-len(pcm) % _FRAME) for pcm in sounds]
        coded = _sox([*_RAW, "-", *self.codec, "-"], b"".join(pcm + _BETWEEN for pcm in padded))
        carried = _sox([*self.codec[:2], "-", *_RAW, "-"], coded)
        heard, start = [], 0
        for pcm in padded:
            heard.append(mulaw.from_pcm16(carried[start : start + len(pcm)]))
            start += len(pcm) + len(_BETWEEN)
        return heard


LINES = (
    Line(name="G.711"),
    Line(name="GSM", codec=("-t", "gsm")),
    Line(name="AMR", codec=("-t", "amr-nb", "-C", "7"), carries_tones=False),
)


def _sox(arguments: Sequence[str], audio: bytes) -> bytes:
    done = subprocess.run(
        ["sox", "-D", "-V1", *arguments], input=audio, capture_output=True, check=True, timeout=LIMIT_S
    )
    return done.stdout
