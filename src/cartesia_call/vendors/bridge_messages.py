"""Frames of a websocket put together to messages."""

from __future__ import annotations

from websockets.frames import Frame, Opcode

_MOST_PIECES = 64
"""Of one message. Empty pieces cost memory and do not count in a message's size."""


class TooManyPieces(Exception):
    """A message came in more pieces than anybody has a reason to make."""


class Messages:
    """Frames in the order in which they came; a protocol has checked that their order and size are right."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._is_text = False
        self.has_closed = False
        """Whether the peer's close frame was among them."""

    @property
    def is_in_pieces(self) -> bool:
        """Whether a message has begun whose end is still to come."""
        return bool(self._pieces)

    def take(self, frame: Frame) -> str | None:
        """The text that `frame` completes, if it does.

        TooManyPieces, or UnicodeDecodeError for bytes that are no text.
        """
        if frame.opcode is Opcode.CLOSE:
            self.has_closed = True
        if frame.opcode not in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
            return None
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        self._pieces.append(bytes(frame.data))
        if len(self._pieces) > _MOST_PIECES:
            raise TooManyPieces
        if not frame.fin:
            return None
        message, self._pieces = b"".join(self._pieces), []
        return message.decode() if self._is_text else None
