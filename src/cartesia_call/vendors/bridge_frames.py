"""The bytes of a websocket cut into frames, and what the carrier sends fifty times a second read on the spot.

A text in one masked frame is all that a media stream brings but for its end, and a text in one frame all that
it is sent. The websockets library takes several times as long for both; everything else is the library's,
which also says what is wrong with it.
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
_LONGEST_IN_2_BYTES = 0xFFFF

_USUAL = 0xFE
"""The second byte of a masked frame that brings between 126 and 65,535 bytes."""
_USUAL_HEADER_BYTES = 8


class Opening:
    """How texts begin that nobody has to read.

    Of a masked text it looks at so many bytes as `text` has, and leaves the rest as it came.
    """

    def __init__(self, text: str) -> None:
        opening = text.encode()
        self._size = len(opening)
        self._value = int.from_bytes(opening)
        self._mask_repeats = -(-self._size // _MASK_BYTES)
        self._least_bytes = _USUAL_HEADER_BYTES + self._size

    def end_of_texts(self, data: bytes) -> int:
        """Where the whole frames end with which `data` begins and that bring such texts; 0 if it begins with
        anything else."""
        start, size = 0, len(data)
        while size - start >= self._least_bytes and data[start] == _WHOLE_TEXT and data[start + 1] == _USUAL:
            begin = start + _USUAL_HEADER_BYTES
            end = begin + (data[start + 2] << 8 | data[start + 3])
            if end > size:
                break
            mask = (data[start + 4 : begin] * self._mask_repeats)[: self._size]
            hidden = data[begin : begin + self._size]
            if int.from_bytes(hidden) ^ int.from_bytes(mask) != self._value:
                break
            start = end
        return start


class Frames:
    """Cuts what comes in behind each frame. From one on that brings more than `most_bytes` everything is
    passed on as it comes: whoever reads it refuses it."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._begun = b""
        self.is_cutting = True
        """What `take` hands over are whole frames."""

    @property
    def is_between(self) -> bool:
        """What comes next begins a frame."""
        return self.is_cutting and not self._begun

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


def text_frame(text: str) -> bytes:
    """`text` as a server sends it: in one frame, without a mask."""
    payload = text.encode()
    size = len(payload)
    if size < _LENGTH_IN_2_BYTES:
        return bytes((_WHOLE_TEXT, size)) + payload
    if size <= _LONGEST_IN_2_BYTES:
        return bytes((_WHOLE_TEXT, _LENGTH_IN_2_BYTES, size >> 8, size & 0xFF)) + payload
    return bytes((_WHOLE_TEXT, _LENGTH_IN_8_BYTES)) + size.to_bytes(8) + payload
