"""A media stream for a `Talk`: its carrier's messages as text, and what it was sent."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace

from cartesia_call.conversation.parts import ConversationPlan, Part
from cartesia_call.conversation.talk import Finished, Talk
from cartesia_call.errors import SpeechUnavailable
from cartesia_call.mediastream.events import Started
from cartesia_call.mediastream.session import MediaSession
from cartesia_call.speech.utterance import Utterance

SILENT_FRAME = b"\xff" * 160


def utterance_of(letter: str, seconds: float, *, is_broken: bool = False) -> Utterance:
    """`seconds` of the byte `letter`, which tells the part; then it ends."""
    utterance = Utterance()
    utterance.append(letter.encode() * round(8000 * seconds))
    if is_broken:
        utterance.fail(SpeechUnavailable("broken on purpose"))
    else:
        utterance.finish()
    return utterance


class Stream:
    """One talk that has begun at 0; every part is a second long unless it is given otherwise.

    `sent` lists what was sent since it was last asked: the first letter of a part for its audio, `clear`,
    and the names of marks.
    """

    def __init__(
        self,
        plan: ConversationPlan,
        utterances: Mapping[Part, Utterance] | None = None,
        *,
        listens: bool = False,
        judges: bool = False,
    ) -> None:
        plan = replace(plan, judges_by_ear=judges)
        made = {part: utterance_of(part.value[0], 1.0) for part in plan.parts}
        session = MediaSession(account_sid="AC1", call_sid="CA1", reports_audio=listens)
        self.talk = Talk(session, plan, {**made, **(utterances or {})}, listens=listens)
        media_format = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        start = {"accountSid": "AC1", "callSid": "CA1", "streamSid": "MZ1", "mediaFormat": media_format}
        self._receive({"event": "start", "start": start}, 0.0)
        assert self.talk.events() == [Started("MZ1", "CA1")]
        self.talk.begin(0.0)

    def sent(self, now_s: float) -> list[str]:
        """What is sent now."""
        sent: list[str] = []
        while (text := self.talk.next_text(now_s)) is not None:
            message = json.loads(text)
            if message["event"] == "mark":
                sent.append(message["mark"]["name"])
            elif message["event"] == "clear":
                sent.append("clear")
            else:
                letter = base64.b64decode(message["media"]["payload"])[:1]
                sent += [] if letter == b"\xff" or sent[-1:] == [letter.decode()] else [letter.decode()]
        return sent

    def press(self, digit: str, now_s: float) -> None:
        """The callee presses a key."""
        self._receive({"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": digit}}, now_s)

    def echo(self, mark: str, now_s: float) -> None:
        """The carrier has played up to this mark."""
        self._receive({"event": "mark", "mark": {"name": mark}}, now_s)

    def hear(self, audio: bytes, from_s: float) -> None:
        """The callee is heard, frame by frame, `check` behind each."""
        for start in range(0, len(audio), 160):
            at_s = from_s + (start + 160) / 8000
            self.hear_frame(audio[start : start + 160], at_s)
            self.talk.check(at_s)

    def hear_frame(self, audio: bytes, at_s: float) -> bool:
        """Whether it was news."""
        payload = base64.b64encode(audio).decode()
        timestamp = str(round(at_s * 1000) - 20)
        return self._receive({"event": "media", "media": {"payload": payload, "timestamp": timestamp}}, at_s)

    def finished(self) -> list[Finished]:
        """How it ended, if it did since this was last asked."""
        return [event for event in self.talk.events() if isinstance(event, Finished)]

    def _receive(self, message: dict[str, object], now_s: float) -> bool:
        return self.talk.receive_text(json.dumps({"streamSid": "MZ1", **message}), now_s)
