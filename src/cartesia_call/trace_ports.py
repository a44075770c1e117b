"""What the edge tells of every message that passes it, and who wants to know.

Wherever bytes pass, `None` stands for nobody: what is not traced costs one comparison.
"""

from __future__ import annotations

from typing import Protocol

from cartesia_call.tracing.messages import Message


class Tracer(Protocol):
    """Keeps a record of messages. Never raises, never waits: what it cannot keep is left out and counted."""

    def note(self, message: Message) -> None:
        """A message passes now. May be called from the event loop's thread alone."""

    def new_link(self) -> int:
        """A number for what belongs together: a request and its answer, the texts of one websocket."""
