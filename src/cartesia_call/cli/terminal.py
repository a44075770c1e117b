"""Standard streams as a cron job, a closed pipe or a full disk leave them: printing never fails the call.

Every line that is printed passes through here, so that nothing that a stranger wrote steers the terminal or
forges another line. What is printed for people on standard error also passes one mask, for secrets and for
telephone numbers.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import select
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TextIO

import click

from cartesia_call.cli.line_writer import LineWriter, descriptor_writer
from cartesia_call.patterns import regex
from cartesia_call.quoting import one_line, without_secrets
from cartesia_call.settings.screen import columns_said

PROGRAM = "cartesia-call"

_EXAMPLE = regex(r"((?:such as|cartesia-call dial(?: --rehearse)?) \+12025550(?:100|143)\b)")
"""How our own sentences show a number to write: one that is nobody's."""

NOTE_WAIT_S = 0.1
"""Real seconds that a line for people is waited for, so that it stands before what is printed next."""
END_WAIT_S = 2.0
"""And at the end of the program, for a terminal that is slow. Stopped with Ctrl-S, it takes nothing."""
RESULT_WAIT_S = 600.0
"""For a reader of standard output who takes nothing, such as `less`, after a list of calls is over."""

_shows_numbers = False
_known_numbers: set[str] = set()
_known_secrets: set[str] = set()
_notes: LineWriter | None = None
_results: LineWriter | None = None


def show_numbers(shows: bool) -> None:
    """`--show-numbers`: print telephone numbers whole."""
    global _shows_numbers  # noqa: PLW0603  # a process has one standard error
    _shows_numbers = shows


def mask_too(numbers: Iterable[str | None]) -> None:
    """Mask these numbers (E.164) in every spelling, as a vendor's sentence may quote them."""
    _known_numbers.update(number for number in numbers if number)


def hide(secrets: Iterable[str | None]) -> None:
    """Never print these, nor what somebody else's sentence or a traceback makes of them."""
    _known_secrets.update(secret for secret in secrets if secret)


def masked(text: str, *, whole_numbers: bool | None = None) -> str:
    """`text` as standard error may show it; as a file may, without `whole_numbers`."""
    text = without_secrets(text, _known_secrets)
    if _shows_numbers if whole_numbers is None else whole_numbers:
        return text
    from cartesia_call.telephony.numbers import mask_known, mask_numbers_in

    pieces = _EXAMPLE.split(text)  # every other one is an example of ours, to be pasted
    pieces[::2] = [mask_numbers_in(mask_known(piece, _known_numbers)) for piece in pieces[::2]]
    return "".join(pieces)


class ForgivingText(io.TextIOWrapper):
    """A standard stream whose failures nobody minds: a closed pipe, a full disk.

    Python would try the unwritten rest again at exit, and its failure would become the exit status. So the
    first failure turns the descriptor into the null device. `has_lost_text` tells of it, unless it was a
    reader who left (`| head -1`).
    """

    has_lost_text = False

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError as error:
            self._give_up(error)
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._give_up(error)

    def write_line(self, line: str) -> None:
        """All of it, now; waits for the reader without the lock that the interpreter wants at its end."""
        left = f"{line}\n".encode(self.encoding, errors="backslashreplace")
        try:
            while left:
                try:
                    left = left[os.write(self.fileno(), left) :]
                except BlockingIOError:  # somebody who shares the pipe has made it non-blocking
                    select.select([], [self.fileno()], [])
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self.has_lost_text = self.has_lost_text or not isinstance(error, BrokenPipeError)
        with contextlib.suppress(OSError):  # no descriptor is left for the null device either
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self.fileno())
            os.close(null)
            super().flush()


def prepare_standard_streams() -> None:
    """Make 0, 1 and 2 safe to have and 1 and 2 safe to print to; nobody waits for a reader of 2.

    On each that is closed (`>&-`) the null device is opened. Else the next socket would get that number, and
    whoever prints would print into a phone call.
    """
    for descriptor, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            null = os.open(os.devnull, flags)
            if null != descriptor:
                os.dup2(null, descriptor)
                os.close(null)
    sys.stdout = _forgiving(sys.stdout, 1)
    sys.stderr = _forgiving(sys.stderr, 2)
    global _notes  # noqa: PLW0603  # a process has one standard error
    _notes = LineWriter(descriptor_writer(2, encoding=sys.stderr.encoding), name="standard error")


def finish() -> None:
    """Wait for what was to be printed on standard error, unless nobody takes it."""
    if _notes is not None:
        _notes.flush(END_WAIT_S)


def _forgiving(stream: TextIO | None, descriptor: int) -> ForgivingText:
    encoding = stream.encoding if stream is not None else "utf-8"
    if codecs.lookup(encoding).name == "ascii":  # click takes that for a mistake, and goes around us
        encoding = "utf-8"
    buffer = open(descriptor, "wb", closefd=False)  # noqa: SIM115  # for as long as the process lives
    # What the locale cannot write is written as an escape: the result counts, not its beauty.
    return ForgivingText(buffer, encoding=encoding, errors="backslashreplace", line_buffering=True)


def print_result(text: str) -> None:
    """One line of data on standard output. What cannot be printed is lost without a word."""
    if _results is not None:
        _results.put(one_line(text))
    else:
        print(one_line(text), flush=True)


@contextlib.contextmanager
def results_aside() -> Iterator[None]:
    """Inside the block nobody waits for the reader of standard output, who must not hold up calls that are
    up. `wait_for_results` before its end."""
    global _results  # noqa: PLW0603  # a process has one standard output
    stream = sys.stdout
    if isinstance(stream, ForgivingText):
        _results = LineWriter(stream.write_line, name="standard output")
    try:
        yield
    finally:
        wait_for_results(END_WAIT_S)
        _results = None


def wait_for_results(without_progress_s: float = RESULT_WAIT_S) -> None:
    """Until all is printed, or its reader has taken nothing for so long. Blocks."""
    if _results is not None:
        _results.wait(without_progress_s)


def print_lines(text: str, *, line_end: str = "\n") -> None:
    """Several lines of data at once. Whoever put them together saw to it that no part brings its own."""
    print(line_end.join(map(one_line, text.split("\n"))), end=line_end, flush=True)


def print_plain_lines(lines: Sequence[str]) -> None:
    """Several of them, each of which came out of `one_line`, or would as it is."""
    print("\n".join(lines), flush=True)


def json_line(fields: Mapping[str, object]) -> str:
    """One object with all its characters readable, but for those that are invisible, which are escaped."""
    import json  # not for help

    def escaped(character: str) -> str:
        return character if character.isprintable() else json.dumps(character)[1:-1]

    return "".join(map(escaped, json.dumps(fields, ensure_ascii=False)))


def result_is_lost() -> bool:
    """Whether something of it could not be printed, as on a full disk. Whoever asks tells it: once."""
    if not isinstance(sys.stdout, ForgivingText):
        return False
    is_lost, sys.stdout.has_lost_text = sys.stdout.has_lost_text, False
    return is_lost


def width() -> int | None:
    """How many columns standard output has (COLUMNS decides); None where it is no terminal."""
    return columns(100) if sys.stdout.isatty() else None


def columns(otherwise: int) -> int:
    """How many columns standard output has (COLUMNS decides), `otherwise` where nobody knows."""
    said = columns_said()
    if said is not None:
        return said
    try:  # `shutil` asks the same, and brings all kinds of archives with it
        return os.get_terminal_size(1).columns or otherwise
    except OSError:
        return otherwise


def help_width() -> int:
    """How wide the lines of `--help` are, as Click has it."""
    return max(min(columns(80), 80) - 2, 50)


def print_note(text: str, *more: str) -> None:
    """One line for people, on standard error, and perhaps `more` below it.

    A terminal that takes nothing is not waited for.
    """
    _note([f"{PROGRAM}: {text}", *more])


def _note(lines: Iterable[str]) -> None:
    text = "\n".join(masked(one_line(line)) for line in lines)
    if _notes is None:
        print(text, file=sys.stderr, flush=True)
    else:
        _notes.put(text)
        _notes.flush(NOTE_WAIT_S)


def warn(sentence: str) -> None:
    """A note that something is not as it was wanted."""
    print_note(f"warning: {sentence}")


def print_log_line(line: str) -> None:
    """One line, masked already, on standard error, at some time soon. Too many are dropped, and counted."""
    if _notes is None:
        print(line, file=sys.stderr, flush=True)
    else:
        _notes.put(line, may_be_dropped=True)


def print_aside(text: str = "", *, err: bool = True) -> None:
    """One line between the questions of a dialogue."""
    click.echo(one_line(text), err=err)


def print_usage(text: str) -> None:
    """What is wrong with the command line, in the parser's own lines. Waits for no terminal either."""
    _note(text.rstrip("\n").split("\n"))


def with_hint(sentence: str, hint: str | None) -> str:
    """One line of what happened and what to do about it."""
    if not hint:
        return sentence
    joint = ". " if hint[0].isupper() else "; "
    return sentence.rstrip(".") + joint + hint
