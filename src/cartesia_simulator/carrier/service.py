"""The built-in telephone network: a strict carrier on loopback sockets, with Twilio's protocols."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from aiohttp import web

from cartesia_call.ports import Clock
from cartesia_simulator.callee import CalleeScript
from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.exchange import Exchange
from cartesia_simulator.carrier.profiles import APPROVED
from cartesia_simulator.carrier.regions import DEFAULT_REGION, Credentials, SimulatedKey
from cartesia_simulator.carrier.request_faults import RequestFaults
from cartesia_simulator.carrier.rest import RecordedRequest, RestApi
from cartesia_simulator.carrier.signature import SharedKey, Signer
from cartesia_simulator.carrier.surroundings import Account, Surroundings
from cartesia_simulator.carrier.webhooks import Webhooks
from cartesia_simulator.faults import FaultPlan
from cartesia_simulator.recordings import Recordings
from cartesia_simulator.voice import Voice

_FAREWELL_S = 0.1
"""Real seconds that a client may take to hang up its HTTP connection when the carrier stops."""


class SimulatedCarrier:
    """One account at one carrier, and one callee behind every number, or one for each call.

    Answers REST requests as Twilio does, wrong ones included; performs TwiML; sends signed callbacks;
    connects signed media streams. `calls` (by SID, in order of creation) and `requests` show what happened.
    The account is as `Account` says. `api_keys` are further credentials for us1, SK SID to secret.
    `audio_kept` is of how many calls, the newest, the audio is kept; None: of all. `forgets_after_s`: so long
    after that a call is forgotten as a whole, and requests are not kept; None: never.

    There is a host for us1, which `auth_token` belongs to, and one for each region of `regional_tokens`, all
    with the same account and numbers. `urls` are their addresses once `start` has returned. With `shared_key`
    what they send is signed with that.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        account_sid: str,
        auth_token: str,
        shared_key: SharedKey | None = None,
        owned_numbers: frozenset[str],
        callee: CalleeScript | Sequence[CalleeScript],
        faults: FaultPlan,
        voice: Voice,
        verified_numbers: frozenset[str] = frozenset(),
        api_keys: Mapping[str, str] = MappingProxyType({}),
        regional_tokens: Mapping[str, str] = MappingProxyType({}),
        audio_kept: int | None = None,
        forgets_after_s: float | None = None,
        balance: str | None = "25.00",
        profile_statuses: tuple[str, ...] = (APPROVED,),
    ) -> None:
        self._clock = clock
        self._tokens = {DEFAULT_REGION: auth_token, **regional_tokens}
        self._shared_key = shared_key
        self._callees = (callee,) if isinstance(callee, CalleeScript) else tuple(callee)
        self._faults = faults
        self._voice = voice
        self._webhooks: list[Webhooks] = []
        self._exchanges: list[Exchange] = []
        self._runners: list[web.AppRunner] = []
        self.credentials = Credentials(
            SimulatedKey(region=region, sid=sid, secret=secret)
            for region, sid, secret in (
                *((region, account_sid, token) for region, token in self._tokens.items()),
                *((DEFAULT_REGION, sid, secret) for sid, secret in api_keys.items()),
            )
        )
        self._account = Account(
            sid=account_sid,
            owned_numbers=owned_numbers,
            verified_numbers=verified_numbers,
            balance=balance,
            profile_statuses=profile_statuses,
            credentials=self.credentials,
        )
        self.voice_regions = self._account.voice_regions
        self.urls: dict[str, str] = {}
        self.calls: dict[str, SimulatedCall] = {}
        self.requests: list[RecordedRequest] = []
        self._keeps_requests = forgets_after_s is None
        self._recordings = Recordings[SimulatedCall](
            audio_kept,
            forgets_after_s=forgets_after_s,
            forget=lambda call: self.calls.pop(call.sid),
            now_s=clock.now_s,
        )

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen; the base URL of us1, `http://127.0.0.1:PORT`. OSError if the port cannot be had.

        `port` is us1's, the other regions take any free ones.
        """
        request_faults = RequestFaults(self._faults, self._clock)
        try:
            for region in self._tokens:
                wanted = port if region == DEFAULT_REGION else 0
                self.urls[region] = await self._listen(region, host, wanted, request_faults)
        except BaseException:
            await self.stop()
            raise
        return self.urls[DEFAULT_REGION]

    async def stop(self) -> None:
        """End every call, close every connection; callbacks still on their way are lost. Repeatable."""
        runners, self._runners = self._runners, []
        exchanges, self._exchanges = self._exchanges, []
        webhooks, self._webhooks = self._webhooks, []
        for runner in runners:
            await runner.cleanup()
        for exchange in exchanges:
            await exchange.stop()
        for sender in webhooks:
            await sender.close()

    def application(self, region: str, request_faults: RequestFaults) -> web.Application:
        around = self._surroundings(region)
        exchange = Exchange(
            account_sid=self._account.sid,
            region=region,
            around=around,
            callees=self._callees,
            calls=self.calls,
            recordings=self._recordings,
        )
        self._exchanges.append(exchange)
        return RestApi(
            exchange,
            self._account,
            around,
            region=region,
            request_faults=request_faults,
            requests=self.requests if self._keeps_requests else None,
        ).application()

    async def _listen(self, region: str, host: str, port: int, request_faults: RequestFaults) -> str:
        # handler_cancellation: a request that is never answered ends when its client leaves.
        runner = web.AppRunner(
            self.application(region, request_faults),
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=_FAREWELL_S,
        )
        self._runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        if not runner.addresses:  # asyncio passes over what it can make no socket for
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        bound_host, bound_port = runner.addresses[0][:2]
        return f"http://{bound_host}:{bound_port}"

    def _surroundings(self, region: str) -> Surroundings:
        signer = Signer(auth_token=self._tokens[region], shared_key=self._shared_key)
        webhooks = Webhooks(signer)
        self._webhooks.append(webhooks)
        return Surroundings(
            clock=self._clock,
            signer=signer,
            callee=self._callees[0],
            faults=self._faults,
            voice=self._voice,
            webhooks=webhooks,
        )
