"""Status callbacks: which, how, and what happens when nobody takes them."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

from tests.simulator.customer import Customer, closed_port, customer_of

ALL = ["initiated", "ringing", "answered", "completed"]


def asked(customer: Customer, **more: Any) -> dict[str, Any]:
    return {"status_callback": f"{customer.own_url}/callbacks/secret", "status_callback_event": ALL, **more}


async def test_only_the_end_is_told_unless_more_is_asked_for() -> None:
    """By POST, the default."""
    async with customer_of() as customer:
        await customer.place(status_callback=f"{customer.own_url}/callbacks/secret")
        await customer.until(lambda: bool(customer.callbacks))
        (callback,) = customer.callbacks
        assert callback.method == "POST"
        assert callback.form["CallStatus"] == "completed"
        assert callback.query == {}


async def test_progress_is_told_in_numbered_requests() -> None:
    """Each event its own request, with the documented parameters."""
    async with customer_of() as customer:
        call = await customer.place(**asked(customer, status_callback_method="GET"))
        await customer.until(lambda: len(customer.callbacks) == 4)
        told = sorted((callback.query for callback in customer.callbacks), key=lambda p: p["SequenceNumber"])
        assert [p["SequenceNumber"] for p in told] == ["0", "1", "2", "3"]
        assert [p["CallStatus"] for p in told] == ["initiated", "ringing", "in-progress", "completed"]
        for parameters in told:
            assert parameters["CallSid"] == call.sid
            assert parameters["AccountSid"] == call.account_sid
            assert (parameters["To"], parameters["From"]) == ("+12025550143", "+12025550100")
            assert parameters["CallbackSource"] == "call-progress-events"
            assert parameters["Direction"] == "outbound-api"
            assert parameters["ApiVersion"] == "2010-04-01"
            assert parsedate_to_datetime(parameters["Timestamp"]).tzinfo is not None
        assert told[1]["StirStatus"] == told[2]["StirStatus"] == "A"
        assert told[3]["SipResponseCode"] == "200"
        assert told[3]["CallDuration"] == str(customer.call.duration_s)
        assert told[3]["Duration"] == str(customer.call.billed_minutes)
        assert "CallDuration" not in told[2]


async def test_requests_look_like_twilios() -> None:
    """Signed, named, with an idempotency token."""
    async with customer_of() as customer:
        await customer.place(**asked(customer))
        await customer.until(lambda: len(customer.callbacks) == 4)
        tokens = {callback.headers["I-Twilio-Idempotency-Token"] for callback in customer.callbacks}
        assert len(tokens) == 4
        for callback in customer.callbacks:
            assert callback.headers["User-Agent"] == "TwilioProxy/1.1"
            assert callback.headers["X-Twilio-Signature"]


async def test_an_error_answer_is_noted() -> None:
    """15003, a warning."""
    async with customer_of() as customer:
        customer.callback_status = 500
        await customer.place(status_callback=f"{customer.own_url}/callbacks/secret")
        await customer.until(lambda: bool(customer.call.warnings))
        (entry,) = customer.call.warnings
        assert (entry.code, entry.is_warning) == (15003, True)


async def test_a_callback_that_reaches_nobody_is_noted() -> None:
    """11200 after one more try; the call goes on as if nothing had happened."""
    with closed_port() as port:
        async with customer_of() as customer:
            await customer.place(status_callback=f"http://127.0.0.1:{port}/callbacks/secret")
            await customer.until_over()
            await customer.until(lambda: bool(customer.call.warnings))
            assert [entry.code for entry in customer.call.warnings] == [11200]
            assert customer.call.ended_by == "twiml"


async def test_a_fragment_is_not_sent() -> None:
    """It holds connection overrides for Twilio itself."""
    async with customer_of() as customer:
        await customer.place(
            status_callback=f"{customer.own_url}/callbacks/secret?a=%2f#rc=3", status_callback_method="GET"
        )
        await customer.until(lambda: bool(customer.callbacks))
        assert customer.callbacks[0].url.startswith(f"{customer.own_url}/callbacks/secret?a=%2f&CallSid=")


async def test_fault_callbacks_lost() -> None:
    """Nothing is sent, of the call or of its stream."""
    async with customer_of("answers,ring:0s", "callbacks-lost") as customer:
        await customer.place(**asked(customer))
        await customer.until_over()
        await customer.carrier.stop()
        assert customer.callbacks == []
