"""A message that is still being written: read as it comes, whole, and never beyond all bounds."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cartesia_call.cli.pipe import Pipe, is_pipe
from cartesia_call.errors import InputError
from cartesia_call.speech.message_text import MessageText

LIMIT_S = 20


@contextlib.contextmanager
def written(
    *,
    input_timeout_s: float = 5.0,
    max_duration_s: float = 60.0,
    tell: Callable[[str], None] = print,
) -> Iterator[tuple[Pipe, MessageText, int]]:
    """A pipe, the text that it feeds, and the descriptor to write to; closed by the test or afterwards."""
    read_end, write_end = os.pipe()
    text = MessageText()
    pipe = Pipe(read_end, text, input_timeout_s=input_timeout_s, max_duration_s=max_duration_s, tell=tell)
    try:
        yield pipe, text, write_end
    finally:
        os.close(read_end)
        with contextlib.suppress(OSError):
            os.close(write_end)


def at_once() -> float:
    """A clock that stands still: pauses do not end."""
    return 0.0


def test_only_a_program_on_the_other_side_makes_a_pipe(tmp_path: os.PathLike[str]) -> None:
    """Files are there as a whole; a closed descriptor is nothing at all."""
    read_end, write_end = os.pipe()
    assert is_pipe(read_end)
    os.close(write_end)
    os.close(read_end)
    assert not is_pipe(read_end)
    with open(os.path.join(tmp_path, "file"), "wb") as file:
        assert not is_pipe(file.fileno())


def test_what_ends_at_once_is_known_as_a_whole() -> None:
    """So that kept audio is used, and the carrier's voice could say it all."""
    with written() as (pipe, text, end):
        os.write(end, "One. Zwölf.".encode())
        os.close(end)
        assert pipe.read_beginning(now_s=at_once)
        assert pipe.content.decode() == "One. Zwölf."
        assert text.message.sentences == ("One. ",)


def test_a_writer_who_pauses_behind_a_sentence_is_not_waited_for() -> None:
    """The first sentence is enough to call."""
    times = iter([0.0, 0.0, 1.0, 1.0, 1.0])
    with written() as (pipe, text, end):
        os.write(end, b"One. Tw")
        assert not pipe.read_beginning(now_s=lambda: next(times))
        assert text.message.sentences == ("One. ",)


def test_a_writer_who_says_nothing_is_refused() -> None:
    """Before anybody is called."""
    with written(input_timeout_s=0.05) as (pipe, _, end):
        os.write(end, b"One")
        with pytest.raises(InputError, match="nothing came from standard input"):
            pipe.read_beginning(now_s=at_once)


async def test_a_writer_who_falls_silent_behind_a_sentence_is_heard() -> None:
    """Though nothing stands behind its full stop; then it is known that the end is missing."""
    with written(input_timeout_s=0.05) as (pipe, text, end):
        os.write(end, b"The backup of db-03 has failed.")
        assert not pipe.read_beginning(now_s=at_once)
        assert text.message.text == "The backup of db-03 has failed."
        async with asyncio.timeout(LIMIT_S):
            await pipe.read_on()
        assert not text.is_whole


def test_what_is_no_text_does_not_matter_to_the_beginning() -> None:
    """Also a character that never ends. Whoever takes all of the message as a whole tells of it."""
    told: list[str] = []
    for content in (b"One. \xff", b"One. \xc3"):
        with written(tell=told.append) as (pipe, _, end):
            os.write(end, content)
            os.close(end)
            assert pipe.read_beginning(now_s=at_once)
            assert pipe.content == content
    assert told == []


async def test_what_is_no_text_of_the_rest_is_replaced_and_told_once() -> None:
    """The call goes on."""
    told: list[str] = []
    with written(tell=told.append) as (pipe, text, end):
        os.write(end, b"One \xff. Two. \xfe Three \xc3")
        os.close(end)
        async with asyncio.timeout(LIMIT_S):
            await pipe.read_on()
    assert text.is_whole
    assert text.message.text == "One \ufffd. Two. \ufffd Three \ufffd"
    (remark,) = told
    assert "standard input is not UTF-8: byte 0xff at offset 4" in remark


async def test_the_rest_is_read_as_it_is_written() -> None:
    """A character that is cut between two writes is one character; the end of the input ends the message."""
    with written() as (pipe, text, end):
        reading = asyncio.create_task(pipe.read_on())
        said = asyncio.Event()
        text.subscribe(said.set)
        async with asyncio.timeout(LIMIT_S):
            os.write(end, b"\xef\xbb\xbfZw\xc3")
            await asyncio.sleep(0.01)
            os.write(end, b"\xb6lf. Und")
            await said.wait()
            assert text.message.sentences == ("Zwölf. ",)
            os.write(end, b" aus")
            os.close(end)
            await reading
    assert list(text.message.sentences) == ["Zwölf. ", "Und aus"]
    assert text.is_whole


@pytest.mark.parametrize(
    ("content", "limits", "error"),
    [
        (b"One. Two", {"input_timeout_s": 0.05}, "nothing came"),
        (b"One. " * 20, {"max_duration_s": 1.0}, "more was written than can be said"),
    ],
)
async def test_a_writer_who_breaks_off_leaves_a_message_without_its_end(
    content: bytes, limits: dict[str, Any], error: str
) -> None:
    """Whole sentences are said, and it is known why there are no more."""
    with written(**limits) as (pipe, text, end):
        os.write(end, content)
        async with asyncio.timeout(LIMIT_S):
            await pipe.read_on()
    assert set(text.message.sentences) <= {"One. "}
    assert text.has_ended
    assert not text.is_whole
    assert text.error is not None
    assert error in str(text.error)


def test_an_endless_writer_is_not_waited_for() -> None:
    """No more is read than can be said, and paid, within the limit."""
    with written(max_duration_s=1.0) as (pipe, text, end):
        os.write(end, b"One more. " * 500)
        assert not pipe.read_beginning(now_s=at_once)
        assert sum(map(len, text.message.sentences)) <= 20 + 1024
