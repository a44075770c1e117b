"""What a request comes to: an answer, or one of two failures."""

from __future__ import annotations

from collections.abc import Mapping

from cartesia_call.records import dataclass


class NotConnected(Exception):
    """There was no connection, so nothing was sent. `why` ends a sentence."""

    def __init__(self, why: str, hint: str | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.hint = hint


class NoAnswer(Exception):
    """The request may have left, and no whole answer came back that could be read. `why` ends a sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class HttpAnswer:
    """Whatever its status. Names of `headers` are in lower case; of several with one name the last counts."""

    status: int
    text: str
    headers: Mapping[str, str]
