"""The REST API of one region of the simulated carrier: the parts of Twilio's v2010 that calls need."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime

from aiohttp import web

from cartesia_call.telephony.call_states import CallStatus
from cartesia_simulator.carrier import api_errors, numbers, profiles, resources
from cartesia_simulator.carrier.api_errors import ApiError
from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.countries import COUNTRIES
from cartesia_simulator.carrier.exchange import Exchange
from cartesia_simulator.carrier.form import first_value
from cartesia_simulator.carrier.listing import page_of, select_calls
from cartesia_simulator.carrier.placement import CallUpdate, parse_placement, parse_update
from cartesia_simulator.carrier.regions import (
    DEFAULT_REGION,
    REGIONS,
    WITHOUT_VERIFIED_CALLER_IDS,
)
from cartesia_simulator.carrier.request_faults import RequestFaults
from cartesia_simulator.carrier.surroundings import Account, Surroundings

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(kw_only=True)
class RecordedRequest:
    """One REST request. `parameters` are the form's or the query's; a repeated name's values are joined by
    spaces. `at_s` is the clock on arrival. `http_status` is None until it is answered, for ever if the
    client left before. `region` is the one whose host was asked.
    """

    method: str
    path: str
    parameters: dict[str, str]
    at_s: float
    http_status: int | None = field(default=None)
    region: str = DEFAULT_REGION


class RestApi:
    """Answers requests about one account as the host of one region does.

    What is asked is noted in `requests`, if there are any.
    """

    def __init__(
        self,
        exchange: Exchange,
        account: Account,
        around: Surroundings,
        *,
        region: str,
        request_faults: RequestFaults,
        requests: list[RecordedRequest] | None,
    ) -> None:
        self._exchange = exchange
        self._account = account
        self._clock = around.clock
        self._faults = around.faults
        self._region = region
        self._verified_numbers = (
            frozenset[str]() if region in WITHOUT_VERIFIED_CALLER_IDS else account.verified_numbers
        )
        self._request_faults = request_faults
        self._requests = requests
        self._opened_at = around.clock.utc_now()

    def application(self) -> web.Application:
        """The routes, to be served by an aiohttp runner."""
        application = web.Application(middlewares=[self._answer])
        account = f"/{resources.API_VERSION}/Accounts/{{account}}"
        application.add_routes(
            [
                web.get(f"{account}.json", self._show_account),
                web.get(f"{account}/Balance.json", self._show_balance),
                web.post(f"{account}/Calls.json", self._create_call),
                web.get(f"{account}/Calls.json", self._list_calls),
                web.get(f"{account}/Calls/{{sid}}.json", self._show_call),
                web.post(f"{account}/Calls/{{sid}}.json", self._update_call),
                web.get(f"{account}/Calls/{{sid}}/Notifications.json", self._list_notifications),
                web.get(f"{account}/IncomingPhoneNumbers.json", self._list_owned_numbers),
                web.get(f"{account}/OutgoingCallerIds.json", self._list_verified_numbers),
                web.get(f"{numbers.DIALING_PERMISSIONS_PATH}/{{iso_code}}", self._show_permission),
                web.get(profiles.CUSTOMER_PROFILES_PATH, self._list_profiles),
                web.get(f"{numbers.ROUTES_PATH}/{{number}}", self._show_voice_region),
                web.post(f"{numbers.ROUTES_PATH}/{{number}}", self._set_voice_region),
            ]
        )
        return application

    # --- around every request

    @web.middleware
    async def _answer(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        record = await self._recorded(request)
        try:
            self._authenticate(request)
            response = await handler(request)
        except ApiError as error:
            response = _refusal(error)
        except web.HTTPMethodNotAllowed:
            response = _refusal(ApiError(20004, "Method not allowed", status=405))
        except web.HTTPNotFound:
            response = _refusal(api_errors.not_found(request.path))
        if record is not None:
            record.http_status = response.status
        response.headers["Date"] = format_datetime(self._clock.utc_now(), usegmt=True)
        return response

    async def _recorded(self, request: web.Request) -> RecordedRequest | None:
        if self._requests is None:
            return None
        record = RecordedRequest(
            method=request.method,
            path=request.path,
            parameters=_joined(await _parameters(request)),
            at_s=self._clock.now_s(),
            region=self._region,
        )
        self._requests.append(record)
        return record

    def _authenticate(self, request: web.Request) -> None:
        user, secret = _basic_credentials(request.headers.get("Authorization", ""))
        known = self._account.credentials.find(self._region, user)
        self._request_faults.check_credentials()
        if known is None or not _same(known.secret, secret):
            raise api_errors.unauthenticated()
        if request.match_info.get("account", self._account.sid) != self._account.sid:
            raise api_errors.not_found(request.path)

    # --- resources

    async def _show_account(self, request: web.Request) -> web.StreamResponse:
        is_trial = self._faults.has("trial")
        return web.json_response(
            resources.account_resource(
                self._account.sid,
                is_trial=is_trial,
                is_subaccount=self._account.balance is None,
                created_at=self._opened_at,
            )
        )

    async def _show_balance(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(resources.balance_resource(self._account.sid, self._account.balance))

    async def _create_call(self, request: web.Request) -> web.StreamResponse:
        self._request_faults.check_rate()
        caller_ids = self._reached_by(request) | self._verified_numbers
        placement = parse_placement(await _parameters(request), caller_ids)
        self._request_faults.check_placing(placement.to, placement.caller_id)
        call = self._exchange.place(placement)
        await self._request_faults.lose_placing_answer()
        return web.json_response(resources.call_resource(call), status=201)

    async def _list_calls(self, request: web.Request) -> web.StreamResponse:
        calls = select_calls(self._exchange.calls(), request.query)
        return _page(request, "calls", [resources.call_resource(call) for call in calls])

    async def _show_call(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(resources.call_resource(self._call(request)))

    async def _update_call(self, request: web.Request) -> web.StreamResponse:
        call = self._call(request)
        update = parse_update(await _parameters(request))
        ends_document = update.status is not None or update.source is not None
        if not ends_document or self._request_faults.lets_end(request.path):
            self._apply(update, call)
        return web.json_response(resources.call_resource(call))

    def _apply(self, update: CallUpdate, call: SimulatedCall) -> None:
        if call.is_over:
            raise api_errors.not_in_progress()
        is_answered = call.status is CallStatus.IN_PROGRESS
        leg = self._exchange.leg(call)
        for problem in update.problems:
            call.note(problem)
        if update.time_limit_s is not None:
            leg.limit_time(update.time_limit_s)
        if update.source is not None:
            if not is_answered:
                raise api_errors.not_in_progress()
            leg.redirect(update.source)
        if update.status == "completed" or (update.status == "canceled" and not is_answered):
            leg.end("api")

    async def _list_notifications(self, request: web.Request) -> web.StreamResponse:
        call = self._call(request)
        return _page(
            request,
            "notifications",
            [resources.notification_resource(call, entry) for entry in reversed(call.listed_warnings)],
        )

    async def _list_owned_numbers(self, request: web.Request) -> web.StreamResponse:
        found = numbers.numbers_with(
            request.query.get("PhoneNumber"), self._listed(self._reached_by(request))
        )
        return _page(
            request,
            "incoming_phone_numbers",
            [
                numbers.incoming_phone_number(self._account.sid, number, created_at=self._opened_at)
                for number in found
            ],
        )

    async def _list_verified_numbers(self, request: web.Request) -> web.StreamResponse:
        if self._region in WITHOUT_VERIFIED_CALLER_IDS:
            raise api_errors.not_in_region(self._region)
        wanted = request.query.get("PhoneNumber")
        return _page(
            request,
            "outgoing_caller_ids",
            [
                numbers.outgoing_caller_id(self._account.sid, number, created_at=self._opened_at)
                for number in sorted(self._listed(self._verified_numbers))
                if wanted in {None, "", number}
            ],
        )

    def _reached_by(self, request: web.Request) -> frozenset[str]:
        """The account's numbers, as far as the key of this request reaches them."""
        user, _ = _basic_credentials(request.headers.get("Authorization", ""))
        key = self._account.credentials.find(self._region, user)
        sees = None if key is None else key.sees
        return self._account.owned_numbers if sees is None else self._account.owned_numbers & sees

    def _listed(self, ours: frozenset[str]) -> frozenset[str]:
        return frozenset() if self._faults.has("from-21210") else ours

    async def _show_permission(self, request: web.Request) -> web.StreamResponse:
        country = COUNTRIES.get(request.match_info["iso_code"].upper())
        if country is None:
            raise api_errors.not_found(request.path)
        is_allowed = not self._faults.has("geo-21215")
        return web.json_response(numbers.dialing_permission(country, is_allowed=is_allowed))

    async def _list_profiles(self, request: web.Request) -> web.StreamResponse:
        found = profiles.customer_profiles(
            self._account.sid, self._account.profile_statuses, request.query, created_at=self._opened_at
        )
        return web.json_response(found)

    async def _show_voice_region(self, request: web.Request) -> web.StreamResponse:
        number = request.match_info["number"]
        if number not in self._reached_by(request):
            raise api_errors.not_found(request.path)
        region = self._account.voice_regions.get(number, DEFAULT_REGION)
        return web.json_response(
            numbers.inbound_processing_region(self._account.sid, number, region, set_at=self._opened_at)
        )

    async def _set_voice_region(self, request: web.Request) -> web.StreamResponse:
        parameters = await _parameters(request)
        region = first_value(parameters, "VoiceRegion")
        if region not in REGIONS or parameters.keys() != {"VoiceRegion"}:
            raise api_errors.invalid_parameter(
                f"VoiceRegion, and nothing else, is one of {', '.join(REGIONS)}"
            )
        if (number := request.match_info["number"]) in self._reached_by(request):
            self._account.voice_regions[number] = region
        return await self._show_voice_region(request)

    def _call(self, request: web.Request) -> SimulatedCall:
        call = self._exchange.find(request.match_info["sid"])
        if call is None:
            raise api_errors.not_found(request.path)
        return call


def _page(request: web.Request, key: str, entries: list[resources.Resource]) -> web.Response:
    number, size = page_of(request.query)
    query = list(request.query.items())
    return web.json_response(
        resources.page(key, entries, path=request.path, query=query, number=number, size=size)
    )


def _refusal(error: ApiError) -> web.Response:
    headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if error.status == 401 else None
    return web.json_response(error.body(), status=error.status, headers=headers)


async def _parameters(request: web.Request) -> dict[str, list[str]]:
    given = await request.post() if request.method == "POST" else request.query
    found: dict[str, list[str]] = {}
    for name, value in given.items():
        found.setdefault(name, []).append(str(value))
    return found


def _joined(parameters: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: " ".join(values) for name, values in parameters.items()}


def _basic_credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    try:
        user, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (user, secret) if scheme.lower() == "basic" else ("", "")


def _same(known: str, given: str) -> bool:
    return hmac.compare_digest(known.encode(), given.encode())
