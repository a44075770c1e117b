"""A stream is read the same by us and by the library, however it is cut; what is too long is left to it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from cartesia_call.vendors.bridge_frames import Frames, whole_text

MOST_BYTES = 70_000

bodies = st.one_of(
    st.text(max_size=200),
    st.sampled_from(["x" * length for length in (0, 125, 126, 127, 65_535, 65_536)]),
).map(str.encode)
frames = st.one_of(
    st.builds(Frame, st.sampled_from([Opcode.TEXT, Opcode.BINARY, Opcode.CONT]), bodies, st.booleans()),
    st.builds(Frame, st.sampled_from([Opcode.PING, Opcode.PONG]), st.binary(max_size=125)),
)


def bytes_of(frame: Frame, *, is_masked: bool = True) -> bytes:
    return frame.serialize(mask=is_masked)


@given(st.lists(frames, max_size=6), st.lists(st.integers(min_value=0), max_size=6))
def test_frames_are_found_wherever_the_stream_is_cut(sent: list[Frame], cuts: list[int]) -> None:
    written = [bytes_of(frame) for frame in sent]
    data = b"".join(written)
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    reader = Frames(MOST_BYTES)
    found = [frame for start, end in pairwise(places) for frame in reader.take(data[start:end])]
    assert found == written


@given(frames)
def test_a_text_by_itself_is_read(frame: Frame) -> None:
    expected = bytes(frame.data).decode() if frame.opcode is Opcode.TEXT and frame.fin else None
    assert whole_text(bytes_of(frame)) == expected


def test_a_text_without_a_mask_is_left_to_the_library() -> None:
    assert whole_text(bytes_of(Frame(Opcode.TEXT, b"hello"), is_masked=False)) is None


def test_what_is_no_text_says_so() -> None:
    with pytest.raises(UnicodeDecodeError):
        whole_text(bytes_of(Frame(Opcode.TEXT, b"\xff")))


def test_a_frame_that_is_too_long_is_not_waited_for() -> None:
    reader = Frames(100)
    first, too_long = bytes_of(Frame(Opcode.TEXT, b"a")), bytes_of(Frame(Opcode.TEXT, bytes(200)))
    assert list(reader.take(first + too_long[:10])) == [first, too_long[:10]]
    assert list(reader.take(too_long[10:])) == [too_long[10:]]
