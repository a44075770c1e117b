"""The machinery of calls, loaded beside what is waited for anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartesia_call.blocking import in_daemon_thread

if TYPE_CHECKING:
    from cartesia_call.calls.legs import Legs
    from cartesia_call.calls.outbound import OutboundCall


async def load_calls() -> tuple[type[Legs], type[OutboundCall]]:
    """What leads calls, and the kind of a call. Imported in a thread: the event loop goes on meanwhile."""
    return await in_daemon_thread(_import_calls)


def _import_calls() -> tuple[type[Legs], type[OutboundCall]]:
    from cartesia_call.calls.legs import Legs
    from cartesia_call.calls.outbound import OutboundCall

    return Legs, OutboundCall
