"""A telephone line for a dialogue: plays what it says, in simulated time, and writes down what it did."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cartesia_call.conversation.dialogue import Dialogue
from cartesia_call.conversation.parts import (
    Answerer,
    Clear,
    ConversationPlan,
    Finish,
    Judge,
    Part,
    Say,
    Verdict,
    VoicemailMode,
)
from cartesia_call.listening.cadence import NetworkTone
from cartesia_call.listening.sounds import Beep, NetworkHeard, Sound, SpeechBegan, SpeechEnded

LENGTHS_S = {
    Part.MESSAGE: 4.0,
    Part.PROMPT: 2.0,
    Part.CONFIRMATION: 1.0,
    Part.VOICEMAIL: 5.0,
    Part.IDENTITY: 2.0,
}
LIMIT_S = 1000.0
UTTERANCE_END_S = 0.5
"""How long after its end the detector tells of an utterance; any number that is no pause between words."""

Event = tuple[float, Callable[[Dialogue, float], None]]
Events = list[Event | list[Event]]


def leaving(
    mode: VoicemailMode = VoicemailMode.LEAVE,
    *,
    ack_key: str | None = None,
    identity: bool = False,
    own_text: bool = True,
    carrier_judges: bool = True,
    waits_for_greeting: bool = False,
) -> ConversationPlan:
    """A plan for machines; without `own_text` the message itself is left."""
    parts = {Part.MESSAGE} | ({Part.IDENTITY} if identity else set())
    return ConversationPlan(
        parts=frozenset(parts | ({Part.VOICEMAIL} if own_text else set())),
        ack_key=ack_key,
        voicemail=mode,
        carrier_judges=carrier_judges,
        waits_for_greeting=waits_for_greeting,
    )


def key(at_s: float, digit: str = "1") -> Event:
    return at_s, lambda dialogue, now_s: dialogue.pressed(digit, now_s)


def verdict(
    at_s: float,
    answerer: Answerer,
    judge: Judge = Judge.CARRIER,
    *,
    beep: bool = False,
    silence: bool = False,
) -> Event:
    """A verdict; a machine's whose greeting ended with a `beep`, or with `silence`."""
    found = Verdict(answerer=answerer, judge=judge, may_record=beep or silence, heard_beep=beep)
    return at_s, lambda dialogue, now_s: dialogue.judged(found, now_s)


def guess(at_s: float, *, is_sure: bool = False) -> Event:
    """Our own verdict: a machine."""
    found = Verdict(answerer=Answerer.MACHINE, judge=Judge.LOCAL, is_sure=is_sure)
    return at_s, lambda dialogue, now_s: dialogue.judged(found, now_s)


def sound(at_s: float, heard: Sound) -> Event:
    return at_s, lambda dialogue, now_s: dialogue.receive_sound(heard, now_s)


def speech(from_s: float, until_s: float) -> list[Event]:
    return [
        sound(from_s, SpeechBegan(at_s=from_s)),
        sound(until_s + UTTERANCE_END_S, SpeechEnded(at_s=until_s, length_s=until_s - from_s)),
    ]


def beep(at_s: float, *, settled_at_s: float = 0.0) -> Event:
    return sound(at_s, Beep(at_s=at_s, length_s=0.5, frequency_hz=1000.0, settled_at_s=settled_at_s))


def network(at_s: float, tone: NetworkTone) -> Event:
    return sound(at_s, NetworkHeard(at_s=at_s, tone=tone))


class Line:
    """Feeds `events` to a dialogue that starts at 0 and follows it to its end.

    The invariants of every conversation hold on every line: one thing is said at a time, and after `Finish`
    nothing is done. What happens at the same moment comes in the order: events, played, deadlines.
    """

    def __init__(self, plan: ConversationPlan) -> None:
        self.dialogue = Dialogue(plan)
        self.log: list[str] = []
        self.finished_at_s: float | None = None
        self._playing: tuple[float, Part] | None = None
        self._parts = plan.parts

    def run(self, *events: Event | list[Event], starts_at_s: float = 0.0) -> list[str]:
        """What was done, as `seconds action`, after all events and at the dialogue's end."""
        start: Event = (starts_at_s, lambda dialogue, now_s: dialogue.started(now_s))
        waiting = sorted([start, *_flat(events)], key=lambda event: event[0])
        now_s = min(0.0, waiting[0][0])
        while (turn := self._next_turn(waiting, now_s)) is not None:
            now_s, feed = turn
            assert now_s < LIMIT_S, f"no end in sight: {self.log}"
            feed(self.dialogue, now_s)
            self._act(now_s)
        return self.log

    def _next_turn(self, waiting: list[Event], now_s: float) -> Event | None:
        deadline_s = self.dialogue.next_deadline_s()
        turns: list[tuple[float, int]] = []
        if waiting:
            turns.append((waiting[0][0], 0))
        if self._playing is not None:
            turns.append((self._playing[0], 1))
        if deadline_s is not None:
            turns.append((max(now_s, deadline_s), 2))
        if not turns:
            return None
        at_s, kind = min(turns)
        if kind == 0:
            return waiting.pop(0)
        if kind == 1 and self._playing is not None:
            part, self._playing = self._playing[1], None
            return at_s, lambda dialogue, now_s: dialogue.played(part, now_s)
        return at_s, lambda dialogue, now_s: dialogue.check(now_s)

    def _act(self, now_s: float) -> None:
        for action in self.dialogue.actions():
            assert self.finished_at_s is None, f"{action} after the end: {self.log}"
            match action:
                case Say(part=part):
                    assert self._playing is None, f"{part} while another part plays: {self.log}"
                    assert part in self._parts
                    self._playing = (now_s + LENGTHS_S[part], part)
                    word = part.value
                case Clear():
                    assert self._playing is not None, f"nothing to clear: {self.log}"
                    self._playing = None
                    word = "clear"
                case Finish(outcome=outcome):
                    assert self._playing is None, f"finished while a part plays: {self.log}"
                    self.finished_at_s = now_s
                    word = outcome.value
            self.log.append(f"{round(now_s, 3):g} {word}")


def _flat(events: Sequence[Event | list[Event]]) -> list[Event]:
    return [each for event in events for each in (event if isinstance(event, list) else [event])]
