"""Everything that no trace of a rehearsed call may hold."""

from __future__ import annotations

from cartesia_simulator.network import ACCOUNT_SID, API_KEY, AUTH_TOKEN, CALLER_ID
from tests.calls.rehearsed import CALLEE, Rehearsed

_SHORTEST_WORD = 7


def secrets_of(call: Rehearsed, message: str) -> set[str]:
    """In lower case: credentials, numbers, SIDs, hosts, ids, and the longer words of the message."""
    sids = [sid for each in call.network.carrier.calls.values() for sid in (each.sid, each.stream_sid)]
    words = [word.strip(".") for word in message.split()]
    urls = (*call.network.carrier_urls.values(), call.network.speech_url)
    numbers = (CALLEE, CALLER_ID, CALLEE[2:], CALLER_ID[2:], CALLEE[-7:], CALLER_ID[-7:], "(202) 555-")
    secrets = {
        *(ACCOUNT_SID, AUTH_TOKEN, API_KEY, call.line.voice_id, "127.0.0.1", "localhost"),
        *(sid for sid in sids if sid),
        *(word for word in words if len(word) >= _SHORTEST_WORD),
        *(url.partition("://")[2] for url in urls),
        *numbers,
        *call.network.speech.contexts,
    }
    return {secret.lower() for secret in secrets}


def leaked(trace: str, call: Rehearsed, message: str) -> list[str]:
    """Those that stand in the trace."""
    text = trace.lower()
    return sorted(secret for secret in secrets_of(call, message) if secret in text)
