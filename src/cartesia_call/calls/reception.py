"""One call's side of the bridge: who may come in, and what they bring."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from cartesia_call.calls.legs import RunningLeg
from cartesia_call.loggers import logger_of
from cartesia_call.ports import CallSecrets, MediaListener, MediaSocket
from cartesia_call.telephony.call_states import parse_status_event

logger = logger_of(__name__)

SECRET_BYTES = 24
"""192 random bits each: nobody guesses one in the minutes that it is worth anything."""


class CallReception:
    """Implements `ports.Reception` for one leg."""

    def __init__(self, running: RunningLeg) -> None:
        self._running = running
        self._leg = running.leg
        self._secrets = CallSecrets(
            stream=secrets.token_urlsafe(SECRET_BYTES), callbacks=secrets.token_urlsafe(SECRET_BYTES)
        )

    @property
    def secrets(self) -> CallSecrets:
        return self._secrets

    def wants_stream(self) -> bool:
        return self._leg.wants_stream

    def take_stream(self, socket: MediaSocket) -> MediaListener:
        return self._running.take_stream(socket)

    def take_status(self, parameters: Mapping[str, str]) -> None:
        account_sid = self._leg.plan.account_sid
        if parameters.get("AccountSid", account_sid) != account_sid:
            logger.debug("a status callback of another account was ignored")
            return
        if "CallStatus" not in parameters and "AnsweredBy" in parameters:
            self._running.feed(lambda now_s: self._leg.answered_by(parameters["AnsweredBy"], now_s))
            return
        try:
            event = parse_status_event(parameters)
        except ValueError as error:
            logger.debug("a status callback was ignored: %s", error)
            return
        logger.debug("callback %s: %s", event.sequence_number, event.status)
        self._running.feed(lambda now_s: self._leg.status_event(event, now_s))

    def stream_refused(self, reason: str) -> None:
        self._running.feed(lambda now_s: self._leg.stream_refused(reason, now_s))
