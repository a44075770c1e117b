"""`POST /agents/calls` and `POST /agents/calls/{id}/cancel`: what an agent does with a provider's key."""

from __future__ import annotations

import html
from collections.abc import Mapping

from aiohttp import web

from cartesia_simulator.agents import bodies, refusals
from cartesia_simulator.agents.records import Agent, AgentCall, PhoneNumber, Records, Resource, new_id
from cartesia_simulator.agents.twilio import Twilio, TwilioRefused
from cartesia_simulator.speech.refusals import Refusal, bad_request

_RINGING_S = range(5, 81)
_DEFAULT_RINGING_S = 60
_DURATION_MINUTES = range(1, 241)
"""The API documents no limits; these are those of Twilio's calls, four hours."""
_NOT_IN_PROGRESS = 21220
_ON_THE_LINE_S = 300


class AgentCalls:
    """The endpoints. Twilio is asked as the number's provider says: with its key, in its region."""

    def __init__(self, records: Records, twilio: Twilio) -> None:
        self._records = records
        self._twilio = twilio

    async def place(self, request: web.Request) -> web.Response:
        """POST: 200; each entry has its own `agent_call_id` or `error`."""
        bodies.check_query(request)
        fields = await bodies.read_body(request)
        bodies.check_names(
            fields,
            "a request to call",
            required=("from_number_id", "agent_id", "outbound_calls"),
            optional=("ringing_timeout_seconds", "max_call_duration_minutes"),
        )
        agent_id, number_id = bodies.text(fields, "agent_id"), bodies.text(fields, "from_number_id")
        ringing_s = bodies.whole_number(fields, "ringing_timeout_seconds", _RINGING_S)
        minutes = bodies.whole_number(fields, "max_call_duration_minutes", _DURATION_MINUTES)
        callees = _callees(fields["outbound_calls"])
        agent, held = self._records.agent(agent_id), self._records.number(number_id)
        form = {
            "From": held.number,
            "Twiml": _document(agent),
            "Timeout": str(ringing_s or _DEFAULT_RINGING_S),
        }
        if minutes is not None:
            form["TimeLimit"] = str(60 * minutes)
        calls = [await self._place(agent, held, form | {"To": to}) for to in callees]
        return web.json_response({"calls": calls})

    async def cancel(self, request: web.Request) -> web.Response:
        """POST: hang a call up; 502 if Twilio does not."""
        bodies.check_query(request)
        call = self._records.calls.get(request.match_info["call_id"])
        if call is None:
            raise refusals.no_such("call", request.match_info["call_id"])
        provider = self._records.number(call.number_id).provider
        try:
            await self._twilio.end_call(provider, call.call_sid)
        except TwilioRefused as refused:
            if refused.code == _NOT_IN_PROGRESS:
                raise Refusal(400, "Call not active", f"Call {call.id} is not active.") from None
            raise Refusal(502, "Cancel failed", f"The call goes on: {refused}.") from None
        return web.json_response({"cancelled": True})

    async def _place(self, agent: Agent, held: PhoneNumber, form: Mapping[str, str]) -> Resource:
        entry: Resource = {"number": form["To"]}
        try:
            call_sid = await self._twilio.place_call(held.provider, form)
        except TwilioRefused as refused:
            return entry | {"error": str(refused)}
        call = AgentCall(
            id=new_id("ac"),
            agent_id=agent.id,
            number_id=held.id,
            to=form["To"],
            call_sid=call_sid,
            region=held.provider.region,
        )
        self._records.calls[call.id] = call
        return entry | {"agent_call_id": call.id}


def _callees(value: object) -> list[str]:
    if not isinstance(value, list) or not value:
        raise bad_request("outbound_calls is an array of one or more calls")
    numbers = []
    for entry in value:
        fields = bodies.as_object(entry, "an entry of outbound_calls")
        bodies.check_names(
            fields, "an entry of outbound_calls", required=("to_number",), optional=("metadata",)
        )
        if "metadata" in fields:
            bodies.as_object(fields["metadata"], "metadata")
        numbers.append(bodies.text(fields, "to_number"))
    return numbers


def _document(agent: Agent) -> str:
    """The built-in agent has one sentence to say, and listens."""
    greeting = html.escape(f"Hello, this is {agent.name}.")
    return f'<Response><Say>{greeting}</Say><Pause length="{_ON_THE_LINE_S}"/></Response>'
