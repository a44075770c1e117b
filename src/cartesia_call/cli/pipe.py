"""A message that somebody is still writing to standard input: read beside the call that speaks it."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import select
import stat
from collections.abc import AsyncIterator, Callable

from cartesia_call.audio.durations import format_duration
from cartesia_call.cli.message_input import MAX_MESSAGE_BYTES, READ_BYTES, odd_bytes
from cartesia_call.errors import InputError
from cartesia_call.speech.message_text import MessageText
from cartesia_call.telephony.estimates import FAST_S_PER_CHARACTER

SETTLES_S = 0.2
"""Whoever has written all of it closes the pipe within this time: then the whole message is known, kept audio
can be used, and the carrier's voice could say all of it."""

_SOURCE = "standard input"


def is_pipe(descriptor: int) -> bool:
    """Whether a program may be writing on the other side, for nobody knows how long."""
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:  # started with it closed
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


class Pipe:
    """Feeds what is written to `descriptor`, UTF-8, to `text`, and ends it. Bytes that are no text become
    U+FFFD; of a message that is spoken before it is whole, `tell` gets a sentence about that, once.

    `input_timeout_s` limits, in seconds, how long nothing may come. No more is read than can be played
    within `max_duration_s`.
    """

    def __init__(
        self,
        descriptor: int,
        text: MessageText,
        *,
        input_timeout_s: float,
        max_duration_s: float,
        tell: Callable[[str], None],
    ) -> None:
        self._descriptor = descriptor
        self._text = text
        self._input_timeout_s = input_timeout_s
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._tell: Callable[[str], None] | None = tell
        self._content = bytearray()
        self._most_characters = round(max_duration_s / FAST_S_PER_CHARACTER)
        self._characters = 0
        self._is_odd = False

    @property
    def content(self) -> bytes:
        """Everything that was read so far."""
        return bytes(self._content)

    def read_beginning(self, *, now_s: Callable[[], float], to_the_end: bool = False) -> bool:
        """Until there is a sentence to say and the writer pauses; True if that was all of the message, or
        all that one may hold.

        With `to_the_end` pauses do not matter. InputError if nothing came in time.
        """
        settles_at_s: float | None = None
        while len(self._content) <= MAX_MESSAGE_BYTES:
            if self._text.message and self._characters > self._most_characters and not to_the_end:
                return False  # endless, as far as the call can tell
            if settles_at_s is None and self._text.message and not to_the_end:
                settles_at_s = now_s() + SETTLES_S
            wait_s = self._input_timeout_s if settles_at_s is None else max(0.0, settles_at_s - now_s())
            # select, not poll: on macOS poll knows no devices.
            if not select.select([self._descriptor], [], [], wait_s)[0]:
                if settles_at_s is None and not self._text.settle():
                    raise self._silent()
                return False
            try:
                if not self._read():
                    return True
            except OSError as error:
                raise InputError(f"cannot read the message from {_SOURCE}: {error.strerror}") from error
        return True

    async def read_on(self) -> None:
        """Until the message ends, or breaks off: by a writer who falls silent."""
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        loop.add_reader(self._descriptor, readable.set)
        try:
            while not self._text.has_ended:
                self._warn()
                readable.clear()
                async with asyncio.timeout(self._input_timeout_s):
                    await readable.wait()
                # The event may stand for what was read since; reading that again would block the call.
                if select.select([self._descriptor], [], [], 0)[0]:
                    self._go_on()
        except TimeoutError:
            self._text.break_off(self._silent())
        finally:
            self._warn()
            loop.remove_reader(self._descriptor)

    def _go_on(self) -> None:
        try:
            is_over = not self._read()
        except OSError as error:
            self._text.break_off(InputError(f"cannot read {_SOURCE}: {error.strerror}"))
        else:
            if is_over:
                self._text.end()
            elif self._characters > self._most_characters:
                hint = "--max-duration sets how long it may take"
                self._text.break_off(InputError("more was written than can be said in time", hint=hint))

    def _read(self) -> bool:
        """Take what is there; False at the end."""
        try:
            left = self._most_characters - self._characters
            piece = os.read(self._descriptor, max(1024, min(READ_BYTES, left)))
        except BlockingIOError:  # somebody else was faster, or made the pipe non-blocking
            return True
        self._content += piece
        written = self._decoder.decode(piece, final=not piece)
        self._characters += len(written)
        self._is_odd = self._is_odd or "\ufffd" in written
        self._text.feed(written)
        return bool(piece)

    def _warn(self) -> None:
        if self._tell is not None and self._is_odd and (remark := odd_bytes(bytes(self._content), _SOURCE)):
            self._tell(remark)
            self._tell = None

    def _silent(self) -> InputError:
        return InputError(
            f"nothing came from {_SOURCE} for {format_duration(self._input_timeout_s)}",
            hint="end the input, or allow more time with --input-timeout",
        )


@contextlib.asynccontextmanager
async def reading(pipe: Pipe | None) -> AsyncIterator[None]:
    """The rest of the message is read inside the block."""
    task = asyncio.create_task(pipe.read_on(), name="standard input") if pipe is not None else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
