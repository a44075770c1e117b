"""Answering-machine detection: what may be asked for, and when its verdict comes by which way."""

from __future__ import annotations

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from cartesia_call.audio.mulaw import BYTES_PER_S
from cartesia_simulator.callee import parse_callee
from cartesia_simulator.carrier.api_errors import ApiError
from cartesia_simulator.carrier.machine_detection import (
    MachineDetection,
    VerdictCallback,
    parse_machine_detection,
    verdict_on,
)
from tests.simulator.customer import AUTH_TOKEN, Customer, customer_of

WAIT = '<Response><Pause length="600"/></Response>'


def test_no_detection_unless_asked_for() -> None:
    """Nor with SendDigits, which Twilio does not do together."""
    assert parse_machine_detection({}) is None
    assert parse_machine_detection({"AsyncAmd": ["true"], "MachineDetectionTimeout": ["30"]}) is None
    assert parse_machine_detection({"MachineDetection": ["Enable"], "SendDigits": ["1"]}) is None


def test_the_least_is_synchronous_with_the_documented_defaults() -> None:
    """30 s, 2400 ms, 1200 ms, 5000 ms."""
    assert parse_machine_detection({"MachineDetection": ["Enable"]}) == MachineDetection(
        waits_for_message_end=False,
        is_async=False,
        callback=None,
        timeout_s=30,
        speech_threshold_ms=2400,
        speech_end_threshold_ms=1200,
        silence_timeout_ms=5000,
    )


def test_everything_that_can_be_asked_for() -> None:
    """The limits of the ranges are allowed."""
    form = {
        "MachineDetection": ["DetectMessageEnd"],
        "AsyncAmd": ["true"],
        "AsyncAmdStatusCallback": ["https://example.com/amd"],
        "AsyncAmdStatusCallbackMethod": ["GET"],
        "MachineDetectionTimeout": ["59"],
        "MachineDetectionSpeechThreshold": ["1000"],
        "MachineDetectionSpeechEndThreshold": ["5000"],
        "MachineDetectionSilenceTimeout": ["2000"],
    }
    detection = MachineDetection(
        waits_for_message_end=True,
        is_async=True,
        callback=VerdictCallback(url="https://example.com/amd", method="GET"),
        timeout_s=59,
        speech_threshold_ms=1000,
        speech_end_threshold_ms=5000,
        silence_timeout_ms=2000,
    )
    assert parse_machine_detection(form) == detection
    assert detection.problems == ()


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"MachineDetection": ["enable"]}, 21234),
        ({"MachineDetection": ["true"]}, 21234),
        *(({"MachineDetectionTimeout": [text]}, 21234) for text in ("2", "60", "3.5", "soon", "")),
        *(({"MachineDetectionSpeechThreshold": [text]}, 21234) for text in ("999", "6001")),
        *(({"MachineDetectionSpeechEndThreshold": [text]}, 21234) for text in ("499", "5001")),
        *(({"MachineDetectionSilenceTimeout": [text]}, 21234) for text in ("1999", "10001")),
        ({"AsyncAmd": ["yes"]}, 20422),
        ({"AsyncAmdStatusCallback": ["/amd"]}, 20422),
        ({"AsyncAmdStatusCallbackMethod": ["PUT"]}, 21209),
    ],
)
def test_what_is_wrong_is_refused(form: dict[str, list[str]], code: int) -> None:
    """21234 where Twilio's dictionary says so."""
    with pytest.raises(ApiError) as refused:
        parse_machine_detection({"MachineDetection": ["Enable"]} | form)
    assert (refused.value.status, refused.value.code) == (400, code)


ENABLE = MachineDetection()
MESSAGE_END = MachineDetection(waits_for_message_end=True)


@pytest.mark.parametrize(
    ("callee", "detection", "answered_by", "after_s"),
    [
        # A person, once they have been silent for long enough; a long hello is taken for a machine.
        ("answers", ENABLE, "human", 3.2),
        ("answers", MESSAGE_END, "human", 3.2),
        ("answers,says:1s", ENABLE, "human", 2.2),
        ("answers,says:1s@0.5s", ENABLE, "human", 2.7),
        ("answers,says:1s,says:1s@2s", ENABLE, "machine_start", 2.4),
        ("answers,says:1s,says:1s@3s", ENABLE, "human", 2.2),
        ("answers,says:1s", MachineDetection(speech_end_threshold_ms=500), "human", 1.5),
        ("answers,says:2.4s", ENABLE, "human", 3.6),
        ("answers,says:2.5s", ENABLE, "machine_start", 2.4),
        ("answers,says:2.5s", MachineDetection(speech_threshold_ms=3000), "human", 3.7),
        ("answers,says:1s@6s", ENABLE, "unknown", 5),
        # A machine: as soon as it has spoken for long enough, or at the end of its greeting.
        ("voicemail,greeting:6s", ENABLE, "machine_start", 2.4),
        ("voicemail,greeting:6s", MESSAGE_END, "machine_end_beep", 6.9),
        ("voicemail,greeting:6s,beep:440hz,beep-length:1s", MESSAGE_END, "machine_end_beep", 7.5),
        ("voicemail,greeting:6s,beep:none", MESSAGE_END, "machine_end_silence", 7.2),
        ("voicemail,greeting:1s", ENABLE, "machine_start", 1.9),
        ("voicemail,greeting:1s,beep:none", MESSAGE_END, "human", 2.2),
        ("voicemail-silent", ENABLE, "machine_start", 3.4),
        ("voicemail-silent", MESSAGE_END, "machine_end_beep", 3.4),
        ("voicemail-silent,silence:6s", MESSAGE_END, "unknown", 5),
        ("voicemail-silent,beep:none", MESSAGE_END, "unknown", 5),
        # Robots, music and modems.
        ("screens,greeting:6s", ENABLE, "machine_start", 2.9),
        ("screens,greeting:6s", MESSAGE_END, "machine_end_silence", 7.7),
        ("hold-music,music:9s,says:1s", ENABLE, "machine_start", 2.4),
        ("hold-music,music:9s,says:1s", MESSAGE_END, "machine_end_other", 11.2),
        ("fax", ENABLE, "fax", 2.5),
        ("fax", MESSAGE_END, "fax", 2.5),
        # Too late for the time-out.
        ("voicemail,greeting:30s", MESSAGE_END, "unknown", 30),
        ("answers,says:1s@4s", MachineDetection(timeout_s=5), "unknown", 5),
        # What the script wants.
        ("voicemail,amd:human@2s", MESSAGE_END, "human", 2),
        ("answers,amd:machine_start@9s", ENABLE, "machine_start", 9),
        ("answers,amd:unknown@45s", ENABLE, "unknown", 45),
    ],
)
def test_who_answered(callee: str, detection: MachineDetection, answered_by: str, after_s: float) -> None:
    """By what is heard of them, with the documented thresholds."""
    found = verdict_on(parse_callee(callee), detection)
    assert found is not None
    assert (found.answered_by, round(found.after_s, 6)) == (answered_by, after_s)


def test_a_verdict_may_be_missing() -> None:
    """Where the script wants it so."""
    assert verdict_on(parse_callee("voicemail,amd:never"), MESSAGE_END) is None


def asynchronous(customer: Customer, **more: Any) -> dict[str, Any]:
    return {
        "machine_detection": "Enable",
        "async_amd": "true",
        "async_amd_status_callback": f"{customer.own_url}/callbacks/amd",
        **more,
    }


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_asynchronous_verdict_is_called_back(method: str) -> None:
    """Signed, with the four documented parameters; the document runs meanwhile; the resource tells it too."""
    async with customer_of() as customer:
        asked = asynchronous(customer, async_amd_status_callback_method=method)
        call = await customer.place(twiml=customer.connect(), **asked)
        assert call.answered_by is None
        await customer.peer()
        assert customer.callbacks == []
        await customer.until(lambda: bool(customer.callbacks))
        (callback,) = customer.callbacks
        assert len(customer.call.heard) >= 3.2 * BYTES_PER_S
        assert callback.method == method
        assert callback.parameters == {
            "CallSid": call.sid,
            "AccountSid": call.account_sid,
            "AnsweredBy": "human",
            "MachineDetectionDuration": "3200",
        }
        signature = callback.headers["X-Twilio-Signature"]
        assert RequestValidator(AUTH_TOKEN).validate(callback.url, callback.form, signature)
        shown = await customer.ask(lambda client: client.calls(str(call.sid)).fetch())
        assert shown.answered_by == "human"
        assert customer.call.warnings == []


async def test_without_a_callback_the_resource_alone_tells_it() -> None:
    """And 21262 warns."""
    async with customer_of() as customer:
        await customer.place(twiml=WAIT, machine_detection="Enable", async_amd="true")
        assert [(entry.code, entry.is_warning) for entry in customer.call.warnings] == [(21262, True)]
        await customer.until(lambda: customer.call.answered_by == "human")


async def test_a_synchronous_verdict_holds_the_document_up() -> None:
    """It is asked for, or performed, after the verdict, and a request for it carries the verdict."""
    async with customer_of("answers,ring:0s,says:2s") as customer:
        await customer.place(twiml=None, url=f"{customer.own_url}/document", machine_detection="Enable")
        await customer.until_over()
        assert customer.call.said_by_carrier == ["Hello"]
        (asked,) = customer.callbacks
        assert (asked.form["AnsweredBy"], asked.form["MachineDetectionDuration"]) == ("human", "3200")
        assert not customer.call.heard[: 3 * BYTES_PER_S].strip(b"\xff")
        assert customer.call.warnings == []


async def test_new_instructions_wait_for_a_synchronous_verdict() -> None:
    """They replace the document that has not begun."""
    async with customer_of() as customer:
        await customer.place(twiml="<Response><Say>Old</Say></Response>", machine_detection="Enable")
        await customer.until(lambda: customer.call.status == "in-progress")
        await customer.update(twiml="<Response><Say>New</Say></Response>")
        await customer.until_over()
        assert customer.call.said_by_carrier == ["New"]


async def test_a_verdict_comes_only_while_the_call_is_up() -> None:
    """Nobody is told anything afterwards."""
    async with customer_of("answers,ring:0s,hangs-up@1s") as customer:
        await customer.place(twiml=WAIT, **asynchronous(customer))
        await customer.until_over()
        await customer.carrier.stop()
        assert (customer.callbacks, customer.call.answered_by) == ([], None)


@pytest.mark.parametrize(("fault", "duration_ms"), [("amd-late", 15_000), ("amd-late@5s", 5_000)])
async def test_fault_amd_late(fault: str, duration_ms: int) -> None:
    """So long after the answer."""
    async with customer_of("answers,ring:0s", fault) as customer:
        await customer.place(twiml=WAIT, **asynchronous(customer))
        await customer.until(lambda: bool(customer.callbacks))
        assert len(customer.call.heard) >= duration_ms / 1000 * BYTES_PER_S
        assert customer.callbacks[0].parameters["MachineDetectionDuration"] == str(duration_ms)


async def test_the_end_of_a_greeting_is_told_when_its_beep_is_over() -> None:
    """Not before, so that what is said then is recorded."""
    callee = "voicemail,ring:0s,greeting:3s,beep-length:500ms"
    async with customer_of(callee) as customer:
        asked = asynchronous(customer, machine_detection="DetectMessageEnd")
        await customer.place(twiml=WAIT, **asked)
        await customer.until(lambda: bool(customer.callbacks))
        assert customer.callbacks[0].parameters["AnsweredBy"] == "machine_end_beep"
        assert customer.callbacks[0].parameters["MachineDetectionDuration"] == "4000"
        assert len(customer.call.heard) >= 4 * BYTES_PER_S


async def test_a_missing_verdict_is_never_told() -> None:
    """Neither called back nor on the resource."""
    async with customer_of("voicemail,ring:0s,amd:never,hangs-up@9s", "amd-late@1s") as customer:
        await customer.place(twiml=WAIT, **asynchronous(customer))
        await customer.until_over()
        await customer.carrier.stop()
        assert (customer.callbacks, customer.call.answered_by) == ([], None)


async def test_wrong_values_refuse_the_call() -> None:
    """Nothing is placed."""
    async with customer_of() as customer:
        with pytest.raises(TwilioRestException) as refused:
            await customer.place(machine_detection="Enable", machine_detection_timeout=60)
        assert (refused.value.status, refused.value.code) == (400, 21234)
        assert customer.carrier.calls == {}
