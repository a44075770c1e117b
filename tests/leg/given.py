"""A leg to test: its plan, what is fed to it in plain data, and what it asked for."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cartesia_call.conversation.parts import ConversationPlan, Part
from cartesia_call.conversation.talk import Talk
from cartesia_call.errors import SpeechUnavailable
from cartesia_call.leg.endings import Ending
from cartesia_call.leg.machine import Leg
from cartesia_call.leg.plan import CallPlan
from cartesia_call.leg.requests import Action, Answer, Request
from cartesia_call.leg.states import State
from cartesia_call.speech.delivery import Voicing
from cartesia_call.speech.message_text import Message
from cartesia_call.speech.utterance import Utterance
from cartesia_call.telephony.call_states import CallSnapshot, CallStatus, StatusEvent
from cartesia_call.telephony.limits import CallLimits
from cartesia_call.telephony.say_limits import SayLimits
from cartesia_call.telephony.say_voices import SayVoice

OURS = "CA" + "1" * 32
STRANGERS = "CA" + "9" * 32
ACCOUNT = "AC" + "1" * 32
MESSAGE = Message.of("The database is down. Please call the operator.")
SAY_LIMITS = SayLimits(escaped_characters=3700, utf8_bytes=4096, url_encoded_characters=4500)
SAY_VOICE = SayVoice(name="Polly.Joanna-Neural", locale="en-US")
INTENT_AT = datetime(2026, 11, 21, 3, 15, tzinfo=UTC)
LIMITS = CallLimits(
    turn_timeout_s=900.0,
    connect_timeout_s=10,
    tunnel_timeout_s=30,
    speech_timeout_s=10,
    ring_timeout_s=30,
    stream_timeout_s=10,
    hangup_timeout_s=20,
    max_duration_s=600,
)


def call_plan(
    *,
    fallback: bool = True,
    limits: CallLimits = LIMITS,
    conversation: ConversationPlan | None = None,
    **options: Any,
) -> CallPlan:
    """A plan of two sentences."""
    given: dict[str, Any] = {
        "id": "20261121T031500Z-00000001",
        "to": "+12025550143",
        "caller_id": "+12025550100",
        "account_sid": ACCOUNT,
        "region": "us1",
        "message": MESSAGE,
        "other_texts": dict.fromkeys(conversation.parts if conversation else (), MESSAGE),
        "voicing": Voicing(model_id="m", voice_id="v", language="en"),
        "conversation": conversation or ConversationPlan(),
        "say_limits": SAY_LIMITS if fallback else None,
        "say_voice": SAY_VOICE,
        "time_limit_s": 120,
        "limits": limits,
        "prepare_s": 60.0,
    }
    return CallPlan(**given | options)


def made(seconds: float = 2.0) -> Utterance:
    """An utterance that is complete."""
    utterance = Utterance()
    utterance.append(b"m" * round(8000 * seconds))
    utterance.finish()
    return utterance


def sentence_and_a_half(*, breaks: bool = True) -> Utterance:
    """The first of the two sentences, and some of the second."""
    utterance = Utterance()
    utterance.append(b"m" * 8000)
    utterance.end_sentence()
    utterance.append(b"m" * 4000)
    if breaks:
        utterance.fail(SpeechUnavailable("Cartesia broke off"))
    return utterance


def snapshot(status: CallStatus, call_sid: str = OURS, **facts: Any) -> CallSnapshot:
    """One REST answer."""
    return CallSnapshot(call_sid=call_sid, status=status, to="", caller_id="", **facts)


def event(status: CallStatus, call_sid: str = OURS, **facts: Any) -> StatusEvent:
    """One status callback."""
    return StatusEvent(call_sid=call_sid, status=status, sequence_number=0, **facts)


def start_text(call_sid: str = OURS, account_sid: str = ACCOUNT) -> str:
    """The stream's first message that says whose it is."""
    media_format = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
    start = {"accountSid": account_sid, "callSid": call_sid, "streamSid": "MZ1", "mediaFormat": media_format}
    return json.dumps({"event": "start", "start": start})


def media_text(timestamp_ms: int) -> str:
    """A frame of silence from the callee."""
    payload = base64.b64encode(b"\xff" * 160).decode()
    return json.dumps({"event": "media", "media": {"timestamp": str(timestamp_ms), "payload": payload}})


def digit_text(digit: str) -> str:
    """The callee presses a key."""
    return json.dumps({"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": digit}})


def echo_text(name: str) -> str:
    """The carrier has played up to this mark."""
    return json.dumps({"event": "mark", "mark": {"name": name}})


STOP_TEXT = json.dumps({"event": "stop", "stop": {"accountSid": ACCOUNT, "callSid": OURS}})


class Driven:
    """A leg and a clock. `asked` are all actions so far, `open` those requests that nobody has answered.

    `sent` counts the texts that its streams have sent, `sent_too_late` those while the line was put down.
    """

    def __init__(self, plan: CallPlan | None = None, *, utterances: Mapping[Part, Utterance] | None = None):
        self.now_s = 100.0
        self.utterances = dict(utterances or {Part.MESSAGE: made()})
        self.leg = Leg(plan or call_plan(), self.now_s)
        self.asked: list[Action] = []
        self.open: list[Request] = []
        self.marks: list[str] = []
        self.sent = self.sent_too_late = 0
        self.talks: list[Talk] = []
        self.look()

    def state(self) -> State:
        """Where the leg stands."""
        return self.leg.state

    def look(self) -> list[Action]:
        """Take the new actions, and whatever the streams have to send."""
        actions = self.leg.actions()
        self.asked += actions
        self.open += [action for action in actions if isinstance(action, Request)]
        for talk in self.talks:
            while (text := talk.next_text(self.now_s)) is not None:
                message = json.loads(text)
                self.sent += 1
                self.sent_too_late += self.leg.hanging_up is not None
                self.marks += [message["mark"]["name"]] if message["event"] == "mark" else []
        return actions

    def place(self, *, streams: bool = True, calls_back: bool = True) -> None:
        """All is ready."""
        self.leg.place(
            self.utterances,
            stream_url="wss://h/media/x" if streams else None,
            status_url="https://h/status/y" if calls_back else None,
            intent_at=INTENT_AT,
            now_s=self.now_s,
        )
        self.look()

    def answer(self, kind: type, answer: Answer) -> None:
        """Answer the oldest open request of this kind."""
        request = next(request for request in self.open if isinstance(request, kind))
        self.open.remove(request)
        self.leg.answered(request, answer, self.now_s)
        self.look()

    def callback(self, status: CallStatus, **facts: Any) -> None:
        """A status callback arrives."""
        self.leg.status_event(event(status, **facts), self.now_s)
        self.look()

    def connect(self, text: str | None = None) -> Talk:
        """A stream knocks, and says `text` (default: the right start message)."""
        talk = self.leg.stream_connected(self.now_s)
        self.talks.append(talk)
        self.text(talk, start_text() if text is None else text)
        return talk

    def text(self, talk: Talk, text: str) -> None:
        """One message on a stream."""
        self.leg.stream_text(talk, text, self.now_s)
        self.look()

    def pass_time(self, seconds: float) -> None:
        """Time passes, with a check at each deadline."""
        until_s = self.now_s + seconds
        while (deadline_s := self.leg.next_deadline_s()) is not None and deadline_s <= until_s:
            self.now_s = max(self.now_s, deadline_s)
            self.leg.check(self.now_s)
            self.look()
        self.now_s = until_s

    def count(self, kind: type) -> int:
        """How many actions of this kind there were."""
        return sum(isinstance(action, kind) for action in self.asked)


def ended(driven: Driven) -> Ending:
    """What the call came to, though its line may be up still."""
    assert driven.leg.own_ending is not None
    return driven.leg.own_ending


def hear(driven: Driven, seconds: float) -> None:
    """So much of what was sent is played."""
    for _ in range(round(seconds * 10)):
        driven.now_s += 0.1
        driven.text(driven.talks[0], media_text(0))
