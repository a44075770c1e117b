"""Every state of a leg, how it is reached, everything that may happen in it, and where that leads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cartesia_call.conversation.parts import Part
from cartesia_call.errors import (
    CarrierError,
    CarrierUnavailable,
    PlacementUnknown,
    SpeechUnavailable,
    TunnelError,
)
from cartesia_call.leg.endings import ending_of
from cartesia_call.leg.requests import AskAccount, AskList, CloseStream, End, Post, ReadNotes, Redirect
from cartesia_call.leg.states import State
from cartesia_call.speech.utterance import Utterance
from cartesia_call.telephony.call_states import CallStatus
from tests.leg.given import STOP_TEXT, Driven, call_plan, echo_text, media_text, snapshot

PLACED = snapshot(CallStatus.QUEUED)
LOST = PlacementUnknown("the connection broke")
FAILED = CarrierError("Twilio answered HTTP 500", http_status=500)


# --- how each state is reached ---


def preparing() -> Driven:
    return Driven()


def posting(driven: Driven | None = None) -> Driven:
    driven = driven or Driven()
    driven.place()
    return driven


def held_off() -> Driven:
    driven = posting()
    driven.answer(Post, CarrierUnavailable("too many requests", http_status=429))
    return driven


def searching() -> Driven:
    driven = posting()
    driven.answer(Post, LOST)
    return driven


def watching() -> Driven:
    driven = searching()
    driven.pass_time(2)
    driven.answer(AskList, [snapshot(CallStatus.RINGING)])
    return driven


def proving() -> Driven:
    driven = searching()
    driven.leg.stop(15, driven.now_s)
    return driven


def queued(driven: Driven | None = None) -> Driven:
    driven = posting(driven)
    driven.answer(Post, PLACED)
    return driven


def ringing(driven: Driven | None = None) -> Driven:
    driven = queued(driven)
    driven.callback(CallStatus.RINGING)
    return driven


def awaiting_stream(driven: Driven | None = None) -> Driven:
    driven = ringing(driven)
    driven.callback(CallStatus.IN_PROGRESS)
    return driven


def asking_notes() -> Driven:
    driven = awaiting_stream()
    driven.pass_time(10)
    return driven


def asking_account() -> Driven:
    driven = asking_notes()
    driven.answer(ReadNotes, [])
    return driven


def pausing() -> Driven:
    driven = asking_notes()
    driven.answer(ReadNotes, FAILED)
    return driven


def redirecting() -> Driven:
    driven = asking_account()
    driven.answer(AskAccount, False)
    return driven


def speaking(driven: Driven | None = None) -> Driven:
    driven = awaiting_stream(driven)
    driven.connect()
    return driven


def stream_yields() -> Driven:
    broken = Utterance()
    broken.append(b"m" * 8000)
    broken.end_sentence()
    broken.append(b"m" * 4000)
    broken.fail(SpeechUnavailable("Cartesia broke off"))
    driven = Driven(utterances={Part.MESSAGE: broken})
    play(speaking(driven))
    driven.answer(Redirect, snapshot(CallStatus.IN_PROGRESS))
    return driven


def lost_stop() -> Driven:
    driven = speaking()
    driven.callback(CallStatus.COMPLETED)
    return driven


def closing() -> Driven:
    driven = speaking()
    drop_audio(driven)
    return driven


def broken() -> Driven:
    driven = speaking()
    driven.leg.stream_broke(driven.talks[0], driven.now_s)
    driven.look()
    return driven


def doubting() -> Driven:
    driven = broken()
    driven.answer(CloseStream, True)
    return driven


def looking() -> Driven:
    driven = doubting()
    driven.pass_time(2)
    return driven


def carrier_speaks(driven: Driven | None = None) -> Driven:
    driven = driven or Driven()
    driven.place(streams=False)
    driven.answer(Post, PLACED)
    driven.callback(CallStatus.IN_PROGRESS)
    return driven


def hanging_up(driven: Driven | None = None) -> Driven:
    driven = driven or ringing()
    driven.leg.stop(15, driven.now_s)
    driven.look()
    return driven


def confirming() -> Driven:
    driven = hanging_up()
    driven.answer(End, snapshot(CallStatus.COMPLETED))
    return driven


def explaining() -> Driven:
    driven = awaiting_stream(Driven(call_plan(fallback=False)))
    driven.pass_time(10)
    driven.answer(End, snapshot(CallStatus.COMPLETED))
    driven.callback(CallStatus.COMPLETED)
    return driven


def asking_who_ended() -> Driven:
    driven = speaking()
    driven.text(driven.talks[0], STOP_TEXT)
    driven.answer(CloseStream, True)
    driven.callback(CallStatus.COMPLETED)
    return driven


def down() -> Driven:
    driven = hanging_up()
    driven.callback(CallStatus.COMPLETED)
    return driven


def unconfirmed() -> Driven:
    driven = hanging_up()
    driven.pass_time(20)
    return driven


def unknown() -> Driven:
    driven = proving()
    driven.pass_time(2)
    return driven


REACHED: dict[State, Callable[[], Driven]] = {
    State.PREPARING: preparing,
    State.POSTING: posting,
    State.HELD_OFF: held_off,
    State.SEARCHING: searching,
    State.WATCHING: watching,
    State.PROVING: proving,
    State.QUEUED: queued,
    State.RINGING: ringing,
    State.AWAITING_STREAM: awaiting_stream,
    State.ASKING_NOTES: asking_notes,
    State.ASKING_ACCOUNT: asking_account,
    State.PAUSING: pausing,
    State.REDIRECTING: redirecting,
    State.STREAM_YIELDS: stream_yields,
    State.SPEAKING: speaking,
    State.LOST_STOP: lost_stop,
    State.CLOSING: closing,
    State.BROKEN: broken,
    State.DOUBTING: doubting,
    State.LOOKING: looking,
    State.CARRIER_SPEAKS: carrier_speaks,
    State.HANGING_UP: hanging_up,
    State.CONFIRMING: confirming,
    State.EXPLAINING: explaining,
    State.ASKING_WHO_ENDED: asking_who_ended,
    State.DOWN: down,
    State.UNCONFIRMED: unconfirmed,
    State.UNKNOWN: unknown,
}


# --- what may happen ---


def play(driven: Driven) -> None:
    """All that was sent is played, and its mark comes back."""
    if driven.talks and driven.marks and driven.leg.known.streams.end is None:
        for timestamp_ms in range(0, 4000, 500):
            driven.pass_time(0.5)
            driven.text(driven.talks[0], media_text(timestamp_ms))
        driven.text(driven.talks[0], echo_text(driven.marks[-1]))


def drop_audio(driven: Driven) -> None:
    """Its mark comes back at once."""
    if driven.talks and driven.marks:
        driven.text(driven.talks[0], echo_text(driven.marks[-1]))


def stop_stream(driven: Driven) -> None:
    if driven.talks:
        driven.text(driven.talks[0], STOP_TEXT)


def break_stream(driven: Driven) -> None:
    if driven.talks:
        driven.leg.stream_broke(driven.talks[0], driven.now_s)


def connect(driven: Driven) -> None:
    if driven.leg.wants_stream and driven.leg.known.opens_stream and not driven.talks:
        driven.connect()


def lose_speech(driven: Driven) -> None:
    message = driven.leg.known.message
    if not message.has_ended:
        message.fail(SpeechUnavailable("Cartesia broke off"))
        driven.leg.check(driven.now_s)


def let_time_pass(driven: Driven) -> None:
    """Nothing happens and nobody answers, until the leg does something about it."""
    before = driven.leg.state
    while driven.leg.state is before and (deadline_s := driven.leg.next_deadline_s()) is not None:
        driven.now_s = max(driven.now_s, deadline_s)
        driven.leg.check(driven.now_s)
        driven.look()


def answering(kind: type, answer: object) -> Callable[[Driven], None]:
    def happens(driven: Driven) -> None:
        if any(isinstance(request, kind) for request in driven.open):
            driven.answer(kind, answer)  # type: ignore[arg-type]  # each row knows its own

    return happens


def calling_back(status: CallStatus, **facts: int) -> Callable[[Driven], None]:
    return lambda driven: driven.callback(status, **facts) if driven.leg.known.calls_back else None


EVENTS: dict[str, Callable[[Driven], None]] = {
    "all is ready": lambda driven: driven.place() if driven.leg.state is State.PREPARING else None,
    "not to be had": lambda driven: driven.leg.do_not_place(ending_of(TunnelError("no path")), driven.now_s),
    "POST: placed": answering(Post, PLACED),
    "POST: 429": answering(Post, CarrierUnavailable("too many requests", http_status=429)),
    "POST: lost": answering(Post, LOST),
    "callback: ringing": calling_back(CallStatus.RINGING),
    "callback: answered": calling_back(CallStatus.IN_PROGRESS),
    "callback: busy": calling_back(CallStatus.BUSY),
    "callback: declined": calling_back(CallStatus.NO_ANSWER, sip_code=603),
    "callback: completed": calling_back(CallStatus.COMPLETED),
    "stream starts": connect,
    "all is played": play,
    "mark too early": drop_audio,
    "stream: stop": stop_stream,
    "stream breaks": break_stream,
    "signal": lambda driven: driven.leg.stop(15, driven.now_s),
    "fault of ours": lambda driven: driven.leg.fail(RuntimeError("a bug"), driven.now_s),
    "time alone": let_time_pass,
}


@dataclass(frozen=True)
class Step:
    """From `state`, by `event`, to `to`."""

    state: State
    event: str
    to: State


def steps() -> Iterator[Step]:
    """Every state, every event, and where it leads at the end of that turn."""
    for state, reach in REACHED.items():
        for name, happens in EVENTS.items():
            driven = reach()
            assert driven.leg.state is state, (state, driven.leg.state)
            happens(driven)
            driven.look()
            yield Step(state, name, driven.leg.state)
