"""What somebody heard, found again in the bytes: which parts, in order, and how much of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cartesia_call.audio.mulaw import BYTES_PER_S, SILENCE_BYTE

SILENCE = bytes([SILENCE_BYTE])

RECOGNISED_BYTES = BYTES_PER_S // 4
"""So much of a part tells it from the others, and is a word; less of one is named a fragment of it."""

FRAGMENT_BYTES = BYTES_PER_S // 20
"""Less of a part is a click."""

_LONG_REST_BYTES = BYTES_PER_S // 2
"""A machine is told by its beep, which is known a moment later: so much may be recorded meanwhile."""

_OVERLAP_BYTES = 80
"""Where one part was cut, the next may go on with bytes that the first would have had, some 10 ms."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """`length` bytes of the part `name`, from its byte `start` on."""

    name: str
    start: int
    length: int
    is_whole: bool

    def __str__(self) -> str:
        if self.is_whole:
            return self.name
        if self.length < RECOGNISED_BYTES:
            return f"fragment of {self.name}"
        return f"{'beginning' if self.start == 0 else 'rest'} of {self.name}"


def pieces_of(audio: bytes, parts: Mapping[str, bytes], *, came_late: bool = False) -> list[Piece]:
    """`audio` as pieces of `parts`, with silence between them; ValueError where it is none of them.

    Who `came_late` may hear a part from its middle on first; a short rest of it is left out.
    """
    wholes = {name: part.strip(SILENCE) for name, part in parts.items() if part.strip(SILENCE)}
    found: list[Piece] = []
    position = _next_sound(audio, 0)
    if came_late and position < len(audio):
        rest = _rest_at(audio, position, wholes)
        found += [rest] if rest and rest.length >= _LONG_REST_BYTES else []
        position = _next_part(audio, position + (rest.length if rest else 0), wholes, _LONG_REST_BYTES)
    while position < len(audio):
        piece = _piece_at(audio, position, wholes)
        if piece is None and len(audio) - position < FRAGMENT_BYTES:
            break
        if piece is None:
            raise ValueError(f"from {position / BYTES_PER_S:.3f} s on it is no part, behind {found}")
        found.append(piece)
        position = _next_part(audio, position + piece.length, wholes)
    return found


def _rest_at(audio: bytes, position: int, parts: Mapping[str, bytes]) -> Piece | None:
    """The rest of a part that was begun before, from `position` on."""
    clue = audio[position : position + RECOGNISED_BYTES]
    for name, part in parts.items():
        start = part.find(clue)
        if start > 0:
            length = _common(audio, position, part[start:])
            return Piece(name=name, start=start, length=length, is_whole=False)
    return None


def _piece_at(audio: bytes, position: int, parts: Mapping[str, bytes]) -> Piece | None:
    """The longest piece that begins at `position`, if it is long enough to be one."""
    best: Piece | None = None
    for name, part in parts.items():
        length = _common(audio, position, part)
        if length >= FRAGMENT_BYTES and (best is None or length > best.length):
            best = Piece(name=name, start=0, length=length, is_whole=length == len(part))
    return best


def _next_part(audio: bytes, position: int, parts: Mapping[str, bytes], within: int = 0) -> int:
    """Where the next part begins, behind `position` or, if the one before was cut, a moment before it;
    at most `within` bytes may be nobody's."""
    position = _next_sound(audio, position)
    shifts: list[int] = [0, *range(-1, -_OVERLAP_BYTES, -1), *range(1, within)]
    for shift in shifts:
        if position + shift < len(audio) and _piece_at(audio, position + shift, parts) is not None:
            return position + shift
    return position


def _next_sound(audio: bytes, position: int) -> int:
    return len(audio) - len(audio[position:].lstrip(SILENCE))


def _common(audio: bytes, position: int, part: bytes) -> int:
    """How many bytes of `part` there are at `position`."""
    if audio.startswith(part, position):
        return len(part)
    low, high = 0, min(len(part), len(audio) - position)
    while low < high:
        middle = (low + high + 1) // 2
        if audio.startswith(part[:middle], position):
            low = middle
        else:
            high = middle - 1
    return low
