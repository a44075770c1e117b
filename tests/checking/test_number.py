"""The line about the number to call."""

from __future__ import annotations

import pytest

from cartesia_call.checking.findings import Status
from cartesia_call.checking.number import check_number
from cartesia_call.errors import CallRefused, CallWithheld, InputError
from cartesia_call.policy.withheld import Rule, Withheld
from tests.checking.told import CALLEE, CALLER_ID


@pytest.mark.parametrize("typed", [CALLEE, "+1 (202) 555-0143"])
def test_a_number_names_its_country(typed: str) -> None:
    """In whatever form it was typed."""
    finding, number = check_number(typed, country=None, caller_id=CALLER_ID)
    assert (finding.status, finding.value) == (Status.PASS, {"country": "US"})
    assert number is not None
    assert number.e164 == CALLEE


def test_a_national_form_needs_its_country() -> None:
    assert check_number("202 555 0143", country="US", caller_id=None)[0].status is Status.PASS
    finding, number = check_number("202 555 0143", country=None, caller_id=None)
    assert (finding.status, number) == (Status.FAIL, None)


@pytest.mark.parametrize("typed", ["911", "112", "+1 12", "hello", ""])
def test_what_is_never_dialled_fails_as_it_would_there(typed: str) -> None:
    """Emergency numbers, short codes and nonsense: wrong usage."""
    finding, _ = check_number(typed, country="US", caller_id=None)
    assert finding.status is Status.FAIL
    assert isinstance(finding.error, InputError)


def test_the_caller_id_cannot_be_called() -> None:
    """Twilio refuses it with 21211."""
    finding, _ = check_number(CALLER_ID, country=None, caller_id=CALLER_ID)
    assert isinstance(finding.error, CallRefused)
    assert finding.error.code == 21211


def test_a_number_outside_the_known_ranges_is_a_warning() -> None:
    finding, number = check_number("+15555550143", country=None, caller_id=CALLER_ID)
    assert finding.status is Status.WARNING
    assert number is not None


def test_a_number_behind_a_fence_fails_as_its_call_would() -> None:
    """The line says by which fence; one that it leaves alone passes."""
    forbidden = Withheld(rule=Rule.PREMIUM, detail="it is a premium-rate number", until=None)
    fenced = {CALLEE: forbidden}.get
    finding, number = check_number(CALLEE, country=None, caller_id=CALLER_ID, fence=fenced)
    assert isinstance(finding.error, CallWithheld)
    assert finding.detail == f"{CALLEE} is not called: it is a premium-rate number"
    assert number is not None
    assert check_number("+12025550144", country=None, caller_id=None, fence=fenced)[0].status is Status.PASS
