"""Where the message comes from: the argument, a file or standard input. Nobody else reads standard input.

Whoever wrote it may be a stranger, and whoever waits for it is to hear of it: bytes that are no text are
replaced, and what is longer than anybody listens to is cut; both are told on standard error.
"""

from __future__ import annotations

import codecs
import errno
import os
import re
import select
import unicodedata

from cartesia_call.audio.durations import format_duration
from cartesia_call.cli import terminal
from cartesia_call.errors import InputError
from cartesia_call.speech.terminal_codes import without_terminal_codes

MAX_MESSAGE_BYTES = 1_000_000
"""About 18 hours of speech. What is longer is cut here: memory has to survive `--file /dev/zero`."""

READ_BYTES = 65_536
_HINT = 'give the message as an argument ("..."), with --file PATH, or on standard input'


def read_message(
    argument: str | None, file: str | None, *, stdin: int, stdin_is_terminal: bool, input_timeout_s: float
) -> str:
    """The message to speak, with at least one character that is no white space.

    `argument` is MESSAGE and `file` the value of `--file`; in both, `-` means standard input, whose
    descriptor is `stdin` and stays open. `input_timeout_s` limits the wait for each next piece of input, in
    real seconds. InputError, in one sentence, if there is no message that says anything.
    """
    if argument is not None and file is not None:
        raise InputError(
            "the message is given twice: as MESSAGE and with --file", hint="leave one of them out"
        )
    if argument is not None and argument != "-":
        return _spoken(argument_text(argument), "the argument")
    if file is not None and file != "-":
        return _spoken(_read_file(file, input_timeout_s), file)
    if argument is None and file is None and stdin_is_terminal:
        raise InputError("there is no message", hint=_HINT)
    return _spoken(_read_stdin(stdin, input_timeout_s), "standard input")


def read_lines(file: str, *, stdin: int, input_timeout_s: float) -> list[str]:
    """Each line of a file, or with `-` of standard input, as `plain_text`. InputError as of a message that
    cannot be read."""
    text = _read_stdin(stdin, input_timeout_s) if file == "-" else _read_file(file, input_timeout_s)
    return [plain_text(line) for line in plain_sentence(text).split("\n")]


def argument_text(argument: str) -> str:
    """The argument's own bytes, read as UTF-8 whatever the locale made of them."""
    try:
        return _decoded(os.fsencode(argument), "the argument")
    except UnicodeEncodeError:  # a text that came from no command line
        return argument


def plain_text(text: str) -> str:
    """`text` without byte-order mark, terminal codes, other control characters, invalid Unicode and
    surrounding white space.

    Lines end in a newline whatever ended them before; other controls that separate words become a space.
    """
    return plain_sentence(text.removeprefix("\ufeff")).strip()


def plain_sentence(text: str) -> str:
    """The same of a part of a message, whose surrounding white space parts it from others."""
    lines = re.sub(r"\r\n?|\x85", "\n", without_terminal_codes(text))
    return "".join(map(_plain_character, lines))


def _plain_character(character: str) -> str:
    if character in "\n\t":
        return character
    if unicodedata.category(character) == "Cc":
        return " " if character.isspace() else ""
    is_surrogate = "\ud800" <= character <= "\udfff"
    # Characters that Unicode reserves for nobody, which XML and therefore TwiML cannot carry.
    is_noncharacter = "\ufdd0" <= character <= "\ufdef" or ord(character) & 0xFFFE == 0xFFFE
    return "" if is_surrogate or is_noncharacter else character


def _spoken(text: str, source: str) -> str:
    message = plain_text(text)
    if not message:
        raise InputError(f"the message is empty ({source})", hint=_HINT)
    return message


def _read_stdin(stdin: int, input_timeout_s: float) -> str:
    try:
        content = _read_all(stdin, "standard input", input_timeout_s)
    except OSError as error:
        if error.errno != errno.EBADF:
            raise InputError(f"cannot read the message from standard input: {error.strerror}") from error
        content = b""  # started with standard input closed
    return _decoded(content, "standard input")


def _read_file(path: str, input_timeout_s: float) -> str:
    try:
        # Not blocking: opening a named pipe that nobody writes to would wait without a limit.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return _decoded(_read_all(descriptor, path, input_timeout_s), path)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise InputError(f"cannot read the message from {path}: {error.strerror}") from error


def _read_all(descriptor: int, source: str, input_timeout_s: float) -> bytes:
    content = bytearray()
    while len(content) <= MAX_MESSAGE_BYTES:
        # select, not poll: on macOS poll knows no devices.
        if not select.select([descriptor], [], [], input_timeout_s)[0]:
            raise InputError(
                f"nothing came from {source} for {format_duration(input_timeout_s)}",
                hint="end the input, or allow more time with --input-timeout",
            )
        try:
            piece = os.read(descriptor, READ_BYTES)
        except BlockingIOError:  # somebody else was faster, or made the pipe non-blocking
            continue
        if not piece:
            return bytes(content)
        content += piece
    return bytes(content)


def text_of(content: bytes, source: str) -> str:
    """The message in `content`; InputError if it says nothing."""
    return _spoken(_decoded(content, source), source)


def _decoded(content: bytes, source: str) -> str:
    if len(content) > MAX_MESSAGE_BYTES:
        length = f"longer than {MAX_MESSAGE_BYTES:,} bytes"
        terminal.print_note(f"warning: the message from {source} is {length}; the rest is left out")
        content = content[:MAX_MESSAGE_BYTES]
    if remark := odd_bytes(content, source):
        terminal.print_note(f"warning: {remark}")
    return content.decode("utf-8", errors="replace")


def odd_bytes(content: bytes, source: str) -> str | None:
    """What to tell whoever wrote `content`, if not all of it is UTF-8."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return (
            f"the message from {source} is not UTF-8: byte {content[error.start]:#04x} at offset "
            f"{error.start}; such bytes are replaced by U+FFFD. "
            f"Convert it: iconv -f {'UTF-16' if is_utf16 else 'ISO-8859-1'} -t UTF-8"
        )
    return None
