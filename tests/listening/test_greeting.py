"""The judge, on sounds with their times."""

from __future__ import annotations

from dataclasses import replace

from cartesia_call.listening.cadence import NetworkTone
from cartesia_call.listening.greeting import Answered, GreetingJudge, Guess
from cartesia_call.listening.limits import RING_SETTLES_S
from cartesia_call.listening.sounds import (
    Beep,
    FaxTone,
    MusicHeard,
    NetworkHeard,
    Sound,
    SoundGoesOn,
    SpeechBegan,
    SpeechEnded,
)

MACHINE = Answered.MACHINE


def began(at_s: float) -> tuple[Sound, float]:
    return SpeechBegan(at_s=at_s), at_s + 0.1


def ended(at_s: float, length_s: float) -> tuple[Sound, float]:
    return SpeechEnded(at_s=at_s, length_s=length_s), at_s + 0.8


def beep(at_s: float) -> tuple[Sound, float]:
    return Beep(at_s=at_s, length_s=0.4, frequency_hz=1000), at_s + 0.24


def judged(*told: tuple[Sound, float], until_s: float = 60.0) -> list[Guess]:
    """The guesses about a call answered at 10 s; the sounds' times count from the answer."""
    judge, guesses = GreetingJudge(10.0), []

    def wait(until: float) -> None:
        while (deadline_s := judge.next_deadline_s()) is not None and deadline_s <= until:
            judge.check(deadline_s)

    for sound, told_at_s in told:
        wait(10.0 + told_at_s)
        judge.receive_sound(_moved(sound), 10.0 + told_at_s)
        guesses += judge.guesses()
    wait(10.0 + until_s)
    return [*guesses, *judge.guesses()]


def _moved(sound: Sound) -> Sound:
    match sound:
        case SpeechBegan():
            return SpeechBegan(at_s=sound.at_s + 10)
        case SpeechEnded():
            return SpeechEnded(at_s=sound.at_s + 10, length_s=sound.length_s)
        case Beep():
            settled_at_s = sound.settled_at_s + 10 if sound.settled_at_s else 0.0
            return replace(sound, at_s=sound.at_s + 10, settled_at_s=settled_at_s)
        case NetworkHeard() | MusicHeard() | SoundGoesOn():
            return replace(sound, at_s=sound.at_s + 10)
        case FaxTone():
            return FaxTone(at_s=sound.at_s + 10)


def kinds(guesses: list[Guess]) -> list[tuple[str, bool, float]]:
    return [(str(guess.kind), guess.may_record, round(guess.at_s - 10, 2)) for guess in guesses]


def test_silence_is_unknown_after_five_seconds() -> None:
    """And stays so."""
    assert kinds(judged()) == [("unknown", False, 5.0)]
    assert kinds(judged(began(7), ended(12, 5))) == [("unknown", False, 5.0)]


def test_a_short_utterance_is_a_person() -> None:
    """1.2 s of silence behind it decide; what is said later changes nothing."""
    assert kinds(judged(began(0.5), ended(1.1, 0.6), began(4), ended(9, 5))) == [("human", False, 2.3)]


def test_two_short_utterances_are_a_person() -> None:
    """A pause below 1.2 s continues the greeting; the speech in it counts, not the pause."""
    hello = began(0.5), ended(1.1, 0.6), began(2.1), ended(3.3, 1.2)
    assert kinds(judged(*hello)) == [("human", False, 4.5)]


def test_long_speech_is_a_machine_while_it_goes_on() -> None:
    """2.4 s after its beginning, and a second in which its end might still be told; after 6 s for sure."""
    guesses = judged(began(0.3), until_s=20)
    assert kinds(guesses) == [("machine", False, 3.7), ("machine", False, 7.3)]
    assert [guess.is_sure for guess in guesses] == [False, True]


def test_long_speech_in_parts_is_a_machine() -> None:
    """The parts are added up; where its end is told first, that decides."""
    greeting = began(0.3), ended(1.8, 1.5), began(2.8)
    assert kinds(judged(*greeting, until_s=5)) == [("machine", False, 4.7)]
    assert kinds(judged(*greeting, ended(3.8, 1.0), until_s=5)) == [("machine", False, 4.6)]


def test_a_beep_is_a_machine_that_records() -> None:
    """Behind a long greeting, and without one."""
    assert kinds(judged(began(0.3), ended(6.3, 6), beep(7.2)))[-1] == ("machine", True, 7.44)
    assert kinds(judged(beep(1.0))) == [("machine", True, 1.24)]


def test_no_beep_but_silence_may_be_screening() -> None:
    """2.5 s of silence behind a long greeting, once."""
    guesses = judged(began(0.3), ended(6.3, 6), began(20), ended(21, 1))
    assert kinds(guesses) == [("machine", False, 3.7), ("screening", True, 8.8)]


def test_a_greeting_that_goes_on_is_waited_for() -> None:
    """A pause of less than 2.5 s in a machine's greeting is none of its end."""
    guesses = judged(began(0.3), ended(4.3, 4), began(6.0), ended(8, 2), until_s=12)
    assert kinds(guesses) == [("machine", False, 3.7), ("screening", True, 10.5)]


def test_a_late_beep_corrects_every_guess() -> None:
    """Person, unknown and screening become a machine that records."""
    assert kinds(judged(began(0.3), ended(1, 0.7), beep(4)))[-1] == ("machine", True, 4.24)
    assert kinds(judged(beep(8)))[-1] == ("machine", True, 8.24)
    assert kinds(judged(began(0.3), ended(5, 4.7), beep(9)))[-1] == ("machine", True, 9.24)


def test_beeps_in_a_persons_room_do_not_count() -> None:
    """30 s after the answer only a machine beeps."""
    assert kinds(judged(began(0.3), ended(1, 0.7), beep(40))) == [("human", False, 2.2)]
    assert kinds(judged(began(0.3), ended(45, 44.7), beep(46)))[-1] == ("machine", True, 46.24)


def test_behind_a_short_greeting_a_beep_comes_soon() -> None:
    """A mailbox's within 3 s; a recorded line's warning later, every 13 s."""
    hello = began(0.3), ended(1.3, 1.0)
    assert kinds(judged(*hello, beep(3.9)))[-1] == ("machine", True, 4.14)
    assert kinds(judged(*hello, beep(5.5), beep(18.5))) == [("human", False, 2.5)]


def test_a_beep_that_may_ring_counts_when_it_does_not_come_again() -> None:
    """Behind a short greeting; behind a long one it counts at once."""
    ringing = Beep(at_s=3.0, length_s=1.0, frequency_hz=425, settled_at_s=3.0 + RING_SETTLES_S), 3.24
    hello, greeting = (began(0.3), ended(1.3, 1.0)), (began(0.1), ended(3.0, 2.9))
    assert kinds(judged(*hello, ringing))[-1] == ("machine", True, 9.6)
    assert kinds(judged(*greeting, ringing))[-1] == ("machine", True, 3.24)
    again = NetworkHeard(at_s=8.0, tone=NetworkTone.RINGING), 8.0
    assert kinds(judged(*hello, ringing, again)) == [("human", False, 2.5), ("unknown", False, 13.0)]


def test_behind_ringing_everybody_is_judged_anew() -> None:
    """Whatever was heard before it rang."""
    rings = NetworkHeard(at_s=9.0, tone=NetworkTone.RINGING), 9.0
    guesses = judged(began(0.3), ended(6.3, 6), rings, began(16), ended(17, 1))
    assert kinds(guesses)[-2:] == [("unknown", False, 14.0), ("human", False, 18.2)]


def test_every_beep_is_told() -> None:
    """One may be the announcement that calls are recorded."""
    greeting = beep(0.4), began(1), ended(6, 5), beep(10)
    assert [guess.may_record for guess in judged(*greeting) if guess.kind is MACHINE] == [True, True]


def test_a_fax_is_told_once_and_final() -> None:
    """Its later tones are no beeps."""
    fax = (FaxTone(at_s=2.0), 2.0)
    assert kinds(judged(fax, (FaxTone(at_s=5.0), 5.0), beep(7))) == [("fax", False, 2.0)]


def test_late_checks_make_one_guess_each() -> None:
    """A caller that comes late gets the guess that was due."""
    judge = GreetingJudge(0.0)
    judge.check(60.0)
    assert judge.kind is Answered.UNKNOWN
    assert judge.guesses() == [Guess(kind=Answered.UNKNOWN, at_s=60.0)]
    assert judge.guesses() == []


def test_music_is_a_machine_s_and_whoever_speaks_behind_it_is_judged_anew() -> None:
    """However long it played, and whatever was said before."""
    music = [(MusicHeard(at_s=at_s), at_s) for at_s in (7.0, 8.0, 40.0)]
    held = judged(began(0.3), ended(3.3, 3.0), *music, until_s=44.0)
    assert kinds(held)[0] == ("machine", False, 3.7)
    answered = judged(began(0.3), ended(3.3, 3.0), *music, began(42.0), ended(43.0, 1.0))
    assert kinds(answered)[-1] == ("human", False, 44.2)
    mailbox = judged(began(0.3), ended(3.3, 3.0), *music, began(42.0), ended(48.0, 6.0), beep(49.0))
    assert kinds(mailbox)[-1] == ("machine", True, 49.24)
