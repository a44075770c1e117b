"""Proof that a public URL leads back to this process: our own websocket, through it, to ourselves."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from websockets.exceptions import InvalidStatus

from cartesia_call.addresses import NetworkRules
from cartesia_call.clock import running_s
from cartesia_call.errors import TunnelError
from cartesia_call.quoting import quotable
from cartesia_call.trace_ports import Tracer
from cartesia_call.tracing.messages import Peer
from cartesia_call.vendors.websocket_client import CONNECTION_FAILURES, explain, open_websocket, way_there

QUESTION = "cartesia-call: is it you?"
_LARGEST_ANSWER_BYTES = 1024

_LONGEST_TRY_S = 5.0  # assumes: tunnel-routes-soon
"""A try that hangs gives way to the next one: a tunnel may swallow requests before it routes them."""
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 0.5

_HEADERS = {"ngrok-skip-browser-warning": "1"}  # assumes: tunnel-lets-carrier-in
"""Only browsers are shown ngrok's warning page today; the header is ngrok's documented way round it."""

_HINT = (
    "check that the public URL leads to this machine; "
    "--no-probe dials without this proof, where a machine cannot reach its own public address"
)


async def prove(
    url: str, *, nonce: str, network: NetworkRules, timeout_s: float, tracer: Tracer | None = None
) -> float:
    """Ask at `url` until `nonce` comes back; the round trip of question and answer in milliseconds.

    Tried again with growing pauses for `timeout_s` seconds, because a tunnel prints its URL before it
    routes; then TunnelError with what the last try saw.
    """
    deadline_s = running_s() + timeout_s
    pause_s = _FIRST_PAUSE_S
    while True:
        try:
            until_s = min(deadline_s, running_s() + _LONGEST_TRY_S)
            return await _ask(url, nonce, network, until_s, tracer)
        except (*CONNECTION_FAILURES, _WrongAnswerError) as failure:
            seen = _describe(url, failure, way_there(url, network))
        if running_s() + 2 * pause_s >= deadline_s:  # no time for another try that means anything
            raise seen
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


class _WrongAnswerError(Exception):
    pass


async def _ask(
    url: str, nonce: str, network: NetworkRules, deadline_s: float, tracer: Tracer | None
) -> float:
    async with (
        open_websocket(
            url,
            network=network,
            headers=_HEADERS,
            open_timeout_s=deadline_s - running_s(),
            max_message_bytes=_LARGEST_ANSWER_BYTES,
            tracer=tracer,
            peer=Peer.OURSELVES,
        ) as connection,
        asyncio.timeout_at(deadline_s),
    ):
        asked_at_s = running_s()
        await connection.send(QUESTION)
        if await connection.recv() != nonce:
            raise _WrongAnswerError
        return (running_s() - asked_at_s) * 1000


def _describe(url: str, failure: Exception, via: str) -> TunnelError:
    host = urlsplit(url).netloc
    code, hint = None, _HINT
    if isinstance(failure, _WrongAnswerError):
        seen = "somebody else's websocket server answers there"
    else:
        seen = explain(failure) if isinstance(failure, InvalidStatus) else via + explain(failure)
    if isinstance(failure, InvalidStatus):
        # ngrok marks its own error pages, which a server behind it cannot do.
        code = next(iter(failure.response.headers.get_all("ngrok-error-code")), None)
        if code is not None:
            from cartesia_call.vendors.ngrok_errors import hint_for

            code = quotable(code)
            seen, hint = f"{seen} ({code})", hint_for(code) or _HINT
        elif failure.response.status_code == 404:
            seen += "; another server seems to be there"
    return TunnelError(f"the public path {host} does not lead here: {seen}", code=code, hint=hint)
