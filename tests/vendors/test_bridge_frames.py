"""A stream is read the same by us and by the library, however it is cut; what is too long is left to it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from cartesia_call.vendors.bridge_frames import Frames, Opening, text_frame, whole_text

MOST_BYTES = 70_000
OPENING = '{"event":"media",'

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


def unread(frame: Frame) -> bool:
    """Whether it is one that nobody has to read."""
    is_text = frame.opcode is Opcode.TEXT and frame.fin
    return is_text and len(frame.data) >= 126 and bytes(frame.data).startswith(OPENING.encode())


near_openings = st.one_of(
    st.sampled_from([OPENING, OPENING[:-1], OPENING.upper(), '{"event":"mark",', ""]),
    st.text(max_size=20),
).flatmap(
    lambda begin: st.sampled_from([0, 108, 109, 110, 400, 65_518, 65_519]).map(lambda n: begin + "x" * n)
)


@given(
    st.lists(
        st.builds(
            Frame,
            st.sampled_from([Opcode.TEXT, Opcode.TEXT, Opcode.BINARY, Opcode.PING]),
            near_openings.map(str.encode),
            st.sampled_from([True, True, False]),
        ).filter(lambda frame: frame.opcode is not Opcode.PING or len(frame.data) < 126),
        max_size=6,
    ),
    st.integers(min_value=0),
)
def test_only_whole_texts_of_that_opening_are_passed_over(sent: list[Frame], cut: int) -> None:
    """From the first frame on that is anything else, or is not all there, the reader gets everything."""
    written = [bytes_of(frame) for frame in sent]
    data = b"".join(written)
    data = data[: cut % (len(data) + 1)]
    expected = 0
    for frame, size in zip(sent, map(len, written), strict=True):
        if not unread(frame) or expected + size > len(data):
            break
        expected += size
    assert Opening(OPENING).end_of_texts(data) == expected


def test_a_text_without_a_mask_is_not_passed_over() -> None:
    plain = bytes_of(Frame(Opcode.TEXT, OPENING.encode() + bytes(200)), is_masked=False)
    assert Opening(OPENING).end_of_texts(plain) == 0


@given(bodies)
def test_a_text_is_sent_as_the_library_sends_it(body: bytes) -> None:
    assert text_frame(body.decode()) == bytes_of(Frame(Opcode.TEXT, body), is_masked=False)
