"""The life of a call: what each callee leads to, TwiML verb by verb, and who ends it."""

from __future__ import annotations

import asyncio

import pytest
from twilio.base.exceptions import TwilioRestException

from cartesia_call.audio.mulaw import BYTES_PER_S, silence
from cartesia_simulator.carrier.call import PRICE_AFTER_S
from cartesia_simulator.carrier.dtmf import dialled
from cartesia_simulator.carrier.leg import POST_DIAL_DELAY_S, STREAM_ON_TRIAL
from cartesia_simulator.carrier.twiml import APPLICATION_ERROR
from cartesia_simulator.tones import ToneVoice
from tests.simulator.customer import PATIENCE_S, SAY_AND_HANG_UP, StoppedClock, codes, customer_of

WAIT = '<Response><Pause length="600"/></Response>'


def spoken(text: str) -> bytes:
    return b"".join(ToneVoice().speak(text, language="en-US"))


@pytest.mark.parametrize(
    ("callee", "status", "sip_code", "ended_by"),
    [
        ("answers,ring:1s", "completed", 200, "twiml"),
        ("busy", "busy", 486, "network"),
        ("no-answer", "no-answer", 487, "ring-timeout"),
        ("answers,ring:8s", "no-answer", 487, "ring-timeout"),
        ("declines,ring:1s", "no-answer", 603, "callee"),
        ("blocked", "no-answer", 603, "network"),
        ("unreachable", "failed", 404, "network"),
    ],
)
async def test_each_callee_has_a_status_and_a_sip_code(
    callee: str, status: str, sip_code: int, ended_by: str
) -> None:
    """A rejection is told from a ring time-out by the SIP code alone."""
    async with customer_of(callee) as customer:
        await customer.place(
            timeout=3, twiml="<Response/>", status_callback=f"{customer.own_url}/callbacks/x"
        )
        await customer.until(lambda: bool(customer.callbacks))
        parameters = customer.callbacks[0].parameters
        assert (parameters["CallStatus"], parameters["SipResponseCode"]) == (status, str(sip_code))
        assert (customer.call.status, customer.call.ended_by) == (status, ended_by)
        if status != "completed":
            assert customer.call.answered_at_s is None
            assert customer.call.heard == customer.call.said == b""
            assert parameters["CallDuration"] == "0"


async def test_the_phone_rings_as_long_as_the_script_says() -> None:
    """After the post-dial delay."""
    async with customer_of("answers,ring:3s") as customer:
        await customer.place(twiml=WAIT)
        placed_at_s = customer.carrier.requests[0].at_s
        await customer.until(lambda: customer.call.answered_at_s is not None)
        assert customer.call.answered_at_s is not None
        assert customer.call.answered_at_s - placed_at_s >= POST_DIAL_DELAY_S + 3


async def test_verbs_run_one_after_the_other() -> None:
    """Heard: the first sentence, two seconds of silence, the second sentence twice."""
    async with customer_of() as customer:
        await customer.place(
            twiml='<Response><Say>One</Say><Pause length="2"/><Say loop="2">Two</Say><Hangup/>'
            "<Say>No</Say></Response>"
        )
        await customer.until_over()
        assert customer.call.said_by_carrier == ["One", "Two"]
        heard = customer.call.heard.strip(b"\xff")
        one, two = spoken("One").strip(b"\xff"), spoken("Two").strip(b"\xff")
        assert heard.startswith(one)
        assert heard.endswith(two)
        assert heard.count(two) == 2
        assert len(heard) >= len(one) + len(silence(2000)) + 2 * len(two)
        assert customer.call.stream_audio == b""


@pytest.mark.parametrize("twiml", ["<Response><Say>a & b</Say></Response>", "hello"])
async def test_a_broken_document_is_told_to_the_callee(twiml: str) -> None:
    """12100, Twilio's sentence, and the end of the call."""
    async with customer_of() as customer:
        await customer.place(twiml=twiml)
        await customer.until_over()
        assert codes(customer) == [12100]
        assert customer.call.said_by_carrier == [APPLICATION_ERROR]


async def test_unknown_verbs_are_noted_and_skipped() -> None:
    """12200 is a warning."""
    async with customer_of() as customer:
        await customer.place(twiml="<Response><Dance/><Say>Hello</Say></Response>")
        await customer.until_over()
        assert codes(customer) == [12200]
        assert customer.call.said_by_carrier == ["Hello"]


async def test_a_document_can_come_from_a_url() -> None:
    """It is asked for when somebody has answered, with a signed request."""
    async with customer_of() as customer:
        customer.document = "<Response><Say>From afar</Say></Response>"
        await customer.place(twiml=None, url=f"{customer.own_url}/document")
        await customer.until_over()
        assert customer.call.said_by_carrier == ["From afar"]
        (asked,) = customer.callbacks
        assert (asked.method, asked.form["CallStatus"]) == ("POST", "in-progress")


async def test_a_url_that_gives_nothing_is_an_application_error() -> None:
    """11200."""
    async with customer_of() as customer:
        await customer.place(twiml=None, url=f"{customer.own_url}/nowhere")
        await customer.until_over()
        assert codes(customer) == [11200]
        assert customer.call.said_by_carrier == [APPLICATION_ERROR]


async def test_the_callee_hangs_up() -> None:
    """At the moment of the script; what was not played by then is not heard, `stop` is sent."""
    async with customer_of("answers,ring:0s,hangs-up@3s") as customer:
        await customer.place(twiml=customer.connect(then="<Say>Goodbye</Say>"))
        peer = await customer.peer()
        await peer.play(b"\x01" * BYTES_PER_S * 300)
        await customer.until_over()
        async with asyncio.timeout(PATIENCE_S):
            await peer.closed.wait()
        assert customer.call.ended_by == "callee"
        assert customer.call.status == "completed"
        assert peer.received[-1]["event"] == "stop"
        assert 3 <= len(customer.call.heard) / BYTES_PER_S < 300
        assert customer.call.heard.strip(b"\xff") == customer.call.stream_audio
        assert customer.call.said_by_carrier == []


async def test_what_the_callee_said_is_as_long_as_what_they_heard() -> None:
    """Both are aligned to the answer."""
    async with customer_of("answers,ring:0s,says:1s,hangs-up@2s") as customer:
        await customer.place(twiml=WAIT)
        await customer.until_over()
        said = customer.call.said
        assert len(said) == len(customer.call.heard)
        assert said.startswith(customer.call.speech)
        assert len(customer.call.speech) == BYTES_PER_S
        assert set(said[BYTES_PER_S:]) == {0xFF}


async def test_the_time_limit_ends_the_call() -> None:
    """Counted from the answer; a completed call."""
    async with customer_of() as customer:
        await customer.place(twiml=WAIT, time_limit=2)
        await customer.until_over()
        assert (customer.call.ended_by, customer.call.status) == ("time-limit", "completed")
        assert 2 <= len(customer.call.heard) / BYTES_PER_S < 600
        assert codes(customer) == [32015]


async def test_the_time_limit_of_a_live_call_can_be_raised_and_lowered() -> None:
    """It still counts from the answer."""
    async with customer_of() as customer:
        await customer.place(twiml=WAIT, time_limit=20)  # a second, for the update to come in time
        await customer.until(lambda: customer.call.status == "in-progress")
        await customer.update(time_limit=1000)
        await customer.until(lambda: len(customer.call.heard) > 21 * BYTES_PER_S)
        assert not customer.call.is_over
        await customer.update(time_limit=1)
        await customer.until_over()
        assert customer.call.ended_by == "time-limit"


@pytest.mark.parametrize("status", ["completed", "canceled"])
async def test_a_ringing_call_is_canceled(status: str) -> None:
    """Whichever of the two is asked for."""
    async with customer_of("answers,ring:500s") as customer:
        await customer.place()
        await customer.until(lambda: customer.call.status == "ringing")
        resource = await customer.update(status=status)
        assert resource.status == customer.call.status == "canceled"
        assert customer.call.ended_by == "api"


async def test_canceling_an_answered_call_has_no_effect() -> None:
    """Only `completed` ends it, and the answer shows that."""
    async with customer_of() as customer:
        await customer.place(twiml=WAIT)
        await customer.until(lambda: customer.call.status == "in-progress")
        assert (await customer.update(status="canceled")).status == "in-progress"
        assert (await customer.update(status="completed")).status == "completed"


async def test_new_instructions_replace_the_running_sentence() -> None:
    """The rest of it is not heard."""
    async with customer_of() as customer:
        await customer.place(twiml="<Response><Say>" + "long " * 600 + "</Say></Response>")
        await customer.until(lambda: bool(customer.call.heard.strip(b"\xff")))
        await customer.update(twiml="<Response><Hangup/></Response>")
        await customer.until_over()
        assert customer.call.ended_by == "twiml"
        assert len(customer.call.heard) < len(spoken("long " * 600)) / 2


async def test_new_instructions_need_an_answered_call() -> None:
    """21220 while it rings."""
    async with customer_of("answers,ring:500s") as customer:
        await customer.place()
        with pytest.raises(TwilioRestException) as refused:
            await customer.update(twiml=SAY_AND_HANG_UP)
        assert (refused.value.status, refused.value.code) == (400, 21220)


async def test_digits_are_dialled_before_the_document_is_performed() -> None:
    """Heard as tones, with their waits; the record keeps them; there is no detection."""
    async with customer_of() as customer:
        await customer.place(
            twiml="<Response><Say>Hello</Say></Response>", send_digits="wW12#", machine_detection="Enable"
        )
        await customer.until_over()
        assert customer.call.digits_dialled == "wW12#"
        heard = customer.call.heard.strip(b"\xff")
        assert heard.startswith(dialled("12#").strip(b"\xff"))
        assert heard.endswith(spoken("Hello").strip(b"\xff"))
        assert len(customer.call.heard) >= len(dialled("wW12#")) + len(spoken("Hello"))
        assert customer.call.stream_audio == b""
        assert customer.call.answered_by is None
        assert codes(customer) == []


async def test_digits_that_were_cut_short_were_not_dialled() -> None:
    """The callee has left before the last of them."""
    async with customer_of("answers,ring:0s,hangs-up@1s") as customer:
        await customer.place(send_digits="WW1")
        await customer.until_over()
        assert (customer.call.ended_by, customer.call.digits_dialled) == ("callee", "")


async def test_a_sip_address_answers_like_a_number() -> None:
    """It is shown as it was asked for."""
    async with customer_of() as customer:
        resource = await customer.place(to="sip:operator@example.com:5060")
        await customer.until_over()
        assert resource.to == customer.call.to == "sip:operator@example.com:5060"
        assert customer.call.said_by_carrier == ["Hello"]


async def test_fault_trial_speaks_in_place_of_the_stream() -> None:
    """Twilio strips the verb; the rest of the document runs."""
    async with customer_of("answers,ring:0s", "trial") as customer:
        await customer.place(twiml=customer.connect(then="<Say>Goodbye</Say>"))
        await customer.until_over()
        assert customer.call.said_by_carrier == [STREAM_ON_TRIAL, "Goodbye"]
        assert customer.peers.empty()


async def test_the_price_comes_late() -> None:
    """None until a while after the end, then a negative amount for each minute begun."""
    clock = StoppedClock()
    async with customer_of(clock=clock) as customer:
        await customer.place(twiml=WAIT)
        await customer.until(lambda: customer.call.status == "in-progress")
        clock.moment_s += 61
        await customer.update(status="completed")
        clock.moment_s += PRICE_AFTER_S - 1
        assert customer.call.price is None
        clock.moment_s += 1
        assert customer.call.price == "-0.02800"


async def test_calls_do_not_mix() -> None:
    """Two calls at once: each hears its own."""
    async with customer_of() as customer:
        await customer.place(twiml="<Response><Say>One</Say></Response>")
        await customer.place(twiml="<Response><Say>Three four</Say></Response>")
        await customer.until(lambda: all(call.is_over for call in customer.carrier.calls.values()))
        first, second = customer.carrier.calls.values()
        assert first.heard.strip(b"\xff") == spoken("One").strip(b"\xff")
        assert second.heard.strip(b"\xff") == spoken("Three four").strip(b"\xff")


async def test_stopping_the_carrier_ends_its_calls() -> None:
    """In any phase; nothing of them runs on."""
    async with customer_of() as customer:
        await customer.place(twiml=customer.connect())
        await customer.peer()
        await customer.carrier.stop()
        assert (customer.call.ended_by, customer.call.status) == ("shutdown", "completed")
        await customer.carrier.stop()
