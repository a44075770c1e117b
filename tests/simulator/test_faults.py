"""Names of faults, and which of them a run has."""

from __future__ import annotations

import asyncio

import pytest

from cartesia_call.clock import SystemClock
from cartesia_call.errors import InputError
from cartesia_simulator.faults import FAULTS, Fault, FaultPlan, Moment, parse_fault, parse_faults
from tests.simulator.customer import PATIENCE_S, StoppedClock


@pytest.mark.parametrize("name", FAULTS)
def test_every_name_of_the_table_is_read(name: str) -> None:
    """The table is the only list of faults, and says what `@` means behind each."""
    kind = FAULTS[name]
    assert parse_fault(name) == Fault(name=name)
    for spec, is_allowed, fault in (
        (f"{name}@1500ms", kind.time, Fault(name=name, time_s=1.5)),
        (f"{name}@ring", kind.moment, Fault(name=name, moment=Moment.RING)),
        (f"{name}@speech", kind.moment, Fault(name=name, moment=Moment.SPEECH)),
    ):
        if is_allowed:
            assert parse_fault(spec) == fault
        else:
            with pytest.raises(InputError, match=f"{name}.*write {name}"):
                parse_fault(spec)


def test_an_unknown_name_lists_the_known_ones() -> None:
    """One sentence with every name."""
    with pytest.raises(InputError) as refused:
        parse_fault("tunnel-eaten")
    assert all(name in str(refused.value) for name in FAULTS)


def test_a_refusal_says_what_may_be_written() -> None:
    """With the meaning of a time and of a moment, for this fault."""
    with pytest.raises(InputError, match=r"write callbacks-lost or callbacks-lost@ring \(from then on\)"):
        parse_fault("callbacks-lost@3s")
    with pytest.raises(InputError, match=r"write mark-late or mark-late@3s \(by so much; else 2s\)$"):
        parse_fault("mark-late@ring")


@pytest.mark.parametrize("when", ["banana", "SPEECH", "", "25h"])
def test_a_malformed_time_or_moment_is_refused(when: str) -> None:
    """The durations' own sentence, the fault's name before it, and the moments where the fault takes some."""
    with pytest.raises(
        InputError, match=f"in 'stream-drop@{when}'.*; write .*, or a moment: ring or speech$"
    ):
        parse_fault(f"stream-drop@{when}")
    with pytest.raises(InputError, match=f"in 'mark-late@{when}'.*; write ") as refused:
        parse_fault(f"mark-late@{when}")
    assert "moment" not in str(refused.value)
    with pytest.raises(InputError, match=r"auth-401@ring .* or auth-401@speech "):
        parse_fault(f"auth-401@{when}")
    with pytest.raises(InputError, match=r"takes neither a time nor a moment.*; write geo-21215$"):
        parse_fault(f"geo-21215@{when}")


@pytest.mark.parametrize("spec", ["", "@", "@3s", "@speech"])
def test_no_name_is_no_fault(spec: str) -> None:
    """One sentence that quotes what was written, with every name."""
    with pytest.raises(InputError, match=f"^--fault: '{spec}' names no fault; write one of") as refused:
        parse_fault(spec)
    assert all(name in str(refused.value) for name in FAULTS)


def test_a_name_is_given_once() -> None:
    """Different ones go together, contradictory ones too; the same one has only one time."""
    assert parse_faults(["mark-never", "mark-late@1s"]) == (
        Fault(name="mark-never"),
        Fault(name="mark-late", time_s=1.0),
    )
    with pytest.raises(InputError, match="stream-drop is given 2 times"):
        parse_faults(["stream-drop@3s", "mark-never", "stream-drop@speech"])


def test_a_plan_knows_its_faults_and_refuses_to_be_asked_nonsense() -> None:
    """A misspelt name in our own code is an error, not a fault that never happens."""
    plan = FaultPlan([parse_fault("stream-drop@2s")])
    assert plan.has("stream-drop")
    assert plan.is_on("stream-drop")
    assert plan.get("stream-drop") == Fault(name="stream-drop", time_s=2.0)
    assert not plan.has("place-500")
    assert not plan.is_on("place-500")
    assert plan.get("place-500") is None
    with pytest.raises(KeyError):
        plan.has("place-501")


def test_a_fault_that_waits_for_a_moment_is_on_from_then_on() -> None:
    """Another moment is not the one."""
    plan = FaultPlan(parse_faults(["auth-401@speech", "callbacks-lost@ring"]))
    assert plan.has("auth-401")
    plan.note(Moment.RING)
    plan.note(Moment.RING)
    assert (plan.is_on("auth-401"), plan.is_on("callbacks-lost")) == (False, True)
    plan.note(Moment.SPEECH)
    assert plan.is_on("auth-401")


async def test_what_is_lifted_never_happens() -> None:
    """Nor what waited for its moment; the network is whole."""
    clock = StoppedClock()
    plan = FaultPlan(parse_faults(["stream-drop@speech", "auth-401"]))
    drop = plan.get("stream-drop")
    assert drop is not None
    waiting = asyncio.create_task(plan.wait(drop, clock, otherwise=0.0))
    await asyncio.sleep(0)
    plan.lift()
    plan.note(Moment.SPEECH)
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done()
    assert (plan.has("stream-drop"), plan.is_on("auth-401")) == (False, False)
    waiting.cancel()


async def test_waiting_for_a_moment() -> None:
    """It may have come before; a fault that names none waits for the other thing."""
    clock = StoppedClock()
    plan = FaultPlan(parse_faults(["stream-drop@speech", "tunnel-drop"]))
    drop, tunnel = plan.get("stream-drop"), plan.get("tunnel-drop")
    assert drop is not None
    assert tunnel is not None
    async with asyncio.timeout(PATIENCE_S):
        waiting = [
            asyncio.create_task(plan.wait(drop, clock, otherwise=0.0)),
            asyncio.create_task(plan.wait(tunnel, clock, otherwise=Moment.SPEECH)),
        ]
        plan.note(Moment.RING)
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
        plan.note(Moment.SPEECH)
        await asyncio.gather(*waiting)
        await plan.wait(drop, clock, otherwise=0.0)


async def test_waiting_for_a_time() -> None:
    """Counted from the call, in seconds of the clock; the fault's own before the default."""
    clock = SystemClock()
    plan = FaultPlan(parse_faults(["stream-late@5s", "start-late"]))
    for name, expected_s in (("stream-late", 5.0), ("start-late", 3.0)):
        fault = plan.get(name)
        assert fault is not None
        since_s = clock.now_s()
        await plan.wait(fault, clock, otherwise=3.0)
        assert clock.now_s() - since_s >= expected_s
