"""Frames become messages: in pieces or whole, and never without limit."""

from __future__ import annotations

import pytest
from websockets.frames import Frame, Opcode

from cartesia_call.vendors.bridge_messages import Messages, TooManyPieces


def test_pieces_become_one_text() -> None:
    """Cut in the middle of a letter too, and with a ping in between."""
    messages = Messages()
    word = "größer".encode()
    frames = [
        Frame(Opcode.TEXT, word[:3], fin=False),
        Frame(Opcode.PING, b"?"),
        Frame(Opcode.CONT, b"", fin=False),
        Frame(Opcode.CONT, word[3:]),
        Frame(Opcode.TEXT, b"next"),
    ]
    assert [messages.take(frame) for frame in frames] == [None, None, None, "größer", "next"]
    assert not messages.has_closed


def test_binary_messages_are_skipped() -> None:
    """Whatever is in them, in pieces or whole; what follows is taken."""
    messages = Messages()
    for frame in (Frame(Opcode.BINARY, b"\xff"), Frame(Opcode.BINARY, b"\xfe", fin=False)):
        assert messages.take(frame) is None
    assert messages.take(Frame(Opcode.CONT, b"\xfd")) is None
    assert messages.take(Frame(Opcode.TEXT, b"text")) == "text"


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(UnicodeDecodeError):
        Messages().take(Frame(Opcode.TEXT, b"\xff"))


def test_a_message_has_a_limit_of_pieces() -> None:
    """Also if all of them are empty."""
    messages = Messages()
    messages.take(Frame(Opcode.TEXT, b"", fin=False))
    for _ in range(63):
        messages.take(Frame(Opcode.CONT, b"", fin=False))
    with pytest.raises(TooManyPieces):
        messages.take(Frame(Opcode.CONT, b"", fin=False))


def test_the_close_frame_is_seen() -> None:
    messages = Messages()
    assert messages.take(Frame(Opcode.CLOSE, b"\x03\xe8")) is None
    assert messages.has_closed
