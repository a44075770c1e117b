"""The bytes of a websocket cut into frames, and what the carrier sends fifty times a second read on the spot.

A text in one masked frame is all that a media stream brings but for its end. The websockets library takes
several times as long for it; everything else is the library's, which also says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator

# RFC 6455, section 5.2.
_WHOLE_TEXT = 0x81
"""The first byte of a text that is one frame, without extensions."""
_MASKED = 0x80
_MASK_BYTES = 4
_LENGTH_IN_2_BYTES = 126
_LENGTH_IN_8_BYTES = 127


class Frames:
    """Cuts what comes in behind each frame. From one on that brings more than `most_bytes` everything is
    passed on as it comes: whoever reads it refuses it."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._begun = b""
        self.is_cutting = True
        """What `take` hands over are whole frames."""

    def take(self, data: bytes) -> Iterator[bytes]:
        """The frames that are complete with `data`."""
        data, self._begun = self._begun + data, b""
        start = 0
        while self.is_cutting and start < len(data):
            header_bytes, length = _header(data, start)
            if length > self._most_bytes:
                self.is_cutting = False
                break
            end = start + header_bytes + length
            if not header_bytes or end > len(data):
                self._begun = data[start:]
                return
            yield data[start:end]
            start = end
        if start < len(data):
            yield data[start:]


def _header(data: bytes, start: int) -> tuple[int, int]:
    """How long the header of the frame is that begins there, and how long what it brings; zeros if that is
    not to be seen yet."""
    if len(data) < start + 2:
        return 0, 0
    second = data[start + 1]
    length, mask_bytes = second & ~_MASKED, _MASK_BYTES if second & _MASKED else 0
    if length < _LENGTH_IN_2_BYTES:
        return 2 + mask_bytes, length
    mask_at = 4 if length == _LENGTH_IN_2_BYTES else 10
    if len(data) < start + mask_at:
        return 0, 0
    return mask_at + mask_bytes, int.from_bytes(data[start + 2 : start + mask_at])


def whole_text(frame: bytes) -> str | None:
    """The text of `frame`, if it is one by itself, as a client sends it; None if the frame is anything else.

    UnicodeDecodeError for bytes that are no text.
    """
    if frame[0] != _WHOLE_TEXT or not frame[1] & _MASKED:
        return None
    length = frame[1] & ~_MASKED
    mask_at = {_LENGTH_IN_2_BYTES: 4, _LENGTH_IN_8_BYTES: 10}.get(length, 2)
    hidden = frame[mask_at + _MASK_BYTES :]
    size = len(hidden)
    mask = (frame[mask_at : mask_at + _MASK_BYTES] * (size // _MASK_BYTES + 1))[:size]
    return (int.from_bytes(hidden) ^ int.from_bytes(mask)).to_bytes(size).decode()
