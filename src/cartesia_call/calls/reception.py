"""One call's side of the bridge: who may come in, and what they bring."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping

from cartesia_call.calls.leg import Leg
from cartesia_call.calls.plan import DialPlan
from cartesia_call.calls.stream import StreamDriver
from cartesia_call.conversation.parts import Part
from cartesia_call.conversation.talk import Finished, Talk, TalkEvent
from cartesia_call.mediastream.events import (
    AudioDropped,
    Ended,
    Refused,
    SpeechBroke,
    Started,
    Starved,
)
from cartesia_call.mediastream.session import MediaSession
from cartesia_call.ports import CallSecrets, MediaSocket
from cartesia_call.telephony.call_states import parse_status_event

logger = logging.getLogger(__name__)

SECRET_BYTES = 24
"""192 random bits each: nobody guesses one in the minutes that it is worth anything."""


class CallReception:
    """Implements `ports.Reception` for one leg."""

    def __init__(self, plan: DialPlan, leg: Leg) -> None:
        self._plan = plan
        self._leg = leg
        self._secrets = CallSecrets(
            stream=secrets.token_urlsafe(SECRET_BYTES), callbacks=secrets.token_urlsafe(SECRET_BYTES)
        )
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def secrets(self) -> CallSecrets:
        return self._secrets

    def wants_stream(self) -> bool:
        return self._leg.is_stream_awaited and self._leg.stream is None

    async def take_stream(self, socket: MediaSocket) -> None:
        leg = self._leg
        plan = self._plan.conversation
        listens = (
            self._plan.judges_by_ear or plan.waits_for_greeting or Part.IDENTITY in self._plan.other_parts
        )
        session = MediaSession(
            account_sid=self._plan.account_sid,
            call_sid=leg.call_sid,
            record_inbound=self._plan.record_callee,
            reports_audio=listens,
        )
        talk = Talk(
            session,
            plan,
            leg.material.utterances,
            listens=listens,
            judges=self._plan.judges_by_ear,
        )
        driver = StreamDriver(
            talk,
            socket,
            leg.clock,
            start_timeout_s=self._plan.limits.stream_timeout_s,
            on_event=self._handle,
        )
        unsubscribe = [utterance.subscribe(driver.wake) for utterance in leg.material.utterances.values()]
        leg.streams_at_door.add(driver)
        try:
            await driver.run()
        finally:
            for leave in unsubscribe:
                leave()
            leg.streams_at_door.discard(driver)
            if session.stream_sid is None and leg.stream is None:
                self.stream_refused("it never sent its start message")
            leg.tell()

    def take_status(self, parameters: Mapping[str, str]) -> None:
        if parameters.get("AccountSid", self._plan.account_sid) != self._plan.account_sid:
            logger.debug("a status callback of another account was ignored")
            return
        if "CallStatus" not in parameters and "AnsweredBy" in parameters:
            self._leg.take_answered_by(parameters["AnsweredBy"])
            return
        try:
            event = parse_status_event(parameters)
        except ValueError as error:
            logger.debug("a status callback was ignored: %s", error)
            return
        if self._leg.call_sid not in {None, event.call_sid}:
            return
        logger.debug("callback %s: %s", event.sequence_number, event.status)
        self._leg.prove(event.call_sid)
        self._leg.progress.take_event(event, self._leg.clock.now_s())
        self._leg.tell()

    def stream_refused(self, reason: str) -> None:
        logger.debug("a media stream was refused: %s", reason)
        leg = self._leg
        if leg.stream_refusal is None:
            leg.stream_refusal, leg.stream_refused_at_s = reason, leg.clock.now_s()

    def _handle(self, driver: StreamDriver, event: TalkEvent) -> None:
        leg = self._leg
        match event:
            case Started():
                self._start(driver, event)
            case Refused(reason=reason):
                self.stream_refused(reason)
                self._close(driver)
            case _ if driver is not leg.stream:
                return
            case Starved():
                leg.material.starve()
            case Finished() | AudioDropped() | SpeechBroke() | Ended():
                if isinstance(event, Ended):
                    leg.stream_is_over = True
                    leg.stop_received = leg.stop_received or event.by_carrier
                leg.stream_verdict = leg.stream_verdict or event
        leg.tell()

    def _start(self, driver: StreamDriver, started: Started) -> None:
        """The first stream that passes every check is the call's; its secret is thereby used up."""
        leg = self._leg
        if not self.wants_stream():
            self._close(driver)
            return
        leg.streams_at_door.discard(driver)
        leg.stream = driver
        leg.stream_started_at_s = leg.clock.now_s()
        leg.prove(started.call_sid)
        leg.progress.stream_started(leg.stream_started_at_s)
        if not leg.is_stopping:
            for verdict in leg.verdicts:
                driver.talk.judged(verdict, leg.clock.now_s())
            driver.talk.begin(leg.clock.now_s())

    def _close(self, driver: StreamDriver) -> None:
        task = asyncio.create_task(driver.close(), name="closing a refused stream")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
