"""The dialogue when the network's tones are heard behind the answer: what was begun is taken back."""

from __future__ import annotations

import pytest

from cartesia_call.conversation.limits import RINGING_LIMIT_S, RINGING_OVER_S
from cartesia_call.conversation.parts import Answerer, Judge, VoicemailMode
from cartesia_call.listening.cadence import NetworkTone
from tests.conversation.line import Event, Line, beep, key, leaving, network, speech, verdict

BUSY, RINGING = NetworkTone.BUSY, NetworkTone.RINGING
BEEPED = [beep(1, settled_at_s=3.6), verdict(1, Answerer.MACHINE, Judge.LOCAL, beep=True)]


def line(mode: VoicemailMode, *, ack_key: str | None = None) -> Line:
    return Line(leaving(mode, ack_key=ack_key, carrier_judges=False))


@pytest.mark.parametrize(
    ("mode", "done"),
    [
        (VoicemailMode.LEAVE, ["0 message", "1 clear", "1 voicemail", "3 clear", "3 busy"]),
        (VoicemailMode.SKIP, ["0 message", "1 clear", "3 busy"]),
    ],
)
def test_a_busy_tone_ends_the_call(mode: VoicemailMode, done: list[str]) -> None:
    """Also where its first tone passed for a beep."""
    assert line(mode).run(*BEEPED, network(3, BUSY)) == done


def test_nothing_ends_behind_a_doubtful_beep() -> None:
    """What is skipped or left waits for the beep to be one; a key need not."""
    assert line(VoicemailMode.SKIP).run(*BEEPED) == ["0 message", "1 clear", "3.6 voicemail-skipped"]
    late = [beep(1, settled_at_s=7.6), BEEPED[1]]
    assert line(VoicemailMode.LEAVE).run(*late)[-2:] == ["1 voicemail", "7.6 voicemail-left"]
    done = line(VoicemailMode.LEAVE, ack_key="1").run(*late, key(7))
    assert done[-1] == "7 acknowledged"


@pytest.mark.parametrize("begun", [[], BEEPED])
def test_who_picks_up_hears_the_message_from_its_first_word(begun: list[Event]) -> None:
    """Behind the ringing, once they have said hello; what was said before is taken back."""
    rings = [network(3, RINGING), network(8, RINGING)]
    done = line(VoicemailMode.LEAVE).run(*begun, *rings, speech(12, 13))
    assert "13.5 message" in done
    assert done[-1].endswith(" delivered")


def test_who_picks_up_and_is_silent_is_spoken_to() -> None:
    """When it has not rung for longer than it pauses."""
    done = line(VoicemailMode.LEAVE).run(network(2, RINGING), verdict(7, Answerer.UNKNOWN, Judge.LOCAL))
    assert done == [
        "0 message",
        "2 clear",
        f"{2 + RINGING_OVER_S:g} message",
        f"{6 + RINGING_OVER_S:g} delivered",
    ]


def test_ringing_has_an_end() -> None:
    """Nobody answered."""
    rings = [network(2 + 5 * n, RINGING) for n in range(14)]
    done = line(VoicemailMode.LEAVE).run(*rings)
    assert done == ["0 message", "2 clear", f"{2 + RINGING_LIMIT_S:g} no-answer"]


def test_a_mailbox_may_answer_the_ringing() -> None:
    """It is judged anew."""
    mailbox = [verdict(12, Answerer.MACHINE, Judge.LOCAL), beep(17)]
    done = line(VoicemailMode.LEAVE).run(*BEEPED, network(3, RINGING), speech(8, 15.9), *mailbox)
    assert done[-2:] == ["17 voicemail", "22 voicemail-left"]


def test_who_pressed_a_key_is_no_tone() -> None:
    """A person is there, whatever sounds in their room."""
    assert line(VoicemailMode.LEAVE).run(key(1, "5"), network(3, BUSY))[-1] == "4 delivered"
