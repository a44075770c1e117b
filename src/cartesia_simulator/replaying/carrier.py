"""A carrier that does what a recorded one did, in answer to what the program does today."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Coroutine, Mapping
from typing import Any

from aiohttp import web

from cartesia_call.ports import Clock
from cartesia_call.telephony.call_states import CallStatus
from cartesia_simulator.carrier import api_errors, resources
from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.regions import DEFAULT_REGION
from cartesia_simulator.carrier.request_faults import RequestFaults
from cartesia_simulator.carrier.service import SimulatedCarrier
from cartesia_simulator.carrier.signature import Signer
from cartesia_simulator.carrier.twiml import ConnectStream, Say, parse_twiml
from cartesia_simulator.carrier.webhooks import Webhooks
from cartesia_simulator.replaying.restoring import Restorer
from cartesia_simulator.replaying.script import Answer, Event, Script
from cartesia_simulator.replaying.stream import ReplayedStream

_CHARACTERS_A_SECOND = 15.0
"""Of a carrier's voice."""

_STATES = {status.value: status for status in CallStatus}


class RecordedCarrier(SimulatedCarrier):
    """Plays `script` once, to the first call that is placed. Requests are answered in the order of the
    recorded ones; where there are more of them than then, the last answer is given again. Whoever it calls is
    silent, unless the trace holds their audio.
    """

    def __init__(self, script: Script, clock: Clock, **carrier: Any) -> None:
        super().__init__(clock, **carrier)
        self._signer = Signer(auth_token=self._tokens[DEFAULT_REGION], shared_key=self._shared_key)
        self.script = script
        self._placed = self._ended = self._changed = self._listed = 0
        self._placed_at_s = 0.0
        self._call: SimulatedCall | None = None
        self._form: Mapping[str, str] = {}
        self._stream: ReplayedStream | None = None
        self._playing: set[asyncio.Task[None]] = set()
        self._restorer = Restorer(sids={}, now=self._clock.utc_now())
        self._hooks: Webhooks | None = None
        self._is_ending = False

    def application(self, region: str, request_faults: RequestFaults) -> web.Application:
        application = web.Application()
        account = f"/{resources.API_VERSION}/Accounts/{{account}}"
        application.add_routes(
            [
                web.get(f"{account}.json", self._show_account),
                web.post(f"{account}/Calls.json", self._place),
                web.get(f"{account}/Calls.json", self._list),
                web.get(f"{account}/Calls/{{sid}}.json", self._show),
                web.post(f"{account}/Calls/{{sid}}.json", self._update),
                web.get(f"{account}/Calls/{{sid}}/Notifications.json", self._notes),
            ]
        )
        return application

    async def stop(self) -> None:
        playing, self._playing = self._playing, set()
        for task in playing:
            task.cancel()
        if playing:
            await asyncio.wait(playing)
        if self._hooks is not None:
            await self._hooks.close()
        await super().stop()

    # --- requests

    async def _place(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        self._form = {name: str(value) for name, value in form.items()}
        answer = _nth(self.script.placing, self._placed)
        self._placed += 1
        is_last = self._placed >= len(self.script.placing)
        if self._call is None and self.script.exists and is_last:
            self._begin()
        if answer is None or answer.status is None:
            await asyncio.Event().wait()  # until its client leaves
            raise AssertionError("an event that nobody sets")
        if self._call is not None and isinstance(answer.body, dict):
            self._restorer.learn(answer.body.get("sid"), self._call.sid)
            self._restorer.learn(answer.body.get("to"), self._call.to)
            self._restorer.learn(answer.body.get("from"), self._call.caller_id)
        return await self._answered(answer)

    def _begin(self) -> None:
        to, caller_id = self._form.get("To", ""), self._form.get("From", "")
        call = SimulatedCall(self._clock, account_sid=self._account.sid, to=to, caller_id=caller_id)
        self.calls[call.sid] = self._call = call
        sids = {"CA": call.sid, "AC": self._account.sid}
        self._restorer = Restorer(sids=sids, now=self._clock.utc_now())
        self._hooks = Webhooks(self._signer)
        self._placed_at_s = self._clock.now_s()
        self._play(self._call_back(call, self.script.callbacks))
        self._play(self._connect(call))

    async def _list(self, request: web.Request) -> web.StreamResponse:
        answer = _nth(self.script.lists, self._listed)
        self._listed += 1
        recorded = answer.body.get("calls") if answer is not None and isinstance(answer.body, dict) else True
        shown = [resources.call_resource(self._call)] if self._call is not None and recorded else []
        query = list(request.query.items())
        page = resources.page("calls", shown, path=request.path, query=query, number=0, size=50)
        return web.json_response(page)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        now_ms = (self._clock.now_s() - self._placed_at_s) * 1000
        before = [answer for at_ms, answer in self.script.looks if at_ms <= now_ms]
        if self._call is None or (before and before[-1].status == 404):
            return _not_found(request)
        return web.json_response(resources.call_resource(self._call))

    async def _update(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        if form.get("Status") != "completed":
            answer, self._changed = _nth(self.script.other, self._changed), self._changed + 1
            return await self._answered(answer) if answer is not None else await self._show(request)
        if self._call is None:
            return _not_found(request)
        position, self._ended = self._ended, self._ended + 1
        answer = _nth(self.script.ending, position)
        works = self.script.ends_by is None or position >= self.script.ends_by
        if answer is None or (answer.status is not None and answer.status < 400 and works):
            self._end(self._call)
            return web.json_response(resources.call_resource(self._call))
        return await self._answered(answer)

    def _end(self, call: SimulatedCall) -> None:
        """As the recorded one ended behind its hang-up; one that something else ended then ends at once."""
        if call.is_over or self._is_ending:
            return
        self._is_ending = True
        self._play(self._call_back(call, self.script.last_callbacks))
        if not any(_status_in(event) in _STATES for event in self.script.last_callbacks):
            call.ended("api", CallStatus.COMPLETED, 200)
        if self._stream is not None:
            self._play(self._stream.end(self.script.last_texts))

    async def _notes(self, request: web.Request) -> web.StreamResponse:
        if self.script.notes is not None:
            return await self._answered(self.script.notes)
        page = resources.page("notifications", [], path=request.path, query=[], number=0, size=50)
        return web.json_response(page)

    async def _show_account(self, request: web.Request) -> web.StreamResponse:
        if self.script.account is not None:
            return await self._answered(self.script.account)
        shown = resources.account_resource(
            self._account.sid, is_trial=False, is_subaccount=False, created_at=self._clock.utc_now()
        )
        return web.json_response(shown)

    async def _answered(self, answer: Answer) -> web.StreamResponse:
        if answer.status is None:
            await asyncio.Event().wait()
        await self._clock.sleep(answer.after_ms / 1000)
        body = self._restorer.value(answer.body)
        return web.Response(
            status=answer.status or 500,
            text=json.dumps(body) if isinstance(body, dict | list) else "",
            content_type="application/json",
        )

    # --- what it does on its own

    def _play(self, course: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(course)
        self._playing.add(task)
        task.add_done_callback(self._playing.discard)

    async def _call_back(self, call: SimulatedCall, events: tuple[Event, ...]) -> None:
        from_s = self._clock.now_s()
        for event in events:
            await self._clock.sleep(max(0.0, from_s + event.at_ms / 1000 - self._clock.now_s()))
            if self._is_ending and events is not self.script.last_callbacks:
                return
            _follow(call, _status_in(event))
            parameters = {
                name: str(self._restorer.value(value)) for name, value in event.record.parameters.items()
            }
            url = self._url_of(event)
            if url and self._hooks is not None:
                self._hooks.send(call, url, event.record.method or "GET", parameters)

    def _url_of(self, event: Event) -> str | None:
        is_verdict = "AnsweredBy" in event.record.parameters and not _status_in(event)
        return self._form.get("AsyncAmdStatusCallback" if is_verdict else "StatusCallback")

    async def _connect(self, call: SimulatedCall) -> None:
        verbs = parse_twiml(self._form.get("Twiml", "")).verbs
        verb = next((verb for verb in verbs if isinstance(verb, ConnectStream)), None)
        if self.script.stream_at_ms is None or verb is None:
            return
        await self._clock.sleep(self.script.stream_at_ms / 1000)
        self._stream = ReplayedStream(
            self.script,
            call,
            verb,
            clock=self._clock,
            signer=self._signer,
            restorer=self._restorer,
        )
        with contextlib.suppress(ConnectionError):
            await self._stream.run()
        if self.script.ends_by is not None and not self._is_ending:
            # Closed earlier than the recorded one: what comes behind it in the document, and then the end.
            said = sum(len(each.text) for each in verbs if isinstance(each, Say))
            await self._clock.sleep(said / _CHARACTERS_A_SECOND)
            self._end(call)


def _nth(answers: tuple[Answer, ...], position: int) -> Answer | None:
    return answers[min(position, len(answers) - 1)] if answers else None


def _status_in(event: Event) -> str | None:
    return event.record.told("CallStatus")


def _follow(call: SimulatedCall, told: str | None) -> None:
    """Have the call be in the state that is told of."""
    status = _STATES.get(told or "")
    if status is None or call.is_over:
        return
    if status.is_final:
        call.ended("recorded", status, 200)
    elif status is CallStatus.RINGING:
        call.ringing()
    elif status is CallStatus.IN_PROGRESS:
        call.answered()


def _not_found(request: web.Request) -> web.Response:
    error = api_errors.not_found(request.path)
    return web.json_response(error.body(), status=error.status)
