"""One call leg while it lives: what is known of it, and a way to wait until more is."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from cartesia_call.calls.plan import CarrierText
from cartesia_call.calls.speech import Speech
from cartesia_call.calls.stream import StreamDriver
from cartesia_call.calls.waiting import Waiting
from cartesia_call.conversation.answered_by import carrier_verdict
from cartesia_call.conversation.parts import Part, Verdict
from cartesia_call.conversation.talk import Finished
from cartesia_call.mediastream.events import AudioDropped, Ended, SpeechBroke
from cartesia_call.ports import CarrierNote, Clock
from cartesia_call.speech.utterance import Utterance
from cartesia_call.telephony.progress import CallProgress

logger = logging.getLogger(__name__)

StreamVerdict = Finished | AudioDropped | SpeechBroke | Ended
"""What the media stream came to; the first of them decides."""


class Leg(Waiting):
    """Written by the bridge's callbacks, the stream and the flow; awaited by the flow. One event loop."""

    def __init__(self, clock: Clock, speech: Speech | None = None) -> None:
        super().__init__(clock)
        self.utterances: Mapping[Part, Utterance] = (
            {Part.MESSAGE: Utterance()} if speech is None else speech.utterances
        )
        self.began_at_s = clock.now_s()
        self.progress = CallProgress()
        self.call_sid: str | None = None
        self.post_is_pending = False
        self.answer_was_lost = False
        self.placed_at_s: float | None = None
        self.stream: StreamDriver | None = None
        self.stream_started_at_s: float | None = None
        self.stream_verdict: StreamVerdict | None = None
        self.stream_refusal: str | None = None
        self.stream_refused_at_s: float | None = None
        self.streams_at_door: set[StreamDriver] = set()
        self.is_stream_awaited = True
        self.is_stopping = False
        self.is_redirected = False
        self.stream_failed = False
        self.verdicts: list[Verdict] = []
        self.notes: list[CarrierNote] = []
        self.stop_received = False
        self.stream_is_over = False
        self.carrier_spoke = False
        self.carrier_heard_ms: int | None = None
        self.carrier_text: CarrierText | None = None
        self.hang_up_asked_at_s: float | None = None
        self.warnings: list[str] = []
        self._unsubscribe = [] if speech is None else [speech.subscribe(self.tell)]

    def let_go(self) -> None:
        """The leg is over: what goes on being said to others is no news to it."""
        while self._unsubscribe:
            self._unsubscribe.pop()()

    @property
    def utterance(self) -> Utterance:
        """The message."""
        return self.utterances[Part.MESSAGE]

    @property
    def is_placed(self) -> bool:
        """True once it is certain that there is a call, and which: by the carrier's answer to the placing
        request, or because a callback or stream that knows our secrets named it."""
        return self.call_sid is not None

    @property
    def is_unknown(self) -> bool:
        """True while a call may or may not have been placed."""
        return not self.is_placed and (self.post_is_pending or self.answer_was_lost)

    @property
    def is_down(self) -> bool:
        """True once the carrier showed that the leg has ended: by a status, or by the stream's `stop`, unless
        new instructions of ours are what stopped the stream."""
        return self.progress.is_final or (self.stop_received and not self.is_redirected)

    def prove(self, call_sid: str) -> None:
        """The carrier's answer, or somebody who knows our secrets, names the call."""
        self.call_sid = self.call_sid or call_sid

    def take_answered_by(self, word: str) -> None:
        """The carrier's verdict on who answered, in its words; one that was heard before says nothing new."""
        verdict = carrier_verdict(word)
        if verdict is None or verdict in self.verdicts:
            return
        logger.info("the carrier says who answered: %s", word)
        self.verdicts.append(verdict)
        if self.stream is not None:
            self.stream.talk.judged(verdict, self.clock.now_s())
            self.stream.wake()
        self.tell()

    def warn(self, sentence: str) -> None:
        """Something the user should read beside the result."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)
        logger.info("%s", sentence)
