"""The life of one simulated call: dialled, rung, answered, its TwiML performed, ended.

One task lives it. Whoever ends the call from outside (callee, API, time limit) calls `end`, which settles
the call's record at once and cancels that task; a running media stream then says `stop` on its way out.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from contextlib import aclosing

from cartesia_call.telephony.call_states import CallStatus
from cartesia_simulator.callee import BLOCKING_NOTES, CalleeScript, ScriptedNote
from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.callbacks import Callbacks, call_parameters, verdict_parameters
from cartesia_simulator.carrier.callee_side import CalleeSide
from cartesia_simulator.carrier.dtmf import dialled
from cartesia_simulator.carrier.machine_detection import MachineDetection, detect
from cartesia_simulator.carrier.notifications import Problem
from cartesia_simulator.carrier.placement import Placement, TwimlSource
from cartesia_simulator.carrier.playout import Playout
from cartesia_simulator.carrier.stream import MediaStream
from cartesia_simulator.carrier.surroundings import Surroundings
from cartesia_simulator.carrier.twiml import (
    ConnectStream,
    Document,
    Hangup,
    Pause,
    Say,
    Verb,
    application_error,
    parse_twiml,
)
from cartesia_simulator.carrier.webhooks import WebhookFailed
from cartesia_simulator.faults import Moment
from cartesia_simulator.voice import in_thread

POST_DIAL_DELAY_S = 0.5
"""From dialling to the first ring, or to the network's refusal."""

STREAM_ON_TRIAL = "The Stream verb is not available on trial accounts."
_MAX_LOOPS = 1000

_SIP_OK = 200
_SIP_NOT_FOUND = 404
_SIP_BUSY = 486
_SIP_REQUEST_TERMINATED = 487
_SIP_SERVER_ERROR = 500
_SIP_DECLINE = 603


class Leg:
    """Lives one call. Create inside a running event loop; it starts at once."""

    def __init__(self, call: SimulatedCall, placement: Placement, around: Surroundings) -> None:
        self._call = call
        self._placement = placement
        self._around = around
        self._clock = around.clock
        self._time_limit_s = placement.time_limit_s
        self._timers: list[asyncio.TimerHandle] = []
        self._time_limit_timer: asyncio.TimerHandle | None = None
        self._callbacks = Callbacks(call, placement.status_callback, around)
        self._next_source: TwimlSource | None = placement.source
        self._performing: asyncio.Task[None] | None = None
        self._stream: MediaStream | None = None
        for problem in placement.problems:
            call.note(problem)
        self._life = asyncio.create_task(self._live())

    # --- from outside

    def end(self, by: str, *, sip_code: int = _SIP_OK, status: CallStatus | None = None) -> None:
        """Take the call down; what follows (stop, callbacks) happens beside. A repeat changes nothing.

        Without a `status` it is what ending a call means: completed once answered, else canceled.
        """
        if self._call.is_over:
            return
        if status is None:
            answered = self._call.status is CallStatus.IN_PROGRESS
            status = CallStatus.COMPLETED if answered else CallStatus.CANCELED
            sip_code = sip_code if answered else _SIP_REQUEST_TERMINATED
        self._call.ended(by, status, sip_code)
        for timer in self._timers:
            timer.cancel()
        self._callbacks.progress("completed")
        if self._life is not asyncio.current_task():
            self._life.cancel()

    def redirect(self, source: TwimlSource) -> None:
        """Drop the running document and perform another."""
        self._next_source = source
        if self._performing is not None:
            self._performing.cancel()

    def limit_time(self, time_limit_s: int) -> None:
        """Change the call's `TimeLimit`, counted from the answer."""
        self._time_limit_s = time_limit_s
        if self._time_limit_timer is not None:
            self._arm_time_limit()

    def when_over(self, tell: Callable[[], object]) -> None:
        """`tell` is called once nothing of it runs any more."""
        self._life.add_done_callback(lambda _: tell())

    async def stop(self) -> None:
        """End the call if it is up, and wait until nothing of it runs."""
        self.end("shutdown")
        await asyncio.wait({self._life})

    # --- the life

    async def _live(self) -> None:
        try:
            await self._dial()
        except asyncio.CancelledError:
            # A task that ends so keeps the exception, with every frame of the call in its traceback.
            if not self._call.is_over:
                raise
        finally:
            # Over already, unless something in here broke: then the call must not stay up.
            self.end("network", status=CallStatus.FAILED, sip_code=_SIP_SERVER_ERROR)

    async def _dial(self) -> None:
        self._callbacks.progress("initiated")
        await self._clock.sleep(POST_DIAL_DELAY_S)
        callee = self._around.callee
        if callee.behaviour == "busy":
            self.end("network", status=CallStatus.BUSY, sip_code=_SIP_BUSY)
        elif callee.behaviour == "unreachable":
            self.end("network", status=CallStatus.FAILED, sip_code=_SIP_NOT_FOUND)
        elif callee.behaviour == "blocked":
            self._block(callee.noted)
        else:
            await self._ring(callee)

    def _block(self, noted: ScriptedNote | None) -> None:
        """Networks of the United States answer as a callee who declines (603+); the debugger knows why."""
        if noted is not None:
            problem = Problem(noted.code, BLOCKING_NOTES[noted.code])
            self._call.note(problem, listed_after_s=noted.after_s)
        self.end("network", status=CallStatus.NO_ANSWER, sip_code=_SIP_DECLINE)

    async def _ring(self, callee: CalleeScript) -> None:
        self._call.ringing()
        self._around.faults.note(Moment.RING)
        self._callbacks.progress("ringing")
        limit_s = self._placement.ring_timeout_s
        if callee.behaviour == "no-answer" or callee.ring_s > limit_s:
            await self._clock.sleep(limit_s)
            self.end("ring-timeout", status=CallStatus.NO_ANSWER, sip_code=_SIP_REQUEST_TERMINATED)
            return
        callee_side = CalleeSide(self._call, self._around, press=self._press, hang_up=self._callee_hangs_up)
        await self._until_answered(callee_side, callee.ring_s)
        if callee.behaviour == "declines":
            # A rejection is a no-answer in Twilio's status; only the SIP code tells it apart.
            self.end("callee", status=CallStatus.NO_ANSWER, sip_code=_SIP_DECLINE)
            return
        await self._talk(callee_side, self._call.answered())

    async def _until_answered(self, callee_side: CalleeSide, ring_s: float) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(callee_side.prepare())
            await self._clock.sleep(ring_s)

    async def _talk(self, callee_side: CalleeSide, playout: Playout) -> None:
        self._callbacks.progress("answered")
        self._arm_time_limit()
        detection = self._placement.machine_detection
        beside = [asyncio.create_task(callee_side.act())]
        if detection is not None and detection.is_async:
            beside.append(asyncio.create_task(self._detect(detection)))
        try:
            await self._dial_digits(playout)
            if detection is not None and not detection.is_async:
                await self._detect(detection)
            await self._follow(playout)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.wait(beside)
        self.end("twiml")

    async def _dial_digits(self, playout: Playout) -> None:
        digits = self._placement.send_digits
        if digits:
            playout.play(dialled(digits), self._clock.now_s(), from_stream=False)
            await self._clock.sleep(playout.queued_s(self._clock.now_s()))
            self._call.digits_dialled = digits

    async def _detect(self, detection: MachineDetection) -> None:
        around = self._around
        is_known = await detect(self._call, around.callee, detection, clock=self._clock, faults=around.faults)
        if is_known and detection.is_async and detection.callback is not None:
            self._callbacks.verdict(detection.callback)

    async def _follow(self, playout: Playout) -> None:
        """Perform documents until one of them comes to its end."""
        while self._next_source is not None:
            source, self._next_source = self._next_source, None
            self._performing = performing = asyncio.create_task(self._perform(source, playout))
            try:
                await asyncio.wait({performing})
            finally:
                performing.cancel()
                await asyncio.wait({performing})
                self._performing = None
            if not performing.cancelled():
                performing.result()

    def _callee_hangs_up(self) -> None:
        self.end("callee")

    def _time_is_up(self) -> None:
        self._call.note(Problem(32015, "Call is terminated due to exceeding maximum call duration"))
        self.end("time-limit")

    def _press(self, key: str) -> None:
        if self._stream is not None:
            self._stream.press(key)

    # --- TwiML

    async def _perform(self, source: TwimlSource, playout: Playout) -> None:
        document = await self._load(source)
        for problem in document.problems:
            self._call.note(problem)
        try:
            for verb in document.verbs:
                if isinstance(verb, Hangup):
                    return
                await self._perform_verb(verb, playout)
        finally:
            # Cancelled in the middle of a <Say>: the rest of it is not heard.
            playout.clear(self._clock.now_s())

    async def _load(self, source: TwimlSource) -> Document:
        if source.url is None:
            return parse_twiml(source.twiml or "")
        parameters = call_parameters(self._call)
        detection = self._placement.machine_detection
        if detection is not None and not detection.is_async:
            parameters |= verdict_parameters(self._call)
        try:
            return parse_twiml(await self._around.webhooks.fetch(source.url, source.method, parameters))
        except WebhookFailed as failure:
            return application_error(
                Problem(11200, f"HTTP retrieval failure: {failure}", source.method, source.url)
            )

    async def _perform_verb(self, verb: Verb, playout: Playout) -> None:
        match verb:
            case Say():
                await self._say(verb, playout)
            case Pause():
                await self._clock.sleep(verb.length_s)
            case ConnectStream():
                if self._around.faults.has("trial"):
                    await self._say(Say(text=STREAM_ON_TRIAL), playout)
                else:
                    await self._connect(verb, playout)

    async def _say(self, verb: Say, playout: Playout) -> None:
        self._call.said_by_carrier.append(verb.text)
        # All of it before the first word: at a high time scale a voice that is still being made would fall
        # behind its own playback, and the callee would hear holes.
        chunks = self._around.voice.speak(verb.text, language=verb.language)
        async with aclosing(in_thread(chunks)) as spoken:
            audio = b"".join([chunk async for chunk in spoken])
        for _ in range(verb.loop or _MAX_LOOPS):
            playout.play(audio, self._clock.now_s(), from_stream=False)
            await self._clock.sleep(playout.queued_s(self._clock.now_s()))

    async def _connect(self, verb: ConnectStream, playout: Playout) -> None:
        report = functools.partial(self._callbacks.stream, verb)
        self._stream = stream = MediaStream(self._call, playout, verb, self._around, report)
        try:
            await stream.run()
        finally:
            self._stream = None

    # --- timers

    def _after(self, call_s: float, act: Callable[..., None], *arguments: str) -> asyncio.TimerHandle:
        loop = asyncio.get_running_loop()
        timer = loop.call_later(call_s, act, *arguments)
        self._timers.append(timer)
        return timer

    def _arm_time_limit(self) -> None:
        if self._time_limit_timer is not None:
            self._time_limit_timer.cancel()
        answered_at_s = self._call.answered_at_s or self._clock.now_s()
        left_s = answered_at_s + self._time_limit_s - self._clock.now_s()
        self._time_limit_timer = self._after(max(0.0, left_s), self._time_is_up)
