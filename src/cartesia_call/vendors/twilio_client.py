"""The telephone company, as Twilio's REST API. Implements `ports.Carrier`."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.errors import CallNotFound, CarrierError, CarrierUnavailable, PlacementUnknown
from cartesia_call.telephony.call_states import CallSnapshot
from cartesia_call.telephony.instructions import CallInstructions, CallRequest, CarrierNote
from cartesia_call.vendors.departure import Departure
from cartesia_call.vendors.network import NetworkRules
from cartesia_call.vendors.twilio_debugger import translate
from cartesia_call.vendors.twilio_errors import Account, NoAnswer, Refusal, error_for, region_of

if TYPE_CHECKING:
    from cartesia_call.vendors.twilio_calls import TwilioCalls

T = TypeVar("T")

_MARGIN_S = 0.25
"""Added to the limit of one request, so that the HTTP library can be the first to say what was slow."""

_CLOCK_TOLERANCE = timedelta(seconds=2)
"""Between this machine's clock and Twilio's, which moreover drops fractions of a second."""


class TwilioCarrier:
    """Implements `ports.Carrier` over the `twilio` package, each request in a daemon thread of its own.

    The API key is used for requests where there is one, else the auth token. `base_url` is the API's
    address with the region in it (`https://api.dublin.ie1.twilio.com`), or that of a simulator; `region` is
    then what hints go by.
    `connect_timeout_s` limits every request as a whole, in real seconds. A request whose waiter has gone
    (time-out, cancellation) is not sent any more unless it had left.
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
    ) -> None:
        by_api_key = bool(api_key_sid and api_key_secret)
        self._account_sid = account_sid
        self._username = str(api_key_sid) if by_api_key else account_sid
        self._password = api_key_secret if by_api_key else auth_token
        self._base_url = base_url
        self._timeout_s = connect_timeout_s
        self._network = network
        self._account = Account(
            region=region_of(urlsplit(base_url).hostname or "") or region,
            by_api_key=by_api_key,
            secrets=tuple(
                secret for secret in (auth_token, api_key_secret, self._basic_credentials()) if secret
            ),
        )
        self._loading = threading.Lock()
        self._loaded: TwilioCalls | None = None

    async def load(self) -> None:
        """Import and build the client. SettingsError for a CA file that cannot be used."""
        await in_daemon_thread(self._calls)

    async def place(self, request: CallRequest) -> CallSnapshot:
        return await self._exchange(lambda calls: calls.place(request), placing=True)

    async def fetch(self, call_sid: str) -> CallSnapshot:
        return await self._exchange(lambda calls: calls.fetch(call_sid), call_sid=call_sid)

    async def find(self, *, to: str, caller_id: str, created_since: datetime) -> list[CallSnapshot]:
        """Two seconds before `created_since` count too, for the difference between the clocks."""
        newest = await self._exchange(lambda calls: calls.newest(to=to, caller_id=caller_id))
        earliest = created_since - _CLOCK_TOLERANCE
        return [call for call in newest if call.created_at is not None and call.created_at >= earliest]

    async def end(self, call_sid: str) -> CallSnapshot:
        return await self._exchange(lambda calls: calls.end(call_sid), call_sid=call_sid)

    async def redirect(self, call_sid: str, instructions: CallInstructions) -> CallSnapshot:
        """Whoever calls this cuts the text to `twiml.fallback_budget`, as for `place`.

        TwiML above 4000 characters is sent and refused (32018); the running document goes on.
        """
        return await self._exchange(lambda calls: calls.redirect(call_sid, instructions), call_sid=call_sid)

    async def notes(self, call_sid: str) -> list[CarrierNote]:
        found = await self._exchange(lambda calls: calls.notifications(call_sid), call_sid=call_sid)
        return [translate(notification, secrets=self._account.secrets) for notification in found]

    async def is_trial(self) -> bool:
        return await self._exchange(lambda calls: calls.is_trial())

    async def set_time_limit(self, call_sid: str, time_limit_s: int) -> None:
        await self._exchange(lambda calls: calls.set_time_limit(call_sid, time_limit_s), call_sid=call_sid)

    async def close(self) -> None:
        if self._loaded is not None:
            self._loaded.close()

    def _basic_credentials(self) -> str:
        """What the Authorization header holds."""
        return base64.b64encode(f"{self._username}:{self._password}".encode()).decode()

    def _calls(self) -> TwilioCalls:
        with self._loading:
            if self._loaded is None:
                from cartesia_call.vendors.twilio_calls import TwilioCalls  # slow: see there

                self._loaded = TwilioCalls(
                    account_sid=self._account_sid,
                    username=self._username,
                    password=self._password,
                    base_url=self._base_url,
                    timeout_s=self._timeout_s,
                    network=self._network,
                )
            return self._loaded

    async def _exchange(
        self, ask: Callable[[TwilioCalls], T], *, placing: bool = False, call_sid: str | None = None
    ) -> T:
        """Run one request to its end or to the limit, and raise nothing but our own errors."""
        if call_sid is not None and not call_sid.isalnum():  # it becomes part of a path
            raise CallNotFound(f"{call_sid!r} is not the SID of a call")
        departure = Departure()

        def work() -> T:
            calls = self._calls()
            with departure.of_this_thread():
                return ask(calls)

        try:
            async with asyncio.timeout(self._timeout_s + _MARGIN_S) as limit:
                return await in_daemon_thread(work)
        except TimeoutError:
            if not limit.expired():
                raise
            if departure.call_off():
                failure = _unanswered(f"it did not answer within {self._timeout_s:g} s", placing)
            else:
                failure = CarrierUnavailable(
                    f"Twilio cannot be reached: no connection within {self._timeout_s:g} s"
                )
        except NoAnswer as error:
            failure = _unanswered(error.why, placing)
        except Refusal as refusal:
            failure = error_for(refusal, self._account, placing=placing, call_sid=call_sid)
        except CarrierError:
            raise
        except Exception as error:
            if not departure.left:
                raise
            # A 2xx answer that the package or we could not read. The call may well exist.
            failure = _unanswered(f"its answer cannot be understood ({type(error).__name__})", placing)
        finally:
            departure.call_off()
        # Not from within the handlers: the package's exceptions quote Twilio's answer as it came.
        raise failure


def _unanswered(why: str, placing: bool) -> CarrierError:
    if placing:
        return PlacementUnknown(
            f"Twilio was asked to place the call, but {why}; the call may have been placed"
        )
    return CarrierError(f"Twilio was asked, but {why}")
