"""Ending one call, and proving that it has ended."""

from __future__ import annotations

import pytest

from cartesia_call.errors import CallNotFound, CarrierError
from cartesia_call.leg.facts import CallFacts
from cartesia_call.leg.hang_up import BARE_HANG_UP, HangUp, how_to_end, not_confirmed
from cartesia_call.leg.requests import Answer, End, Fetch, Redirect
from cartesia_call.telephony.call_states import CallStatus
from tests.leg.given import OURS, event, snapshot

UP = snapshot(CallStatus.IN_PROGRESS)
DOWN = snapshot(CallStatus.COMPLETED)
NOT_FOUND = CallNotFound("404", code=20404, http_status=404)
Asked = End | Redirect | Fetch


class Hanging:
    """A hang-up within 20 s, and a clock. `asked` is what it asked, and when."""

    def __init__(self, *, within_s: float = 20.0) -> None:
        self.now_s = 0.0
        self.facts = CallFacts(OURS)
        self.machine = HangUp(self.facts, until_s=within_s, now_s=0.0)
        self.asked: list[tuple[float, Asked]] = []
        self.look()

    def look(self) -> None:
        self.asked += [(self.now_s, request) for request in self.machine.requests()]

    def answer(self, answer: Answer) -> None:
        """To the latest request."""
        self.machine.answered(self.asked[-1][1], answer, self.now_s)
        self.look()

    def pass_time(self) -> None:
        """To the next deadline."""
        self.now_s = self.machine.next_deadline_s()
        self.machine.check(self.now_s)
        self.look()

    @property
    def kinds(self) -> list[tuple[float, str]]:
        return [(at_s, type(request).__name__) for at_s, request in self.asked]


def test_it_asks_at_once() -> None:
    """For `Status=completed`."""
    hanging = Hanging()
    assert hanging.kinds == [(0.0, "End")]
    assert not hanging.machine.is_over


def test_what_is_down_is_not_asked_for() -> None:
    """It is over before it begins."""
    facts = CallFacts(OURS)
    facts.progress.take_snapshot(DOWN, 0.0)
    machine = HangUp(facts, until_s=20.0, now_s=0.0)
    assert (machine.requests(), machine.is_over, machine.failure) == ([], True, None)


def test_an_answer_that_shows_the_end_is_enough() -> None:
    """So is a callback, or the stream's `stop`."""
    hanging = Hanging()
    hanging.answer(DOWN)
    assert (hanging.machine.is_over, hanging.machine.failure) == (True, None)
    hanging = Hanging()
    hanging.facts.progress.take_event(event(CallStatus.COMPLETED), 0.5)
    assert hanging.machine.is_over
    hanging = Hanging()
    hanging.facts.stop_received = True
    assert hanging.machine.is_over


def test_a_stop_behind_new_instructions_proves_nothing() -> None:
    """They close the stream, and the call goes on."""
    hanging = Hanging()
    hanging.facts.is_redirected = hanging.facts.stop_received = True
    assert not hanging.machine.is_over


@pytest.mark.parametrize("answer", [UP, NOT_FOUND, CarrierError("500", http_status=500), RuntimeError("bug")])
def test_it_waits_looks_and_asks_again(answer: Answer) -> None:
    """A young call may be unknown (404) to the carrier's own list. Waits grow from 1 to 4 s; the fourth
    request takes another way."""
    hanging = Hanging(within_s=60)
    while len(hanging.asked) < 10:
        hanging.answer(answer)
        hanging.pass_time()
        hanging.answer(answer)
    assert hanging.kinds[:10] == [
        *((0.0, "End"), (1.0, "Fetch"), (1.0, "End"), (3.0, "Fetch"), (3.0, "End")),
        *((7.0, "Fetch"), (7.0, "Redirect"), (11.0, "Fetch"), (11.0, "Redirect"), (15.0, "Fetch")),
    ]
    redirects = [request for _, request in hanging.asked if isinstance(request, Redirect)]
    assert all(redirect.instructions is BARE_HANG_UP for redirect in redirects)


def test_a_request_without_an_answer_ends_at_the_limit() -> None:
    """Whatever the carrier's client does."""
    hanging = Hanging()
    assert hanging.machine.next_deadline_s() == 20.0
    hanging.pass_time()
    assert hanging.machine.is_over
    assert hanging.machine.failure is not None


def test_after_the_limit_nothing_is_asked() -> None:
    """Neither by an answer nor by the time."""
    hanging = Hanging()
    hanging.answer(UP)
    hanging.pass_time()
    hanging.now_s = 20.0
    hanging.machine.check(20.0)
    hanging.answer(UP)
    hanging.machine.check(30.0)
    assert hanging.kinds == [(0.0, "End"), (1.0, "Fetch")]


def test_what_is_not_confirmed_says_which_call_and_how_to_end_it() -> None:
    """And the last answer of a request to end it; that nobody knows the call says nothing."""
    hanging = Hanging()
    hanging.answer(CarrierError("Twilio answered HTTP 500", http_status=500))
    hanging.machine.check(20.0)
    failure = hanging.machine.failure
    assert failure is not None
    assert failure.call_sid == OURS
    assert "HTTP 500" in failure.message
    assert f"cartesia-call hangup {OURS}" in str(failure.hint)
    hanging = Hanging()
    hanging.answer(NOT_FOUND)
    hanging.machine.check(20.0)
    assert hanging.machine.failure is not None
    assert "404" not in hanging.machine.failure.message


def test_somebody_elses_answer_is_no_news() -> None:
    """Nor is the same answer for the second time."""
    hanging = Hanging()
    hanging.machine.answered(End(OURS), UP, 0.0)
    assert hanging.machine.next_deadline_s() == 20.0
    hanging.answer(UP)
    hanging.machine.answered(hanging.asked[0][1], DOWN, 0.5)
    assert not hanging.machine.is_over


def test_a_call_nobody_knows_cannot_be_hung_up() -> None:
    """It would be a fault of ours to try."""
    with pytest.raises(ValueError, match="no call"):
        HangUp(CallFacts(), until_s=1.0, now_s=0.0)


def test_the_command_names_the_region() -> None:
    """A call is known in no other."""
    assert how_to_end(OURS, "ie1") == f"end it with: cartesia-call hangup {OURS} --region ie1"


def test_the_words_of_a_fault_of_ours_are_not_told() -> None:
    """They may quote the whole request, with its login."""
    told = str(not_confirmed("CA" + "1" * 32, RuntimeError("Authorization: Basic evidently-fake")))
    assert "Authorization" not in told
