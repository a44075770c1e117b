"""Faults that refuse REST requests, with plain time."""

from __future__ import annotations

import pytest

from cartesia_simulator.carrier.api_errors import ApiError
from cartesia_simulator.carrier.request_faults import RequestFaults
from cartesia_simulator.faults import FaultPlan, Moment, parse_faults
from tests.simulator.customer import StoppedClock


def request_faults(*names: str) -> tuple[RequestFaults, FaultPlan, StoppedClock]:
    clock = StoppedClock()
    plan = FaultPlan(parse_faults(names))
    return RequestFaults(plan, clock), plan, clock


def code_of_rate(faults: RequestFaults) -> int | None:
    try:
        faults.check_rate()
    except ApiError as refused:
        return refused.code
    return None


def end(faults: RequestFaults) -> int | bool:
    """The code of the refusal, or whether the request has its effect."""
    try:
        return faults.lets_end("/path")
    except ApiError as refused:
        return refused.code


async def test_nothing_is_refused_without_a_fault() -> None:
    """Every check passes."""
    faults, _, _ = request_faults()
    faults.check_credentials()
    faults.check_placing("+12025550143", "+12025550100")
    await faults.lose_placing_answer()
    assert code_of_rate(faults) is None
    assert end(faults) is True


def test_too_many_requests_for_a_while() -> None:
    """Counted from the first placing request, which may come late; without a time for ever."""
    faults, _, clock = request_faults("place-429@3s")
    clock.moment_s = 100.0
    assert code_of_rate(faults) == 20429
    clock.moment_s = 102.9
    assert code_of_rate(faults) == 20429
    clock.moment_s = 103.0
    assert code_of_rate(faults) is None
    for_ever, _, clock = request_faults("place-429")
    assert code_of_rate(for_ever) == 20429
    clock.moment_s = 1e6
    assert code_of_rate(for_ever) == 20429


@pytest.mark.parametrize(
    ("name", "effect"), [("hangup-500", 20500), ("hangup-404", 20404), ("hangup-ignored", False)]
)
def test_ending_fails(name: str, effect: int | bool) -> None:
    """Always, for a while from the first request on, or from a moment on."""
    always, _, clock = request_faults(name)
    assert end(always) == effect
    clock.moment_s = 1e6
    assert end(always) == effect

    for_a_while, _, clock = request_faults(f"{name}@5s")
    clock.moment_s = 100.0
    assert end(for_a_while) == effect
    clock.moment_s = 104.9
    assert end(for_a_while) == effect
    clock.moment_s = 105.0
    assert end(for_a_while) is True

    from_then_on, plan, _ = request_faults(f"{name}@speech")
    assert end(from_then_on) is True
    plan.note(Moment.RING)
    assert end(from_then_on) is True
    plan.note(Moment.SPEECH)
    assert end(from_then_on) == effect


def test_one_fault_takes_over_from_another() -> None:
    """The first of the table answers as long as it lasts."""
    faults, _, clock = request_faults("hangup-ignored", "hangup-404@4s", "hangup-500@2s")
    assert end(faults) == 20500
    clock.moment_s = 2.0
    assert end(faults) == 20404
    clock.moment_s = 4.0
    assert end(faults) is False


def test_credentials_are_refused_from_a_moment_on() -> None:
    """Those that were right until then."""
    faults, plan, _ = request_faults("auth-401@ring")
    faults.check_credentials()
    plan.note(Moment.RING)
    with pytest.raises(ApiError, match="Authenticate"):
        faults.check_credentials()


@pytest.mark.parametrize(("name", "code"), [("geo-21215", 21215), ("from-21210", 21210), ("to-21211", 21211)])
def test_placing_is_refused(name: str, code: int) -> None:
    """With the code in the fault's name."""
    faults, _, _ = request_faults(name)
    with pytest.raises(ApiError) as refused:
        faults.check_placing("+12025550143", "+12025550100")
    assert refused.value.code == code
