"""One spoken message as a growing buffer: written once while it is synthesised, read by whoever plays it."""

from __future__ import annotations

from collections.abc import Callable

from cartesia_call.errors import CartesiaCallError


class Utterance:
    """Mu-law audio of one message, 8000 bytes a second, before and while it is being made.

    States: growing, then either complete (`finish`) or broken (`fail`); neither is left again.
    Listeners are called synchronously after each change, in the order they subscribed.
    """

    def __init__(self) -> None:
        self._audio = bytearray()
        self._complete = False
        self._error: CartesiaCallError | None = None
        self._listeners: list[Callable[[], None]] = []

    @property
    def length_bytes(self) -> int:
        """How much audio exists so far."""
        return len(self._audio)

    @property
    def is_complete(self) -> bool:
        """True once all of the message's audio exists."""
        return self._complete

    @property
    def error(self) -> CartesiaCallError | None:
        """Why there will be no more audio although the message is not complete, else None."""
        return self._error

    @property
    def has_ended(self) -> bool:
        """True once no more audio will come, for whichever reason."""
        return self._complete or self._error is not None

    def read(self, offset_bytes: int, size_bytes: int) -> bytes:
        """At most `size_bytes` from `offset_bytes`; empty when nothing (more) is there yet."""
        return bytes(self._audio[offset_bytes : offset_bytes + size_bytes])

    def append(self, audio: bytes) -> None:
        """More audio from the speech service, of any size."""
        if self.has_ended:
            raise ValueError("an utterance that has ended takes no more audio")
        if audio:
            self._audio += audio
            self._tell()

    def finish(self) -> None:
        """All audio of the message has been appended."""
        if self.has_ended:
            raise ValueError("an utterance ends once")
        self._complete = True
        self._tell()

    def fail(self, error: CartesiaCallError) -> None:
        """No more audio will come, and some of the message is missing."""
        if self.has_ended:
            raise ValueError("an utterance ends once")
        self._error = error
        self._tell()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each change; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()
