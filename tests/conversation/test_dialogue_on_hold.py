"""The dialogue behind hold music: nobody was there so far, and who picks up hears all of the message."""

from __future__ import annotations

import pytest

from cartesia_call.conversation.limits import HELLO_SILENCE_S, HOLD_LIMIT_S, HOLD_OVER_S
from cartesia_call.conversation.parts import Answerer, Judge, Manner, VoicemailMode
from cartesia_call.listening.sounds import MusicHeard, SoundGoesOn
from tests.conversation.line import Event, Line, beep, key, leaving, sound, speech, verdict

MACHINE, HUMAN, LOCAL = Answerer.MACHINE, Answerer.HUMAN, Judge.LOCAL
SKIP, LEAVE = VoicemailMode.SKIP, VoicemailMode.LEAVE


def line(mode: VoicemailMode = LEAVE, *, ack_key: str | None = None) -> Line:
    return Line(leaving(mode, ack_key=ack_key, carrier_judges=False))


def music(from_s: float, until_s: float) -> list[Event]:
    count = round((until_s - from_s) * 2)
    return [sound(at_s, MusicHeard(at_s=at_s)) for at_s in (from_s + n / 2 for n in range(count + 1))]


PLEASE_HOLD = [*speech(0.2, 2.8), verdict(3.4, MACHINE, LOCAL), *music(4.5, 30)]
"""A machine's words, and music."""
WAITED = ["0 message", "3.4 clear"]


def test_who_picks_up_hears_the_message_from_its_first_word() -> None:
    """Once they have said hello."""
    held = line()
    said_at_s = 32 + HELLO_SILENCE_S
    done = held.run(*PLEASE_HOLD, speech(31, 32))
    assert done == [*WAITED, f"{said_at_s:g} message", f"{said_at_s + 4:g} delivered"]
    assert (held.dialogue.answered_by, held.dialogue.beep) == (HUMAN, None)


def test_what_was_begun_is_taken_back() -> None:
    """A person said one moment, and was taken for who the message is for; music goes on again."""
    done = line().run(
        speech(0.2, 1.2), verdict(2.4, HUMAN, LOCAL), music(3, 12), speech(14, 15), music(17, 30)
    )
    assert done[:3] == ["0 message", "3 clear", "16.2 message"]
    assert done[3] == "17 clear"


def test_a_beep_in_the_music_is_a_note() -> None:
    """And one behind a greeting a mailbox's."""
    notes = [beep(20), verdict(20, MACHINE, LOCAL, beep=True)]
    assert line().run(*PLEASE_HOLD, *notes, speech(31, 32))[-1].endswith(" delivered")
    done = line().run(*PLEASE_HOLD, speech(31, 36), beep(37))
    assert done[-2:] == ["37 voicemail", "42 voicemail-left"]


def test_silence_behind_the_music_proves_nobody() -> None:
    """Who picked up and is silent is spoken to; if nothing comes of it, nobody was reached."""
    held = line()
    said_at_s = 30 + HOLD_OVER_S
    done = held.run(*PLEASE_HOLD)
    assert done[2:] == [f"{said_at_s:g} message", f"{said_at_s + 4 + HOLD_OVER_S:g} voicemail-skipped"]
    assert held.dialogue.manner is Manner.SAID_ON_HOLD
    assert line().run(*PLEASE_HOLD, speech(36, 37))[-1].endswith(" delivered")


def test_waiting_has_an_end() -> None:
    """Nobody came."""
    held = line()
    done = held.run(*music(5, 200))
    assert done == ["0 message", f"{5 + HOLD_LIMIT_S:g} no-answer"]
    assert held.dialogue.manner is Manner.ON_HOLD


def test_a_key_is_somebody() -> None:
    """Whatever plays."""
    assert line(ack_key="1").run(*PLEASE_HOLD, key(20))[-1] == "20 acknowledged"
    assert line().run(*PLEASE_HOLD[:12], key(9, "5"))[-1] == "13 delivered"


def test_who_skips_machines_waits_only_for_a_person_s_word() -> None:
    """Music from the answer on is a machine's; somebody who said one moment will come back."""
    assert line(SKIP).run(*music(4, 20))[-1] == "4 voicemail-skipped"
    spoken = [*speech(0.2, 1.2), verdict(2.4, HUMAN, LOCAL), *music(3.5, 20), *speech(21, 22)]
    assert line(SKIP).run(*spoken)[-1].endswith(" delivered")


@pytest.mark.parametrize("mode", [VoicemailMode.IGNORE, LEAVE])
def test_a_person_is_not_silenced_by_music(mode: VoicemailMode) -> None:
    """Where machines are spoken to, or the carrier knows who it is."""
    done = line(mode).run(verdict(1, HUMAN), *music(2, 10))
    assert done == ["0 message", "4 delivered"]


def test_nobody_is_reached_while_it_is_not_known_what_sounds() -> None:
    """A word, and sound that goes on: the message is said, and music may be told yet."""
    sounds = [sound(at_s, SoundGoesOn(at_s=at_s)) for at_s in (3.0, 4.0, 5.0)]
    spoken = [*speech(0.2, 1.2), verdict(2.4, HUMAN, LOCAL), *sounds]
    assert line().run(*spoken)[-1] == "12 delivered"
    assert line().run(*spoken, *music(6, 20), speech(21, 22))[1:2] == [f"{22 + HELLO_SILENCE_S:g} message"]
