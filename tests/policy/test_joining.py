"""Which alerts share a call, what is said of them, and what became of each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.policy.joining import (
    MOST_ALERTS,
    MOST_CHARACTERS,
    JoinedText,
    WaitingAlert,
    is_everybodys,
    joined_text,
    joining,
    share_of,
)
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.outcomes import Evidence, Outcome

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def alert(id: str, text: str = "It is down.", manner: str = "one") -> WaitingAlert:
    return WaitingAlert(id=id, text=text, manner=manner)


def three() -> JoinedText:
    return joined_text([alert("a", "Disk full."), alert("b", "Web down"), alert("c", "Gone!")], language="en")


def result(outcome: Outcome | None, **fields: Any) -> AttemptResult:
    return AttemptResult(
        id="a",
        to="+12025550143",
        caller_id=None,
        outcome=outcome,
        detail="what happened",
        started_at=NOW,
        ended_at=NOW,
        call_sid="CA1",
        characters=50,
        price="0.01",
        price_unit="USD",
        **fields,
    )


def test_alerts_are_said_in_order_each_behind_its_number() -> None:
    """Every text ends as a sentence does, and stands where it is said to."""
    joined = three()
    assert joined.text == "Three alerts. One: Disk full. Two: Web down. Three: Gone!"
    assert joined.ids == ("a", "b", "c")
    said = [joined.text[place.start : place.end] for place in joined.alerts]
    assert said == ["Disk full.", "Web down.", "Gone!"]


def test_in_another_language_the_voice_reads_digits() -> None:
    """What English words are in the middle of German."""
    joined = joined_text([alert("a", "Platte voll."), alert("b", "Netz weg.")], language="de")
    assert joined.text == "2. 1: Platte voll. 2: Netz weg."
    assert joined_text([alert("a"), alert("b", "Slow.")], language="en-GB").text.startswith("Two alerts.")


def test_the_same_words_are_said_once() -> None:
    """For both; one thing that two say is one alert."""
    joined = joined_text([alert("a", "Down."), alert("b", "Slow."), alert("c", "Down.")], language="en")
    assert joined.text == "Two alerts. One: Down. Two: Slow."
    assert [joined.text[place.start : place.end] for place in joined.alerts] == ["Down.", "Slow.", "Down."]
    alike = joined_text([alert("a"), alert("b")], language="en")
    assert (alike.text, alike.ids) == ("It is down.", ("a", "b"))


def test_one_alert_is_said_as_it_is() -> None:
    """Nothing is counted, nothing is added."""
    assert joined_text([alert("a", "It is down")], language="en").text == "It is down"


def test_only_calls_of_the_same_manner_are_one() -> None:
    """Another key or voice is another call."""
    chosen = joining(alert("a"), [alert("b", manner="other"), alert("c")])
    assert [one.id for one in chosen] == ["a", "c"]


def test_what_does_not_fit_waits_and_nobody_overtakes_it() -> None:
    """The own alert is said however long it is."""
    long = "x" * (MOST_CHARACTERS + 1)
    assert joining(alert("a", long), [alert("b")]) == (alert("a", long),)
    chosen = joining(alert("a"), [alert("b"), alert("c", long), alert("d")])
    assert [one.id for one in chosen] == ["a", "b"]


@given(st.lists(st.integers(1, 400), max_size=60))
def test_a_call_has_an_end_whatever_waits(lengths: list[int]) -> None:
    """Of what is said beyond the own alert, and of how many there are."""
    own = alert("own", "x")
    chosen = joining(own, [alert(str(number), "x" * length) for number, length in enumerate(lengths)])
    assert [one.id for one in chosen] == ["own", *map(str, range(len(chosen) - 1))]
    assert sum(len(one.text) for one in chosen) <= MOST_CHARACTERS
    assert len(chosen) <= MOST_ALERTS
    joined = joined_text(chosen, language="en")
    assert len(joined.alerts) == len(chosen)


def test_one_key_answers_all() -> None:
    """Each has its own id and text; the call is paid for once."""
    joined = three()
    whole = result(Outcome.ACKNOWLEDGED, acknowledged=True, digits="1", heard_text=joined.text)
    shares = [share_of(whole, joined, place) for place in joined.alerts]
    assert [share.id for share in shares] == ["a", "b", "c"]
    assert {(share.outcome, share.digits, share.call_sid) for share in shares} == {
        (Outcome.ACKNOWLEDGED, "1", "CA1")
    }
    assert {share.joined for share in shares} == {("a", "b", "c")}
    assert [share.heard_text for share in shares] == ["Disk full.", "Web down.", "Gone!"]
    assert [(share.characters, share.price) for share in shares] == [(50, "0.01"), (0, None), (0, None)]


def test_who_leaves_early_has_heard_the_first_ones() -> None:
    """Those are delivered; the one that was cut and those behind it are not."""
    joined = three()
    heard = joined.text[: joined.alerts[1].end - 3]
    shares = [
        share_of(result(Outcome.HUNG_UP_EARLY, heard_text=heard), joined, place) for place in joined.alerts
    ]
    assert [share.outcome for share in shares] == [
        Outcome.DELIVERED,
        Outcome.HUNG_UP_EARLY,
        Outcome.HUNG_UP_EARLY,
    ]
    assert [share.heard_text for share in shares] == ["Disk full.", "Web do", ""]
    assert shares[0].evidence is Evidence.WATCHDOG
    assert "3 alerts" in shares[0].detail


@pytest.mark.parametrize(
    ("acknowledged", "heard_text"),
    [(False, "Three alerts. One: Disk full."), (None, None), (None, "Other words altogether, said by whom?")],
)
def test_nothing_is_delivered_that_nobody_knows_or_a_key_was_asked_for(
    acknowledged: bool | None, heard_text: str | None
) -> None:
    """With --ack, 0 means acknowledged and nothing else."""
    joined = three()
    early = result(Outcome.HUNG_UP_EARLY, acknowledged=acknowledged, heard_text=heard_text)
    assert share_of(early, joined, joined.alerts[0]).outcome is Outcome.HUNG_UP_EARLY


def test_what_is_one_processs_alone_is_nobody_elses() -> None:
    """A signal, a fault of ours, the guard's word: the others call. A call that may be up is told."""
    assert not is_everybodys(result(None))
    assert not is_everybodys(result(Outcome.WITHHELD))
    assert not is_everybodys(result(Outcome.INTERRUPTED, interrupted_by=15))
    assert is_everybodys(result(Outcome.UNKNOWN))
    assert is_everybodys(result(Outcome.BUSY))
