"""Which source the message is read from, what is done to it, and what is refused (exit status 2)."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.cli.message_input import MAX_MESSAGE_BYTES, plain_text, read_message
from cartesia_call.errors import InputError

UNTOUCHED = -1
"""A descriptor that cannot be read: whoever touches it gets an empty message, and the test fails."""

PipeOf = Callable[..., int]


@pytest.fixture
def pipe_of() -> Iterator[PipeOf]:
    """`pipe_of(b"...")`: the reading end of a pipe with this content, its writing end closed or left open."""
    descriptors: list[int] = []

    def make(content: bytes, *, is_ended: bool = True) -> int:
        reading, writing = os.pipe()
        descriptors.append(reading)
        os.write(writing, content)
        if is_ended:
            os.close(writing)
        else:
            descriptors.append(writing)
        return reading

    yield make
    for descriptor in descriptors:
        os.close(descriptor)


def read(
    argument: str | None = None,
    file: str | Path | None = None,
    *,
    stdin: int = UNTOUCHED,
    input_timeout_s: float = 5,
) -> str:
    return read_message(
        argument,
        None if file is None else str(file),
        stdin=stdin,
        input_timeout_s=input_timeout_s,
    )


def test_an_argument_leaves_standard_input_alone(pipe_of: PipeOf) -> None:
    """`while read n; do cartesia-call dial "$n" "..."; done` keeps its list."""
    stdin = pipe_of(b"+12025550144\n")
    assert read("Hello", stdin=stdin) == "Hello"
    assert os.read(stdin, 100) == b"+12025550144\n"


def test_a_file_leaves_standard_input_alone(tmp_path: Path, pipe_of: PipeOf) -> None:
    stdin = pipe_of(b"list")
    path = tmp_path / "message.txt"
    path.write_bytes(b"\xef\xbb\xbf  Gr\xc3\xbc\xc3\x9fe\r\nline two \n\n")
    assert read(file=path, stdin=stdin) == "Grüße\nline two"
    assert os.read(stdin, 100) == b"list"


@pytest.mark.parametrize(("argument", "file"), [("-", None), (None, "-")])
def test_standard_input_is_read_to_its_end(argument: str | None, file: str | None, pipe_of: PipeOf) -> None:
    assert read(argument, file, stdin=pipe_of(b" The disk\nis full. \n")) == "The disk\nis full."


def test_standard_input_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "message.txt").write_text("from a file")
    with (tmp_path / "message.txt").open("rb") as file:
        assert read("-", stdin=file.fileno()) == "from a file"


def test_a_slow_writer_has_the_limit_for_each_piece(pipe_of: PipeOf) -> None:
    reading, writing = os.pipe()
    pause = threading.Event()

    def write() -> None:
        for word in (b"one ", b"two ", b"three"):
            pause.wait(0.15)
            os.write(writing, word)
        os.close(writing)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert read("-", stdin=reading, input_timeout_s=0.4) == "one two three"
    finally:
        writer.join()
        os.close(reading)


def test_silence_on_a_pipe_is_refused(pipe_of: PipeOf) -> None:
    with pytest.raises(InputError, match="nothing came from standard input for 50ms") as caught:
        read("-", stdin=pipe_of(b"begun", is_ended=False), input_timeout_s=0.05)
    assert "--input-timeout" in str(caught.value.hint)


def test_a_named_pipe_without_a_writer_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match=r"nothing came from|is empty"):
        read(file=tmp_path / "pipe", input_timeout_s=0.05)


def test_message_and_file_together_are_refused() -> None:
    with pytest.raises(InputError, match="twice"):
        read("Hello", file="message.txt")


def test_without_a_dash_standard_input_is_left_alone(pipe_of: PipeOf) -> None:
    """`while read n; do cartesia-call dial "$n"; done` says the next number to nobody."""
    stdin = pipe_of(b"+12025550144\n")
    with pytest.raises(InputError, match="there is no message") as caught:
        read(stdin=stdin)
    assert str(caught.value.hint).startswith("add - to read it from standard input")
    assert os.read(stdin, 100) == b"+12025550144\n"


@pytest.mark.parametrize("content", [b"", b" \n\t ", b"\xef\xbb\xbf", b"\x00\x07", "\u2003\u00a0".encode()])
def test_nothing_to_say_is_refused(content: bytes, tmp_path: Path, pipe_of: PipeOf) -> None:
    (tmp_path / "message.txt").write_bytes(content)
    with pytest.raises(InputError, match="the message is empty"):
        read(content.decode())
    with pytest.raises(InputError, match="the message is empty"):
        read(file=tmp_path / "message.txt")
    with pytest.raises(InputError, match="the message is empty"):
        read("-", stdin=pipe_of(content))


def test_the_null_device_and_a_closed_standard_input_are_empty() -> None:
    with open(os.devnull, "rb") as null, pytest.raises(InputError, match="empty"):
        read("-", stdin=null.fileno())
    closed, other = os.pipe()
    os.close(closed)
    os.close(other)
    with pytest.raises(InputError, match="empty"):
        read("-", stdin=closed)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    for path, reason in [(tmp_path / "missing", "No such file"), (tmp_path, "Is a directory")]:
        with pytest.raises(InputError, match=reason) as caught:
            read(file=path)
        assert str(path) in str(caught.value)


def test_a_directory_as_standard_input_is_refused(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(InputError, match="standard input: Is a directory"):
            read("-", stdin=descriptor)
    finally:
        os.close(descriptor)


def test_bytes_that_are_not_utf8_are_replaced_and_told_with_their_offset(
    tmp_path: Path, pipe_of: PipeOf, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody is to be called, and whoever wrote it is to mend it."""
    (tmp_path / "latin1.txt").write_bytes("\ufeffGr".encode() + b"\xfc\xdfe")
    assert read(file=tmp_path / "latin1.txt") == "Gr\ufffd\ufffde"
    told = capsys.readouterr().err
    assert "latin1.txt is not UTF-8: byte 0xfc at offset 5" in told
    assert "iconv -f ISO-8859-1" in told
    assert read("-", stdin=pipe_of("Hello".encode("utf-16"))) == "\ufffd\ufffdHello"
    told = capsys.readouterr().err
    assert "standard input is not UTF-8: byte 0xff at offset 0" in told
    assert "iconv -f UTF-16" in told
    assert read("disk \udcff full") == "disk \ufffd full"
    assert "the argument is not UTF-8: byte 0xff at offset 5" in capsys.readouterr().err
    assert read("\ufffd is a character") == "\ufffd is a character"
    assert capsys.readouterr().err == ""


def test_an_endless_input_is_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A log of megabytes is called about, too; an endless nothing says nothing."""
    (tmp_path / "long.log").write_text("x" * (MAX_MESSAGE_BYTES + 5))
    assert read(file=tmp_path / "long.log") == "x" * MAX_MESSAGE_BYTES
    assert f"longer than {MAX_MESSAGE_BYTES:,} bytes; the rest is left out" in capsys.readouterr().err
    with pytest.raises(InputError, match="the message is empty"):
        read(file="/dev/zero")


def test_a_long_message_is_whole(tmp_path: Path) -> None:
    text = "All is well. " * 20_000
    (tmp_path / "long.txt").write_text(text)
    assert read(file=tmp_path / "long.txt") == text.strip()


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a\r\nb\rc\x85d\ne\tf", "a\nb\nc\nd\ne\tf"),
        ("page\x0cpage\x0bline\x1funit", "page page line unit"),
        ("be\x07ll\x1b[31m\x00\x7f\x9b", "bell"),
        ("\x1b[1;31mERROR\x1b[0m disk full on db-03\x1b[K", "ERROR disk full on db-03"),
        ("half \udcff of \ud83d it", "half  of  it"),
        ("non\ufffe\uffff\ufdd0\U0001fffe", "non"),
        ("Zoë 日本語 🙂 \u200d \ufeffok", "Zoë 日本語 🙂 \u200d \ufeffok"),
    ],
)
def test_only_controls_and_invalid_unicode_are_removed(text: str, plain: str) -> None:
    assert plain_text(text) == plain


@given(st.text(st.characters(exclude_categories=())))
def test_what_is_left_can_be_sent_in_xml(text: str) -> None:
    """Whatever came in: TwiML carries it and gives it back unchanged."""
    plain = plain_text(text)
    document = f"<Say>{escape(plain)}</Say>".encode()
    assert (ElementTree.fromstring(document).text or "") == plain
