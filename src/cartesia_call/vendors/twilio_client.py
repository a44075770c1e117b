"""The telephone company, as Twilio's REST API. Implements `ports.Carrier`."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from cartesia_call.addresses import NetworkRules
from cartesia_call.errors import CallNotFound, CarrierError, CarrierUnavailable, PlacementUnknown
from cartesia_call.ports import FOUND_AT_MOST
from cartesia_call.telephony.call_states import CallSnapshot, is_sid
from cartesia_call.telephony.instructions import CallInstructions, CallRequest, CarrierNote
from cartesia_call.trace_ports import Tracer
from cartesia_call.tracing.messages import Peer
from cartesia_call.vendors import twilio_calls
from cartesia_call.vendors.http_answer import HttpAnswer, NoAnswer, NotConnected
from cartesia_call.vendors.http_transport import HttpTransport
from cartesia_call.vendors.twilio_debugger import translate
from cartesia_call.vendors.twilio_errors import Account, Refusal, error_for, region_of
from cartesia_call.vendors.twiml import render_twiml

T = TypeVar("T")

_CLOCK_TOLERANCE = timedelta(seconds=2)
"""Between this machine's clock and Twilio's, which moreover drops fractions of a second."""

_MOST_NOTIFICATIONS = 50
"""Newest entries of one call's debugger to read. What keeps repeating is noted once per stream."""


class TwilioCarrier:
    """Implements `ports.Carrier` by requests to API v2010.

    The API key is used for requests where there is one, else the auth token. `base_url` is the API's
    address with the region in it (`https://api.dublin.ie1.twilio.com`), or that of a simulator; `region` is
    then what hints go by. `connect_timeout_s` limits every request as a whole. A request whose waiter has
    gone (time-out, cancellation) is not sent any more unless it had left.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str | None,
        api_key_sid: str | None,
        api_key_secret: str | None,
        base_url: str,
        connect_timeout_s: float,
        network: NetworkRules,
        region: str | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        by_api_key = bool(api_key_sid and api_key_secret)
        username = str(api_key_sid) if by_api_key else account_sid
        password = api_key_secret if by_api_key else auth_token
        login = base64.b64encode(f"{username}:{password}".encode()).decode()
        self._base_url = base_url.rstrip("/")
        self._account_url = f"{self._base_url}/2010-04-01/Accounts/{account_sid}"
        self._headers = {"Accept": "application/json"}
        if password:
            self._headers["Authorization"] = f"Basic {login}"
        self._account = Account(
            region=region_of(urlsplit(base_url).hostname or "") or region,
            by_api_key=by_api_key,
            secrets=tuple(secret for secret in (auth_token, api_key_secret, login) if secret),
        )
        self._transport = HttpTransport(
            network=network, timeout_s=connect_timeout_s, tracer=tracer, peer=Peer.TWILIO
        )

    async def load(self) -> None:
        """Load what requests need. SettingsError for a CA file that cannot be used."""
        await self._transport.open(self._base_url)

    async def place(self, request: CallRequest) -> CallSnapshot:
        form = twilio_calls.placing_form(request)
        return await self._ask(
            "POST", f"{self._account_url}/Calls.json", form, twilio_calls.read_call, placing=True
        )

    async def fetch(self, call_sid: str) -> CallSnapshot:
        return await self._of_call("GET", call_sid, {}, twilio_calls.read_call)

    async def find(self, *, to: str, caller_id: str, created_since: datetime) -> list[CallSnapshot]:
        """Two seconds before `created_since` count too, for the difference between the clocks.

        There is no `StartTime` filter: a call that is still queued has no start time and would be missed.
        """
        query = {"To": to, "From": caller_id, "PageSize": FOUND_AT_MOST}
        newest = await self._ask("GET", f"{self._account_url}/Calls.json", query, twilio_calls.read_calls)
        earliest = created_since - _CLOCK_TOLERANCE
        return [call for call in newest if call.created_at is not None and call.created_at >= earliest]

    async def end(self, call_sid: str) -> CallSnapshot:
        return await self._of_call("POST", call_sid, {"Status": "completed"}, twilio_calls.read_call)

    async def redirect(self, call_sid: str, instructions: CallInstructions) -> CallSnapshot:
        """Whoever calls this cuts the text to `twiml.say_limits`, as for `place`.

        TwiML above 4000 characters is sent and refused (32018); the running document goes on.
        """
        form = {"Twiml": render_twiml(instructions)}
        return await self._of_call("POST", call_sid, form, twilio_calls.read_call)

    async def notes(self, call_sid: str) -> list[CarrierNote]:
        query = {"PageSize": _MOST_NOTIFICATIONS}
        found = await self._of_call(
            "GET", call_sid, query, twilio_calls.read_notifications, part="/Notifications"
        )
        return [translate(notification, secrets=self._account.secrets) for notification in found]

    async def is_trial(self) -> bool:
        fields = await self._ask("GET", f"{self._account_url}.json", {}, dict)
        return str(fields.get("type")).lower() == "trial"

    async def set_time_limit(self, call_sid: str, time_limit_s: int) -> None:
        await self._of_call("POST", call_sid, {"TimeLimit": time_limit_s}, twilio_calls.read_call)

    async def close(self) -> None:
        await self._transport.close()

    async def _of_call(
        self,
        method: str,
        call_sid: str,
        parameters: Mapping[str, object],
        read: Callable[[dict[str, Any]], T],
        *,
        part: str = "",
    ) -> T:
        if not is_sid(call_sid):
            raise CallNotFound(f"{call_sid!r} is not the SID of a call")
        url = f"{self._account_url}/Calls/{call_sid}{part}.json"
        return await self._ask(method, url, parameters, read, call_sid=call_sid)

    async def _ask(
        self,
        method: str,
        url: str,
        parameters: Mapping[str, object],
        read: Callable[[dict[str, Any]], T],
        *,
        placing: bool = False,
        call_sid: str | None = None,
    ) -> T:
        """What `read` makes of the fields of the answer to one request."""
        answer = await self._exchange(method, url, parameters, placing=placing, call_sid=call_sid)
        return self._understood(answer, read, placing=placing)

    def _understood(
        self, answer: HttpAnswer, read: Callable[[dict[str, Any]], T], *, placing: bool = False
    ) -> T:
        """What `read` makes of the fields of a 2xx answer; it raises ValueError where they say nothing."""
        try:
            return read(twilio_calls.read_object(answer.text))
        except ValueError:
            # What was asked for may well have been done.
            failure = _unanswered("its answer cannot be understood", placing)
        raise failure

    async def _exchange(
        self,
        method: str,
        url: str,
        parameters: Mapping[str, object],
        *,
        placing: bool = False,
        call_sid: str | None = None,
    ) -> HttpAnswer:
        """Run one request to its end or to the limit: a 2xx answer, or one of our own errors."""
        encoded = urlencode(parameters, doseq=True)
        headers, body = self._headers, None
        if method == "POST":
            headers = headers | {"Content-Type": "application/x-www-form-urlencoded"}
            body = encoded.encode()
        elif encoded:
            url = f"{url}?{encoded}"
        failure: CarrierError
        try:
            answer = await self._transport.exchange(method, url, headers=headers, body=body, afresh=placing)
        except NotConnected as error:
            failure = CarrierUnavailable(f"Twilio cannot be reached: {error.why}", hint=error.hint)
        except NoAnswer as error:
            failure = _unanswered(error.why, placing)
        else:
            if 200 <= answer.status < 300:
                return answer
            refusal = Refusal(answer.status, answer.text)
            failure = error_for(refusal, self._account, placing=placing, call_sid=call_sid)
        raise failure


def _unanswered(why: str, placing: bool) -> CarrierError:
    if placing:
        return PlacementUnknown(
            f"Twilio was asked to place the call, but {why}; the call may have been placed"
        )
    return CarrierError(f"Twilio was asked, but {why}")
