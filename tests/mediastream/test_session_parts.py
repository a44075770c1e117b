"""Several parts on one stream, each with a mark and a reckoning of its own, and parts that are long."""

from __future__ import annotations

import pytest

from cartesia_call.audio.mulaw import silence
from cartesia_call.mediastream.events import Played
from cartesia_call.mediastream.playing import TAIL_MS
from cartesia_call.mediastream.session import TOP_UP_S
from tests.mediastream.test_session import (
    TAIL_S,
    audio_of,
    mark_echo,
    open_session,
    texts,
    utterance_of,
)


def test_a_second_part_has_a_mark_and_a_reckoning_of_its_own() -> None:
    """What was heard is told by part, and only the part's own mark proves it."""
    session = open_session(utterance_of(b"\x01" * 8000))
    texts(session, 0.0)
    session.receive_text(mark_echo(), 1.0 + TAIL_S)
    assert session.events() == [Played(by_mark=True)]
    session.speak(utterance_of(b"\x02" * 4000), "prompt")
    assert audio_of(texts(session, 2.0)).startswith(b"\x02" * 4000)
    session.receive_text(mark_echo(), 2.9)
    assert session.events() == []
    session.receive_text(mark_echo("prompt-end-2"), 2.9)
    assert session.events() == [Played(by_mark=True, name="prompt")]
    assert (session.played_ms(9.0), session.played_ms(9.0, "prompt")) == (1000, 500)


def test_clearing_stops_the_carrier_and_what_comes_after_starts_at_once() -> None:
    """The queue is dropped there, the rest here; the mark of what was cleared proves nothing."""
    session = open_session(utterance_of(b"\x01" * 80_000))
    texts(session, 0.0)
    session.clear(2.0)
    session.speak(utterance_of(b"\x02" * 4000), "confirmation")
    sent = texts(session, 2.0)
    assert sent[0] == {"event": "clear", "streamSid": "MZ1"}
    assert audio_of(sent) == b"\x02" * 4000 + silence(TAIL_MS)
    session.receive_text(mark_echo(), 2.0)
    assert session.events() == []
    session.receive_text(mark_echo("confirmation-end-2"), 2.5 + TAIL_S)
    assert session.events() == [Played(by_mark=True, name="confirmation")]
    assert session.played_ms(9.0) == 2000


def test_one_part_is_played_at_a_time() -> None:
    """Two voices at once would be a mistake of ours."""
    session = open_session(utterance_of(b"\x01" * 800))
    with pytest.raises(ValueError, match="one part"):
        session.speak(utterance_of(b"\x02"), "prompt")


def test_the_lead_is_filled_up_now_and_then() -> None:
    """Every waking costs a call the same: between two of them lie seconds of audio."""
    session = open_session(utterance_of(b"\x01" * (8000 * 120)))
    now_s, wakings = 0.0, 0
    texts(session, now_s)
    while now_s < 60:
        assert not session.heard(now_s)
        deadline_s = session.next_deadline_s()
        assert deadline_s is not None
        assert deadline_s - now_s >= TOP_UP_S / 2
        now_s, wakings = deadline_s, wakings + 1
        session.check(now_s)
        assert texts(session, now_s)
    assert wakings <= 60 / TOP_UP_S + 1
