"""Lines come in their order, whoever takes them holds nobody up, and what is dropped is counted."""

from __future__ import annotations

import os
import threading
import time

from cartesia_call.cli.line_writer import MAX_WAITING_LINES, LineWriter, descriptor_writer

SOON_S = 10.0


class Reader:
    """Takes lines once it is let."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.is_asked = threading.Event()
        self.lines: list[str] = []

    def take(self, line: str) -> None:
        self.is_asked.set()
        self.may_go_on.wait(SOON_S)
        self.lines.append(line)


def test_lines_come_in_their_order() -> None:
    """And are written when `flush` says so."""
    reader = Reader()
    reader.may_go_on.set()
    writer = LineWriter(reader.take, name="test")
    for number in range(1000):
        writer.put(str(number))
    assert writer.flush(SOON_S)
    assert reader.lines == [str(number) for number in range(1000)]


def test_what_nobody_takes_is_counted_where_it_is_missing() -> None:
    """Log lines may be dropped, what is for people is not, and nobody waits."""
    reader = Reader()
    writer = LineWriter(reader.take, name="test")
    writer.put("first")
    assert reader.is_asked.wait(SOON_S)
    for number in range(MAX_WAITING_LINES + 7):
        writer.put(str(number), may_be_dropped=True)
    writer.put("for people")
    writer.put("more", may_be_dropped=True)
    reader.may_go_on.set()
    assert writer.flush(SOON_S)
    kept = [str(number) for number in range(MAX_WAITING_LINES)]
    assert reader.lines == [
        "first",
        *kept,
        "7 log lines were dropped here: nobody took them",
        "for people",
        "1 log line was dropped here: nobody took them",
    ]
    writer.put("later", may_be_dropped=True)
    assert writer.flush(SOON_S)
    assert reader.lines[-1] == "later"


def test_nobody_waits_twice_for_a_reader_who_takes_nothing() -> None:
    """The first wait has its limit, the next are none; once something was taken there is hope again."""
    reader = Reader()
    writer = LineWriter(reader.take, name="test")
    writer.put("one")
    assert not writer.flush(0.05)
    before_s = time.monotonic()
    for _ in range(100):
        assert not writer.flush(SOON_S)
    assert time.monotonic() - before_s < SOON_S
    reader.may_go_on.set()
    writer.put("two")
    while not reader.lines:
        threading.Event().wait(0.01)
    assert writer.flush(SOON_S)


def test_a_closed_pipe_is_nobodys_fault() -> None:
    """What cannot be written is lost without a word."""
    reading, writing = os.pipe()
    os.close(reading)
    writer = LineWriter(descriptor_writer(writing, encoding="utf-8"), name="test")
    writer.put("one")
    assert writer.flush(SOON_S)
    os.close(writing)
    writer.put("two")
    assert writer.flush(SOON_S)


def test_a_pipe_that_somebody_made_non_blocking_is_waited_for() -> None:
    """A terminal is shared, and so are its flags. Nothing is cut."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    writer = LineWriter(descriptor_writer(writing, encoding="utf-8"), name="test")
    line = "x" * 300_000
    writer.put(line)
    writer.put("end \u20ac \udc80")
    with open(reading, "rb") as pipe:
        assert pipe.readline() == line.encode() + b"\n"
        assert pipe.readline() == b"end \xe2\x82\xac \\udc80\n"
    assert writer.flush(SOON_S)
    os.close(writing)
