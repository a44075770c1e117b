"""The built-in telephone network: a strict carrier on a loopback socket, with Twilio's protocols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from aiohttp import web

from cartesia_call.ports import Clock
from cartesia_call.simulator.callee import CalleeScript
from cartesia_call.simulator.carrier.call import SimulatedCall
from cartesia_call.simulator.carrier.exchange import Exchange
from cartesia_call.simulator.carrier.rest import RecordedRequest, RestApi
from cartesia_call.simulator.carrier.surroundings import Surroundings
from cartesia_call.simulator.carrier.webhooks import Webhooks
from cartesia_call.simulator.faults import FaultPlan
from cartesia_call.simulator.recordings import Recordings
from cartesia_call.simulator.voice import Voice

_FAREWELL_S = 0.1
"""Real seconds that a client may take to hang up its HTTP connection when the carrier stops."""


class SimulatedCarrier:
    """One account at one carrier, and one callee behind every number, or one for each call.

    Answers REST requests as Twilio does, wrong ones included; performs TwiML; sends signed callbacks;
    connects signed media streams. `calls` (by SID, in order of creation) and `requests` show what happened.
    Calls may come from `owned_numbers`, bought ones, and from `verified_numbers`, proven ones.
    `api_keys` are further credentials, SK SID to secret. `audio_kept` is of how many calls, the newest, the
    audio is kept; None: of all.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        account_sid: str,
        auth_token: str,
        owned_numbers: frozenset[str],
        callee: CalleeScript | Sequence[CalleeScript],
        faults: FaultPlan,
        voice: Voice,
        verified_numbers: frozenset[str] = frozenset(),
        api_keys: Mapping[str, str] = MappingProxyType({}),
        audio_kept: int | None = None,
    ) -> None:
        self._clock = clock
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._owned_numbers = owned_numbers
        self._verified_numbers = verified_numbers
        self._callees = (callee,) if isinstance(callee, CalleeScript) else tuple(callee)
        self._faults = faults
        self._voice = voice
        self._api_keys = api_keys
        self._recordings = Recordings[SimulatedCall](audio_kept)
        self._webhooks: Webhooks | None = None
        self._exchange: Exchange | None = None
        self._runner: web.AppRunner | None = None
        self.calls: dict[str, SimulatedCall] = {}
        self.requests: list[RecordedRequest] = []

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen; the base URL, `http://127.0.0.1:PORT`. OSError if the port cannot be had."""
        self._webhooks = Webhooks(self._auth_token)
        around = Surroundings(
            clock=self._clock,
            auth_token=self._auth_token,
            callee=self._callees[0],
            faults=self._faults,
            voice=self._voice,
            webhooks=self._webhooks,
        )
        self._exchange = Exchange(self._account_sid, around, self._callees, self.calls, self._recordings)
        api = RestApi(
            self._exchange,
            clock=self._clock,
            account_sid=self._account_sid,
            credentials={self._account_sid: self._auth_token, **self._api_keys},
            owned_numbers=self._owned_numbers,
            verified_numbers=self._verified_numbers,
            faults=self._faults,
            requests=self.requests,
        )
        # handler_cancellation: a request that is never answered ends when its client leaves.
        self._runner = web.AppRunner(
            api.application(), access_log=None, handler_cancellation=True, shutdown_timeout=_FAREWELL_S
        )
        try:
            await self._runner.setup()
            await web.TCPSite(self._runner, host, port).start()
        except OSError:
            await self.stop()
            raise
        bound_host, bound_port = self._runner.addresses[0][:2]
        return f"http://{bound_host}:{bound_port}"

    async def stop(self) -> None:
        """End every call, close every connection; callbacks still on their way are lost. Repeatable."""
        if self._runner is not None:
            await self._runner.cleanup()
        if self._exchange is not None:
            await self._exchange.stop()
        if self._webhooks is not None:
            await self._webhooks.close()
