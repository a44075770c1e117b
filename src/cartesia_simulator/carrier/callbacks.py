"""What a call's customer is told of it: callbacks about its progress, its media stream, who answered."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Mapping
from datetime import datetime

from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.machine_detection import VerdictCallback
from cartesia_simulator.carrier.placement import StatusCallback
from cartesia_simulator.carrier.resources import API_VERSION, rfc_2822
from cartesia_simulator.carrier.surroundings import Surroundings
from cartesia_simulator.carrier.twiml import ConnectStream

_STATUS_OF_EVENT = {"initiated": "initiated", "ringing": "ringing", "answered": "in-progress"}


def call_parameters(call: SimulatedCall) -> dict[str, str]:
    """What every request about a call carries."""
    return {
        "CallSid": call.sid,
        "AccountSid": call.account_sid,
        "From": call.caller_id,
        "To": call.to,
        "Caller": call.caller_id,
        "Called": call.to,
        "CallStatus": call.status.value,
        "ApiVersion": API_VERSION,
        "Direction": "outbound-api",
    }


def progress_parameters(call: SimulatedCall, event: str, *, sequence: int, now: datetime) -> dict[str, str]:
    """A status callback: `event` is initiated, ringing, answered or completed; `sequence` counts from 0."""
    parameters = call_parameters(call) | {
        "CallStatus": _STATUS_OF_EVENT.get(event, call.status.value),
        "Timestamp": rfc_2822(now) or "",
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(sequence),
    }
    if event in {"ringing", "answered"}:
        parameters["StirStatus"] = "A"
    if event == "completed":
        parameters["CallDuration"] = str(call.duration_s or 0)
        parameters["Duration"] = str(call.billed_minutes)
        parameters["SipResponseCode"] = str(call.sip_code)
    return parameters


def stream_parameters(
    call: SimulatedCall, stream_sid: str, *, name: str | None, event: str, error: str | None, now: datetime
) -> dict[str, str]:
    """A stream's status callback: `event` is stream-started, stream-stopped or stream-error."""
    parameters = {
        "AccountSid": call.account_sid,
        "CallSid": call.sid,
        "StreamSid": stream_sid,
        "StreamName": name or stream_sid,
        "StreamEvent": event,
        "Timestamp": now.isoformat(timespec="milliseconds"),
    }
    return parameters if error is None else parameters | {"StreamError": error}


def verdict_parameters(call: SimulatedCall) -> dict[str, str]:
    """What the answering-machine detection found; empty before its verdict."""
    if call.answered_by is None:
        return {}
    return {
        "AnsweredBy": call.answered_by,
        "MachineDetectionDuration": str(call.machine_detection_ms),
    }


_HELD_AT_MOST_S = 1.0
"""Call seconds that `callbacks-reordered` keeps a callback back for the next one to overtake it."""


class Callbacks:
    """The callbacks of one call. Nothing waits for them."""

    def __init__(self, call: SimulatedCall, wanted: StatusCallback | None, around: Surroundings) -> None:
        self._call = call
        self._wanted = wanted
        self._around = around
        self._told = 0
        self._overtaken: asyncio.Event | None = None

    def progress(self, event: str) -> None:
        """`initiated`, `ringing`, `answered` or `completed`, to whoever asked for it."""
        wanted = self._wanted
        if wanted is None or event not in wanted.events:
            return
        sequence, self._told = self._told, self._told + 1
        parameters = progress_parameters(
            self._call, event, sequence=sequence, now=self._around.clock.utc_now()
        )
        if self._around.faults.has("callbacks-reordered"):
            self._tell_reordered(wanted, parameters)
        else:
            self._tell(wanted.url, wanted.method, parameters)

    def stream(self, verb: ConnectStream, stream_sid: str, event: str, error: str | None) -> None:
        """`stream-started`, `stream-stopped` or `stream-error`."""
        if verb.status_callback is None:
            return
        parameters = stream_parameters(
            self._call,
            stream_sid,
            name=verb.name,
            event=event,
            error=error,
            now=self._around.clock.utc_now(),
        )
        self._tell(verb.status_callback, verb.status_callback_method, parameters)

    def verdict(self, callback: VerdictCallback) -> None:
        who = {"CallSid": self._call.sid, "AccountSid": self._call.account_sid}
        self._tell(callback.url, callback.method, who | verdict_parameters(self._call))

    def _tell(self, url: str, method: str, parameters: Mapping[str, str]) -> None:
        if not self._around.faults.is_on("callbacks-lost"):
            self._around.webhooks.send(self._call, url, method, parameters)

    def _tell_reordered(self, wanted: StatusCallback, parameters: Mapping[str, str]) -> None:
        """Hold this callback for the next one, or send it at once, and the one that is held behind it."""
        if self._around.faults.is_on("callbacks-lost"):
            return
        send = functools.partial(
            self._around.webhooks.send, self._call, wanted.url, wanted.method, parameters
        )
        if self._overtaken is None:
            self._overtaken = asyncio.Event()
            send(after=functools.partial(self._until_overtaken, self._overtaken))
        else:
            overtaken, self._overtaken = self._overtaken, None
            send().add_done_callback(lambda _: overtaken.set())

    async def _until_overtaken(self, overtaken: asyncio.Event) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_HELD_AT_MOST_S):
                await overtaken.wait()
