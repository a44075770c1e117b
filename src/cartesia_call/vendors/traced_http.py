"""The connections of one client, told of to a tracer where there is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cartesia_call.addresses import NetworkRules
from cartesia_call.trace_ports import Tracer
from cartesia_call.tracing.messages import Kind, Message, Peer
from cartesia_call.vendors.http_answer import HttpAnswer, NoAnswer, NotConnected
from cartesia_call.vendors.http_transport import HttpTransport


def http_transport(
    *, network: NetworkRules, timeout_s: float, tracer: Tracer | None, peer: Peer
) -> HttpTransport:
    """To `peer`; without a tracer the transport itself."""
    if tracer is None:
        return HttpTransport(network=network, timeout_s=timeout_s)
    return _TracedTransport(network=network, timeout_s=timeout_s, tracer=tracer, peer=peer)


class _TracedTransport(HttpTransport):
    def __init__(self, *, network: NetworkRules, timeout_s: float, tracer: Tracer, peer: Peer) -> None:
        super().__init__(network=network, timeout_s=timeout_s)
        self._tracer = tracer
        self._peer = peer

    async def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        afresh: bool = False,
        deadline_s: float | None = None,
    ) -> HttpAnswer:
        link = self._tracer.new_link()

        def note(kind: Kind, *, sent: bool, **fields: Any) -> None:
            self._tracer.note(Message(peer=self._peer, kind=kind, sent=sent, link=link, **fields))

        text = None if body is None else body.decode("utf-8", "replace")
        note(Kind.REQUEST, sent=True, method=method, url=url, headers=tuple(headers.items()), text=text)
        try:
            answer = await super().exchange(
                method, url, headers=headers, body=body, afresh=afresh, deadline_s=deadline_s
            )
        except (NotConnected, NoAnswer) as failure:
            note(Kind.FAILURE, sent=False, facts={"why": type(failure).__name__})
            raise
        answered = tuple(answer.headers.items())
        note(Kind.ANSWER, sent=False, status=answer.status, headers=answered, text=answer.text)
        return answer
