"""A message as it passes the edge, whole and secret: what a trace is made of before anything is replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from cartesia_call.records import dataclass

FORMAT = 1
"""Of the file, in its first line. It grows by fields and kinds; it changes where a reader must know."""


class Peer(StrEnum):
    """Who is at the other end. `OURSELVES`: our own probe of the public path. `STRANGER`: nobody who has
    business with us."""

    TWILIO = "twilio"
    CARTESIA = "cartesia"
    NGROK = "ngrok"
    OURSELVES = "ourselves"
    STRANGER = "stranger"


class Kind(StrEnum):
    """What passes. `FAILURE` stands for an answer that never came; `CLOSE` ends a websocket."""

    REQUEST = "request"
    ANSWER = "answer"
    FAILURE = "failure"
    HANDSHAKE = "handshake"
    TEXT = "text"
    CLOSE = "close"


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message. `sent`: by us. `link` joins a request to its answer, and the texts of a websocket.

    Of the rest each kind has what it has: `url` whole or from its path on, `text` a body or a text of a
    websocket, `headers` as they came, `status` of HTTP or a close code. `facts` are words and numbers of our
    own making, which hide nothing: they are kept as they are.
    """

    peer: Peer
    kind: Kind
    sent: bool
    link: int
    method: str | None = None
    url: str | None = field(default=None, repr=False)
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    text: str | None = field(default=None, repr=False)
    facts: Mapping[str, str | int | bool | None] = field(default_factory=dict)
