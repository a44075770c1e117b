"""Callbacks of one call, when they are lost or overtake one another."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.customer import Customer, customer_of

ALL = ["initiated", "ringing", "answered", "completed"]


def asked(customer: Customer, events: list[str] = ALL) -> dict[str, Any]:
    return {"status_callback": f"{customer.own_url}/callbacks/secret", "status_callback_event": events}


def told(customer: Customer) -> list[str]:
    return [callback.parameters["SequenceNumber"] for callback in customer.callbacks]


async def test_reordered() -> None:
    """Every second one overtakes the one before it, and all of them arrive."""
    async with customer_of("answers,ring:100ms", "callbacks-reordered") as customer:
        await customer.place(**asked(customer), twiml="<Response/>")
        await customer.until(lambda: len(customer.callbacks) == 4)
        assert told(customer) == ["1", "0", "3", "2"]


async def test_reordered_holds_nothing_for_long() -> None:
    """A second, where nothing comes to overtake; the last one of an odd number arrives too."""
    async with customer_of("answers,ring:0s", "callbacks-reordered") as customer:
        twiml = '<Response><Pause length="20"/></Response>'
        await customer.place(**asked(customer, ["initiated", "ringing", "answered"]), twiml=twiml)
        await customer.until(lambda: len(customer.callbacks) == 3)
        assert told(customer) == ["1", "0", "2"]
        assert not customer.call.is_over


async def test_what_is_held_back_is_lost_when_the_carrier_stops() -> None:
    """Nothing of it runs on."""
    async with customer_of("answers,ring:500s", "callbacks-reordered") as customer:
        await customer.place(**asked(customer))
        await customer.carrier.stop()
        assert "0" not in told(customer)


@pytest.mark.parametrize(("fault", "arriving"), [("callbacks-lost", []), ("callbacks-lost@ring", ["0"])])
async def test_lost(fault: str, arriving: list[str]) -> None:
    """All of them, or from the moment on; reordering saves none."""
    async with customer_of("answers,ring:0s", fault, "callbacks-reordered") as customer:
        await customer.place(**asked(customer))
        await customer.until_over()
        await customer.until(lambda: told(customer) == arriving)
        await customer.carrier.stop()
        assert told(customer) == arriving
